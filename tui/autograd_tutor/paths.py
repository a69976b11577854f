"""The paths through the course and how far the learner is on each: as text, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from autograd_tutor.course import paths
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.on_path import Course, OnPath
from autograd_tutor.messages import _
from autograd_tutor.playing.paths import course_of
from autograd_tutor.progress import Progress, state_folder
from autograd_tutor.render.paths import MINUTES, lesson_rows, path_rows
from autograd_tutor.render.printing import Printer
from autograd_tutor.render.rows import Row, row
from autograd_tutor.render.sanitize import sanitize_line


def show(name: str | None, as_json: bool) -> int:
    """Print all paths, or the one with this id; returns the exit status. Raises UnknownPath."""
    chosen = paths.find(name) if name is not None else None
    progress = Progress.open()
    progress.close()
    course = course_of(Catalogue(state_folder()).listed(), progress.seen)
    followed, notice = progress.path(), progress.notice
    if as_json:
        print(json.dumps(_to_json(chosen, course, followed), indent=2))
        return 0
    Printer().print(_rows(chosen, course, followed, notice))
    return 0


def _rows(
    chosen: LearningPath | None, course: Course, followed: str, notice: str | None
) -> Iterator[Row]:
    if chosen is not None:
        on = OnPath(chosen, course)
        yield from lesson_rows(on)
        yield row()
        if on.next is not None:
            yield row(_("Go on: "), (f"autograd-tutor {sanitize_line(on.next.id)}", "key"))
    else:
        yield from path_rows([OnPath(path, course) for path in paths.load()], followed)
        yield row()
        yield row(_("One path with its lessons: "), ("autograd-tutor path ID", "key"))
    yield row((_("In the list of lessons, p follows a path: the list is then its lessons."), "dim"))
    yield row((MINUTES, "dim"))
    if notice:
        yield row((sanitize_line(notice), "failure"))


def _to_json(chosen: LearningPath | None, course: Course, followed: str) -> object:
    """A list of paths, or the chosen one, which has `lessons` too."""
    if chosen is not None:
        on = OnPath(chosen, course)
        return {
            **_path_json(on, followed),
            "lessons": [_lesson_json(on, each) for each in _ids(on)],
        }
    return [_path_json(OnPath(path, course), followed) for path in paths.load()]


def _path_json(on: OnPath, followed: str) -> dict[str, object]:
    """`count`, `done`: how many lessons; `next`: the id of the first that is not done, or null."""
    minutes, exercise_minutes = on.minutes()
    return {
        "id": on.path.id,
        "title": on.path.title,
        "summary": on.path.summary,
        "for": on.path.audience,
        "count": len(on.lessons),
        "done": on.done,
        "next": on.next.id if on.next is not None else None,
        "minutes": minutes,
        "exercise_minutes": exercise_minutes,
        "followed": on.path.id == followed,
    }


def _lesson_json(on: OnPath, lesson: str) -> dict[str, object]:
    summary = on.course.lessons[lesson]
    return {
        "id": lesson,
        "title": summary.title,
        "why": on.path.lessons[lesson],
        "done": lesson in on.course.done,
        "minutes": summary.minutes,
        "exercise_minutes": summary.exercise_minutes,
        "needs": [
            {"id": each.id, "done": done, "on_path": each.id in on.path.lessons}
            for each, done in on.course.needs(summary)
        ],
    }


def _ids(on: OnPath) -> list[str]:
    return [each.id for each in on.lessons]
