"""The lessons and how far the learner is in each: as text, or as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping

from autograd_tutor.course import library
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.summary import Summary
from autograd_tutor.messages import _, count
from autograd_tutor.progress import Progress, Seen, state_folder
from autograd_tutor.render.course import chapter_words
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.standing import exercise_words, standing_of, step_done


def show(as_json: bool) -> int:
    """Print the lessons; returns the exit status."""
    summaries = Catalogue(state_folder()).summaries()
    progress = Progress.open()
    seen = {summary.id: progress.seen(summary.id) for summary in summaries}
    progress.close()
    if as_json:
        print(json.dumps([to_json(summary, seen[summary.id]) for summary in summaries], indent=2))
        return 0
    last = progress.last_bookmark()
    Printer().print(rows(summaries, seen, last.lesson if last else None, progress.notice))
    return 0


def to_json(summary: Summary, seen: Seen) -> dict[str, object]:
    """One lesson. `steps`, `finished`, `questions` and `settled` are numbers; `problem` is null if
    it can be opened; `open` are ids of the steps and exercises that are not done, `needs` those of
    lessons that come first.
    """
    stands = standing_of(summary, seen)
    return {
        "id": summary.id,
        "title": summary.title,
        "summary": summary.summary,
        "chapter": summary.chapter,
        "steps": summary.steps,
        "finished": stands.done,
        "path": str(summary.path),
        "problem": str(summary.problem) if summary.problem else None,
        "done": stands.finished,
        "questions": stands.questions,
        "settled": stands.settled,
        "open": still_open(summary, seen),
        "needs": list(summary.needs),
        "minutes": summary.minutes,
        "exercise_minutes": summary.exercise_minutes,
        "exercises": {step: exercise_state(step, seen) for step in summary.exercises},
    }


def rows(
    summaries: Iterable[Summary], seen: Mapping[str, Seen], last: str | None, notice: str | None
) -> Iterator[Row]:
    """The lessons by chapter, in order; `last` is the one the learner was in last."""
    chapter: str | None = None
    for summary in summaries:
        if summary.chapter != chapter:
            if chapter is not None:
                yield row()
            chapter = summary.chapter
            yield row((chapter_words(chapter), "title"))
        name, title = sanitize_line(summary.id), sanitize_line(summary.title)
        yield row("  ", (name, "key"), f"  {title}, ", _state(summary, seen[summary.id], last))
        yield row((f"      {sanitize_line(summary.summary)}", "dim"))
    if chapter is None:
        yield row(_("There are no lessons."))
    yield row()
    folder = sanitize_line(str(library.own_folder()))
    yield row((_("Your own lessons belong in {folder}").format(folder=folder), "dim"))
    if notice:
        yield row()
        yield row((sanitize_line(notice), "failure"))


def still_open(summary: Summary, seen: Seen) -> list[str]:
    """The ids of what is not done, in order."""
    ids = [each.id for each in summary.passages]
    return [step for step in ids if not step_done(summary, step, seen)]


def exercise_state(step: str, seen: Seen) -> str:
    """`open`, `solved`, or `shown` where its solution was looked at instead."""
    return "solved" if step in seen.solved else "shown" if step in seen.shown else "open"


def _state(summary: Summary, seen: Seen, last: str | None) -> tuple[str, str]:
    if summary.problem is not None:
        sayable = summary.id.isprintable() and not summary.id.startswith("-")
        check = f"check {shlex.quote(summary.id)}" if sayable else "check"
        return _("cannot be opened: autograd-tutor {check} says more").format(
            check=check
        ), "failure"
    stands = standing_of(summary, seen)
    of = count(stands.steps, "step")
    steps = _("all {of}").format(of=of) if stands.steps > 1 else of
    if stands.done < stands.steps:
        steps = _("{done} of {of}").format(done=stands.done, of=of)
    here = _("you were here last") if summary.id == last else ""
    words = (f"{steps} done", exercise_words(stands), here)
    return ", ".join(filter(None, words)), "done" if stands.finished else ""
