"""What is worked out from a trace is kept as long as the trace, and keeps no trace alive."""

from __future__ import annotations

import gc
import weakref

from made import doubled

from autograd_tutor.analysis.trace_cache import cached_per_trace
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.node_view import node_listing
from autograd_tutor.render.pass_flow import flow_listing


class Counting:
    """A kept function that remembers what it was asked to make."""

    def __init__(self, most: int) -> None:
        self.made: list[int] = []
        self.ends: list[weakref.ref[set[int]]] = []
        self.of = cached_per_trace(most)(self._make)

    def _make(self, trace: Trace, number: int) -> set[int]:
        self.made.append(number)
        value = {number}
        self.ends.append(weakref.ref(value))
        return value


def test_the_same_is_worked_out_once() -> None:
    counting, made = Counting(2), doubled()
    assert counting.of(made, 1) is counting.of(made, 1)
    assert counting.made == [1]


def test_another_trace_is_another_question() -> None:
    counting, first, second = Counting(2), doubled(), doubled()
    assert counting.of(first, 1) is not counting.of(second, 1)
    assert counting.made == [1, 1]


def test_what_was_asked_for_longest_ago_goes_first() -> None:
    counting, made = Counting(2), doubled()
    for number in (1, 2, 1, 3, 1, 2):
        counting.of(made, number)
    assert counting.made == [1, 2, 3, 2]


def test_what_was_worked_out_ends_with_its_trace() -> None:
    counting, first, second = Counting(4), doubled(), doubled()
    for made in (first, second):
        counting.of(made, 1)
    del first, made
    gc.collect()
    assert [end() is not None for end in counting.ends] == [False, True]
    assert counting.of(second, 1) is counting.ends[1]()


def test_panes_that_are_gone_keep_no_trace_alive() -> None:
    traces = [doubled() for _ in range(3)]
    for made in traces:
        for index in range(len(made)):
            for choice in (Choice(), Choice(as_tree=True)):
                rows = graph_listing(made, index, index - 1, None, choice=choice).rows
                assert [row.text for row in rows]
            assert flow_listing(made, index, index - 1).rows
            assert node_listing(made, index, 2).rows
    ends = [weakref.ref(made) for made in traces]
    del traces, made, rows
    gc.collect()
    assert [end() for end in ends] == [None] * 3
