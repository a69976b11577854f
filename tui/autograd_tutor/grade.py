"""Judges a file that was written for a lesson's exercise, without a screen."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from autograd_tutor.client.refusals import refused_with
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.course.reading import with_newlines
from autograd_tutor.course.target import Target
from autograd_tutor.course.trials import trial
from autograd_tutor.limits.lessons import (
    LARGEST_SUBMISSION,
    MOST_MESSAGE_CHARACTERS,
    MOST_OUTPUT_CHARACTERS,
)
from autograd_tutor.messages import _
from autograd_tutor.playing.forbidden import refusal
from autograd_tutor.playing.happenings import (
    Began,
    CannotRun,
    Happening,
    Recorded,
    SetupRaised,
    StepEnded,
    Stopped,
)
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.printable import one_line, printable

Status = Literal["solved", "failed", "error", "forbidden", "stopped", "unreadable", "unjudged"]
"""`failed`: a check, or a known mistake; `error`: the code raises; `stopped`: it ended its process,
or was ended; `unreadable`: no text of a size that is read; `unjudged`: the lesson's own fault."""


class NothingToGrade(Exception):
    """There is no such file or exercise; the text says so."""


class Grade(NamedTuple):
    """What is said of a file."""

    status: Status
    say: str = ""
    """For the one who wrote it; `` where there is no more to say."""
    check: int | None = None
    """The first check that fails, from 1."""
    mistake: str | None = None
    error: Error | None = None
    output: str = ""
    seconds: float = 0.0


def grade(
    target: str,
    path: Path,
    number: int | None = None,
    as_json: bool = False,
    sandbox: bool | None = None,
) -> int:
    """Judge the file for an exercise of the lesson, and print what comes of it.

    `number`: which exercise, from 1; None: the only one. `sandbox`: None: where there is one.
    Returns 0 where it is solved, else 1; 2 where nothing can be run here. Raises NothingToGrade,
    CourseError and RecordingError.
    """
    found = targets.find(target)
    lesson, number, step = _exercise_of(found, number)
    judged: Grade | None
    try:
        code = _code_in(path)
    except ValueError as error:
        judged = Grade("unreadable", str(error))
    else:
        judged = _forbidden(step, code) or _judged(lesson, step, code, sandbox)
    if judged is None:
        return 2
    if as_json:
        print(json.dumps(_fields(found, number, judged), ensure_ascii=True))
    else:
        print("\n".join(_lines(found, number, judged)))
    return 0 if judged.status == "solved" else 1


def _exercise_of(found: Target, number: int | None) -> tuple[Lesson, int, Step]:
    lesson, name = found.lesson, printable(found.file)
    if found.recording is not None:
        raise NothingToGrade(_("{name} is a recording: name the lesson itself.").format(name=name))
    exercises = [step for step in lesson.steps if step.exercise is not None]
    if not exercises:
        raise NothingToGrade(_("{name} has no exercise.").format(name=name))
    count = len(exercises)
    if number is None and count > 1:
        raise NothingToGrade(
            _("{name} has {count} exercises: say which with --exercise 1.").format(
                name=name, count=count
            )
        )
    number = 1 if number is None else number
    if not 1 <= number <= count:
        only = (
            _("one exercise") if count == 1 else _("the exercises 1 to {count}").format(count=count)
        )
        raise NothingToGrade(
            _("{name} has {only}, and no exercise {number}.").format(
                name=name, only=only, number=number
            )
        )
    return lesson, number, exercises[number - 1]


