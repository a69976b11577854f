"""When a step and a lesson are done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.progress import Seen
from autograd_tutor.progress.done import is_done, open_questions, standing

QUESTIONS = {"a": 0, "b": 2}


@pytest.mark.parametrize(
    ("seen", "done"),
    [
        (Seen(), []),
        (Seen(frozenset("ab")), ["a"]),
        (Seen(frozenset("b"), settled=frozenset({("b", 0)})), []),
        (Seen(frozenset("b"), settled=frozenset({("b", 0), ("b", 1)})), ["b"]),
        (Seen(settled=frozenset({("b", 0), ("b", 1)})), []),  # its end was not seen
        (Seen(frozenset("b"), settled=frozenset({("b", 0), ("b", 7), ("a", 1)})), []),
    ],
)
def test_a_step_is_done_when_its_questions_are_settled_and_its_end_was_seen(
    seen: Seen, done: list[str]
) -> None:
    assert [step for step, asked in QUESTIONS.items() if is_done(step, asked, seen)] == done
    assert standing(QUESTIONS, (), seen).done == len(done)


EVERY = Seen(frozenset("ab"), settled=frozenset({("b", 0), ("b", 1)}))


@pytest.mark.parametrize(
    ("solved", "shown", "finished"),
    [("", "", False), ("e", "", False), ("e", "f", True), ("ef", "", True), ("", "ef", True)],
)
def test_a_lesson_is_done_when_its_exercises_are_solved_or_shown(
    solved: str, shown: str, finished: bool
) -> None:
    seen = EVERY._replace(solved=frozenset(solved), shown=frozenset(shown))
    stands = standing(QUESTIONS, ("e", "f"), seen)
    assert stands.finished is finished
    assert (stands.solved, stands.shown) == (len(solved), len(shown))
    assert not standing(QUESTIONS, ("e", "f"), seen._replace(settled=frozenset())).finished


def test_a_lesson_in_which_there_is_nothing_to_do_is_not_done() -> None:
    assert not standing({}, (), EVERY).finished
    assert standing({"a": 0}, (), EVERY).finished


SETS = st.frozensets(st.sampled_from("abcdef"))
SEEN = st.builds(
    lambda finished, settled, solved, shown: Seen(finished, None, settled, solved, shown - solved),
    SETS,
    st.frozensets(st.tuples(st.sampled_from("abx"), st.integers(0, 3))),
    SETS,
    SETS,
)


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3)),
    st.frozensets(st.sampled_from("ef")),
    SEEN,
)
def test_the_numbers_of_a_standing_agree(
    questions: dict[str, int], exercises: frozenset[str], seen: Seen
) -> None:
    stands = standing(questions, exercises, seen)
    assert 0 <= stands.done <= stands.steps == len(questions)
    assert 0 <= stands.settled <= stands.questions == sum(questions.values())
    assert stands.solved + stands.shown + stands.open_exercises == stands.exercises
    nothing_open = not any(open_questions(step, asked, seen) for step, asked in questions.items())
    assert (stands.settled == stands.questions) is nothing_open
    if stands.finished:
        assert nothing_open
        assert seen.finished >= questions.keys()
