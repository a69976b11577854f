"""What a lesson brings back when it is finished, from its summary to what is due."""

from __future__ import annotations

from pathlib import Path

import pytest
from kept_progress import Opened

from autograd_tutor.course.passage import Passage
from autograd_tutor.course.problem import Problem
from autograd_tutor.course.summary import OPENED_CHAPTER, Summary
from autograd_tutor.playing.reviewing import due_now, note_finished, note_if_finished
from autograd_tutor.progress import Progress
from autograd_tutor.progress.notes import Key


def lesson(id_: str, chapter: str) -> Summary:
    """Two steps with three questions, of which the last can come back with other numbers."""
    passages = tuple(Passage(each, each.upper(), ()) for each in ("a", "b", "exercise"))
    asks = ((False,), (False, True), ())
    path = Path(f"{id_}.yaml")
    exercises = ("exercise",)
    return Summary(id_, path, id_, "", chapter, 2, False, None, passages, asks, exercises)


COURSE = [lesson(f"l{number}", "One" if number < 4 else "Two") for number in range(10)]


def do(progress: Progress, id_: str) -> None:
    """All there is to do."""
    progress.visit(id_, "a", 0)
    for step, number in (("a", 0), ("b", 0), ("b", 1)):
        progress.note_guess(id_, step, number, right=True, sure=True)
    for step in "ab":
        progress.finish(id_, step)
    progress.note_shown(id_, "exercise")


@pytest.fixture
def progress(folder: Path, opened: Opened) -> Progress:
    made = opened(folder)
    times = iter(range(1, 10**6))
    made._clock = lambda: float(next(times))
    return made


def test_a_lesson_is_finished_once_and_all_of_it_has_to_be_done(progress: Progress) -> None:
    assert not note_if_finished(progress, COURSE, "l0")
    do(progress, "l0")
    progress.note_guess("l1", "a", 0, right=True)
    assert not note_if_finished(progress, COURSE, "l1")
    assert note_if_finished(progress, COURSE, "l0")
    assert not note_if_finished(progress, COURSE, "l0")
    assert not note_if_finished(progress, COURSE, "/elsewhere/script.py")
    assert list(progress.finished_lessons()) == ["l0"]
    assert set(progress.reviews()) == {
        Key("review", "l0", "b", 1, 2),
        Key("review", "l0", "a", 0, 7),
    }


def test_through_the_course_in_order(progress: Progress) -> None:
    """One of each lesson in the lesson after the next, one five later; three after each chapter."""
    seen: dict[str, list[tuple[str, int]]] = {}
    for each in COURSE:
        progress.visit(each.id, "a", 0)
        ready = due_now(progress, COURSE, each.id)
        assert due_now(progress, COURSE) == ready
        seen[each.id] = [(key.lesson, key.after) for key in ready]
        for key in ready:
            progress.note_reviewed(key)
        do(progress, each.id)
        assert note_if_finished(progress, COURSE, each.id)
    first = seen["l4"][:3]
    assert all(after == 0 for _, after in first)
    assert len({lesson for lesson, _ in first}) == 3
    later = {id_: sorted(found) for id_, found in seen.items()}
    later["l4"] = sorted(seen["l4"][3:])
    assert later["l0"] == later["l1"] == []
    assert later["l2"] == [("l0", 2)]
    assert later["l4"] == [("l2", 2)]
    assert later["l7"] == [("l0", 7), ("l5", 2)]
    assert later["l9"][:2] == [("l2", 7), ("l3", 7)]  # the last lesson: nothing is left over
    assert {each[0] for each in later["l9"]} == {f"l{number}" for number in range(2, 9)}
    assert [key.after for key in due_now(progress, COURSE)] == [0, 0, 0]


def test_lessons_that_were_done_elsewhere_are_noted_later(progress: Progress) -> None:
    for each in COURSE[:4]:
        do(progress, each.id)
    note_finished(progress, COURSE)
    assert list(progress.finished_lessons()) == ["l0", "l1", "l2", "l3"]
    assert sorted(key.after for key in progress.reviews()) == [0, 0, 0, 2, 2, 2, 2, 7, 7, 7, 7]
    before = progress.reviews()
    note_finished(progress, COURSE)
    assert progress.reviews() == before


def test_what_is_no_more_in_the_list_is_not_due(progress: Progress) -> None:
    for id_ in ("l0", "l1", "l2"):
        do(progress, id_)
        note_if_finished(progress, COURSE, id_)
    first = Key("review", "l0", "b", 1, 2)
    assert first in due_now(progress, COURSE, "l3")
    assert {key.lesson for key in due_now(progress, COURSE[1:], "l3")} == {"l1"}
    passages = COURSE[0].passages[:1]
    shorter = Summary("l0", Path("x"), "l0", "", "One", 1, False, None, passages, ((False,),))
    assert due_now(progress, [shorter, COURSE[3]], "l3") == (Key("review", "l0", "a", 0, 7),)


def test_broken_lessons_and_opened_files_count_for_nothing(progress: Progress) -> None:
    broken = Problem(Path("x"), 1, 1, "no", "mend it")
    bad = Summary("bad", Path("x"), "bad", "", "One", 0, False, broken)
    own = Summary("/x.py", Path("/x.py"), "x", "", OPENED_CHAPTER, 1, True)
    lessons = [own, COURSE[0], bad]
    do(progress, "l0")
    assert note_if_finished(progress, lessons, "l0")
    assert [key.after for key in progress.reviews()].count(0) == 3
    assert not note_if_finished(progress, lessons, "/x.py")
    assert not note_if_finished(progress, lessons, "bad")
