"""Everything that readers make of a recording, for tests in which nothing may be raised."""

from __future__ import annotations

import json
from collections.abc import Iterator

from autograd_tutor.analysis.comparison import Side, compare, corresponding
from autograd_tutor.analysis.contents import contents_at
from autograd_tutor.analysis.gradient_table import gradient_rows_at
from autograd_tutor.analysis.heat_map import heat_map, mapped_names, picture_at
from autograd_tutor.analysis.jumps import Way, pass_from, visit_from
from autograd_tutor.analysis.named import tensor_named
from autograd_tutor.playing.destination import Question, find
from autograd_tutor.recording import export
from autograd_tutor.recording.model import Node
from autograd_tutor.recording.plots import Plot
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Recording, Trace
from autograd_tutor.render import narration
from autograd_tutor.render.code import code_listing
from autograd_tutor.render.comparison import comparison_listing
from autograd_tutor.render.gradients import gradients_listing
from autograd_tutor.render.graph import graph_listing
from autograd_tutor.render.graph_choice import Choice
from autograd_tutor.render.headline import position_texts
from autograd_tutor.render.heat import Marks
from autograd_tutor.render.heat_map import heat_map_listing
from autograd_tutor.render.node_view import node_listing
from autograd_tutor.render.outcome import outcome
from autograd_tutor.render.pass_flow import flow_listing
from autograd_tutor.render.picture_view import Moment, PictureChoice, picture_listing, views
from autograd_tutor.render.rows import Listing, Row
from autograd_tutor.render.sentence import sentence_row
from autograd_tutor.render.strip import strip_row
from autograd_tutor.render.tensor_view import item_listing
from autograd_tutor.render.tensors import tensors_listing

WIDTH = 72
PLOT = Plot(function="f", at="w")
TREE = Choice(as_tree=True)
WAYS: tuple[Way, ...] = (1, -1)


def walk(recording: Recording) -> Iterator[str]:
    """Every line that is shown or printed of any moment of the recording."""
    steps = len(recording.traces)
    for trace in recording.traces.values():
        cursor = Timeline(trace)
        yield from position_texts(trace.step, steps, cursor, running=False)
        for index in range(len(trace)):
            cursor.index = index
            yield from (row.text for row in _rows(trace, cursor))
            yield from position_texts(trace.step, steps, cursor, running=False)
            _move(trace, index)
            yield json.dumps(export.snapshot(trace.snapshots[index]), allow_nan=False)
            nodes = trace.snapshots[index].nodes
            yield from (json.dumps(export.node(each), allow_nan=False) for each in nodes)
        if trace.result is not None:
            yield json.dumps(export.result(trace.result), allow_nan=False)
            yield from (row.text for row in narration.result_rows(trace.result, None, 0))
        yield outcome(trace, "ended", len(trace) - 1)


def _rows(trace: Trace, cursor: Timeline) -> Iterator[Row]:
    index, previous = cursor.index, cursor.previous
    contents = contents_at(trace, index, previous)
    yield from narration.snapshot_rows(trace, index)
    yield sentence_row(cursor, WIDTH)
    yield strip_row(trace, index, WIDTH)
    yield from _shown(code_listing(trace.code, cursor, WIDTH))
    yield from _shown(tensors_listing(contents, WIDTH, unfolded=True))
    yield from _shown(gradients_listing(gradient_rows_at(trace, index, previous), WIDTH))
    if index == len(trace) - 1:
        for item in contents.items:
            yield from _shown(item_listing(trace, index, contents, item.name, WIDTH))
        yield from _maps_and_comparisons(trace, index, previous)
    yield from _shown(flow_listing(trace, index, previous, width=WIDTH))
    yield from _shown(graph_listing(trace, index, previous, None, WIDTH))
    yield from _shown(graph_listing(trace, index, previous, None, WIDTH, TREE))
    for plot in (None, PLOT):
        moment = Moment(trace, index, plot)
        for view in views(moment):
            for log in (False, True):
                choice = PictureChoice(view, log=log)
                yield from _shown(picture_listing(moment, choice, WIDTH, 20))
    for number in _nodes_at(trace, index):
        yield from _shown(node_listing(trace, index, number, WIDTH))


def _maps_and_comparisons(trace: Trace, index: int, previous: int) -> Iterator[Row]:
    for name in mapped_names(trace, index):
        tensor = tensor_named(trace, index, name)
        assert tensor is not None
        found = heat_map(name, tensor, 0, picture_at(trace, index, name))
        yield from _shown(heat_map_listing(found, WIDTH, 20))
    compared = compare(Side(trace, max(0, previous)), Side(trace, index), None)
    heads = ("the run before", "moment 1"), ("this run", "moment 2")
    yield from _shown(comparison_listing(compared, heads, False, Marks.COLOURS, WIDTH))
    assert len(corresponding(trace, trace)) == len(trace)


def _nodes_at(trace: Trace, index: int) -> tuple[int, ...]:
    """The nodes that the moment is about; all of them at the last one."""
    if index == len(trace) - 1:
        return tuple(trace.nodes)
    snapshot = trace.snapshots[index]
    found: tuple[Node, ...] = snapshot.nodes
    ran = () if snapshot.backward is None else (snapshot.backward.node,)
    return (*ran, *(node.id for node in found))


def _shown(listing: Listing) -> Iterator[Row]:
    yield from listing.rows[:]
    yield Row(((listing.title or "", ""),))


def _move(trace: Trace, index: int) -> None:
    """Every key from that moment, and what is asked of where it is."""
    for key in ("forward", "back", "into", "out", "first", "last", "newest"):
        cursor = Timeline(trace, index)
        getattr(cursor, key)()
        assert 0 <= cursor.index < len(trace)
        assert cursor.snapshot is trace.snapshots[cursor.index]
        assert -1 <= cursor.previous < len(trace)
        at = cursor.pass_position
        assert at is None or 1 <= at.node <= at.nodes
        assert cursor.can_enter in (True, False)
        assert cursor.enters_rest in (True, False)
    for way in WAYS:
        for jump in (pass_from, visit_from):
            target = jump(trace, index, way)
            assert target is None or 0 <= target < len(trace)
    for text in ("turn 1", ":1", "nan", "a < 1", "w.grad is None"):
        found = find(text, Question(trace, index, running=False, anew=False))
        assert found.message or found.moment is not None
