"""Which lines of the code ran, run, or come next at a moment."""

from __future__ import annotations

import pytest
from made import backward, doubled, node, ran, scalar, snapshot, trace

from autograd_tutor.analysis.code_state import NO_LINES, CodeState, code_state, source_line
from autograd_tutor.recording.model import Error
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render.code import code_listing


def test_before_anything_was_recorded_there_are_no_lines() -> None:
    assert code_state(Timeline(trace())) == NO_LINES


def test_lines_that_ran_the_current_one_and_the_next() -> None:
    made = doubled()
    assert code_state(Timeline(made, 0)) == CodeState(frozenset(), 0, 1, frozenset(), None)
    assert code_state(Timeline(made, 2)) == CodeState(frozenset({1, 2}), 2, 3, frozenset(), None)


def test_a_line_that_failed_is_not_the_current_one() -> None:
    error = Error("RuntimeError", "no", 2, "")
    made = trace(snapshot(0), snapshot(1), snapshot(2, event="error", next_line=0, error=error))
    assert code_state(Timeline(made, 2)) == CodeState(frozenset({1}), 0, 0, frozenset({2}), None)


def test_in_a_pass_the_node_that_ran_was_made_by_a_line() -> None:
    made = doubled()
    assert code_state(Timeline(made, 5)).made_by == made.nodes[2]


@pytest.mark.parametrize("where", [{"step": 1}, {"line": 0}], ids=["another step", "the setup"])
def test_a_node_that_no_line_of_the_step_made_belongs_to_none(where: dict[str, int]) -> None:
    elsewhere = trace(
        snapshot(0, nodes=(node(1, "ExpBackward0", **where),)), ran(1, backward(1, scalar(1.0)))
    )
    assert code_state(Timeline(elsewhere, 1)).made_by is None
    assert min(code_listing("a = 1\nb = 2\n", Timeline(elsewhere, 1)).scroll_to) >= 0


@pytest.mark.parametrize(
    ("line", "source"), [(1, "for x in y:"), (2, "z = x"), (0, ""), (-1, ""), (9, "")]
)
def test_a_line_of_the_code_without_its_indentation(line: int, source: str) -> None:
    assert source_line("for x in y:\n    z = x\n", line) == source
