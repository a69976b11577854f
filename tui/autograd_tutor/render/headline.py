"""The line at the top: which lesson, and where in it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from autograd_tutor.analysis.turns import Place, places
from autograd_tutor.messages import _
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render.rows import Row, Span, clip, edged, row
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import kind_word

_LEAST_TITLE = 18
"""Cells for the title, as long as there is a shorter form of the position."""

_MOST_VALUE = 12
"""Characters of the text of a loop's variable."""


def headline(title: str, position: str, width: int, shorter: Sequence[str] = ()) -> Row:
    """The program and the lesson at the left, the position in it at the right.

    The position matters most: the rest is left out as far as it takes. Where it has `shorter` forms
    the longest is shown that leaves room for some of the title.
    """
    forms = (position, *shorter)
    position = next((form for form in forms if cell_len(form) + _LEAST_TITLE <= width), forms[-1])
    right = row((f"{position} " if position else "", ""))
    if right.width >= width:
        return clip(row(f" {position}", base="bar"), width)
    name: Span = (" autograd-tutor ", "dim")
    lesson: Span = (f" {sanitize_line(title)}", "title")
    whole = row(name, lesson, base="bar")
    left = whole if whole.width + 1 + right.width <= width else row(lesson, base="bar")
    return edged(left, right, width)


def position_texts(
    step: int, steps: int, timeline: Timeline | None, running: bool, kind: str = "step"
) -> list[str]:
    """`step 2/4 · turn 3 of 5 (epoch = 2) · line 3/5 · moment 7/41`, and shorter forms.

    With the function the cursor is inside of; inside of a backward pass: `backward 1 of 3 · node 4
    of 12`.
    """
    first = f"{kind_word(kind)} {step + 1}/{steps}"
    if timeline is None:
        return [first]
    last = _in_step(timeline, running)
    return [" · ".join([first, *turns, *last]) for turns in _turns(timeline)]


def _in_step(timeline: Timeline, running: bool) -> list[str]:
    snapshot, in_pass = timeline.snapshot, timeline.pass_position
    if in_pass is not None:
        return [
            _("{function} {call:,} of {calls:,}").format(
                function=in_pass.function, call=in_pass.call, calls=in_pass.calls
            ),
            _("node {node:,} of {nodes:,}").format(node=in_pass.node, nodes=in_pass.nodes),
        ]
    if snapshot is None:
        return []
    trace = timeline.trace
    part = trace.part(snapshot.line)
    line, last = trace.line_number(snapshot.line), part.number(part.last_line)
    at_line = _("line {line}/{last}").format(line=line, last=last)
    if part.file:
        at_line = _("{at_line} of {file}").format(at_line=at_line, file=sanitize_line(part.file))
    function = (
        [_("in {function}").format(function=sanitize_line(snapshot.function))]
        if snapshot.function
        else []
    )
    ends = _("end") if snapshot.event == "end" else _("start")
    known = f"{len(trace) - 1:,}" + (_(" · still running") if running else "")
    return [
        *function,
        at_line if line else ends,
        _("moment {index:,}/{known}").format(index=timeline.index, known=known),
    ]


def _turns(timeline: Timeline) -> list[list[str]]:
    """The turns of the loops that the moment is in: with their variables, without, in short."""
    found = places(timeline.trace, timeline.index)
    if not found:
        return [[]]
    forms = [
        [f"{_of(place, _(' of '))}{_variable(place)}" for place in found],
        [_of(place, _(" of ")) for place in found],
        [_of(place, "/") for place in found],
        [_of(place, "/") for place in found[-1:]],
    ]
    return [[_("turn {first}").format(first=first), *rest] for first, *rest in forms]


def _of(place: Place, between: str) -> str:
    total = "" if place.total is None else f"{between}{place.total:,}"
    return f"{place.number:,}{total}"


def _variable(place: Place) -> str:
    if place.variable is None or len(place.value) > _MOST_VALUE:
        return ""
    return f" ({sanitize_line(f'{place.variable} = {place.value}')})"


def place_text(timeline: Timeline) -> str:
    """`line 3, moment 7`; inside of a backward pass `backward 1, node 4`."""
    snapshot, in_pass = timeline.snapshot, timeline.pass_position
    if in_pass is not None:
        return _("{function} {call:,}, node {node:,}").format(
            function=in_pass.function, call=in_pass.call, node=in_pass.node
        )
    line = timeline.trace.place(snapshot.line) if snapshot is not None else 0
    place = (
        _("line {line}").format(line=line) if line else _("end") if timeline.index else _("start")
    )
    return _("{place}, moment {index:,}").format(place=place, index=timeline.index)
