"""The learner's own code in the place of a lesson's, kept where the lesson's file changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from autograd_tutor.course.model import Step


class Edit(NamedTuple):
    """A step as the lesson has it, and what the learner has made of its code."""

    step: Step
    code: str
    among: tuple[Step, ...] = ()
    """All steps of the lesson."""


def edits_of(steps: Sequence[Step], codes: Sequence[str]) -> tuple[Edit, ...]:
    """The edits of a lesson whose steps run with these codes."""
    pairs, among = zip(steps, codes, strict=True), tuple(steps)
    return tuple([Edit(step, code, among) for step, code in pairs if code != step.code])


def with_edits(steps: Sequence[Step], edits: Iterable[Edit]) -> tuple[list[str], tuple[Edit, ...]]:
    """The code of each step with the edits in their places, and the edits that have none."""
    codes = [step.code for step in steps]
    lost: list[Edit] = []
    for edit in edits:
        at = step_like(edit.step, edit.among, steps)
        if at is None or codes[at] != steps[at].code:
            lost.append(edit)
        else:
            codes[at] = edit.code
    return codes, tuple(lost)


def step_like(step: Step, among: Iterable[Step], steps: Sequence[Step]) -> int | None:
    """Which of the steps of a file that has changed is this one of those before, if it is there.

    The one with the same code, else title, else id: the ids of a script's steps only count them,
    and so do titles that it does not have. A step with the code of another one before is that.
    """
    taken = {each.code for each in among} - {step.code}
    for part in ("code", "title", "id"):
        of = attrgetter(part)
        same = [
            at for at, each in enumerate(steps) if of(each) == of(step) and each.code not in taken
        ]
        if same:
            return next((at for at in same if steps[at].id == step.id), same[0])
    return None
