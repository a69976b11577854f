"""Forward mode and torch.func: functions with side effects, and directions of the wrong shape."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.fills import fills
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.held import steps
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run
from autograd_tutor.analysis.diagnosis.source import name_of
from autograd_tutor.analysis.loops import parsed

_SIDE_EFFECTS = (
    ("either (1) calling .item()", "number-or-branch"),
    ("calling .item() on a Tensor", "item"),
    ("data-dependent control flow", "branch"),
    ("called random operation while in randomness error mode", "random"),
    ("vmap: inplace arithmetic(self, *extra_args) is not possible", "in-place"),
    ("backward() called inside a functorch transform", "backward"),
    ("escaped from inside a function being vmapped", "escaped"),
    ("to return a Tensor, got", "number"),
    ("batching operators that can output dynamic shape", "dynamic"),
)
"""Parts of the messages of torch.func, and the forms of the mistake that they belong to."""

_TRANSFORMS = ("vmap", "grad", "grad_and_value", "jacrev", "jacfwd", "hessian", "vjp", "jvp")


def func_side(run: Run) -> Iterator[Finding]:
    """A function that torch.func transforms does what only a plain one may do."""
    if run.failure is None:
        return
    line, error = run.failure
    for part, form in _SIDE_EFFECTS:
        if part in error.message:
            at = next((each for each in run.lines_in(line) if each.snapshot.raised), line)
            form = "escaped" if _is_outside(at, line) else form
            if form == "number-or-branch":
                called = at.source.called if at.source is not None else ()
                form = "item" if {"item", "tolist", "float", "int"} & set(called) else "branch"
            facts: dict[str, Fact] = {"line": at.in_file, "text": at.text}
            proofs = (at.proof, line.proof) if at is not line else (line.proof,)
            yield Finding("func-side", proofs, facts, form, mark=at.proof)
            return


def _is_outside(at: Line, line: Line) -> bool:
    """Whether a line failed by itself that transforms nothing, and calls nothing that does."""
    source = at.source
    if at is not line or at.snapshot.depth or source is None:
        return False
    names = {name for name in source.called if name} | set(source.reads)
    made = _transformed(line)
    return names.isdisjoint(_TRANSFORMS) and names.isdisjoint(made)


def _transformed(line: Line) -> frozenset[str]:
    """The names that the script gives to transformed functions, and those of its own functions."""
    tree = parsed(line.trace.source)
    found: set[str] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign) and _is_transform(node.value):
            found |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    return frozenset(found)


def _is_transform(node: ast.AST) -> bool:
    """Whether a call makes a transformed function: `vmap(f)`, `torch.func.grad(f)`."""
    called = node.func if isinstance(node, ast.Call) else None
    name = name_of(called)
    of = called.value if isinstance(called, ast.Attribute) else None
    return name in _TRANSFORMS and not (isinstance(of, ast.Attribute) and of.attr == "autograd")


def unfilled(run: Run) -> Iterator[Finding]:
    """Steps find no gradient, ever, as `torch.func.grad` gives them back and fills no `.grad`."""
    filled = fills(run)
    made = [each for each in steps(run) if each.stepped.held]
    if not made or any(each.stepped.changed for each in made):
        return
    if any(leaf in filled for each in made for leaf in each.stepped.held):
        return
    step = made[0]
    for line in run.lines:
        if line.moment > step.line.moment:
            return
        for node in line.source.nodes if line.source is not None else ():
            if _is_transform(node) and "grad" in ast.unparse(node):
                facts: dict[str, Fact] = {
                    "line": step.line.in_file, "name": step.spoken, "made": line.in_file,
                    "text": ast.unparse(node),
                }  # fmt: skip
                proofs = (line.proof, step.line.proof)
                yield Finding("func-side", proofs, facts, "unfilled", mark=step.line.proof)
                return


_SIZE = r"(?:torch\.Size\()?(\[[\d, ]*\])\)?"
_SHAPES = (
    (re.compile(rf"Tensor is of size {_SIZE} while the given forward gradient is of size {_SIZE}"),
     "direction"),
    (re.compile(rf"(?<!grad_)output\[0\] has a shape of {_SIZE}"), "weights"),
    (re.compile(rf"v has invalid size: should be {_SIZE} but got {_SIZE}"), ""),
)  # fmt: skip
"""Messages with the shape that there should be, and the one that there is."""
_GIVEN = re.compile(rf"grad_output\[0\] has a shape of {_SIZE}")
_NO_VECTOR = "The vector v can only be None"


def jvp_vjp(run: Run) -> Iterator[Finding]:
    """A direction has not the shape of the inputs, or weights not that of the outputs."""
    if run.failure is None:
        return
    line, error = run.failure
    if _NO_VECTOR in error.message:
        yield Finding("jvp-vjp", (line.proof,), {"line": line.in_file}, f"no-{_kind(line)}")
        return
    for pattern, form in _SHAPES:
        found = pattern.search(error.message)
        if found is None:
            continue
        given = found[2] if found.re.groups > 1 else None
        if given is None:
            match = _GIVEN.search(error.message)
            given = match[1] if match is not None else ""
        facts: dict[str, Fact] = {
            "line": line.in_file, "should": _shape(found[1]), "given": _shape(given),
        }  # fmt: skip
        yield Finding("jvp-vjp", (line.proof,), facts, form or _kind(line))
        return


def _shape(text: str) -> str:
    return str(tuple([int(each) for each in re.findall(r"\d+", text)]))


def _kind(line: Line) -> str:
    """Whether a call takes weights of the outputs or a direction of the inputs."""
    return "weights" if line.source is not None and "vjp" in line.source.called else "direction"


RULES: tuple[Rule, ...] = (func_side, unfilled, jvp_vjp)
