"""Where the keys for passes and turns lead."""

from __future__ import annotations

import passes
import pytest
from made import ended, root, snapshot, trace
from test_walk import live, moment, saved, take

from autograd_tutor.analysis.jumps import Way, pass_from, visit_from
from autograd_tutor.playing.walk import Walk
from autograd_tutor.recording.trace import Trace

# In passes.loop: 0 start, 1 line 1; each turn has line 2, 3, two nodes, line 4; 17 is line 2.


def loop() -> Trace:
    return walk_loop().trace


def walk_loop(index: int = 0) -> Walk:
    walk = saved(passes.loop(), passes.LOOP_CODE)
    walk.timeline.go(index)
    return walk


@pytest.mark.parametrize(
    ("index", "way", "target"),
    [
        (0, 1, 4), (3, 1, 4), (4, 1, 9), (5, 1, 9), (6, 1, 9), (14, 1, None), (15, 1, None),
        (17, 1, None), (17, -1, 14), (16, -1, 14), (15, -1, 9), (14, -1, 9), (5, -1, None),
        (4, -1, None), (3, -1, None), (0, -1, None),
    ],
)  # fmt: skip
def test_a_pass_begins_at_its_first_node(index: int, way: Way, target: int | None) -> None:
    assert pass_from(loop(), index, way) == target


@pytest.mark.parametrize(
    ("index", "way", "target"),
    [
        (2, 1, 7), (7, 1, 12), (12, 1, 17), (17, 1, None), (7, -1, 2), (2, -1, None),
        (6, 1, 11), (11, -1, 6), (3, 1, 8), (1, 1, None), (0, 1, None), (0, -1, None),
        (4, 1, 9), (5, 1, 10), (15, -1, 10), (14, 1, None), (4, -1, None),
    ],
)  # fmt: skip
def test_a_line_runs_again_and_so_does_a_node(index: int, way: Way, target: int | None) -> None:
    assert visit_from(loop(), index, way) == target


def test_of_a_pass_without_recorded_nodes_the_line_is_where_it_is() -> None:
    over = ended(root(1), left_out="too many")
    step = trace(*[snapshot(at, passes=(over,) if at == 2 else ()) for at in range(4)])

    assert pass_from(step, 0, 1) == 2
    assert pass_from(step, 2, 1) is None
    assert pass_from(step, 3, -1) == 2


def test_the_walk_jumps_and_says_why_it_does_not() -> None:
    walk = walk_loop()
    assert walk.pass_by(1)
    assert walk.timeline.index == 4
    assert not walk.pass_by(-1)
    assert walk.message == "This is the step's first backward pass."
    assert walk.visit_by(1)
    assert walk.timeline.index == 9
    assert walk.message == ""
    assert walk.visit_by(1)
    assert not walk.visit_by(1)
    assert walk.message == "The pass of line 4 does not run again."
    assert not walk.pass_by(1)
    assert walk.message == "This is the step's last backward pass."
    walk.timeline.newest()
    assert not walk.pass_by(1)
    assert walk.message == "No backward pass comes after this moment."
    assert not walk.visit_by(1)
    assert walk.message == "Line 2 does not run again."
    walk.first()
    assert not walk.pass_by(-1)
    assert walk.message == "No backward pass comes before this moment."
    assert not walk.visit_by(1)
    assert walk.message == "No line has run yet."
    walk.forward()
    assert not walk.visit_by(-1)
    assert walk.message == "Line 1 did not run before this."


def test_while_a_step_is_recorded_more_may_come() -> None:
    walk = live()
    assert not walk.pass_by(1)
    assert walk.message == "No further backward pass has been recorded yet."
    assert not walk.visit_by(1)
    assert walk.message == "No line has run yet."
    take(walk, moment(0), moment(1))
    walk.last()
    assert not walk.visit_by(1)
    assert walk.message == "Line 1 has not run again in what is recorded so far."


def test_a_step_without_a_pass_says_so() -> None:
    walk = saved([moment(0), moment(1)], "a = 1\n")
    assert not walk.pass_by(1)
    assert walk.message == "This step makes no backward pass."
