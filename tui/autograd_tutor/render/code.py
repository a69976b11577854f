"""The code pane: the step's lines, which of them ran, what they printed and how they failed."""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import lru_cache

from autograd_tutor.render import signs
from autograd_tutor.render.clean import clean, clean_line
from autograd_tutor.render.rows import Row, Span, row
from autograd_tutor.trace.model import Snapshot
from autograd_tutor.trace.timeline import Timeline

OUTPUT_ROWS = 500
"""Of what a step printed, only this many last lines are shown."""


@lru_cache(maxsize=32)
def highlighted(code: str) -> tuple[tuple[Span, ...], ...]:
    """The spans of every line of a Python snippet."""
    from pygments.lexers.python import PythonLexer
    from pygments.token import Comment, Keyword, Name, Number, Operator, String

    styles = (
        (Operator.Word, "keyword"),
        (Keyword, "keyword"),
        (String, "string"),
        (Number, "number"),
        (Comment, "comment"),
        (Name.Function, "definition"),
        (Name.Class, "definition"),
        (Name.Decorator, "definition"),
    )
    lines: list[list[Span]] = [[]]
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for kind, text in lexer.get_tokens(code):
        style = next((style for parent, style in styles if kind[: len(parent)] == parent), "")
        for number, part in enumerate(text.split("\n")):
            if number:
                lines.append([])
            if part:
                lines[-1].append((clean_line(part), style))
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return tuple(tuple(line) for line in lines)


@lru_cache(maxsize=64)
def _before(code: str, done: Set[int], current: int, coming: int, failed: int) -> tuple[Row, ...]:
    lines = highlighted(code)
    digits = len(str(len(lines)))
    rows = []
    for number, spans in enumerate(lines, 1):
        sign, style, base = " ", "", ""
        if number == failed:
            sign, style, base = signs.FAILURE, "failure", "failure"
        elif number == current:
            sign, style, base = signs.CURRENT, "", "current"
        elif number == coming:
            sign, style = signs.NEXT, "dim"
        elif number in done:
            sign, style = signs.DONE, "done"
        rows.append(row((f"{number:>{digits}} ", "dim"), (f"{sign} ", style), *spans, base=base))
    return tuple(rows)


class CodeView:
    """What the code pane shows, and which of its rows must be in view."""

    def __init__(self, rows: tuple[Row, ...], focus: tuple[int, ...]) -> None:
        self.rows = rows
        self.focus = focus
        """Rows that should be in view, the most important last."""


def code_view(code: str, timeline: Timeline | None) -> CodeView:
    """The code pane for a moment; without a timeline (nothing recorded yet), the bare code."""
    snapshot = timeline.snapshot if timeline is not None else None
    if timeline is None or snapshot is None:
        return CodeView(_before(code, frozenset(), 0, 0, 0), (0,))
    snapshots = timeline.trace.snapshots[: timeline.index + 1]
    done = frozenset(s.line for s in snapshots if s.event == "line")
    failed = snapshot.line if snapshot.error is not None else 0
    current = snapshot.line if not failed else 0
    lines = list(_before(code, done, current, snapshot.next_line, failed))
    line = max(1, snapshot.line or snapshot.next_line)
    if timeline.can_enter and current:
        lines[current - 1] = _hinted(lines[current - 1], "i: look inside")
    output = _output(snapshots, timeline.previous)
    failure = _failure(snapshot)
    focus = [line - 1]
    if failure:
        focus.insert(0, len(lines) + len(output) + len(failure) - 1)
    elif output and snapshot.stdout:
        focus.insert(0, len(lines) + len(output) - 1)
    return CodeView((*lines, *output, *failure), tuple(focus))


def _hinted(line: Row, hint: str) -> Row:
    return Row((*line.spans, ("   ", ""), (hint, "key")), line.base)


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
        rows.append(row(mark, (clean_line(line.rstrip("\r\n")), "strong" if fresh else "")))
    if len(rows) > OUTPUT_ROWS:
        left_out = len(rows) - OUTPUT_ROWS
        rows = [row((f"  … {left_out} lines before these", "dim")), *rows[left_out:]]
    return [Row(), row(("Output", "dim")), *rows]


def _failure(snapshot: Snapshot) -> list[Row]:
    error = snapshot.error
    if error is None:
        return []
    text = error.traceback or f"{error.type}: {error.message}"
    lines: Iterable[str] = clean(text).rstrip().split("\n")
    return [Row(), *(row((line, "failure")) for line in lines)]
