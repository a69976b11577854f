"""Mends: lines of the script written anew."""

from __future__ import annotations

import ast

from autograd_tutor.analysis.diagnosis.finding import Mend
from autograd_tutor.analysis.diagnosis.run import Line
from autograd_tutor.analysis.diagnosis.source import Call
from autograd_tutor.analysis.statements import code_line


def replaced(line: Line, node: ast.expr | ast.stmt, text: str) -> Mend | None:
    """The code with another text in the place of a part of it; None where it spans lines."""
    if node.end_lineno != node.lineno or node.end_col_offset is None:
        return None
    code = code_line(line.trace.source, node.lineno).encode()
    new = code[: node.col_offset] + text.encode() + code[node.end_col_offset :]
    return Mend(line.trace.step, node.lineno, node.lineno, new.decode(errors="replace"))


def without_method(line: Line, call: Call) -> Mend | None:
    """The code without a call of a method, such as `.detach()`, or without `.data`."""
    return _instead(line, call, "", dot=True, arguments=True)


def with_method(line: Line, call: Call, text: str) -> Mend | None:
    """The code with another method in the place of the one that is called: `detach().numpy`."""
    return _instead(line, call, text)


def _instead(
    line: Line, call: Call, text: str, dot: bool = False, arguments: bool = False
) -> Mend | None:
    attribute = call.node.func if isinstance(call.node, ast.Call) else call.node
    end = call.node.end_col_offset if arguments else attribute.end_col_offset
    if attribute.end_col_offset is None or end is None:
        return None
    if attribute.end_lineno != call.node.end_lineno or attribute.end_lineno is None:
        return None
    code = code_line(line.trace.source, attribute.end_lineno).encode()
    begin = attribute.end_col_offset - len(call.name.encode()) - dot
    new = code[:begin] + text.encode() + code[end:]
    return Mend(
        line.trace.step, attribute.end_lineno, attribute.end_lineno, new.decode(errors="replace")
    )


def without_grad(line: Line) -> Mend | None:
    """The line inside `torch.no_grad()`; None where it spans several."""
    source, code = line.source, code_line(line.trace.source, line.number)
    if source is None or source.statement.end_lineno != line.number:
        return None
    indent = code[: len(code) - len(code.lstrip())]
    text = f"{indent}with torch.no_grad():\n{indent}    {code.strip()}"
    return Mend(line.trace.step, line.number, line.number, text)


def inserted(line: Line, text: str, after: bool = False) -> Mend:
    """A line of code more, before the line or after it, indented as it is."""
    code = code_line(line.trace.source, line.number)
    indent = code[: len(code) - len(code.lstrip())]
    at = line.number + after
    return Mend(line.trace.step, at, at - 1, indent + text)


def segment(line: Line, node: ast.AST) -> str:
    """The text of an expression as it stands in the code."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None) or 0
    lines = [code_line(line.trace.source, at).encode() for at in range(first, last + 1)]
    if not lines:
        return ""
    lines[-1] = lines[-1][: node.end_col_offset]  # type: ignore[attr-defined]
    lines[0] = lines[0][node.col_offset :]  # type: ignore[attr-defined]
    return b"\n".join(lines).decode(errors="replace")
