"""Checks a snippet's gradients in a kernel, as `autograd-tutor verify` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from autograd_tutor.analysis.checked import Judged, judge_function, judge_leaf
from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.playing.verification import Verification
from autograd_tutor.recording.checks import Check, Checked, CheckedLeaf
from autograd_tutor.render.checked_rows import checked_rows

Verify = Callable[..., Checked]


@contextmanager
def verifying() -> Iterator[Verify]:
    """A kernel in which snippets are checked, one after the other."""
    events: SimpleQueue[list[KernelEvent]] = SimpleQueue()
    with Kernel(events.put) as kernel:

        def verify(
            *codes: str, call: int = 1, line: int = 0, seconds: float = 60.0, **how: object
        ) -> Checked:
            """Check the last of these steps."""
            steps = tuple(Step(f"s{i}", "", "", "import torch\n" + c) for i, c in enumerate(codes))
            lesson = Lesson("lesson", Path("lesson.py"), "", "", "", steps, seed=1)
            check = Check(call, line, seconds)
            verification = Verification(lesson, kernel, [len(steps) - 1], check, **how)  # type: ignore[arg-type]
            while not verification.done:
                for event in events.get():
                    verification.take(event)
            assert not verification.problem
            return verification.results[-1].checked

        yield verify


def judged(checked: Checked) -> dict[str, Judged]:
    """What each leaf shows, by name."""
    assert not checked.problem, (checked.problem, checked.detail)
    return {each.name: judge_leaf(each, checked) for each in checked.leaves}


def verdicts(checked: Checked) -> dict[str, str]:
    """The same in a word."""
    return {name: each.verdict for name, each in judged(checked).items()}


def leaf(checked: Checked, name: str) -> CheckedLeaf:
    """What was found of a leaf."""
    return next(each for each in checked.leaves if each.name == name)


def of_functions(checked: Checked) -> dict[str, list[Judged]]:
    """What the inputs of each Function show."""
    assert not any(each.problem for each in checked.functions)
    return {each.name: judge_function(each) for each in checked.functions}


def sentences(checked: Checked) -> str:
    """What is said of it."""
    return "\n".join(each.text for each in checked_rows(checked, 1))
