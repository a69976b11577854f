"""Mends: lines of the script written anew."""

from __future__ import annotations

import ast
from collections.abc import Sequence

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


def put_behind(line: Line, first: ast.expr, last: ast.expr, text: str = "") -> Mend | None:
    """The code with another text for what is behind an expression, up to the end of another one."""
    begin, end = first.end_col_offset, last.end_col_offset
    if first.end_lineno != last.end_lineno or begin is None or end is None:
        return None
    code = code_line(line.trace.source, last.lineno).encode()
    new = (code[:begin] + text.encode() + code[end:]).decode(errors="replace")
    return Mend(line.trace.step, last.lineno, last.lineno, new)


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
    whole = (code or code_line(line.trace.source, attribute.end_lineno)).encode()
    begin = attribute.end_col_offset - len(call.name.encode()) - dot
    new = whole[:begin] + text.encode() + whole[end:]
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
    at = line.number + after
    return Mend(line.trace.step, at, at - 1, indented(line, text))


def inserted_after(line: Line, texts: Sequence[str]) -> Mend:
    """Lines of code more, after the statement that a line begins."""
    statement = line.source.statement if line.source is not None else None
    last = (statement.end_lineno if statement is not None else None) or line.number
    return Mend(line.trace.step, last + 1, last, "\n".join(indented(line, each) for each in texts))


def indented(line: Line, text: str) -> str:
    """Code that is indented as a line is."""
    code = code_line(line.trace.source, line.number)
    return code[: len(code) - len(code.lstrip())] + text


def out_of_place(line: Line, name: str) -> Mend | None:
    """`y += 1` as `y = y + 1`, and `y.mul_(2)` as `y = y.mul(2)`, of a variable."""
    statement = line.source.statement if line.source is not None else None
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        operator = _OPERATORS.get(type(statement.op))
        if statement.target.id != name or operator is None:
            return None
        value = segment(line, statement.value)
        if not isinstance(statement.value, (ast.Name, ast.Constant, ast.Call, ast.Attribute)):
            value = f"({value})"
        return replaced(line, statement, f"{name} = {name} {operator} {value}")
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return None
    call = statement.value
    if not isinstance(call.func, ast.Attribute):
        return None
    method, of = call.func.attr, call.func.value
    if isinstance(of, ast.Attribute) and of.attr == "data":
        of = of.value
    if not isinstance(of, ast.Name) or of.id != name or method not in _METHODS:
        return None
    given = segment(line, call)[len(segment(line, call.func)) :]
    return replaced(line, statement, f"{name} = {name}.{method.removesuffix('_')}{given}")


_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip
_METHODS = ("add_", "sub_", "mul_", "div_", "pow_", "neg_", "abs_", "exp_", "log_", "sqrt_",
            "clamp_", "clamp_min_", "clamp_max_", "clip_", "relu_", "sigmoid_", "tanh_", "square_",
            "masked_fill_", "masked_scatter_", "index_fill_", "index_add_", "index_copy_",
            "scatter_", "scatter_add_", "addmm_", "addcmul_", "addcdiv_", "lerp_", "renorm_",
            "transpose_", "t_", "squeeze_", "unsqueeze_", "round_", "floor_", "sin_", "cos_",
            "tril_", "triu_", "cumsum_", "reciprocal_", "rsqrt_", "erf_")  # fmt: skip
"""Methods that work in place and have a twin that does not."""


def segment(line: Line, node: ast.AST) -> str:
    """The text of an expression as it stands in the code."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", None) or 0
    lines = [code_line(line.trace.source, at).encode() for at in range(first, last + 1)]
    if not lines:
        return ""
    lines[-1] = lines[-1][: node.end_col_offset]  # type: ignore[attr-defined]
    lines[0] = lines[0][node.col_offset :]  # type: ignore[attr-defined]
    return b"\n".join(lines).decode(errors="replace")
