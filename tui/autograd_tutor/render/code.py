"""The code pane: the step's lines, which of them ran, what they printed and how they failed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from autograd_tutor.analysis.code_state import NO_LINES, CodeState, code_state, shown_part
from autograd_tutor.analysis.ending import error_at
from autograd_tutor.analysis.nonfinite_moments import first_moments
from autograd_tutor.limits.interface import MOST_OUTPUT_CHARACTERS, MOST_OUTPUT_ROWS
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Error, Node, Snapshot
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render import signs
from autograd_tutor.render.highlight import highlighted
from autograd_tutor.render.node_sign import node_sign
from autograd_tutor.render.rows import Listing, Row, Span, clip, row, wrap
from autograd_tutor.render.sanitize import sanitize, sanitize_line

NO_MARK = Row()
NO_MARKS: Mapping[int, str] = {}

_SIGNS = 3
"""Cells between the number of a line and its code."""

_LEAST_NOTE = 12
"""Cells from which on it is worth while to begin a note."""


INTO_CALL = _("i: look inside")
INTO_PASS = _("i: walk inside")


@lru_cache(maxsize=64)
def _lines(code: str, state: CodeState, first: int = 1) -> tuple[Row, ...]:
    """The lines of the code, the first of which has the number `first`."""
    lines = highlighted(code)
    digits = _gutter(code, first) - _SIGNS
    rows = []
    for number, spans in enumerate(lines, 1):
        sign, style, base = " ", "", ""
        if number in state.failed:
            sign, style, base = signs.FAILURE, "failure", "failure"
        elif number == state.current:
            sign, style, base = signs.CURRENT, "", "current"
        elif number == state.coming:
            sign, style = signs.NEXT, "dim"
        elif number in state.done:
            sign, style = signs.DONE, "done"
        line = row(
            (f"{number + first - 1:>{digits}} ", "dim"), (f"{sign} ", style), *spans, base=base
        )
        rows.append(row(line.text, base=base) if base == "current" else line)
    return tuple(rows)


def _gutter(code: str, first: int) -> int:
    """Cells before the code of each line."""
    return len(str(len(highlighted(code)) + first - 1)) + _SIGNS


class _Code(NamedTuple):
    """The rows of all lines. A line that is wider than the pane goes on in further rows."""

    rows: list[Row]
    further: Mapping[int, int]
    """By line, how many those are."""

    def first_row(self, line: int) -> int:
        """Where the rows of a line begin."""
        return line - 1 + sum(rows for at, rows in self.further.items() if at < line)

    def whole(self, line: int) -> tuple[int, int, int]:
        """What brings a line into view, its end, too; where that is too much, its beginning."""
        first = self.first_row(line)
        return first, first + self.further.get(line, 0), first


@lru_cache(maxsize=32)
def _too_wide(code: str, room: int) -> tuple[int, ...]:
    """The lines whose code takes more than so many cells."""
    return tuple(at for at, spans in enumerate(highlighted(code), 1) if Row(spans).width > room)


def _folded(
    lines: Sequence[Row], code: str, gutter: int, width: int, notes: Mapping[int, Sequence[Span]]
) -> _Code:
    """The lines with notes behind them, in rows of at most `width` cells."""
    rows, further = list(lines), {}
    for at in sorted({*_too_wide(code, width - gutter), *notes}, reverse=True):
        parts = _in_rows(rows[at - 1], notes.get(at, ()), gutter, width)
        rows[at - 1 : at] = parts
        further[at] = len(parts) - 1
    return _Code(rows, further)


def _in_rows(line: Row, notes: Sequence[Span], gutter: int, width: int) -> list[Row]:
    """A line of code and its notes, which have a row of their own where they do not fit behind."""
    code = line.text[gutter:]
    begins = gutter + len(code) - len(code.lstrip())
    indent = min(begins + 2, width // 2)
    rows = [line]
    if line.width > width:
        first, rest = _cut(line.spans, begins)
        rows = wrap(rest, width, clip(Row(first), width // 2), indent)
    behind = [span for note in notes for span in (("   ", ""), note)]
    if rows[-1].width + Row(tuple(behind)).width <= width:
        rows[-1] = Row((*rows[-1].spans, *behind))
    else:
        rows += wrap(behind[1:], width, row(" " * indent), indent)
    return [part._replace(base=line.base) for part in rows]


def _cut(spans: Sequence[Span], at: int) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The first `at` characters, and the others."""
    first, rest = [], []
    for text, style in spans:
        first.append((text[:at], style))
        rest.append((text[at:], style))
        at = max(0, at - len(text))
    return tuple(span for span in first if span[0]), tuple(span for span in rest if span[0])


