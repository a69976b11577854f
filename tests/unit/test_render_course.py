"""The list of lessons and what one of them is about."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from autograd_tutor.render.course import about_listing, course_listing
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.rows import Listing

EVIL = "\x1b]0;x\x07\u202e"


@dataclass
class Lesson:
    id: str = "one"
    title: str = "One"
    summary: str = "About one"
    chapter: str = "First"
    steps: int = 3
    problem: object | None = None
    unread: bool = False


LESSONS = [
    Lesson(),
    Lesson("two", "Two"),
    Lesson("three", "Three", chapter="Second"),
    Lesson("bad", "bad.yaml", chapter="Second", steps=0, problem="bad.yaml:1:1: no; mend it"),
]


def texts(listing: Listing) -> list[str]:
    return [line.text for line in listing.rows]


def test_lessons_stand_under_their_chapters_with_what_is_done() -> None:
    done = {"one": 3, "two": 1}
    assert texts(course_listing(LESSONS, lambda id_: done.get(id_, 0), 1)) == [
        "First",
        "  ✓ One  3/3 steps",
        "▶   Two  1/3 steps",
        "",
        "Second",
        "    Three  3 steps",
        "  ✗ bad.yaml  cannot be opened",
    ]


@pytest.mark.parametrize("chosen", range(len(LESSONS)))
def test_the_chosen_lesson_is_marked_and_comes_into_view(chosen: int) -> None:
    listing = course_listing(LESSONS, lambda _: 0, chosen)
    (at,) = listing.scroll_to
    assert LESSONS[chosen].title in listing.rows[at].text
    assert [line.base for line in listing.rows].count("current") == 1
    assert listing.rows[at].base == "current"
    assert listing.rows[at].text.startswith("▶")


def test_a_lesson_without_chapter_stands_under_a_word_all_the_same() -> None:
    assert texts(course_listing([Lesson(chapter="")], lambda _: 0, 0))[0] == "Lessons"


def test_where_there_are_no_lessons_that_is_said() -> None:
    assert texts(course_listing([], lambda _: 0, 0)) == ["No lessons were found."]


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (0, "3 steps. Enter begins."),
        (1, "1 of 3 steps seen to their end. Enter goes on where you left off."),
        (3, "All 3 steps seen to their end. Enter opens it again."),
    ],
)
def test_what_a_lesson_is_about(done: int, words: str) -> None:
    assert texts(about_listing(LESSONS[0], done, 100)) == ["One", "", "About one", "", words]


def test_a_lesson_of_one_step_is_counted_in_english() -> None:
    one = Lesson(steps=1)
    assert texts(course_listing([one], lambda _: 0, 0))[-1] == "▶   One  1 step"
    assert texts(about_listing(one, 0, 100))[-1] == "1 step. Enter begins."
    assert texts(about_listing(one, 1, 100))[-1] == "Seen to its end. Enter opens it again."


def test_why_a_lesson_cannot_be_opened() -> None:
    assert texts(about_listing(LESSONS[-1], 0, 100)) == [
        "bad.yaml",
        "",
        "bad.yaml:1:1: no; mend it",
    ]


@pytest.mark.parametrize("width", [1, 8, 40, 200])
def test_it_is_wrapped_for_reading(width: int) -> None:
    long = Lesson(title="word " * 30, summary="word " * 60)
    for lesson in (long, Lesson(problem="/a/very/long/path/" * 9)):
        rows = about_listing(lesson, 1, width).rows
        assert all(line.width <= max(8, min(width, MEASURE)) for line in rows)


def test_nothing_can_steer_the_terminal() -> None:
    evil = Lesson(EVIL, EVIL, EVIL, EVIL)
    shown = [*texts(course_listing([evil], lambda _: 0, 0)), *texts(about_listing(evil, 0, 60))]
    shown += texts(about_listing(Lesson(problem=EVIL), 0, 60))
    assert all(text.isprintable() for text in shown)
    assert sum("␛]0;x␇\\u202e" in text for text in shown) == 5


def test_a_lesson_that_is_still_being_read_says_so_and_is_not_done() -> None:
    lesson = Lesson("new", "new.yaml", summary="", steps=0, unread=True)
    assert texts(course_listing([lesson], lambda _: 0, 1)) == ["First", "    new.yaml  reading …"]
    assert texts(about_listing(lesson, 0, 60))[-1] == "The file is being read …"
