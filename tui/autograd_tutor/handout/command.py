"""Runs a lesson and writes it as a handout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from autograd_tutor.course import library
from autograd_tutor.course import target as targets
from autograd_tutor.course.model import Lesson
from autograd_tutor.course.problem import CourseError
from autograd_tutor.course.target import Target
from autograd_tutor.handout import markdown, page
from autograd_tutor.handout.blocks import Handout, Question, all_blocks
from autograd_tutor.handout.sections import Ran, handout
from autograd_tutor.limits.lessons import MOST_MESSAGE_CHARACTERS
from autograd_tutor.messages import _
from autograd_tutor.playing.happenings import (
    Began,
    CannotRun,
    Happening,
    PlaythroughEnded,
    SetupRaised,
    StepEnded,
    Stopped,
)
from autograd_tutor.playing.playthrough import Playthrough
from autograd_tutor.recording import output
from autograd_tutor.recording.output import Kind
from autograd_tutor.recording.printable import one_line, printable
from autograd_tutor.recording.recognition import UnfitOutput, open_file
from autograd_tutor.render import narration
from autograd_tutor.render.sentences import count

WRITERS: dict[str, tuple[str, Callable[[Handout], str]]] = {
    ".html": (page.BEGINNING, page.page),
    ".md": (markdown.BEGINNING, markdown.text),
}
"""By the ending of a file: how each handout in it begins, and what writes one."""


def print_lesson(target: str, path: Path, with_answers: bool, sandbox: bool | None = None) -> int:
    """Run the lesson `target`, write it to `path`, and say so on standard error.

    `sandbox`: whether it runs in one; None: if somebody else wrote it. Returns the exit status,
    which is that of `trace`; the file is written in any case, unless nothing can be run here.

    Raises CourseError where there is no such lesson, the file has problems, or a sandbox was asked
    for and there can be none; RecordingError where the handout cannot be written.
    """
    if path.suffix.lower() not in WRITERS:
        text = _("a handout is a page or Markdown; end its name in {endings}")
        raise UnfitOutput(path, text.format(endings=_(" or ").join(WRITERS)))
    beginning, write = WRITERS[path.suffix.lower()]
    kind = Kind("handout", "print", path.suffix.lower(), lambda there: _begins(there, beginning))
    output.check_writable(path, kind)
    found = targets.find(target)
    lesson = found.lesson
    with Playthrough(sandbox) as playthrough:
        ran, as_meant = run(playthrough, found)
    if not ran.torch:
        return 1
    made = handout(lesson, ran, _command(found, target), _titles(lesson.needs), with_answers)
    size = output.write(path, [write(made).encode()], kind)
    print(f"{printable(path)}: {_summary(made, size)}", file=sys.stderr)
    return 0 if as_meant else 1


def run(playthrough: Playthrough, found: Target) -> tuple[Ran, bool]:
    """What a run of the lesson gives, and whether all of it is as it was meant.

    What there is to say of it goes to standard error.
    """
    lesson = found.lesson.without_exercises
    is_saved = found.recording is not None
    happenings = playthrough.play(found) if is_saved else playthrough.run(lesson)
    ran, as_meant = Ran(), False
    for happening in happenings:
        if isinstance(happening, PlaythroughEnded):
            as_meant = happening.as_meant
        for line in _take(ran, lesson, happening):
            print(line, file=sys.stderr)
    return ran, as_meant


def _take(ran: Ran, lesson: Lesson, happening: Happening) -> Iterable[str]:
    """Note what happened; what there is to say of it."""
    match happening:
        case CannotRun(reason):
            return [f"autograd-tutor: {reason}"]
        case Began(torch, sandboxed):
            ran.torch, ran.sandboxed = torch, sandboxed
            return [f"autograd-tutor: {happening.unprotected}"] if happening.unprotected else []
        case SetupRaised():
            reason = one_line(happening.reason, MOST_MESSAGE_CHARACTERS)
            ran.problems |= {step.id: reason for step in lesson.steps}
            return [reason]
        case StepEnded(trace, result):
            step = lesson.steps[trace.step]
            ran.traces[step.id] = trace
            if happening.as_meant and not result.truncated:
                return []
            rows = narration.result_rows(result, step.raises, 0, trace)
            lines = [each.text for each in rows]
            ran.problems[step.id] = " ".join(lines)
            return lines
        case Stopped(trace, reason=reason):
            step = lesson.steps[trace.step]
            ran.traces[step.id] = trace
            ran.problems[step.id] = one_line(reason, MOST_MESSAGE_CHARACTERS)
            text = _("Step {step} failed: {reason}")
            return [text.format(step=trace.step + 1, reason=ran.problems[step.id])]
    return []


def _command(found: Target, target: str) -> str:
    """How the lesson is opened: the course's by its id, another by its file."""
    return found.lesson.id if library.is_listed(found.lesson) else printable(Path(target).name)


def _titles(needs: Iterable[str]) -> dict[str, str]:
    """The titles of lessons that are there, by their ids."""
    titles = {}
    for each in needs:
        try:
            titles[each] = library.find(each).title
        except CourseError:
            continue
    return titles


def _begins(path: Path, beginning: str) -> bool:
    expected = beginning.encode()
    with open_file(path) as file:
        return file.read(len(expected)) == expected


def _summary(made: Handout, size: int) -> str:
    asked = [each for step in made.steps for each in all_blocks(step.blocks)]
    questions = sum(isinstance(each, Question) for each in asked)
    in_file = f"{size / 1000:,.0f} kB" if size >= 1000 else count(size, "byte")
    return f"{count(len(made.steps), 'section')}, {count(questions, 'question')}, {in_file}."