def code_rows(code: str, first: int, width: int) -> int:
    """How many rows the lines take."""
    return len(_bare(code, first, width).rows)


@lru_cache(maxsize=32)
def _bare(code: str, first: int, width: int) -> _Code:
    return _folded(_lines(code, NO_LINES, first), code, _gutter(code, first), width, {})


def code_listing(
    code: str, timeline: Timeline | None, width: int = 80, marks: Mapping[int, str] = NO_MARKS
) -> Listing:
    """The code pane for a moment; without a timeline (nothing recorded yet), the bare code.

    `marks`: by line the key of what goes wrong there.
    """
    snapshot = timeline.snapshot if timeline is not None else None
    if timeline is None or snapshot is None:
        first = 1 if timeline is None else timeline.trace.line_number(1)
        return Listing(_bare(code, first, width).rows)
    state, part = code_state(timeline), shown_part(timeline)
    lines = _noted_lines(part.code if part.file else code, timeline, state, width, marks)
    output = _output(timeline.trace.snapshots[: timeline.index + 1], timeline.previous, width)
    failure, message = _failure(error_at(timeline.trace, timeline.index), width)
    here = timeline.trace.line_in(part, snapshot.line or snapshot.next_line)
    line = max(1, here or state.made_at)
    made_by = lines.whole(state.made_at) if state.made_at else ()
    scroll_to = [*lines.whole(max(line, state.coming)), *lines.whole(line), *made_by]
    below = (*output, *failure, *message)
    if message or (output and snapshot.stdout):
        scroll_to.insert(0, len(lines.rows) + len(below) - 1)
    pinned = len(message) or len(output) - 1  # the empty row before it is not
    return Listing((*lines.rows, *below), scroll_to, pinned=max(0, pinned))


def _noted_lines(
    code: str, timeline: Timeline, state: CodeState, width: int, marks: Mapping[int, str]
) -> _Code:
    """The lines of the code with what can be entered there, and what a line made."""
    part = shown_part(timeline)
    number, own = part.first, partial(timeline.trace.line_in, part)
    lines = list(_lines(code, state._replace(made_by=None, made_at=0), number))
    notes: defaultdict[int, list[Span]] = defaultdict(list)
    for at, inside in (
        (own(timeline.trace.snapshots[timeline.entered].line), timeline.inside_of),
        (state.coming, timeline.inside_of_next),
    ):
        if inside is not None and 0 < at <= len(lines):
            hint = INTO_CALL if inside.backward is None else INTO_PASS
            notes[at].append((hint, "key"))
    made = state.made_by
    if made is not None and not 0 < state.made_at <= len(lines):
        made = None
    if made is not None and state.made_at == state.current:
        notes[state.made_at].append((_origin(made)[1][0], "key"))
        made = None
    for at, text in _first_nonfinite(timeline).items():
        if 0 < own(at) <= len(lines):
            notes[own(at)].append((text, "failure strong"))
    for at, key in marks.items():
        if 0 < own(at) <= len(lines):
            notes[own(at)].append((f"w: {key}", "dim"))
    folded = _folded(lines, code, _gutter(code, number), width, notes)
    if made is not None:
        _mark_origin(folded, made, state.made_at, width)
    return folded


