"""The cursor goes over calls, into them and out of them, and never off the trace."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made import backward, doubled, ended, ran, root, scalar, snapshot, tensor, trace

from autograd_tutor.recording.timeline import PassPosition, Timeline
from autograd_tutor.recording.trace import Trace


def timeline(*depths: int, at: int = 0) -> Timeline:
    made = trace(*(snapshot(index, depth=depth) for index, depth in enumerate(depths)))
    return Timeline(made, at)


FLAT = (0, 0, 0, 0)
CALL = (0, 0, 1, 1, 0, 0)
"""A start, a line, a function of two lines, the line that called it, another line."""
NESTED = (0, 2, 2, 1, 1, 0)
"""A start; the first line of the function calls another one, which has two lines."""


def test_forward_and_back_over_lines() -> None:
    cursor = timeline(*FLAT)
    assert [cursor.forward() for _ in range(4)] == [True, True, True, False]
    assert cursor.index == 3
    assert [cursor.back() for _ in range(4)] == [True, True, True, False]
    assert cursor.index == 0


def test_forward_and_back_go_over_a_call() -> None:
    cursor = timeline(*CALL, at=1)
    assert cursor.forward()
    assert cursor.index == 4
    assert cursor.back()
    assert cursor.index == 1


def test_into_leads_to_the_first_line_inside() -> None:
    cursor = timeline(*CALL, at=4)
    assert cursor.can_enter
    assert cursor.into()
    assert cursor.index == 2
    assert cursor.inside


def test_into_goes_one_call_deep_at_a_time() -> None:
    cursor = timeline(*NESTED, at=5)
    assert cursor.into()
    assert cursor.index == 3
    assert cursor.into()
    assert cursor.index == 1
    assert not cursor.can_enter


def test_into_what_was_called_when_its_caller_was_not_recorded() -> None:
    cursor = timeline(0, 3, 2, 0, at=3)
    assert cursor.into()
    assert cursor.index == 2


def test_into_does_nothing_where_nothing_was_called() -> None:
    cursor = timeline(*CALL, at=5)
    assert not cursor.can_enter
    assert not cursor.into()
    assert cursor.index == 5


def test_out_leads_to_the_line_that_called() -> None:
    cursor = timeline(*NESTED, at=1)
    assert cursor.out()
    assert cursor.index == 3
    assert cursor.out()
    assert cursor.index == 5
    assert not cursor.out()


def test_inside_a_call_forward_ends_where_the_call_ends() -> None:
    cursor = timeline(*CALL, at=2)
    assert cursor.forward()
    assert cursor.index == 3
    assert cursor.forward()
    assert cursor.index == 4
    assert not cursor.inside


def test_inside_a_call_back_ends_before_the_call() -> None:
    cursor = timeline(*CALL, at=3)
    assert cursor.back()
    assert cursor.back()
    assert cursor.index == 1


def test_two_calls_on_one_line_are_walked_as_one() -> None:
    cursor = timeline(0, 1, 1, 1, 0, at=4)
    assert cursor.into()
    assert [cursor.index, cursor.forward(), cursor.forward(), cursor.index] == [1, True, True, 3]


def test_first_and_last() -> None:
    cursor = timeline(*CALL, at=2)
    assert cursor.last()
    assert cursor.index == 5
    assert not cursor.last()
    assert cursor.first()
    assert cursor.index == 0
    assert not cursor.first()


def test_what_to_compare_with_is_where_back_leads() -> None:
    assert timeline(*CALL, at=4).previous == 1
    assert timeline(*CALL, at=2).previous == 1
    assert timeline(*CALL).previous == -1


MOVES: list[Callable[[Timeline], bool]] = [
    Timeline.forward,
    Timeline.back,
    Timeline.into,
    Timeline.out,
    Timeline.first,
    Timeline.last,
]


@pytest.mark.parametrize("move", MOVES)
def test_nothing_moves_where_nothing_is_recorded(move: Callable[[Timeline], bool]) -> None:
    cursor = timeline()
    assert not move(cursor)
    assert cursor.snapshot is None
    assert cursor.trace.state(cursor.index) == ({}, {})
    assert not cursor.inside
    assert not cursor.can_enter
    assert cursor.previous == -1


def test_a_trace_that_grows_can_be_walked_on() -> None:
    cursor = timeline(0)
    assert not cursor.forward()
    cursor.trace.add(snapshot(1, tensors={"a": tensor(1.0)}))
    assert cursor.forward()
    assert cursor.snapshot is cursor.trace.snapshots[1]
    assert set(cursor.trace.state(cursor.index).tensors) == {"a"}


# Into the line that comes next


def test_into_a_line_that_comes_next_leads_to_its_first_moment() -> None:
    cursor = timeline(*CALL, at=1)
    assert cursor.inside_of is None
    assert cursor.inside_of_next is cursor.trace.snapshots[2]
    assert cursor.into()
    assert cursor.index == 2


def test_what_the_line_itself_called_comes_before_what_the_next_one_calls() -> None:
    cursor = timeline(0, 1, 0, 1, 0, at=2)
    assert cursor.inside_of_next is None
    assert cursor.into()
    assert cursor.index == 1


def test_into_a_line_that_has_not_ended_leads_nowhere_yet() -> None:
    cursor = timeline(0, 0, 1, 1, at=1)
    assert not cursor.can_enter
    cursor.trace.add(snapshot(4))
    assert cursor.can_enter


# Backward passes


def two_passes() -> Trace:
    """A start, a line with a pass of two nodes, a line with one of one node, and its end."""
    one = scalar(1.0)
    return trace(
        snapshot(0),
        ran(1, backward(7, one)),
        ran(2, backward(8, one)),
        snapshot(3, passes=(ended(root(7)),)),
        ran(4, backward(7, one, call=2)),
        snapshot(5, passes=(ended(root(7), call=2),)),
    )


def test_a_walk_tells_the_pass_and_the_node() -> None:
    walks = [Timeline(two_passes(), index).pass_position for index in range(6)]
    assert walks == [
        None,
        PassPosition(1, 2, 1, 2),
        PassPosition(1, 2, 2, 2),
        None,
        PassPosition(2, 2, 1, 1),
        None,
    ]


def test_a_pass_that_was_not_recorded_node_by_node_counts_too() -> None:
    made = two_passes()
    made.add(snapshot(6, passes=(ended(call=3, left_out="no room"),)))
    assert Timeline(made, 1).pass_position == PassPosition(1, 3, 1, 2)


def test_the_node_that_ran_is_the_one_under_the_cursor() -> None:
    made = doubled()
    found = [Timeline(made, index).backward for index in (3, 4, 5, 6, 7)]
    assert [None if each is None else each.node for each in found] == [None, 1, 2, 3, None]


def test_first_and_last_stay_inside_of_a_pass() -> None:
    cursor = Timeline(doubled(), 5)
    assert cursor.last()
    assert cursor.index == 6
    assert not cursor.last()
    assert cursor.first()
    assert cursor.index == 4


def test_first_and_last_of_a_pass_skip_the_lines_that_ran_inside_of_it() -> None:
    made = trace(
        snapshot(0),
        ran(1, backward(7, scalar(1.0))),
        snapshot(2, depth=2),
        ran(3, backward(8, scalar(1.0))),
        snapshot(4),
    )
    cursor = Timeline(made, 1)
    assert cursor.last()
    assert cursor.index == 3
    assert cursor.pass_position == PassPosition(1, 1, 2, 2)


def test_a_pass_is_entered_walked_and_left() -> None:
    cursor = Timeline(doubled(), 7)
    assert cursor.into()
    assert [cursor.index, cursor.forward(), cursor.forward(), cursor.index] == [4, True, True, 6]
    assert cursor.out()
    assert cursor.index == 7


def test_forward_goes_over_a_pass() -> None:
    cursor = Timeline(doubled(), 3)
    assert cursor.forward()
    assert cursor.index == 7
    assert cursor.back()
    assert cursor.index == 3


# A line that asks for passes and calls a function too


def made_of(*moments: tuple[int, int]) -> Trace:
    """Of each moment its depth, and which pass it is a node of; 0: it is a line."""
    return trace(
        *(
            ran(index, backward(index, scalar(1.0), call=call), depth=depth)
            if call
            else snapshot(index, depth=depth)
            for index, (depth, call) in enumerate(moments)
        )
    )


LINE, IN_CALL, ONE, TWO = (0, 0), (1, 0), (1, 1), (1, 2)
BOTH = (LINE, LINE, IN_CALL, IN_CALL, ONE, ONE, LINE, LINE)
"""A start, a line, `f(x).backward()` in moments 2 to 6, another line."""
AGAIN = (LINE, IN_CALL, ONE, ONE, IN_CALL, TWO, TWO, LINE)
"""A start; `f(x).backward(); f(x).backward()`."""


def places(cursor: Timeline, move: Callable[[Timeline], bool]) -> list[int]:
    """Where the cursor comes to until the move leads nowhere."""
    found = []
    while move(cursor):
        found.append(cursor.index)
    return found


def test_into_a_line_with_both_leads_to_its_pass() -> None:
    for index in (1, 6):
        cursor = Timeline(made_of(*BOTH), index)
        assert cursor.into()
        assert cursor.index == 4


def test_into_a_line_whose_pass_was_left_leads_to_its_function() -> None:
    cursor = Timeline(made_of(*BOTH), 6)
    entered = []
    for _ in range(4):
        inside = cursor.inside_of
        cursor.into()
        assert cursor.snapshot is inside
        entered.append(cursor.index)
        cursor.out()
        assert cursor.index == 6
    assert entered == [4, 2, 4, 2]


def test_another_move_after_a_pass_was_left_forgets_that() -> None:
    cursor = Timeline(made_of(*BOTH), 5)
    assert [cursor.out(), cursor.forward(), cursor.back(), cursor.into()] == [True] * 4
    assert cursor.index == 4


def test_a_pass_ends_at_its_line_and_begins_after_the_line_before() -> None:
    made = made_of(*BOTH)
    assert places(Timeline(made, 4), Timeline.forward) == [5, 6, 7]
    assert places(Timeline(made, 5), Timeline.back) == [4, 1, 0]
    assert Timeline(made, 4).previous == 1


def test_the_lines_of_the_function_leave_the_pass_out() -> None:
    made = made_of(*BOTH)
    assert places(Timeline(made, 2), Timeline.forward) == [3, 6, 7]
    assert places(Timeline(made, 3), Timeline.back) == [2, 1, 0]
    assert not Timeline(made, 3).can_enter


def test_passes_of_one_line_follow_each_other_both_ways() -> None:
    made = made_of(*AGAIN)
    assert places(Timeline(made, 2), Timeline.forward) == [3, 5, 6, 7]
    assert places(Timeline(made, 6), Timeline.back) == [5, 3, 2, 0]
    assert places(Timeline(made, 1), Timeline.forward) == [4, 7]


def test_passes_of_two_lines_do_not_follow_each_other() -> None:
    made = made_of(LINE, ONE, LINE, TWO, LINE)
    assert places(Timeline(made, 1), Timeline.forward) == [2, 4]
    assert places(Timeline(made, 3), Timeline.back) == [2, 0]


def test_a_pass_within_a_pass_is_walked_after_it() -> None:
    made = made_of(LINE, ONE, TWO, TWO, ONE, LINE)
    assert places(Timeline(made, 1), Timeline.forward) == [4, 2, 3, 5]
    assert places(Timeline(made, 3), Timeline.back) == [2, 4, 1, 0]
    assert Timeline(made, 2).previous == 1


def test_a_pass_that_still_runs_ends_nowhere_yet() -> None:
    cursor = Timeline(made_of(LINE, IN_CALL, ONE), 2)
    assert not cursor.forward()
    assert cursor.back()
    assert cursor.index == 0


# Any trace


@st.composite
def programs(draw: st.DrawFn) -> Trace:
    """A start and lines that ask for passes and call functions, whose lines do so too.

    Before a node of a pass has run, lines of its own may have.
    """
    moments = [LINE]
    calls = count(1)

    def add_lines(depth: int) -> None:
        for _ in range(draw(st.integers(1, 2))):
            for kind in draw(st.lists(st.sampled_from("fp"), max_size=3 if depth < 2 else 0)):
                (add_lines if kind == "f" else add_pass)(depth + 1)
            moments.append((depth, 0))

    def add_pass(depth: int) -> None:
        call = next(calls)
        for own_lines in draw(st.lists(st.booleans(), min_size=1, max_size=3)):
            if own_lines and depth < 2:
                add_lines(depth + 1)
            moments.append((depth, call))

    add_lines(0)
    return made_of(*moments)


mixed = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=15)


@given(
    st.one_of(programs(), mixed.map(lambda moments: made_of(*moments))),
    st.integers(min_value=0),
    st.lists(st.sampled_from(MOVES), max_size=20),
)
def test_moves_stay_on_the_trace_and_tell_whether_they_moved(
    made: Trace, start: int, moves: list[Callable[[Timeline], bool]]
) -> None:
    cursor = Timeline(made, start % len(made))
    for move in moves:
        before = cursor.index
        moved = move(cursor)
        assert moved == (cursor.index != before)
        assert 0 <= cursor.index < len(made)
        assert -1 <= cursor.previous < max(1, cursor.index)


@given(programs(), st.integers(min_value=0))
def test_out_after_into_comes_back_or_to_the_line_that_comes_next(made: Trace, start: int) -> None:
    cursor = Timeline(made, start % len(made))
    entered, called = cursor.index, cursor.inside_of is not None
    after = Timeline(made, entered)
    after.forward()
    if cursor.into():
        assert cursor.out()
        assert cursor.index == (entered if called else after.index)


@given(programs())
def test_forward_and_back_inside_of_a_pass_are_at_all_its_nodes_in_order(made: Trace) -> None:
    for steps in made.pass_snapshots.values():
        cursor = Timeline(made, steps[0])
        for before, after in pairwise(steps):
            assert cursor.forward()
            assert cursor.index == after
            assert cursor.previous == before
        for before in reversed(steps[:-1]):
            assert cursor.back()
            assert cursor.index == before


@given(programs())
def test_a_pass_ends_at_its_line_or_at_the_next_pass_of_that(made: Trace) -> None:
    for steps in made.pass_snapshots.values():
        cursor, line = Timeline(made, steps[-1]), Timeline(made, steps[-1])
        assert line.out()
        assert cursor.forward()
        if cursor.backward is None:
            assert cursor.index == line.index
            continue
        beside = Timeline(made, cursor.index)
        assert beside.out()
        assert beside.index == line.index
        assert cursor.back()
        assert cursor.index == steps[-1]


@given(programs())
def test_every_moment_can_be_come_to(made: Trace) -> None:
    seen: set[tuple[int, int]] = set()
    waiting = [Timeline(made)]
    while waiting:
        cursor = waiting.pop()
        inside = cursor.inside_of
        state = cursor.index, -1 if inside is None else inside.index
        if state in seen:
            continue
        seen.add(state)
        for move in MOVES:
            moved = copy(cursor)
            move(moved)
            waiting.append(moved)
    assert {index for index, _ in seen} == set(range(len(made)))


depths = st.lists(st.integers(0, 3), min_size=1, max_size=15)


@given(depths, st.integers(0, 14))
def test_what_was_entered_is_left_again(depths: list[int], start: int) -> None:
    cursor = timeline(*depths, at=start % len(depths))
    entered, called = cursor.index, cursor.inside_of is not None
    # The next line, where it is that one which is entered.
    later = range(entered + 1, len(depths))
    next_line = next((at for at in later if depths[at] <= depths[entered]), None)
    if cursor.into():
        while depths[cursor.index] > depths[entered]:
            assert cursor.out()
        assert cursor.index == (entered if called else next_line)
