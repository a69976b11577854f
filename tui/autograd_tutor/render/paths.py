"""Paths through the course as rows: all of them, and one with its lessons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.course.on_path import Course, OnPath
from autograd_tutor.course.summary import Summary
from autograd_tutor.limits.lessons import LINE_SECONDS, QUESTION_SECONDS, WORDS_PER_MINUTE
from autograd_tutor.messages import _
from autograd_tutor.render import signs
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import count, joined

MINUTES = _(
    "Minutes are an estimate: {words_per_minute} words or {lines} lines of "
    "code in one, and {question_seconds} seconds for a question."
).format(
    words_per_minute=WORDS_PER_MINUTE, lines=60 // LINE_SECONDS, question_seconds=QUESTION_SECONDS
)

_ELSEWHERE = _(" (not on this path)")


def path_rows(paths: Sequence[OnPath], chosen: str) -> Iterator[Row]:
    """Every path with how far the learner is on it; `chosen`: the id of the followed one."""
    for each in paths:
        path = each.path
        here = _(", followed now") if path.id == chosen else ""
        yield row((path.id, "key"), f"  {path.title}, ", _standing(each), here)
        yield row((f"      {path.summary}", "dim"))
        yield row((_("      For {audience}.").format(audience=path.audience), "dim"))
        yield row((f"      {takes(each)}", "dim"))
    if not paths:
        yield row(_("There are no paths."))


def lesson_rows(on: OnPath) -> Iterator[Row]:
    """One path: its lessons in order, why each is there, and what it needs that is not done."""
    path = on.path
    yield row((path.title, "title"), ", ", _standing(on))
    yield row(path.summary)
    yield row(_("For {audience}.").format(audience=path.audience))
    yield row(takes(on))
    yield row()
    for number, lesson in enumerate(on.lessons, 1):
        done = lesson.id in on.course.done
        name, title = sanitize_line(lesson.id), sanitize_line(lesson.title)
        minutes = _(", {minutes} min").format(minutes=lesson.minutes) if lesson.minutes else ""
        state = (_("done"), "done") if done else (_("next") if lesson == on.next else "", "strong")
        comma = ", " if state[0] else ""
        yield row(f"{number:2}  ", (name, "key"), f"  {title}{minutes}{comma}", state)
        yield row((f"      {path.lessons[lesson.id]}", "dim"))
        if not done and (missing := missing_words(lesson, on)):
            yield row((f"      {missing}", "dim"))


def takes(on: OnPath) -> str:
    """`8 lessons. About 57 minutes, and 41 more for the exercises.`"""
    return f"{count(len(on.lessons), 'lesson')}. {_minutes_words(on)}".rstrip()


def left_words(on: OnPath) -> str:
    """`about 57 minutes left, and 41 for the exercises`; nothing where all is done."""
    minutes, more = on.minutes(left=True)
    exercises = _(", and {more} for the exercises").format(more=more) if more else ""
    return (
        _("about {minutes} left{exercises}").format(
            minutes=count(minutes, "minute"), exercises=exercises
        )
        if minutes
        else ""
    )


def missing_words(lesson: Summary, on: OnPath) -> str:
    """`Needs "Leaves" and "Shapes" (not on this path)`; nothing where all is done."""
    names = [
        f'"{sanitize_line(each.title)}"{"" if each.id in on.path.lessons else _ELSEWHERE}'
        for each, done in on.course.needs(lesson)
        if not done
    ]
    return _("Needs {names}").format(names=joined(names)) if names else ""


def place_spans(lesson: Summary, course: Course, on: OnPath | None) -> list[list[Span]]:
    """A lesson's place in the course, paragraph by paragraph; what is still to be done first."""
    needs, why = _needs_spans(course, lesson), _why_spans(lesson, on)
    waits = not all(done for _, done in course.needs(lesson))
    between = (needs, why) if waits else (why, needs)
    paragraphs = (_minutes_spans(lesson), *between, _leads_spans(course, lesson))
    return [each for each in paragraphs if each]