def _code_in(path: Path) -> str:
    """The text of a file. Raises NothingToGrade where there is none, ValueError for no text."""
    try:
        if not path.is_file():
            what = _("this is no ordinary file") if path.exists() else _("there is no such file")
            raise NothingToGrade(f"{printable(str(path))}: {what}.")
        with path.open("rb") as file:
            data = file.read(LARGEST_SUBMISSION + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or _("this is no path")
        raise NothingToGrade(
            _("{path} cannot be read: {why}.").format(path=printable(str(path)), why=why)
        ) from error
    if len(data) > LARGEST_SUBMISSION:
        raise ValueError(
            _("The file is larger than {largest_submission} KiB.").format(
                largest_submission=LARGEST_SUBMISSION // 2**10
            )
        )
    try:
        code = with_newlines(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(
            _("The file is no text in UTF-8: byte {start} is not.").format(start=error.start + 1)
        ) from error
    if "\0" in code:
        raise ValueError(_("The file is no text: there is a NUL in it."))
    if not code.strip():
        raise ValueError(_("The file is empty."))
    return code


def _forbidden(step: Step, code: str) -> Grade | None:
    assert step.exercise is not None
    refused = refusal(step.exercise.forbid, code)
    return Grade("forbidden", refused) if refused else None


def _judged(lesson: Lesson, step: Step, code: str, sandbox: bool | None) -> Grade | None:
    """What a run of the lesson's steps and of the code says; None where nothing can be run."""
    whole = trial(lesson, step, code)
    with Playthrough(sandbox) as playthrough:
        return _grade_of(playthrough.run(whole, foreign=True), len(whole.steps) - 1)


def _grade_of(happenings: Iterable[Happening], last: int) -> Grade | None:
    """`last`: the index of the step that is the exercise."""
    output: list[str] = []
    found: Grade | None = Grade("unjudged", _("The lesson has not come to its exercise."))
    for happening in happenings:
        match happening:
            case Began(unprotected=unprotected) if unprotected:
                print(f"autograd-tutor: {unprotected}", file=sys.stderr)
            case CannotRun(reason):
                print(f"autograd-tutor: {reason}", file=sys.stderr)
                found = None
            case SetupRaised():
                found = Grade("unjudged", happening.reason)
            case Recorded(trace, at) if trace.step == last:
                output.append(trace.snapshots[at].stdout)
            case StepEnded(trace) if trace.step < last and not happening.goes_on:
                found = Grade(
                    "unjudged", _("Step {step} of the lesson failed.").format(step=trace.step + 1)
                )
            case Stopped(trace, reason=reason) if trace.step < last:
                found = Grade(
                    "unjudged",
                    _("Step {step} of the lesson: {reason}").format(
                        step=trace.step + 1, reason=reason
                    ),
                )
            case StepEnded() if happening.trace.step == last:
                found = _of_ended(happening)
            case Stopped(reason=reason, seconds=seconds):
                found = Grade("stopped", reason, seconds=seconds)
    return None if found is None else found._replace(output=_cut("".join(output)))


def _of_ended(ended: StepEnded) -> Grade:
    result, verdict = ended.result, ended.result.verdict
    error, seconds = result.error, result.seconds
    if error is not None and error.type == "TimeLimit":
        return Grade(
            "stopped", _("The code was {message}.").format(message=error.message), seconds=seconds
        )
    if verdict is None:
        if error is not None:
            return Grade("error", refused_with(error), error=error, seconds=seconds)
        return Grade("unjudged", _("The run has no verdict."), seconds=seconds)
    check = None if verdict.check is None else verdict.check + 1
    said = Grade("failed", verdict.say, check, verdict.mistake or None, error, seconds=seconds)
    if verdict.problem:
        return said._replace(
            status="unjudged",
            say=_("The lesson cannot judge it: {problem}").format(problem=verdict.problem),
        )
    if verdict.solved:
        return said._replace(status="solved")
    if error is not None:
        return said._replace(status="error", say=verdict.say or refused_with(error))
    return said


def _cut(output: str) -> str:
    most = MOST_OUTPUT_CHARACTERS
    return output if len(output) <= most else f"{output[: most - 1]}…"


def _fields(found: Target, number: int, judged: Grade) -> dict[str, Any]:
    error = judged.error
    return {
        "lesson": found.lesson.id,
        "exercise": number,
        "status": judged.status,
        "say": judged.say,
        "check": judged.check,
        "mistake": judged.mistake,
        "error": None
        if error is None
        else {"type": error.type, "message": error.message, "line": error.line},
        "output": judged.output,
        "seconds": round(judged.seconds, 3),
    }


def _lines(found: Target, number: int, judged: Grade) -> list[str]:
    """The same in words, a line each."""
    which = _("{id}, exercise {number}: {status}").format(
        id=printable(found.lesson.id), number=number, status=judged.status
    )
    lines = [f"{which}."]
    if judged.mistake:
        lines.append(_("Mistake: {mistake}").format(mistake=judged.mistake))
    if judged.say:
        where = _("Check {check}: ").format(check=judged.check) if judged.check else ""
        lines.append(where + _line(judged.say))
    if (error := judged.error) is not None:
        at = _("Line {line}: ").format(line=error.line) if error.line else ""
        lines.append(at + _line(f"{error.type}: {error.message}".removesuffix(": ")))
    if judged.output:
        lines.append(_("It printed:"))
        lines += [f"    {printable(line)}" for line in judged.output.splitlines()]
    return lines


def _line(text: str) -> str:
    return one_line(text, MOST_MESSAGE_CHARACTERS)
