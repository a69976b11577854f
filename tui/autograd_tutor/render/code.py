"""The code pane: the step's lines, which of them ran, what they printed and how they failed."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from autograd_tutor.analysis.code_state import NO_LINES, CodeState, code_state
from autograd_tutor.analysis.ending import error_at
from autograd_tutor.limits import MOST_OUTPUT_ROWS
from autograd_tutor.recording.model import Error, Node, Snapshot
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render import signs
from autograd_tutor.render.node_sign import node_sign
from autograd_tutor.render.rows import Listing, Row, Span, clip, row, wrap
from autograd_tutor.render.sanitize import sanitize, sanitize_line

LEAST_CODE = 20
"""Cells of a line of code that are shown however long the note behind it."""


@lru_cache(maxsize=32)
def highlighted(code: str) -> tuple[tuple[Span, ...], ...]:
    """The spans of every line of a Python snippet; without colours behind a syntax error.

    By the standard library's own tokenizer: a highlighting library takes longer to load than all
    the rest of the first screen takes to draw.
    """
    lines = code.rstrip("\n").split("\n")
    styled: list[list[tuple[int, int, str]]] = [[] for _ in lines]
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            style = _style(token, before)
            before = token.string
            (top, left), (bottom, right) = token.start, token.end
            if style:
                for number in range(top, min(bottom, len(lines)) + 1):
                    start = left if number == top else 0
                    end = right if number == bottom else len(lines[number - 1])
                    styled[number - 1].append((start, end, style))
    except (tokenize.TokenError, SyntaxError):
        pass  # the kernel says where the error is; what comes before it keeps its colours
    return tuple(_spans(line, pieces) for line, pieces in zip(lines, styled, strict=True))


def _style(token: tokenize.TokenInfo, before: str) -> str:
    match token.type:
        case tokenize.NAME if before in ("def", "class"):
            return "definition"
        case tokenize.NAME if keyword.iskeyword(token.string):
            return "keyword"
        case tokenize.STRING:
            return "string"
        case tokenize.NUMBER:
            return "number"
        case tokenize.COMMENT:
            return "comment"
    # From Python 3.12 on, an f-string is several tokens.
    return "string" if tokenize.tok_name[token.type].startswith("FSTRING") else ""


def _spans(line: str, pieces: list[tuple[int, int, str]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    at = 0
    for start, end, style in pieces:
        spans += [(sanitize_line(line[at:start]), ""), (sanitize_line(line[start:end]), style)]
        at = end
    spans.append((sanitize_line(line[at:]), ""))
    return tuple(span for span in spans if span[0])


INTO_CALL = "i: look inside"
INTO_PASS = "i: walk inside"


@lru_cache(maxsize=64)
def _lines(code: str, state: CodeState) -> tuple[Row, ...]:
    lines = highlighted(code)
    digits = len(str(len(lines)))
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
        line = row((f"{number:>{digits}} ", "dim"), (f"{sign} ", style), *spans, base=base)
        rows.append(row(line.text, base=base) if base == "current" else line)
    return tuple(rows)


def code_listing(code: str, timeline: Timeline | None, width: int = 80) -> Listing:
    """The code pane for a moment; without a timeline (nothing recorded yet), the bare code."""
    snapshot = timeline.snapshot if timeline is not None else None
    if timeline is None or snapshot is None:
        return Listing(_lines(code, NO_LINES))
    state = code_state(timeline)
    lines = _noted_lines(code, timeline, state, width)
    output = _output(timeline.trace.snapshots[: timeline.index + 1], timeline.previous)
    failure = _failure(error_at(timeline.trace, timeline.index), width)
    line = max(1, snapshot.line or snapshot.next_line)
    scroll_to = [max(line, state.coming) - 1, line - 1]
    if state.made_by is not None:
        scroll_to.append(state.made_by.line - 1)
    if failure:
        scroll_to.insert(0, len(lines) + len(output) + len(failure) - 1)
    elif output and snapshot.stdout:
        scroll_to.insert(0, len(lines) + len(output) - 1)
    return Listing((*lines, *output, *failure), scroll_to)


def _noted_lines(code: str, timeline: Timeline, state: CodeState, width: int) -> list[Row]:
    """The lines of the code with what can be entered there, and what a line made."""
    lines = list(_lines(code, state._replace(made_by=None)))
    notes: defaultdict[int, list[Span]] = defaultdict(list)
    for at, inside in (
        (timeline.trace.snapshots[timeline.entered].line, timeline.inside_of),
        (state.coming, timeline.inside_of_next),
    ):
        if inside is not None and 0 < at <= len(lines):
            hint = INTO_CALL if inside.backward is None else INTO_PASS
            notes[at].append((hint, "key"))
    made = state.made_by
    if made is not None and 0 < made.line <= len(lines):
        sign, note = _origin(made)
        if made.line == state.current:
            note = note[0], "key"
        else:
            lines[made.line - 1] = _signed(lines[made.line - 1], sign)
        notes[made.line].append(note)
    for at, added in notes.items():
        lines[at - 1] = _noted(lines[at - 1], added, len(lines), width)
    return lines


def _origin(node: Node) -> tuple[Span, Span]:
    """The sign of a node, and what its line has to do with it."""
    sign, style = node_sign(node)
    said = f"made {sanitize_line(node.name)}"
    if node.name == "AccumulateGrad":
        said = f"first use of {sanitize_line(node.variable or 'the leaf')}"
    return (f"{sign} ", style), (said, style)


def _signed(line: Row, sign: Span) -> Row:
    """The line with another sign instead of its own."""
    number, _, *code = line.spans
    return Row((number, sign, *code), line.base)


def _noted(line: Row, notes: Sequence[Span], count: int, width: int) -> Row:
    """One of `count` lines with notes behind it; code that leaves them no room is cut short."""
    behind = Row(tuple(span for note in notes for span in (("   ", ""), note)))
    least = len(str(count)) + len(" ▶ ") + LEAST_CODE
    code = clip(line, max(least, width - behind.width))
    return Row((*code.spans, *behind.spans), line.base)


def _output(snapshots: list[Snapshot], previous: int) -> list[Row]:
    """Everything printed so far, under a heading; what is new since `previous` stands out."""
    printed = [(s.stdout, s.index > previous) for s in snapshots if s.stdout]
    if not printed:
        return []
    rows: list[Row] = []
    text = "".join(text for text, _ in printed)
    fresh_from = sum(len(text) for text, fresh in printed if not fresh)
    at = 0
    for line in text.splitlines(keepends=True):
        fresh = at + len(line) > fresh_from
        at += len(line)
        mark = (f"{signs.CHANGED} ", "changed") if fresh else ("  ", "")
        rows.append(row(mark, (sanitize_line(line.rstrip("\r\n")), "strong" if fresh else "")))
    if len(rows) > MOST_OUTPUT_ROWS:
        left_out = len(rows) - MOST_OUTPUT_ROWS
        rows = [row((f"  … {left_out} lines before these", "dim")), *rows[left_out:]]
    return [Row(), row(("Output", "dim")), *rows]


def _failure(error: Error | None, width: int) -> list[Row]:
    if error is None:
        return []
    text = error.traceback or f"{error.type}: {error.message}"
    *frames, said = sanitize(text).rstrip().split("\n")
    rows = [row((line, "failure")) for line in frames]
    return [Row(), *rows, *wrap([(said, "failure strong")], width)]