def choice_listing(
    paths: Sequence[OnPath], course: Course, chosen: int, followed: str, width: int
) -> Listing:
    """The whole course, then every path; the rows of the chosen one come into view."""
    number = len(course.lessons)
    whole = _("{count} of {lessons} done").format(
        count=len(course.done), lessons=count(number, "lesson")
    )
    entries = [("", _("The whole course"), _("All lessons, chapter by chapter."), whole)]
    for on in paths:
        done = _("{done} of {lessons} done. {minutes}").format(
            done=on.done, lessons=count(len(on.lessons), "lesson"), minutes=_minutes_words(on)
        )
        entries.append(
            (
                on.path.id,
                on.path.title,
                _("For {audience}.").format(audience=on.path.audience),
                done,
            )
        )
    rows: list[Row] = []
    scroll_to: list[int] = []
    for at, (name, title, *texts) in enumerate(entries):
        if rows:
            rows.append(Row())
        scroll_to += [len(rows) + 2, len(rows)] if at == chosen else []
        mark = f"{signs.CURRENT} " if at == chosen else "  "
        here = _("  followed now") if name == followed else ""
        head = row(mark, sanitize_line(title), (here, "dim"))
        rows.append(row(head.text, base="current") if at == chosen else head)
        for text in texts:
            rows += wrap([(sanitize_line(text), "dim")], width, row("    "), 4)
    return Listing(rows, scroll_to)


def _minutes_words(on: OnPath) -> str:
    minutes, more = on.minutes()
    exercises = _(", and {more} more for the exercises").format(more=more) if more else ""
    return (
        _("About {minutes}{exercises}.").format(
            minutes=count(minutes, "minute"), exercises=exercises
        )
        if minutes
        else ""
    )


def _minutes_spans(lesson: Summary) -> list[Span]:
    """`About 7 minutes, and 5 more for the exercise.`"""
    if not lesson.minutes:
        return []
    exercise = _("the exercise") if len(lesson.exercises) == 1 else _("the exercises")
    more = (
        _(", and {exercise_minutes} more for {exercise}").format(
            exercise_minutes=lesson.exercise_minutes, exercise=exercise
        )
        if lesson.exercises
        else ""
    )
    return [
        (
            _("About {minutes}{more}.").format(minutes=count(lesson.minutes, "minute"), more=more),
            "dim",
        )
    ]


def _why_spans(lesson: Summary, on: OnPath | None) -> list[Span]:
    why = on.path.lessons.get(lesson.id) if on is not None else None
    return [(_("On this path: "), "dim"), (sanitize_line(why), "")] if why else []


def _needs_spans(course: Course, lesson: Summary) -> list[Span]:
    """`Needs: ✓ Parameters · Leaves (open)`; nothing where it needs nothing."""
    spans: list[Span] = []
    for each, done in course.needs(lesson):
        spans.append((" · " if spans else _("Needs: "), "dim"))
        title = sanitize_line(each.title)
        spans += [(f"{signs.DONE} ", "done"), (title, "")] if done else [(title, "")]
        spans += [] if done else [(_(" (open)"), "dim")]
    return spans


def _leads_spans(course: Course, lesson: Summary) -> list[Span]:
    """`Leads to: Leaves · Gradients`; nothing where nothing needs it."""
    titles = [sanitize_line(each.title) for each in course.leads_to(lesson)]
    return [(_("Leads to: "), "dim"), (" · ".join(titles), "")] if titles else []


def _standing(on: OnPath) -> Span:
    """`2 of 8 done, next: Leaves`."""
    number = len(on.lessons)
    if on.next is None:
        return _("all {number} done").format(number=number), "done"
    upcoming = _("next: {title}").format(title=sanitize_line(on.next.title))
    return _("{done} of {number} done, {upcoming}").format(
        done=on.done, number=number, upcoming=upcoming
    ), ""
