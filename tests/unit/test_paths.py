"""The paths through the course: what they are made of can be had, in that order."""

from __future__ import annotations

import pytest

from autograd_tutor.course import library, paths
from autograd_tutor.course.catalogue import Catalogue
from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.paths import UnknownPath

PATHS = paths.read(library.paths_file())
LESSONS = {each.id: each for each in Catalogue().summaries() if not each.own}


def test_there_are_four() -> None:
    assert [path.id for path in PATHS] == ["hour", "training", "engine", "clinic"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.id)
class TestEach:
    def test_its_lessons_are_those_of_the_course(self, path: LearningPath) -> None:
        assert len(path.lessons) >= 8
        assert set(path.lessons) <= set(LESSONS)

    def test_a_lesson_stands_after_those_it_needs(self, path: LearningPath) -> None:
        order = [*path.lessons]
        for at, each in enumerate(order):
            assert not set(LESSONS[each].needs) & set(order[at:]), f"{each} stands too early"

    def test_its_texts_are_short(self, path: LearningPath) -> None:
        assert path.summary.endswith(".")
        assert path.summary.count(".") == 1
        assert path.audience.startswith("those ")
        for why in path.lessons.values():
            assert 10 < len(why) <= 64
            assert why[0].isupper()
            assert not why.endswith(".")


def test_autograd_in_an_hour_takes_an_hour() -> None:
    lessons = [LESSONS[each] for each in PATHS[0].lessons]
    assert len(lessons) == 8
    assert 50 <= sum(each.minutes for each in lessons) <= 60
    assert {need for each in lessons for need in each.needs} <= set(PATHS[0].lessons)


def test_every_lesson_takes_minutes_of_which_no_more_than_a_quarter_of_an_hour_is_reading() -> None:
    assert all(3 <= each.minutes <= 15 for each in LESSONS.values())
    for each in LESSONS.values():
        assert 1 <= each.exercise_minutes / len(each.exercises) <= 15


def test_one_is_found_by_its_id() -> None:
    assert paths.find("engine").title == "Inside the engine"


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("clinik", 'did you mean "clinic"?'),
        ("Hour", 'did you mean "hour"?'),
        ("x", "there are hour, training, engine, clinic"),
        ("", "there are hour, training, engine, clinic"),
        ("\x1b[2J", "there are hour, training, engine, clinic"),
    ],
)
def test_an_unknown_one_is_refused(name: str, mend: str) -> None:
    with pytest.raises(UnknownPath) as refused:
        paths.find(name)
    assert str(refused.value).endswith(f"; {mend}")
    assert str(refused.value).isprintable()
