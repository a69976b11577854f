"""The course as rows: the list of lessons, and what one of them is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from autograd_tutor.render import signs
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.rows import Listing, Row, row, wrap
from autograd_tutor.render.sanitize import sanitize_line


class LessonLike(Protocol):
    """What a list needs to know of a lesson."""

    @property
    def id(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def summary(self) -> str: ...  # noqa: D102
    @property
    def chapter(self) -> str: ...  # noqa: D102
    @property
    def steps(self) -> int: ...  # noqa: D102
    @property
    def problem(self) -> object | None: ...  # noqa: D102
    @property
    def unread(self) -> bool: ...  # noqa: D102


def course_listing(
    lessons: Sequence[LessonLike], done: Callable[[str], int], chosen: int
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
        rows.append(lesson_row(lesson, done(lesson.id), number == chosen))
    if not lessons:
        rows = [row(("No lessons were found.", "dim"))]
    return Listing(rows, scroll_to)


def lesson_row(lesson: LessonLike, done: int, chosen: bool) -> Row:
    """A lesson with how far the learner is in it."""
    if lesson.problem is not None:
        sign, style = signs.FAILURE, "failure"
    elif done >= lesson.steps and not lesson.unread:
        sign, style = signs.DONE, "done"
    else:
        sign, style = " ", ""
    line = row(
        (f"{signs.CURRENT} " if chosen else "  ", ""),
        (f"{sign} ", style),
        (sanitize_line(lesson.title), ""),
        (f"  {_progress(lesson, done)}", "dim"),
    )
    return row(line.text, base="current") if chosen else line


def _progress(lesson: LessonLike, done: int) -> str:
    if lesson.problem is not None:
        return "cannot be opened"
    if lesson.unread:
        return "reading …"
    return f"{done}/{_steps(lesson)}" if done else _steps(lesson)


def _steps(lesson: LessonLike) -> str:
    return f"{lesson.steps} step{'' if lesson.steps == 1 else 's'}"


def about_listing(lesson: LessonLike, done: int, width: int) -> Listing:
    """Title, summary and progress of one lesson, wrapped."""
    width = max(8, min(width, MEASURE))
    rows = [*wrap([(sanitize_line(lesson.title), "title")], width), Row()]
    if lesson.problem is not None:
        return Listing(rows + wrap([(sanitize_line(str(lesson.problem)), "failure")], width))
    if lesson.unread:
        return Listing([*rows, *wrap([("The file is being read …", "dim")], width)])
    if lesson.summary:
        rows += [*wrap([(sanitize_line(lesson.summary), "")], width), Row()]
    if not done:
        text = f"{_steps(lesson)}. Enter begins."
    elif done < lesson.steps:
        text = (
            f"{done} of {lesson.steps} steps seen to their end. Enter goes on where you left off."
        )
    elif lesson.steps == 1:
        text = "Seen to its end. Enter opens it again."
    else:
        text = f"All {lesson.steps} steps seen to their end. Enter opens it again."
    return Listing([*rows, *wrap([(text, "dim")], width)])
