"""What lessons need of each other, how far one is on a path, and which lesson comes next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from autograd_tutor.course.learning_path import LearningPath
from autograd_tutor.course.on_path import Course, OnPath
from autograd_tutor.course.passage import Passage
from autograd_tutor.course.problem import Problem
from autograd_tutor.course.summary import OPENED_CHAPTER, Summary
from autograd_tutor.playing.paths import course_of, lesson_after
from autograd_tutor.progress import Seen
from autograd_tutor.render.paths import (
    choice_listing,
    left_words,
    lesson_rows,
    path_rows,
    place_spans,
)


def lesson(name: str, *needs: str, exercise: bool = False) -> Summary:
    ids = ("s", "exercise") if exercise else ("s",)
    passages = tuple(Passage(each, each, ("text",)) for each in ids)
    return Summary(
        name, Path(f"{name}.yaml"), name.upper(), f"About {name}", "Chapter", 1, False,
        passages=passages, exercises=ids[1:], needs=needs, minutes=5,
        exercise_minutes=4 if exercise else 0,
    )  # fmt: skip


LESSONS = [
    lesson("a"),
    lesson("b", "a", exercise=True),
    lesson("c", "b"),
    lesson("d", "a", "gone"),
    lesson("e", "c", "d"),
]
DONE = Seen(frozenset({"s"}), "s", solved=frozenset({"exercise"}))
BEGUN = Seen(left_in="s")
PATH = LearningPath(
    "way", "A way", "One sentence.", "those who test", {"d": "Dee", "gone": "Gone", "b": "Bee"}
)
REASONS = {"a": "First", "d": "Dee", "b": "Bee", "e": "Last"}


def course(done: Collection[str] = (), begun: Collection[str] = ()) -> Course:
    known = {**dict.fromkeys(begun, BEGUN), **dict.fromkeys(done, DONE)}
    return course_of(LESSONS, lambda name: known.get(name, Seen()))


def titles(lessons: list[Summary]) -> str:
    return "".join(each.id for each in lessons)


@pytest.mark.parametrize(
    ("done", "begun", "can_be_next"),
    [
        ("", "", "a"),
        ("", "a", ""),
        ("a", "", "bd"),
        ("a", "b", "d"),
        ("ab", "", "cd"),
        ("acd", "", "be"),
        ("abcde", "", ""),
    ],
)
def test_a_lesson_can_be_next_when_what_it_needs_is_done(
    done: str, begun: str, can_be_next: str
) -> None:
    found = course(done, begun)
    assert titles([each for each in LESSONS if found.is_open(each)]) == can_be_next


def test_where_no_lesson_needs_another_none_is_marked() -> None:
    free = [replace(each, needs=()) for each in LESSONS]
    found = course_of(free, lambda _: Seen())
    assert not any(found.is_open(each) for each in free)


def test_a_lesson_is_done_with_its_exercise_alone() -> None:
    steps = Seen(frozenset({"s"}), "s")
    found = course_of(LESSONS, lambda _: steps)
    assert found.done == {"a", "c", "d", "e"}
    assert found.begun == {"a", "b", "c", "d", "e"}
    shown = steps._replace(shown=frozenset({"exercise"}))
    assert "b" in course_of(LESSONS, lambda _: shown).done


def test_what_a_lesson_needs_and_leads_to() -> None:
    found = course("a")
    assert [(each.id, done) for each, done in found.needs(LESSONS[3])] == [("a", True)]
    assert [(each.id, done) for each, done in found.needs(LESSONS[4])] == [
        ("c", False),
        ("d", False),
    ]
    assert titles(found.leads_to(LESSONS[0])) == "bd"
    assert titles(found.leads_to(LESSONS[4])) == ""


def test_broken_lessons_and_opened_files_are_no_part_of_the_course() -> None:
    broken = replace(lesson("f"), problem=Problem(Path("f.yaml"), 1, 1, "no", "mend it"))
    opened = replace(lesson("/tmp/x.py"), chapter=OPENED_CHAPTER)
    assert [*course_of([opened, *LESSONS, broken], lambda _: DONE).lessons] == [*"abcde"]


@pytest.mark.parametrize(
    ("done", "number", "upcoming", "left"),
    [("", 0, "d", (10, 4)), ("a", 0, "d", (10, 4)), ("d", 1, "b", (5, 4)), ("bd", 2, None, (0, 0))],
)
def test_how_far_one_is_on_a_path(
    done: str, number: int, upcoming: str | None, left: tuple[int, int]
) -> None:
    on = OnPath(PATH, course(done))
    assert titles(on.lessons) == "db"
    assert on.done == number
    assert (on.next.id if on.next else None) == upcoming
    assert on.minutes(left=True) == left
    assert on.minutes() == (10, 4)


@pytest.mark.parametrize(
    ("here", "done", "after"),
    [
        ("d", "", "b"),
        ("d", "d", "b"),
        ("b", "", "d"),  # the last of the path, and an earlier one is not done
        ("b", "d", None),
        ("b", "bd", None),  # all of it is done
        ("d", "b", None),
        ("a", "", "d"),  # off the path: where it begins, or goes on
        ("e", "d", "b"),
        ("c", "bd", "d"),  # off a path that is done: the list
    ],
)
def test_on_a_path_its_next_lesson_comes_after_one(here: str, done: str, after: str | None) -> None:
    known = dict.fromkeys(done, DONE)
    found = lesson_after(here, LESSONS, PATH, lambda name: known.get(name, Seen()))
    assert (found.id if found else None) == after


@pytest.mark.parametrize(("here", "after"), [("a", "b"), ("b", "d"), ("e", None), ("x", None)])
def test_without_a_path_the_list_is_followed(here: str, after: str | None) -> None:
    problem = Problem(Path("c.yaml"), 1, 1, "no", "mend it")
    listed = [replace(each, problem=problem) if each.id == "c" else each for each in LESSONS]
    found = lesson_after(here, listed, None, lambda _: DONE)
    assert (found.id if found else None) == after


def place(name: str, on: OnPath | None, found: Course) -> list[str]:
    spans = place_spans(found.lessons[name], found, on)
    return ["".join(text for text, _ in each) for each in spans]


def test_the_place_of_a_lesson_in_the_course() -> None:
    found = course("a")
    on = OnPath(replace_lessons(PATH, REASONS), found)
    assert place("a", None, found) == ["About 5 minutes.", "Leads to: B · D"]
    assert place("b", None, found) == [
        "About 5 minutes, and 4 more for the exercise.",
        "Needs: ✓ A",
        "Leads to: C",
    ]
    assert place("d", on, found)[1:3] == ["On this path: Dee", "Needs: ✓ A"]
    assert place("e", on, found) == [  # what is open comes first
        "About 5 minutes.",
        "Needs: C (open) · D (open)",
        "On this path: Last",
    ]
    assert place("c", on, found)[1:] == ["Needs: B (open)", "Leads to: E"]


def test_a_path_as_text() -> None:
    on = OnPath(replace_lessons(PATH, REASONS), course("a"))
    assert [each.text for each in lesson_rows(on)] == [
        "A way, 1 of 4 done, next: D",
        "One sentence.",
        "For those who test.",
        "4 lessons. About 20 minutes, and 4 more for the exercises.",
        "",
        " 1  a  A, 5 min, done",
        "      First",
        " 2  d  D, 5 min, next",
        "      Dee",
        " 3  b  B, 5 min",
        "      Bee",
        " 4  e  E, 5 min",
        "      Last",
        '      Needs "C" (not on this path) and "D"',
    ]
    assert left_words(on) == "about 15 minutes left, and 4 for the exercises"
    done = OnPath(on.path, course("abcde"))
    assert next(iter(lesson_rows(done))).text == "A way, all 4 done"
    assert left_words(done) == ""


def test_all_paths_as_text() -> None:
    on = OnPath(PATH, course("d"))
    assert [each.text for each in path_rows([on], "way")] == [
        "way  A way, 1 of 2 done, next: B, followed now",
        "      One sentence.",
        "      For those who test.",
        "      2 lessons. About 10 minutes, and 4 more for the exercises.",
    ]
    assert "followed" not in next(iter(path_rows([on], ""))).text
    assert [each.text for each in path_rows([], "")] == ["There are no paths."]


@pytest.mark.parametrize("width", [20, 36, 76])
@pytest.mark.parametrize("chosen", [0, 1])
def test_the_choice_of_paths(width: int, chosen: int) -> None:
    found = course("d")
    listing = choice_listing([OnPath(PATH, found)], found, chosen, "way", width)
    texts = [each.text for each in listing.rows]
    whole = " ".join(" ".join(texts).split())
    assert "The whole course All lessons, chapter by chapter. 1 of 5 lessons done" in whole
    assert "For those who test. 1 of 2 lessons done. About 10 minutes, and 4 more" in whole
    assert [each.base for each in listing.rows].count("current") == 1
    assert listing.rows[listing.scroll_to[-1]].base == "current"
    assert sum("followed now" in text for text in texts) == 1
    assert all(len(text) <= max(width, 21) for text in texts)


def replace_lessons(path: LearningPath, lessons: dict[str, str]) -> LearningPath:
    return LearningPath(path.id, path.title, path.summary, path.audience, lessons)
