"""The list of lessons, and what one of them is about and has in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograd_tutor.course.passage import Passage
from autograd_tutor.course.problem import Problem
from autograd_tutor.course.summary import OPENED_CHAPTER, OWN_CHAPTER, Summary
from autograd_tutor.progress import Seen
from autograd_tutor.render.course import (
    about_listing,
    chapter_words,
    course_listing,
    course_position,
)
from autograd_tutor.render.explanation import MEASURE
from autograd_tutor.render.rows import Listing
from autograd_tutor.render.sanitize import sanitize_line

EVIL = "\x1b]0;x\x07\u202e"
NOTHING = Seen()


def lesson(id_: str = "one", title: str = "One", chapter: str = "First", steps: int = 3) -> Summary:
    passages = tuple(Passage(f"s{n}", f"Step the {n}.", ()) for n in range(1, steps + 1))
    path = Path(f"{id_}.yaml")
    return Summary(id_, path, title, f"About {id_}", chapter, steps, False, passages=passages)


def broken(where: str = "bad.yaml", why: str = "no") -> Summary:
    problem = Problem(Path(where), 1, 1, why, "mend it")
    return replace(lesson("bad", "bad.yaml", "Second", 0), problem=problem)


def seen(*steps: int, left: int | None = None) -> Seen:
    return Seen(frozenset(f"s{n}" for n in steps), f"s{left}" if left else None)


LESSONS = [lesson(), lesson("two", "Two"), lesson("three", "Three", "Second"), broken()]


def texts(listing: Listing) -> list[str]:
    return [line.text for line in listing.rows]


def test_chapters_of_the_program_s_own_are_in_the_learner_s_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("autograd_tutor.render.course._", lambda text: f"<{text}>")
    assert chapter_words(OPENED_CHAPTER) == "<Opened file>"
    assert chapter_words(OWN_CHAPTER) == "<Your lessons>"
    assert chapter_words("") == "<Lessons>"
    assert chapter_words("Gradients") == "Gradients"
    assert chapter_words(EVIL) == sanitize_line(EVIL)


def test_lessons_stand_under_their_chapters_with_what_is_done() -> None:
    known = {"one": seen(1, 2, 3), "two": seen(1)}
    assert texts(course_listing(LESSONS, lambda id_: known.get(id_, NOTHING), 1)) == [
        "First",
        "  ✓ One  3/3 steps",
        "▶   Two  1/3 steps",
        "",
        "Second",
        "    Three  3 steps",
        "  ✗ bad.yaml  cannot be opened",
    ]


def test_how_much_of_the_course_is_done_is_counted() -> None:
    known = {"one": seen(1, 2, 3), "two": seen(1), "bad": seen(1)}
    assert course_position(LESSONS, lambda id_: known.get(id_, NOTHING)) == "1 of 4 lessons done"
    assert course_position(LESSONS, lambda _: NOTHING) == "4 lessons"
    assert course_position([], lambda _: NOTHING) == "0 lessons"
    script = lesson("script", "my", OPENED_CHAPTER)
    known["script"] = seen(1, 2, 3)
    shown = course_position([script, *LESSONS], lambda id_: known.get(id_, NOTHING))
    assert shown == "1 of 4 lessons done"


def test_a_step_that_was_finished_and_is_gone_from_the_file_counts_no_more() -> None:
    known = Seen(frozenset({"s1", "of long ago"}))
    assert texts(course_listing([lesson()], lambda _: known, 0))[-1] == "▶   One  1/3 steps"


@pytest.mark.parametrize("chosen", range(len(LESSONS)))
def test_the_chosen_lesson_is_marked_and_comes_into_view(chosen: int) -> None:
    listing = course_listing(LESSONS, lambda _: NOTHING, chosen)
    (at,) = listing.scroll_to
    assert LESSONS[chosen].title in listing.rows[at].text
    assert [line.base for line in listing.rows].count("current") == 1
    assert listing.rows[at].base == "current"
    assert listing.rows[at].text.startswith("▶")


def test_where_the_list_is_narrow_the_numbers_alone_say_how_far_one_is() -> None:
    known = seen(1)
    assert texts(course_listing([lesson()], lambda _: known, 0, 16))[-1] == "▶   One  1/3"
    assert texts(course_listing([lesson()], lambda _: NOTHING, 0, 16))[-1] == "▶   One  3 steps"


def test_a_lesson_without_chapter_stands_under_a_word_all_the_same() -> None:
    assert texts(course_listing([lesson(chapter="")], lambda _: NOTHING, 0))[0] == "Lessons"


def test_where_there_are_no_lessons_that_is_said() -> None:
    assert texts(course_listing([], lambda _: NOTHING, 0)) == ["No lessons were found."]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (NOTHING, "3 steps. Enter begins."),
        (seen(left=2), "3 steps. Enter goes on in step 2."),
        (
            seen(1, left=1),
            "1 of 3 steps seen to the end. Enter goes on in step 1.",
        ),
        (seen(1, 2, 3), "All 3 steps seen to the end. Enter opens it again."),
    ],
)
def test_what_a_lesson_is_about(known: Seen, words: str) -> None:
    shown = texts(about_listing(LESSONS[0], known, None, 100))
    assert " ".join(shown[: shown.index("", 4)]).split() == ["One", "About", "one", *words.split()]


def test_what_a_lesson_has_in_it_and_what_comes_after_it() -> None:
    assert texts(about_listing(LESSONS[0], seen(1, 3, left=2), "Two", 60))[-5:] == [
        "  ✓  1 Step the 1.",
        "▶    2 Step the 2.",
        "  ✓  3 Step the 3.",
        "",
        "Then comes: Two",
    ]


def test_a_long_title_of_a_step_goes_on_below_itself() -> None:
    long = replace(lesson(), passages=(Passage("s1", "word " * 12, ()),))
    rows = texts(about_listing(long, NOTHING, None, 40))
    at = next(at for at, text in enumerate(rows) if text.startswith("     1 word"))
    assert rows[at + 1].startswith("       word")


def test_a_lesson_of_one_step_is_counted_in_english() -> None:
    one = lesson(steps=1)
    assert texts(course_listing([one], lambda _: NOTHING, 0))[-1] == "▶   One  1 step"
    assert "1 step. Enter begins." in texts(about_listing(one, NOTHING, None, 100))
    left = "1 step. Enter goes on where you left off."
    assert left in texts(about_listing(one, seen(left=1), None, 100))
    again = "Seen to its end. Enter opens it again."
    assert again in texts(about_listing(one, seen(1, left=1), None, 100))


def test_why_a_lesson_cannot_be_opened() -> None:
    assert texts(about_listing(LESSONS[-1], NOTHING, "Two", 100))[:3] == [
        "bad.yaml",
        "",
        "bad.yaml:1:1: no; mend it",
    ]


@pytest.mark.parametrize("width", [1, 8, 40, 200])
def test_it_is_wrapped_for_reading(width: int) -> None:
    long = replace(lesson(), title="word " * 30, summary="word " * 60)
    for each in (long, broken("/a/very/long/path/" * 9)):
        rows = about_listing(each, seen(1, left=2), "A following lesson", width).rows
        assert all(line.width <= max(8, min(width, MEASURE)) for line in rows)


def asking(exercises: int = 1) -> Summary:
    """Three steps, of which the second asks two questions, and exercises."""
    ids = tuple(f"exercise-{n}" for n in range(1, exercises + 1))
    plain = lesson()
    more = tuple(Passage(id_, f"Task {id_}", ()) for id_ in ids)
    return replace(plain, passages=plain.passages + more, asks=((), (True, False)), exercises=ids)


ALL = frozenset({"s1", "s2", "s3"})
TWO = frozenset({("s2", 0), ("s2", 1)})
ONE = frozenset({"exercise-1"})


@pytest.mark.parametrize(
    ("known", "row", "about"),
    [
        (Seen(), "3 steps", "3 steps. Exercise open. Enter begins."),
        (Seen(finished=ALL), "2/3 steps, exercise open", "2 of 3 steps done. Exercise open."),
        (Seen(ALL, settled=TWO - {("s2", 1)}), "2/3 steps, exercise open", "1 question open"),
        (Seen(ALL, settled=TWO), "3/3 steps, exercise open", "seen to the end. Exercise open."),
        (Seen(ALL, None, TWO, ONE), "✓ One  3/3 steps, exercise solved", "Exercise solved."),
        (Seen(ALL, None, TWO, shown=ONE), "✓ One  3/3 steps, solution seen", "Solution seen."),
        (Seen(shown=ONE), "0/3 steps, solution seen", "Task exercise-1  solution seen"),
        (Seen(ALL, "exercise-1"), "2/3 steps", "Enter goes on in the exercise."),
        (Seen(ALL), "2/3 steps", "Step the 2.  2 questions open"),
    ],
)  # fmt: skip
def test_a_lesson_is_done_when_its_questions_and_exercises_are(
    known: Seen, row: str, about: str
) -> None:
    listed = texts(course_listing([asking()], lambda _: known, 1))[-1]
    assert row in listed
    assert ("✓" in listed) == ("✓" in row)
    assert about in " ".join(" ".join(texts(about_listing(asking(), known, None, 200))).split(" "))
    counted = course_position([asking()], lambda _: known)
    assert counted == ("1 of 1 lesson done" if "✓" in row else "1 lesson")


def test_several_exercises_are_counted() -> None:
    known = Seen(ALL, None, TWO, ONE)
    assert texts(course_listing([asking(3)], lambda _: known, 1))[-1].endswith(
        "2 of 3 exercises open"
    )
    known = Seen(ALL, None, TWO, frozenset({"exercise-2"}), ONE | {"exercise-3"})
    assert texts(course_listing([asking(3)], lambda _: known, 1))[-1].endswith("2 solutions seen")


def test_several_exercises_stand_below_the_steps_with_their_own_numbers() -> None:
    known = Seen(frozenset(), "exercise-2", solved=ONE)
    rows = [" ".join(text.split()) for text in texts(about_listing(asking(2), known, None, 80))]
    assert rows[-3:] == ["Exercises", "✓ 1 Task exercise-1", "▶ 2 Task exercise-2"]
    assert any("Enter goes on in exercise 2." in text for text in rows)


def test_nothing_can_steer_the_terminal() -> None:
    evil = replace(lesson(EVIL, EVIL, EVIL), summary=EVIL, passages=(Passage("s1", EVIL, ()),))
    shown = [*texts(course_listing([evil], lambda _: NOTHING, 0))]
    shown += texts(about_listing(evil, NOTHING, EVIL, 60))
    shown += texts(about_listing(broken(why=EVIL), NOTHING, None, 60))
    assert all(text.isprintable() for text in shown)
    assert sum("␛]0;x␇\\u202e" in text for text in shown) == 7


def test_a_lesson_that_is_still_being_read_says_so_and_is_not_done() -> None:
    new = replace(lesson("new", "new.yaml", steps=0), summary="")
    listed = texts(course_listing([new], lambda _: NOTHING, 1))
    assert listed == ["First", "    new.yaml  reading …"]
    assert texts(about_listing(new, NOTHING, None, 60))[-1] == "The file is being read …"


@pytest.mark.parametrize("exercises", [1, 2, 3])
def test_exercises_stand_apart_from_the_steps(exercises: int) -> None:
    made = lesson(steps=2 + exercises)
    ids = tuple(each.id for each in made.passages[2:])
    shown = texts(about_listing(replace(made, steps=2, exercises=ids), NOTHING, None, 80))
    at = shown.index("Exercise" if exercises == 1 else "Exercises")
    assert "Step the 2." in shown[at - 2]
    assert ["Step the" in each for each in shown[at + 1 :]] == [True] * exercises
