"""The course as rows: the list of lessons, and what one of them is about and has in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from autograd_tutor.course.summary import OPENED_CHAPTER, OWN_CHAPTER
from autograd_tutor.messages import _, count
from autograd_tutor.progress.done import open_questions
from autograd_tutor.render import signs
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.rows import Listing, Row, Span, row, wrap
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.standing import exercise_words, standing_of, step_done

if TYPE_CHECKING:
    from autograd_tutor.course.summary import Summary
    from autograd_tutor.progress import Seen
    from autograd_tutor.progress.done import Standing

SeenOf = Callable[[str], "Seen"]
"""What was seen of a lesson, by its progress key."""


def chapter_words(chapter: str) -> str:
    """The title of a chapter, those that the program makes itself in the learner's language."""
    own = {OPENED_CHAPTER: _("Opened file"), OWN_CHAPTER: _("Your lessons")}
    return sanitize_line(own.get(chapter, chapter)) or _("Lessons")


def course_listing(
    lessons: Sequence[Summary],
    seen: SeenOf,
    chosen: int,
    width: int = 80,
    ready: Collection[str] = (),
) -> Listing:
    """Every lesson under its chapter; the row of the chosen one is the one to keep in view.

    `ready`: the ids of those that can be next, which get a sign.
    """
    rows: list[Row] = []
    scroll_to: list[int] = []
    chapter: str | None = None
    for number, lesson in enumerate(lessons):
        if lesson.chapter != chapter:
            chapter = lesson.chapter
            if rows:
                rows.append(Row())
            rows.append(row((chapter_words(chapter), "dim")))
        if number == chosen:
            scroll_to.append(len(rows))
        can_be_next = lesson.id in ready
        rows.append(lesson_row(lesson, seen(lesson.id), number == chosen, width, can_be_next))
    if not lessons:
        rows = [row((_("No lessons were found."), "dim"))]
    return Listing(rows, scroll_to)


def lesson_row(
    lesson: Summary, seen: Seen, chosen: bool, width: int = 80, can_be_next: bool = False
) -> Row:
    """A lesson with how far the learner is in it."""
    stands = standing_of(lesson, seen)
    if lesson.problem is not None:
        sign, style = signs.FAILURE, "failure"
    elif stands.finished:
        sign, style = signs.DONE, "done"
    else:
        sign, style = (signs.NEXT, "dim") if can_be_next else (" ", "")
    begin = row(
        (f"{signs.CURRENT} " if chosen else "  ", ""),
        (f"{sign} ", style),
        (sanitize_line(lesson.title), ""),
    )
    whole = f"  {_progress(lesson, stands)}"
    short = whole if begin.width + len(whole) <= width else f"  {stands.done}/{stands.steps}"
    line = row(*begin.spans, (whole if lesson.unread or lesson.problem else short, "dim"))
    return row(line.text, base="current") if chosen else line


def course_position(lessons: Sequence[Summary], seen: SeenOf, due: int = 0) -> str:
    """`2 of 5 lessons done · 3 due for review`; a file that is open is none of them."""
    lessons = [each for each in lessons if each.chapter != OPENED_CHAPTER]
    open_ones = [each for each in lessons if each.problem is None]
    done = sum(standing_of(each, seen(each.id)).finished for each in open_ones)
    whole = count(len(lessons), "lesson")
    text = _("{done} of {whole} done").format(done=done, whole=whole) if done else whole
    return _("{text} · {due} due for review").format(text=text, due=due) if due else text


