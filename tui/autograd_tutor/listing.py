"""The lessons and how far the learner is in each: as text, or as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator

from autograd_tutor.course import library
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.summary import Summary
from autograd_tutor.progress import Progress, state_folder
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line


def show(as_json: bool) -> int:
    """Print the lessons; returns the exit status."""
    summaries = Catalogue(state_folder()).summaries()
    progress = Progress.open()
    done = {summary.id: len(progress.finished(summary.id)) for summary in summaries}
    progress.close()
    if as_json:
        print(json.dumps([to_json(summary, done[summary.id]) for summary in summaries], indent=2))
        return 0
    last = progress.last_bookmark()
    Printer().print(rows(summaries, done, last.lesson if last else None, progress.notice))
    return 0


def to_json(summary: Summary, finished: int) -> dict[str, str | int | None]:
    """One lesson; `steps` and `finished` are numbers, `problem` is null if it can be opened."""
    return {
        "id": summary.id,
        "title": summary.title,
        "summary": summary.summary,
        "chapter": summary.chapter,
        "steps": summary.steps,
        "finished": min(finished, summary.steps),
        "path": str(summary.path),
        "problem": str(summary.problem) if summary.problem else None,
    }


def rows(
    summaries: Iterable[Summary], done: dict[str, int], last: str | None, notice: str | None
) -> Iterator[Row]:
    """The lessons by chapter, in order; `last` is the one the learner was in last."""
    chapter: str | None = None
    for summary in summaries:
        if summary.chapter != chapter:
            if chapter is not None:
                yield row()
            chapter = summary.chapter
            yield row((sanitize_line(chapter or "Lessons"), "title"))
        name, title = sanitize_line(summary.id), sanitize_line(summary.title)
        yield row("  ", (name, "key"), f"  {title}, ", _state(summary, done[summary.id], last))
        yield row((f"      {sanitize_line(summary.summary)}", "dim"))
    if chapter is None:
        yield row("There are no lessons.")
    yield row()
    folder = sanitize_line(str(library.own_folder()))
    yield row((f"Your own lessons belong in {folder}", "dim"))
    if notice:
        yield row()
        yield row((sanitize_line(notice), "failure"))


def _state(summary: Summary, finished: int, last: str | None) -> tuple[str, str]:
    if summary.problem is not None:
        sayable = summary.id.isprintable() and not summary.id.startswith("-")
        check = f"check {shlex.quote(summary.id)}" if sayable else "check"
        return f"cannot be opened: autograd-tutor {check} says more", "failure"
    here = ", you were here last" if summary.id == last else ""
    if finished >= summary.steps:
        return f"all {summary.steps} steps done{here}", "done"
    return f"{finished} of {summary.steps} steps done{here}", ""
