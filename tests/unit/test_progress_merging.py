"""Notes merge in any order, any number of times, and never go backwards: with random notes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from functools import reduce
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_tutor.limits.progress import MOST_GUESSES
from autograd_tutor.progress import Bookmark, Progress
from autograd_tutor.progress.known import Known
from autograd_tutor.progress.note_rows import merged, note_of, row_of
from autograd_tutor.progress.notes import (
    Code,
    Exercise,
    Finish,
    Following,
    Guess,
    Key,
    Note,
    Question,
    Review,
    Try,
    join,
)

TIMES = st.integers(0, 12)
NONE = st.just(0)
NAMES = st.sampled_from(["a", "b", "θ\x1b[2J", "/x/y.yaml"])


def in_order(timed: Iterable[Guess | Try]) -> tuple[Guess | Try, ...]:
    return tuple({each.at: each for each in sorted(timed, key=lambda each: each.at)}.values())


GUESSES = st.builds(
    Guess, TIMES, st.booleans(), st.sampled_from([None, True, False]), st.integers(1, 2)
)
QUESTIONS = st.builds(Question, st.lists(GUESSES, max_size=6).map(in_order), TIMES, TIMES)
TRIES = st.builds(Try, TIMES, st.sampled_from(["", "m", "n"]))
EXERCISES = st.builds(
    Exercise,
    st.builds(Code, TIMES, st.sampled_from(["", "x = 1\n", "\0π"])),
    st.lists(TRIES, max_size=6).map(in_order),
    st.integers(0, 3),
    TIMES,
    TIMES,
    TIMES,
)
KEYED = st.one_of(
    st.tuples(
        st.builds(Key, st.just("question"), NAMES, NAMES, st.integers(0, 2), NONE), QUESTIONS
    ),
    st.tuples(st.builds(Key, st.just("exercise"), NAMES, NAMES, NONE, NONE), EXERCISES),
    st.tuples(
        st.builds(Key, st.just("lesson"), NAMES, st.just(""), NONE, NONE), st.builds(Finish, TIMES)
    ),
    st.tuples(
        st.builds(Key, st.just("review"), NAMES, NAMES, NONE, st.sampled_from([0, 2, 7])),
        st.builds(Review, TIMES, TIMES),
    ),
    st.tuples(
        st.builds(Key, st.just("path"), NAMES, st.just(""), NONE, NONE),
        st.builds(Following, TIMES),
    ),
)
OF_ONE_KIND = st.one_of(
    *[
        st.lists(each, min_size=3, max_size=3)
        for each in (
            QUESTIONS,
            EXERCISES,
            st.builds(Finish, TIMES),
            st.builds(Review, TIMES, TIMES),
            st.builds(Following, TIMES),
        )
    ]
)
OF_KIND: dict[str, st.SearchStrategy[Note]] = {
    "question": QUESTIONS,
    "exercise": EXERCISES,
    "lesson": st.builds(Finish, TIMES),
    "review": st.builds(Review, TIMES, TIMES),
    "path": st.builds(Following, TIMES),
}
KNOWN = st.builds(
    Known,
    st.lists(st.builds(Bookmark, NAMES, NAMES, st.integers(0, 3)), max_size=3),
    st.lists(st.tuples(NAMES, NAMES), max_size=4),
    st.lists(KEYED, max_size=5),
)


@given(OF_ONE_KIND)
def test_notes_join_in_any_order_and_any_number_of_times(three: list[Note]) -> None:
    one, two, three_ = three
    assert join(one, two) == join(two, one)
    assert join(join(one, two), three_) == join(one, join(two, three_))
    assert join(one, one) == one
    assert join(join(one, two), two) == join(one, two)


@given(st.lists(QUESTIONS, min_size=2, max_size=2))
def test_a_question_never_goes_backwards(two: list[Question]) -> None:
    both = two[0].joined(two[1])
    for one in two:
        assert {guess.at for guess in both.guesses} >= {guess.at for guess in one.guesses}
        assert both.settled >= one.settled
        assert both.at >= one.at
        assert bool(both.skipped) >= bool(one.skipped)


RANK = ["", "shown", "solved"]


@given(st.lists(EXERCISES, min_size=2, max_size=2))
def test_an_exercise_never_goes_backwards(two: list[Exercise]) -> None:
    both = two[0].joined(two[1])
    for one in two:
        assert len(both.tries) >= len(one.tries)
        assert RANK.index(both.state) >= RANK.index(one.state)
        assert both.hints >= one.hints
        assert both.at >= one.at
        assert both.code.at >= one.code.at


@given(st.lists(st.integers(0, 10**6), min_size=0, max_size=250), st.integers(0, 250))
def test_however_many_are_kept_the_order_of_merging_does_not_matter(
    times: list[int], at: int
) -> None:
    every = [Question((Guess(time, True),)) for time in times]
    joined = reduce(Question.joined, every, Question())
    first, second = (reduce(Question.joined, part, Question()) for part in (every[:at], every[at:]))
    assert first.joined(second) == second.joined(first) == joined
    assert len(joined.guesses) == min(len(set(times)), MOST_GUESSES)


@given(KEYED)
def test_a_note_comes_back_from_its_row(keyed: tuple[Key, Note]) -> None:
    row = row_of(*keyed)
    assert row.step
    assert note_of(row) == keyed


@given(KEYED, st.data())
def test_a_row_takes_what_is_new_and_keeps_the_rest(
    keyed: tuple[Key, Note], data: st.DataObject
) -> None:
    key, note = keyed
    more = data.draw(OF_KIND[key.kind])
    text = merged(row_of(key, note).moment, key, more)
    assert note_of(row_of(key, note)._replace(moment=text)) == (key, join(note, more))
    assert merged(text, key, note) == merged(text, key, more) == text


def as_found(known: Known) -> tuple[object, ...]:
    return known.bookmarks, known.finished, known.notes


@given(KNOWN, KNOWN)
def test_what_is_known_is_what_the_other_says_and_what_it_says_nothing_of(
    one: Known, two: Known
) -> None:
    both = one.updated(two)
    assert as_found(one.without(two).updated(two)) == as_found(both)
    assert not one.without(both) or one.bookmarks
    assert not both.after(both)
    assert as_found(two.updated(both.after(two)))[1:] == as_found(both)[1:]


ACTIONS = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(["guess", "skip", "code", "try", "hint", "solved", "shown", "finish"]),
        st.sampled_from(["a", "b"]),
        st.booleans(),
        st.sampled_from(["", "", "save", "refresh", "reopen"]),
    ),
    max_size=12,
)


def act(progress: Progress, what: str, lesson: str, flag: bool) -> None:
    match what:
        case "guess":
            progress.note_guess(lesson, "s", 0, right=flag, tries=2 - flag)
        case "skip":
            progress.note_skip(lesson, "s", int(flag))
        case "code":
            progress.note_code(lesson, "e", f"flag = {flag}")
        case "try":
            progress.note_try(lesson, "e", "m" * flag)
        case "hint":
            progress.note_hint(lesson, "e", 1 + flag)
        case "solved":
            progress.note_solved(lesson, "e")
        case "shown":
            progress.note_shown(lesson, "e")
        case "finish":
            progress.finish(lesson, f"s{flag}")


@settings(max_examples=40, deadline=None)
@given(ACTIONS)
def test_two_terminals_lose_nothing_of_each_other(
    actions: list[tuple[int, str, str, bool, str]],
) -> None:
    """Whatever they do in turns, both end with what one terminal alone would know."""
    with tempfile.TemporaryDirectory() as name:
        times = iter(range(1, 10_000))
        clock = lambda: float(next(times))  # noqa: E731
        paths = [Path(name) / each / "progress.sqlite" for each in ("shared", "alone")]
        two, alone = [Progress(paths[0], clock) for _ in range(2)], Progress(paths[1], clock)
        for which, what, lesson, flag, then in actions:
            for progress in (two[which], alone):
                act(progress, what, lesson, flag)
            if then == "save":
                two[which].save()
            elif then == "refresh":
                two[which].refresh()
            elif then == "reopen":
                two[which].close()
                two[which] = Progress(paths[0], clock)
                two[which].refresh()
        for progress in (*two, *two):
            progress.save()
            progress.refresh()
        assert shape(two[0]) == shape(two[1]) == shape(alone)
        for progress in (*two, alone):
            assert progress.notice is None
            progress.close()


def shape(progress: Progress) -> list[tuple[object, ...]]:
    """What is known, without the times, which differ."""
    return [
        (
            progress.finished(lesson),
            progress.settled(lesson),
            [progress.question(lesson, "s", at).tries for at in (0, 1)],
            [progress.question(lesson, "s", at).right for at in (0, 1)],
            len(progress.exercise(lesson, "e").tries),
            progress.exercise(lesson, "e").mistakes,
            progress.exercise(lesson, "e").hints,
            progress.exercise(lesson, "e").state,
        )
        for lesson in ("a", "b")
    ]