def about_listing(
    lesson: Summary,
    seen: Seen,
    following: str | None,
    width: int,
    place: Sequence[Sequence[Span]] = (),
) -> Listing:
    """What one lesson is about, what Enter does, and its steps, wrapped.

    `following`: the title of the lesson after it; `place`: paragraphs on its place in the course.
    """
    width = max(8, min(width, MEASURE))
    rows = [*wrap([(sanitize_line(lesson.title), "title")], width), Row()]
    if lesson.problem is not None:
        why = wrap([(sanitize_line(str(lesson.problem)), "failure")], width)
        more = _(
            "Enter tries again: mend the file meanwhile. `autograd-tutor check` lists all of it."
        )
        return Listing([*rows, *why, Row(), *wrap([(more, "dim")], width)])
    if lesson.unread:
        return Listing([*rows, *wrap([(_("The file is being read …"), "dim")], width)])
    if lesson.summary:
        rows += [*wrap([(sanitize_line(lesson.summary), "")], width), Row()]
    rows += wrap([(_what_enter_does(lesson, seen), "dim")], width)
    for spans in place:
        rows += wrap(spans, width, indent=2)
    rows.append(Row())
    for index, step in enumerate(lesson.passages):
        kind, number, _unused = lesson.numbered(index)
        if step.id in lesson.exercises[:1]:
            heading = _("Exercises") if kind == "exercise" else _("Exercise")
            rows += [Row(), row((heading, "dim"))]
        here = step.id == seen.left_in
        done = step_done(lesson, step.id, seen)
        signed = (f"{signs.DONE} ", "done") if done else ("  ", "")
        head = row((f"{signs.CURRENT} " if here else "  ", ""), signed, (f"{number:2} ", "dim"))
        title = (sanitize_line(step.title), "strong" if here else "")
        about = (_step_words(lesson, step.id, seen), "dim")
        rows += wrap([title, about], width, head, 7)
    if following:
        rows += [
            Row(),
            *wrap(
                [(_("Then comes: {following}").format(following=sanitize_line(following)), "dim")],
                width,
            ),
        ]
    return Listing(rows)


def _step_words(lesson: Summary, step: str, seen: Seen) -> str:
    """What is to be said of a step or exercise, behind its title."""
    if step in seen.shown:
        return _("  solution seen")
    left = open_questions(step, lesson.questions.get(step, 0), seen)
    return (
        _("  {questions} open").format(questions=count(left, "question"))
        if left and step in seen.finished
        else ""
    )


def _what_enter_does(lesson: Summary, seen: Seen) -> str:
    stands = standing_of(lesson, seen)
    done, steps = stands.done, stands.steps
    at = next((at for at, each in enumerate(lesson.passages) if each.id == seen.left_in), None)
    if at is None:
        begin = _("begins") if not done else _("opens it again")
    elif lesson.passages[at].id in lesson.exercises:
        kind, number, _unused = lesson.numbered(at)
        begin = (
            _("goes on in exercise {number}").format(number=number)
            if kind == "exercise"
            else _("goes on in the exercise")
        )
    elif steps == 1:
        begin = _("opens it again") if done else _("goes on where you left off")
    else:
        begin = _("goes on in step {at}").format(at=at + 1)
    words = exercise_words(stands)
    more = f" {words[0].upper()}{words[1:]}." if words else ""
    if not done:
        return _("{steps}.{more} Enter {begin}.").format(
            steps=count(steps, "step"), more=more, begin=begin
        )
    if done < steps:
        how = _("done") if stands.questions else _("seen to the end")
        return _("{done} of {steps} {how}.{more} Enter {begin}.").format(
            done=done, steps=count(steps, "step"), how=how, more=more, begin=begin
        )
    if steps == 1:
        return _("Seen to its end.{more} Enter {begin}.").format(more=more, begin=begin)
    return _("All {steps} steps seen to the end.{more} Enter {begin}.").format(
        steps=steps, more=more, begin=begin
    )


def _progress(lesson: Summary, stands: Standing) -> str:
    if lesson.problem is not None:
        return _("cannot be opened")
    if lesson.unread:
        return _("reading …")
    steps = count(stands.steps, "step")
    begun = stands.done or stands.exercises > stands.open_exercises
    words = exercise_words(stands) if begun else ""
    return f"{stands.done}/{steps}{f', {words}' if words else ''}" if begun else steps
