"""The text of a step as a search goes through it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from autograd_tutor.course.model import Step


@dataclass(frozen=True)
class Passage:
    """What can be found of a step."""

    id: str
    title: str
    parts: tuple[str, ...]
    """The paragraphs of its explanation without their marks, and the lines of its code."""

    @cached_property
    def folded(self) -> str:
        """Title and parts in one, in lower case: what is searched with every key."""
        return "\n".join((self.title, *self.parts)).casefold()


def passage(step: Step) -> Passage:
    """What can be found of a step."""
    paragraphs = step.explain.replace("**", "").replace("`", "").split("\n\n")
    texts = (" ".join(text.split()) for text in (*paragraphs, *step.code.split("\n")))
    return Passage(step.id, step.title, tuple([text for text in texts if text]))
