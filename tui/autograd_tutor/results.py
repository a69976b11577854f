"""What the learner has done in each lesson, for teachers and programs; and what is due again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TypedDict

from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.summary import Summary
from autograd_tutor.messages import _, count, plural
from autograd_tutor.playing.reviewing import due_now, note_finished
from autograd_tutor.progress import Progress, state_folder
from autograd_tutor.progress.notes import Exercise, Key, Note, Question
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.standing import standing_of


class OfQuestion(TypedDict):
    """What was done with a question."""

    step: str
    number: int
    """In its step, from 1."""
    tries: int
    right: bool
    """Whether it was ever answered rightly."""
    skipped: bool
    """Whether it was skipped and has not been answered since."""
    sure: bool | None
    worked: str | None


class OfExercise(TypedDict):
    """What was done with an exercise."""

    step: str
    state: str
    """`open`, `solved`, or `shown`: its solution was looked at, and it is not solved."""
    solution_seen: bool
    """Whether its solution was looked at before it was solved."""
    tries: int
    hints: int
    mistakes: dict[str, int]
    """How often each known mistake was recognised."""
    worked: str | None


class OfLesson(TypedDict):
    """What was done in a lesson. Times are UTC, as `2026-01-31T12:00:00Z`; null: never."""

    id: str
    title: str | None
    """None: it is in no list any more, nor are its steps known."""
    chapter: str | None
    steps: int | None
    finished: int
    done: bool
    done_at: str | None
    questions: list[OfQuestion]
    exercises: list[OfExercise]
    worked: str | None


def show(as_json: bool) -> int:
    """Print the results; returns the exit status."""
    summaries = Catalogue(state_folder()).summaries()
    progress = Progress.open()
    progress.close()
    found = results([each for each in summaries if not each.problem], progress)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        Printer().print(rows(found, progress.notice))
    return 0


def due() -> tuple[Sequence[Key], Sequence[Summary], str | None]:
    """The questions that are due, all lessons, and what there is to say of the progress."""
    summaries = Catalogue(state_folder()).summaries()
    progress = Progress.open()
    note_finished(progress, summaries)
    progress.close()
    return due_now(progress, summaries), summaries, progress.notice


def show_due() -> int:
    """Print which questions are due for review; returns the exit status."""
    Printer().print(due_rows(*due()))
    return 0


def results(summaries: Sequence[Summary], progress: Progress) -> list[OfLesson]:
    """Those of all lessons in order; then of others that were worked on."""
    known = progress.known()
    notes: dict[str, list[tuple[Key, Note]]] = {}
    for key in sorted(key for key in known.notes if key.kind != "path"):
        notes.setdefault(key.lesson, []).append((key, known.notes[key]))
    listed = {each.id: each for each in summaries}
    others = sorted((notes.keys() | known.finished.keys()) - listed.keys())
    return [
        _of_lesson(lesson, listed.get(lesson), notes.get(lesson, ()), progress)
        for lesson in (*listed, *others)
    ]


def _of_lesson(
    lesson: str, summary: Summary | None, notes: Iterable[tuple[Key, Note]], progress: Progress
) -> OfLesson:
    questions = [(key, note) for key, note in notes if isinstance(note, Question)]
    exercises = [(key, note) for key, note in notes if isinstance(note, Exercise)]
    times = [*(note.at for _, note in questions), *(note.at for _, note in exercises)]
    seen = progress.seen(lesson)
    stands = standing_of(summary, seen) if summary is not None else None
    return {
        "id": lesson,
        "title": summary.title if summary is not None else None,
        "chapter": summary.chapter if summary is not None else None,
        "steps": stands.steps if stands is not None else None,
        "finished": stands.done if stands is not None else len(seen.finished),
        "done": stands is not None and stands.finished,
        "done_at": _time(progress.finished_lessons().get(lesson, 0)),
        "questions": [_of_question(key, note) for key, note in questions],
        "exercises": [_of_exercise(key, note) for key, note in exercises],
        "worked": _time(max(times, default=0)),
    }


def _of_question(key: Key, question: Question) -> OfQuestion:
    return {
        "step": key.step,
        "number": key.number + 1,
        "tries": question.tries,
        "right": question.right,
        "skipped": not question.guesses,
        "sure": question.sure,
        "worked": _time(question.at),
    }


def _of_exercise(key: Key, exercise: Exercise) -> OfExercise:
    return {
        "step": key.step,
        "state": exercise.state or "open",
        "solution_seen": exercise.peeked,
        "tries": len(exercise.tries),
        "hints": exercise.hints,
        "mistakes": exercise.mistakes,
        "worked": _time(exercise.at),
    }


def _time(milliseconds: int) -> str | None:
    if not milliseconds:
        return None
    at = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return at.isoformat().replace("+00:00", "Z")


def rows(found: Iterable[OfLesson], notice: str | None) -> Iterator[Row]:
    """The results of lessons that were worked on, as text."""
    begun = [each for each in found if each["finished"] or each["worked"]]
    for each in begun:
        name = sanitize_line(each["id"])
        title = f"  {sanitize_line(each['title'])}" if each["title"] is not None else ""
        of, steps = each["steps"], count(each["finished"], "step")
        steps = (
            _("{finished} of {steps}").format(finished=each["finished"], steps=count(of, "step"))
            if of is not None
            else steps
        )
        state = _("done") if each["done"] else _("{steps} done").format(steps=steps)
        yield row((name, "key"), f"{title}: ", (state, "done" if each["done"] else ""))
        if each["questions"]:
            yield row(f"  {_question_words(each['questions'])}")
        for exercise in each["exercises"]:
            yield row(f"  {sanitize_line(exercise['step'])}: {_exercise_words(exercise)}")
        if each["worked"]:
            yield row((_("  last work {worked}").format(worked=each["worked"]), "dim"))
    if not begun:
        yield row(_("No lesson has been worked on yet."))
    if notice:
        yield row((sanitize_line(notice), "failure"))


def _question_words(questions: list[OfQuestion]) -> str:
    right = sum(each["right"] for each in questions)
    skipped = sum(each["skipped"] for each in questions)
    words = _("{questions}, {right} right").format(
        questions=count(len(questions), "question"), right=right
    )
    return (
        _("{words}, {skipped} skipped").format(words=words, skipped=skipped) if skipped else words
    )


def _exercise_words(exercise: OfExercise) -> str:
    seen = _("solution seen") if exercise["solution_seen"] else ""
    state = {"shown": "", "solved": _("solved")}.get(exercise["state"], exercise["state"])
    hints, tried = exercise["hints"], exercise["tries"]
    tries = plural("{n} try", "{n} tries", tried).format(n=f"{tried:,}")
    mistakes = [f"{sanitize_line(name)} {number}×" for name, number in exercise["mistakes"].items()]
    words = (
        state,
        seen,
        tries.replace("trys", "tries"),
        count(hints, "hint") if hints else "",
        _("known mistakes: {mistakes}").format(mistakes=", ".join(mistakes)) if mistakes else "",
    )
    return ", ".join(filter(None, words))


def due_rows(
    reviews: Sequence[Key], summaries: Iterable[Summary], notice: str | None
) -> Iterator[Row]:
    """The questions that are due, those that are due longest first."""
    if notice:
        yield row((sanitize_line(notice), "failure"))
    if not reviews:
        yield row(_("Nothing is due for review. Questions come back as you finish lessons."))
        return
    titles = {
        (lesson.id, step.id): (lesson.title, step.title)
        for lesson in summaries
        for step in lesson.passages
    }
    yield row(
        (
            plural(
                "{n} question is due for review:", "{n} questions are due for review:", len(reviews)
            ).format(n=f"{len(reviews):,}"),
            "title",
        )
    )
    for key in reviews:
        lesson, step = map(sanitize_line, titles[key.lesson, key.step])
        yield row("  ", (sanitize_line(key.lesson), "key"), f"  {lesson}: {step}")
