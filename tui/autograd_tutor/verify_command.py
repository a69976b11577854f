"""Checks gradients of a script by running code: its Functions, its slopes, its rounding."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from queue import SimpleQueue

from autograd_tutor.analysis.checked import agrees, worst_of
from autograd_tutor.client import Kernel, KernelEvent
from autograd_tutor.client.refusals import unprotected
from autograd_tutor.course import target as targets
from autograd_tutor.course.asked import NOTHING, Asked
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.trust import sandboxing
from autograd_tutor.limits.checks import CHECK_SECONDS, MOST_CHECK_SECONDS
from autograd_tutor.limits.scripts import MOST_COUNTED
from autograd_tutor.messages import _
from autograd_tutor.playing.verification import CheckedStep, Verification
from autograd_tutor.recording.checks import Check, Checked
from autograd_tutor.render.checked_fields import checked_fields
from autograd_tutor.render.checked_rows import checked_rows
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import row
from autograd_tutor.wrong_use import WrongUse


def verify(
    target: str,
    check: Check,
    as_json: bool = False,
    sandbox: bool | None = None,
    asked: Asked = NOTHING,
) -> int:
    """Check each step of the target, and print what came of it; returns the exit status.

    0: what could be compared agrees; 1: something does not, or the check could not be done.
    `check.line` is one of the file. Raises WrongUse, CourseError and RecordingError.
    """
    found = asked.of_target(targets.find(target))
    if found.recording is not None:
        raise WrongUse(_("a recording has numbers and no code that runs: check the script itself"))
    lesson = found.lesson.shown
    protection = sandboxing(lesson.path, sandbox)
    if protection.missing:
        print(f"autograd-tutor: {unprotected(protection.missing)}", file=sys.stderr)
    results, problem = _run(lesson, _steps(lesson, check), check, protection.on)
    results = _telling(results)
    if as_json:
        print(json.dumps([_fields(lesson, each) for each in results], ensure_ascii=True))
    else:
        _print(lesson, results)
    if problem:
        print(f"autograd-tutor: {problem}", file=sys.stderr)
    return 1 if problem or not results or any(_fails(each.checked) for each in results) else 0


def check_of(call: str | None, line: str | None, asked: Asked) -> Check:
    """What is to be checked, from words on the command line. Raises WrongUse."""
    if call is not None and line is not None:
        raise WrongUse(_("--pass and --line both say which pass is checked: leave one out"))
    return Check(
        call=_number("--pass", call) or 1,
        line=_number("--line", line),
        seconds=max(CHECK_SECONDS, min(asked.seconds or 0.0, MOST_CHECK_SECONDS)),
    )


def _number(option: str, text: str | None) -> int:
    if text is None:
        return 0
    if text.isascii() and text.isdigit() and 0 < int(text[:10]) <= MOST_COUNTED:
        return int(text)
    raise WrongUse(
        _("{option} needs a whole number from {least} to {most:,}{unit}, not {text!a}").format(
            option=option, least=1, most=MOST_COUNTED, unit="", text=text
        )
    )


def _steps(lesson: Lesson, check: Check) -> Sequence[int]:
    """The steps to be checked. Raises WrongUse."""
    if not check.line:
        return range(len(lesson.steps))
    for number, step in enumerate(lesson.steps):
        if step.first_line <= check.line < step.first_line + len(step.code.splitlines()):
            return (number,)
    raise WrongUse(_("there is no line {line} in it").format(line=check.line))


def _run(
    lesson: Lesson, steps: Sequence[int], check: Check, sandboxed: bool
) -> tuple[list[CheckedStep], str]:
    queue: SimpleQueue[list[KernelEvent]] = SimpleQueue()
    with Kernel(queue.put) as kernel:
        verification = Verification(lesson, kernel, steps, check, sandboxed)
        while not verification.done:
            for event in queue.get():
                verification.take(event)
    return verification.results, verification.problem


def _telling(results: Sequence[CheckedStep]) -> list[CheckedStep]:
    """Those that say something: of several steps not those in which there is nothing to check."""
    telling = [
        each for each in results if each.checked.problem != "no-pass" or each.checked.functions
    ]
    return telling or list(results[-1:])


def _fails(checked: Checked) -> bool:
    """Whether something is wrong; not where it is only not known."""
    if worst_of(checked) == "differs":
        return True
    return checked.problem not in ("", "transform", "batched") and not agrees(checked)


def _fields(lesson: Lesson, each: CheckedStep) -> dict[str, object]:
    first_line = lesson.steps[each.step].first_line
    return {"step": each.step, **checked_fields(each.checked, first_line)}


def _print(lesson: Lesson, results: Sequence[CheckedStep]) -> None:
    printer = Printer()
    for number, each in enumerate(results):
        step = lesson.steps[each.step]
        if number:
            printer.print([row()])
        if len(lesson.steps) > 1:
            heading = _("Step {step}: {title}").format(step=each.step + 1, title=step.title)
            printer.print([row((heading, "title"))])
        printer.print(checked_rows(each.checked, step.first_line))
