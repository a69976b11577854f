"""The turns of loops, by hand; tests/kernel has those of real runs."""

from __future__ import annotations

import passes
import pytest
from made import ran, result, snapshot, trace
from passes import scalar
from test_jumps import walk_loop

from autograd_tutor.analysis import turns
from autograd_tutor.analysis.loops import find_loops
from autograd_tutor.analysis.turns import most_turns, places, turn_from, turns_of
from autograd_tutor.limits.interface import MOST_PARSED
from autograd_tutor.recording.model import Backward
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.window import LeftOut


def test_a_moment_is_part_of_a_turn_and_so_are_the_nodes_of_its_pass() -> None:
    step = walk_loop().trace
    found = [places(step, index) for index in range(len(step))]
    assert [[each.number for each in place] for place in found] == [
        [], [], [1], [1], [1], [1], [1], [2], [2], [2], [2], [2], [3], [3], [3], [3], [3], [],
    ]  # fmt: skip
    assert found[9] == ((2, 3, "n", "3.0", 2),)
    assert list(turns_of(step).over) == [17]
    assert most_turns(step) == 3


def test_while_a_loop_is_recorded_its_turns_are_not_known_to_be_all() -> None:
    whole = walk_loop().trace.snapshots
    step = trace(*whole[:9], code=passes.LOOP_CODE)
    assert places(step, 8)[0].total is None
    for each in whole[9:]:
        step.add(each)
        places(step, len(step) - 1)
    assert places(step, 8)[0].total == 3


def test_of_a_recording_that_was_cut_short_the_number_of_turns_is_not_known() -> None:
    step = trace(*walk_loop().trace.snapshots[:9], code=passes.LOOP_CODE)
    step.finish(result(truncated="snapshots"))
    assert places(step, 8)[0].total is None


def nested() -> Trace:
    """Three turns of an outer loop, with two of an inner one each; line 4 is in the inner one."""
    moments = [snapshot(0)]

    def ran_line(line: int, next_line: int, **values: str) -> None:
        at = len(moments)
        moments.append(snapshot(at, line=line, next_line=next_line, values=values))

    for outer in range(3):
        ran_line(1, 2, i=str(outer))
        ran_line(2, 3)
        for inner in range(2):
            ran_line(3, 4, j=str(inner))
            ran_line(4, 3)
        ran_line(3, 1)
    ran_line(1, 0)
    code = "for i in range(3):\n    a = i\n    for j in range(2):\n        b = j\n"
    return trace(*moments, code=code)


def test_loops_inside_of_each_other() -> None:
    step = nested()
    assert places(step, 13) == ((2, 3, "i", "1", 1), (2, 2, "j", "1", 3))
    assert turn_from(step, 0, (2,)) == 8
    assert turn_from(step, 0, (2, 2)) == 12
    assert turn_from(step, 13, (3,)) == 15
    assert turn_from(step, 13, (3, 1)) == 17
    assert turn_from(step, 13, (4,)) is None
    assert turn_from(step, 13, (3, 3)) is None
    assert turn_from(step, 13, (0,)) is None


@pytest.mark.parametrize("in_passes", [False, True])
def test_calls_within_calls_are_not_looked_through_at_every_moment(
    in_passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody looks at more of them than a search needs: so their depth is asked for."""
    asked = 0

    class Counted(turns._Frame):
        @property
        def depth(self) -> int:
            nonlocal asked
            asked += 1
            return self._depth

        @depth.setter
        def depth(self, depth: int) -> None:
            self._depth = depth

        @property
        def runs(self) -> list[turns.LoopRun]:
            nonlocal asked
            asked += 1
            return self._runs

        @runs.setter
        def runs(self, runs: list[turns.LoopRun]) -> None:
            self._runs = runs

    monkeypatch.setattr(turns, "_Frame", Counted)
    left_out = LeftOut(1, 1, True, 0)
    deep = [
        snapshot(at, line=2, next_line=2, depth=at, function="f", left_out=left_out)
        for at in range(1, 1000)
    ]
    ran_node = Backward(1, 1, (), ())
    ran_nodes = [
        snapshot(at, line=2, next_line=2, depth=1, event="backward", backward=ran_node)
        for at in range(1000, 2000)
    ]
    code = "for i in range(9):\n    f()\n"
    turns_of(trace(snapshot(0), *deep, *(ran_nodes if in_passes else ()), code=code))
    assert asked < 30_000


def test_of_two_loops_the_next_one_is_meant() -> None:
    def loop(start: int, line: int) -> list[object]:
        return [
            snapshot(start, line=line, next_line=line + 1),
            snapshot(start + 1, line=line + 1, next_line=line),
            snapshot(start + 2, line=line, next_line=line + 1),
            snapshot(start + 3, line=line + 1, next_line=line),
            snapshot(start + 4, line=line, next_line=line + 2),
        ]

    code = "for i in x:\n    a = 1\nfor i in x:\n    a = 1\n"
    step = trace(snapshot(0), *loop(1, 1), *loop(6, 3), code=code)  # type: ignore[arg-type]
    assert [turn_from(step, index, (2,)) for index in (0, 4, 5, 8, 10)] == [3, 3, 8, 8, 3]


def test_odd_records_do_no_harm() -> None:
    record = Backward(1, 1, (scalar(1.0),), ())
    moments = [
        snapshot(0, line=3, next_line=0, depth=5, function="f"),
        ran(1, record, line=1),
        snapshot(2, line=1, next_line=2, depth=1, function="g"),
        snapshot(3, line=2, next_line=1, depth=1, function="h"),
        snapshot(4, line=1, next_line=2),
        snapshot(5, line=1, next_line=1),
    ]
    step = trace(*moments, code="for i in x:\n    a = 1\n")
    assert [len(places(step, index)) for index in range(6)] == [0, 0, 1, 0, 1, 0]


def test_loops_that_cannot_be_counted_are_left_out() -> None:
    assert find_loops(
        "for i in x:\n    yield i\nfor i in x:\n    def f():\n        yield 1\n"
    ).keys() == {3}
    assert not find_loops("while x: x -= 1\n")
    assert find_loops("for x in y: z = x\n").keys() == {1}
    assert not find_loops("for x in:\n")
    assert not find_loops("(" * 300 + ")" * 300)
    assert not find_loops("for x in y:\n    pass\n" + "#" * MOST_PARSED)
    assert find_loops("while x:\n    print('\\d')\n").keys() == {1}
