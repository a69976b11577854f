"""The course as rows: the list of lessons, and what one of them is about and has in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from autograd_tutor.render import signs
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.rows import Listing, Row, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import count

if TYPE_CHECKING:
    from autograd_tutor.course.summary import Summary
    from autograd_tutor.progress import Seen

SeenOf = Callable[[str], "Seen"]
"""What was seen of a lesson, by its progress key."""


def course_listing(
    lessons: Sequence[Summary], seen: SeenOf, chosen: int, width: int = 80
) -> Listing:
    """Every lesson under its chapter; the row of the chosen one is the one to keep in view."""
    rows: list[Row] = []
    scroll_to: list[int] = []
    chapter: str | None = None
    for number, lesson in enumerate(lessons):
        if lesson.chapter != chapter:
            chapter = lesson.chapter
            if rows:
                rows.append(Row())
            rows.append(row((sanitize_line(chapter) or "Lessons", "dim")))
        if number == chosen:
            scroll_to.append(len(rows))
        rows.append(lesson_row(lesson, seen(lesson.id), number == chosen, width))
    if not lessons:
        rows = [row(("No lessons were found.", "dim"))]
    return Listing(rows, scroll_to)


def lesson_row(lesson: Summary, seen: Seen, chosen: bool, width: int = 80) -> Row:
    """A lesson with how far the learner is in it."""
    done = _done(lesson, seen)
    if lesson.problem is not None:
        sign, style = signs.FAILURE, "failure"
    elif done >= lesson.steps and not lesson.unread:
        sign, style = signs.DONE, "done"
    else:
        sign, style = " ", ""
    begin = row(
        (f"{signs.CURRENT} " if chosen else "  ", ""),
        (f"{sign} ", style),
        (sanitize_line(lesson.title), ""),
    )
    whole = f"  {_progress(lesson, done)}"
    short = whole if begin.width + len(whole) <= width else f"  {done}/{lesson.steps}"
    line = row(*begin.spans, (whole if lesson.unread or lesson.problem else short, "dim"))
    return row(line.text, base="current") if chosen else line


def course_position(lessons: Sequence[Summary], seen: SeenOf) -> str:
    """`2 of 5 lessons done`."""
    open_ones = [each for each in lessons if each.problem is None]
    done = sum(each.steps > 0 and _done(each, seen(each.id)) >= each.steps for each in open_ones)
    whole = count(len(lessons), "lesson")
    return f"{done} of {whole} done" if done else whole


def about_listing(lesson: Summary, seen: Seen, following: str | None, width: int) -> Listing:
    """What one lesson is about, what Enter does, and its steps, wrapped.

    `following`: the title of the lesson after it.
    """
    width = max(8, min(width, MEASURE))
    rows = [*wrap([(sanitize_line(lesson.title), "title")], width), Row()]
    if lesson.problem is not None:
        why = wrap([(sanitize_line(str(lesson.problem)), "failure")], width)
        more = "Enter tries again: mend the file meanwhile. `autograd-tutor check` lists all of it."
        return Listing([*rows, *why, Row(), *wrap([(more, "dim")], width)])
    if lesson.unread:
        return Listing([*rows, *wrap([("The file is being read …", "dim")], width)])
    if lesson.summary:
        rows += [*wrap([(sanitize_line(lesson.summary), "")], width), Row()]
    rows += [*wrap([(_what_enter_does(lesson, seen), "dim")], width), Row()]
    for number, step in enumerate(lesson.passages, 1):
        here = step.id == seen.left_in
        done = step.id in seen.finished
        signed = (f"{signs.DONE} ", "done") if done else ("  ", "")
        head = row((f"{signs.CURRENT} " if here else "  ", ""), signed, (f"{number:2} ", "dim"))
        rows += wrap([(sanitize_line(step.title), "strong" if here else "")], width, head, 7)
    if following:
        rows += [Row(), *wrap([(f"Then comes: {sanitize_line(following)}", "dim")], width)]
    return Listing(rows)


def _what_enter_does(lesson: Summary, seen: Seen) -> str:
    done = _done(lesson, seen)
    at = next((at for at, each in enumerate(lesson.passages) if each.id == seen.left_in), None)
    if at is None:
        begin = "begins" if not done else "opens it again"
    elif lesson.steps == 1:
        begin = "opens it again" if done else "goes on where you left off"
    else:
        begin = f"goes on in step {at + 1}"
    if not done:
        return f"{count(lesson.steps, 'step')}. Enter {begin}."
    if done < lesson.steps:
        return f"{done} of {count(lesson.steps, 'step')} seen to the end. Enter {begin}."
    if lesson.steps == 1:
        return f"Seen to its end. Enter {begin}."
    return f"All {lesson.steps} steps seen to the end. Enter {begin}."


def _done(lesson: Summary, seen: Seen) -> int:
    """How many of its steps were seen to their end."""
    return sum(step.id in seen.finished for step in lesson.passages)


def _progress(lesson: Summary, done: int) -> str:
    if lesson.problem is not None:
        return "cannot be opened"
    if lesson.unread:
        return "reading …"
    return f"{done}/{count(lesson.steps, 'step')}" if done else count(lesson.steps, "step")
