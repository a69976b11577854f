"""Mends: lines of the script written anew."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from autograd_tutor.analysis.diagnosis.finding import Mend
from autograd_tutor.analysis.diagnosis.run import Line
from autograd_tutor.analysis.diagnosis.source import Call, code_line


def replaced(line: Line, node: ast.expr | ast.stmt, text: str) -> Mend | None:
    """The code with another text in the place of a part of it; None where it spans lines."""
    if node.end_lineno != node.lineno or node.end_col_offset is None:
        return None
    code = code_line(line.trace.code, node.lineno).encode()
    new = code[: node.col_offset] + text.encode() + code[node.end_col_offset :]
    return Mend(line.trace.step, node.lineno, node.lineno, new.decode(errors="replace"))


def without_methods(line: Line, calls: Sequence[Call]) -> Mend | None:
    """The code without calls of methods, such as `.detach()`, or without `.data`: on one line."""
    found, code = None, ""
    for call in sorted(calls, key=_end, reverse=True):
        mend = _instead(line, call, "", dot=True, arguments=True, code=code)
        if mend is None or (found is not None and mend.first != found.first):
            return None
        found, code = mend, mend.code
    return found


def _end(call: Call) -> tuple[int, int]:
    return call.node.end_lineno or 0, call.node.end_col_offset or 0


def with_method(line: Line, call: Call, text: str) -> Mend | None:
    """The code with another method in the place of the one that is called: `detach().numpy`."""
    return _instead(line, call, text)


def _instead(
    line: Line, call: Call, text: str, dot: bool = False, arguments: bool = False, code: str = ""
) -> Mend | None:
    """`code`: the line as it is already written anew behind the call."""
    attribute = call.node.func if isinstance(call.node, ast.Call) else call.node
    end = call.node.end_col_offset if arguments else attribute.end_col_offset
    if attribute.end_col_offset is None or end is None:
        return None
    if attribute.end_lineno != call.node.end_lineno or attribute.end_lineno is None:
        return None
    whole = (code or code_line(line.trace.code, attribute.end_lineno)).encode()
    begin = attribute.end_col_offset - len(call.name.encode()) - dot
    new = whole[:begin] + text.encode() + whole[end:]
    return Mend(
        line.trace.step, attribute.end_lineno, attribute.end_lineno, new.decode(errors="replace")
    )


def without_grad(line: Line) -> Mend | None:
    """The line inside `torch.no_grad()`; None where it spans several."""
    source, code = line.source, code_line(line.trace.code, line.number)
    if source is None or source.statement.end_lineno != line.number:
        return None
    indent = code[: len(code) - len(code.lstrip())]
    text = f"{indent}with torch.no_grad():\n{indent}    {code.strip()}"
    return Mend(line.trace.step, line.number, line.number, text)


def inserted(line: Line, text: str, after: bool = False) -> Mend:
    """A line of code more, before the line or after it, indented as it is."""
    code = code_line(line.trace.code, line.number)
    indent = code[: len(code) - len(code.lstrip())]
    at = line.number + after
    return Mend(line.trace.step, at, at - 1, indent + text)


def segment(line: Line, node: ast.AST) -> str:
    """The text of an expression as it stands in the code."""
    return ast.get_source_segment(line.trace.code, node) or ""
