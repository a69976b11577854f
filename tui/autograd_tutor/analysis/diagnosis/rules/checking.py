"""Checks of gradients that have too few digits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from autograd_tutor.analysis.diagnosis.finding import Certainty, Fact, Finding
from autograd_tutor.analysis.diagnosis.provenance import lines_behind
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.analysis.diagnosis.source import names_in, written
from autograd_tutor.analysis.loops import parsed

TINY = 1e-5
"""A step of a difference below it leaves less than two digits in float32."""
MOST_BEHIND = 8
"""Lines behind a difference of numbers whose tensors are looked at."""
_CHECKS = ("gradcheck", "gradgradcheck")


def gradcheck(run: Run) -> Iterator[Finding]:
    """gradcheck was given tensors of single precision."""
    seen: set[tuple[int, int]] = set()
    for line in run.lines:
        place = line.trace.step, line.number
        if place in seen or line.source is None or line.source.called.isdisjoint(_CHECKS):
            continue
        seen.add(place)
        read = sorted(line.tensors_read().items(), key=lambda each: each[1].kind == "parameter")
        single = [name for name, each in read
                  if each.dtype == "torch.float32" and each.requires_grad]  # fmt: skip
        evidence = line.snapshot.evidence
        warned = any("not a double precision" in each.message
                     for each in (evidence.warned if evidence is not None else ()))  # fmt: skip
        if not single and not warned:
            continue
        failed = _has_failed(run, line)
        name = spoken(single[0]) if single else "an input"
        facts: dict[str, Fact] = {"line": line.in_file, "name": name}
        certainty: Certainty = "finding" if failed else "note"
        yield Finding(
            "f32-check", (line.proof,), facts, "error" if failed else "warned",
            certainty=certainty, about=tuple(single[:1]),
        )  # fmt: skip


def _has_failed(run: Run, line: Line) -> bool:
    """Whether the check failed: by an error, or by the False that it gave back."""
    if run.failure is not None and run.failure[0] is line:
        error = run.failure[1]
        is_asserted = error.type == "AssertionError" and isinstance(
            line.source.statement if line.source is not None else None, ast.Assert
        )
        return is_asserted or "Jacobian mismatch" in error.message or "ackward" in error.message
    return "False" in line.snapshot.values.values()


def difference(run: Run) -> Iterator[Finding]:
    """A difference quotient by hand, in single precision, with a step that is too small."""
    seen: set[tuple[int, int]] = set()
    for line in run.lines:
        place = line.trace.step, line.number
        if place in seen or line.source is None:
            continue
        seen.add(place)
        step = next((each for node in line.source.nodes
                     if (each := _step(line, node)) is not None), None)  # fmt: skip
        if step is None:
            continue
        dtypes = _dtypes(line)
        if not dtypes:  # of numbers: `(up - down) / (2 * eps)`
            behind = islice(lines_behind(run, line), MOST_BEHIND)
            dtypes = frozenset().union(*map(_dtypes, behind))
        if dtypes != {"torch.float32"}:
            continue
        facts: dict[str, Fact] = {"line": line.in_file, "text": line.text, "h": f"{step:g}"}
        yield Finding("f32-check", (line.proof,), facts, "step")
        return


def _dtypes(line: Line) -> frozenset[str]:
    """The kinds of floating-point numbers of the tensors that a line reads and makes."""
    tensors = [*line.tensors_read().values(), *line.tensors_made().values()]
    return frozenset(each.dtype for each in tensors if each.dtype.startswith("torch.float"))


def _step(line: Line, node: ast.AST) -> float | None:
    """The step of a quotient `(f(x + h) - f(x)) / h`, where it is very small."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return None
    if not isinstance(node.left, ast.BinOp) or not isinstance(node.left.op, ast.Sub):
        return None
    right = node.right
    is_product = isinstance(right, ast.BinOp) and isinstance(right.op, ast.Mult)
    for each in (
        (right.left, right.right) if isinstance(right, ast.BinOp) and is_product else (right,)
    ):
        value = _number(line, each)
        is_used = (
            names_in(each) & _sides(line) if names_in(each) else written(each) in written(node.left)
        )
        if value is not None and 0 < value < TINY and is_used:
            return value
    return None


def _sides(line: Line) -> frozenset[str]:
    """The variables that are added or subtracted in the step's code."""
    tree = parsed(line.trace.source)
    found: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            found |= names_in(node.right)
    return frozenset(found)


def _number(line: Line, node: ast.AST) -> float | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return node.value
    if not isinstance(node, ast.Name):
        return None
    text = line.value(node.id)
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


RULES: tuple[Rule, ...] = (gradcheck, difference)