def _mark_origin(code: _Code, made: Node, line_of: int, width: int) -> None:
    """Mark the line that made a node, and say so behind it as far as there is room.

    Rows that came and went with every node would move all below them.
    """
    sign, note = _origin(made)
    first, last, _unused = code.whole(line_of)
    code.rows[first] = _signed(code.rows[first], sign)
    room = width - code.rows[last].width
    if room >= _LEAST_NOTE:
        line = code.rows[last]
        code.rows[last] = Row((*line.spans, *clip(row("   ", note), room).spans), line.base)


def _first_nonfinite(timeline: Timeline) -> dict[int, str]:
    """By line, a note that it made the first NaN or inf of the step."""
    trace = timeline.trace
    found: defaultdict[int, list[str]] = defaultdict(list)
    for kind, index in first_moments(trace, timeline.index)._asdict().items():
        if index is not None:
            found[trace.snapshots[index].line].append(kind)
    return {
        at: _("{nonfinite} first {kinds}").format(nonfinite=signs.NONFINITE, kinds=", ".join(kinds))
        for at, kinds in found.items()
    }


def _origin(node: Node) -> tuple[Span, Span]:
    """The sign of a node, and what its line has to do with it."""
    sign, style = node_sign(node)
    words = _("made {name}").format(name=sanitize_line(node.name))
    if node.name == "AccumulateGrad":
        words = _("first use of {variable}").format(
            variable=sanitize_line(node.variable or _("the leaf"))
        )
    return (f"{sign} ", style), (words, style)


def _signed(line: Row, sign: Span) -> Row:
    """The line with another sign instead of its own."""
    number, _unused, *code = line.spans
    return Row((number, sign, *code), line.base)


def _output(snapshots: list[Snapshot], previous: int, width: int) -> list[Row]:
    """Everything printed so far, under a heading; what is new since `previous` stands out."""
    printed = [(s.stdout, s.index > previous) for s in snapshots if s.stdout]
    if not printed:
        return []
    text = "".join(text for text, _ in printed)
    fresh_from = sum(len(text) for text, fresh in printed if not fresh)
    at = max(0, len(text) - MOST_OUTPUT_CHARACTERS)
    lines = text[at:].splitlines(keepends=True)
    most = lines[-MOST_OUTPUT_ROWS:]
    left_out = text.count("\n", 0, at) + len(lines) - len(most)
    rows = (
        [row((_("  … {left_out} lines before these").format(left_out=left_out), "dim"))]
        if left_out
        else []
    )
    at += sum(map(len, lines[:-MOST_OUTPUT_ROWS]))
    for line in most:
        fresh = at + len(line) > fresh_from
        at += len(line)
        mark = row((f"{signs.CHANGED} ", "changed") if fresh else ("  ", ""))
        rows += _wrapped(line, "strong" if fresh else "", width, mark)
    return [Row(), row((_("Output"), "dim")), *rows]


def _wrapped(line: str, style: str, width: int, mark: Row = NO_MARK) -> list[Row]:
    """A line of output, or of a traceback; one that is too long goes on in the next row."""
    text = sanitize_line(line.rstrip("\r\n"))
    whole = Row((*mark.spans, (text, style)))
    if whole.width <= width:
        return [row(*whole.spans)]
    begins = len(text) - len(text.lstrip())
    first = Row((*mark.spans, (text[:begins], style)))
    return wrap([(text[begins:], style)], width, first, min(first.width + 2, width // 2))


def _failure(error: Error | None, width: int) -> tuple[list[Row], list[Row]]:
    """The frames, and the message, which says most."""
    if error is None:
        return [], []
    text = error.traceback or f"{error.type}: {error.message}"
    *frames, message = sanitize(text).rstrip().split("\n")
    rows = [each for line in frames for each in _wrapped(line, "failure", width)]
    return [Row(), *rows], wrap([(message, "failure strong")], width)
