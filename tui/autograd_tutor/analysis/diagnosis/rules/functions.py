"""Functions that people write themselves: what their backward does not do."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.edits import replaced, segment
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend, Proof
from autograd_tutor.analysis.diagnosis.own import Own, arguments, own_functions, returned
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, RunPass
from autograd_tutor.analysis.diagnosis.source import name_of, names_in
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.numbers import is_floating
from autograd_tutor.recording.trace import Trace

_NOTHING = ("zeros_like", "zeros", "new_zeros")
"""Calls that make a gradient of 0."""
_LIKE = ("ones_like", "zeros_like", "empty_like", "full_like", "rand_like", "randn_like")
"""Calls that take of a tensor its shape alone."""
_SHAPES = ("shape", "size", "dtype", "device", "ndim", "dim", "numel", "new_zeros", "new_ones",
           "new_full", "new_empty", "new_tensor")  # fmt: skip
"""What can be read of a tensor without its numbers."""
_NEVER = Moment(-1, -1)
_NO_GRAPH = "does not require grad and does not have a grad_fn"
_NO_SLOPE = ("sign", "round", "floor", "ceil", "argmax", "argmin", "bernoulli", "rand", "randn",
             "rand_like", "randn_like", "detach", "size", "numel", "dim", "len", "item", "type",
             "float", "int", "tuple", "list", "range", "ones_like", "zeros_like")  # fmt: skip
"""Calls whose results do not depend on the inputs, or have no slope, or are no tensors."""


def own_factor(run: Run) -> Iterator[Finding]:
    """A backward never reads the gradient that arrives at it."""
    for own in own_functions(run):
        given, sends = arguments(own.backward), returned(own.backward)
        if not given or not _names(own.backward).isdisjoint(given):
            continue
        if all(_is_nothing(each) for each in sends):
            continue
        ran = _last_run(run, own)
        if ran is None:
            continue
        run_pass, number = ran
        facts: dict[str, Fact] = {
            "name": own.name, "gradient": given[0],
            "made": own.trace.place(own.backward.lineno),
            "line": run_pass.line.in_file,
        }  # fmt: skip
        mark = _at(own, run_pass.trace, run_pass.nodes[number], own.backward.lineno)
        proof = Proof(run_pass.trace.step, run_pass.nodes[number], run_pass.line.number)
        yield Finding(
            "own-factor", (proof,), facts, nodes=(number,), mark=mark,
            mend=_multiplied(run, run_pass, own, given[0]),
        )  # fmt: skip


def _at(own: Own, trace: Trace, index: int, line: int) -> Proof:
    """A line of the class at a moment, or at the end of its own step."""
    last = len(own.trace.snapshots) - 1
    return Proof(own.trace.step, index if own.trace is trace else last, line)


def _names(function: ast.FunctionDef) -> frozenset[str]:
    """The variables whose values a function reads: a shape is none (`ones_like(g)`, `g.shape`)."""
    shapes = {
        id(of)
        for node in ast.walk(function)
        for of in (
            [node.value] if isinstance(node, ast.Attribute) and node.attr in _SHAPES
            else node.args[:1] if isinstance(node, ast.Call) and name_of(node.func) in _LIKE
            else []
        )
        if isinstance(of, ast.Name)
    }  # fmt: skip
    return frozenset(
        node.id
        for each in function.body
        for node in ast.walk(each)
        if isinstance(node, ast.Name) and id(node) not in shapes
    )


def _is_nothing(node: ast.expr) -> bool:
    """Whether a backward gives back None or 0: it stops gradients on purpose."""
    if isinstance(node, ast.Constant):
        return node.value is None or node.value == 0
    return isinstance(node, ast.Call) and (
        isinstance(node.func, ast.Attribute) and node.func.attr in _NOTHING
    )


def _last_run(run: Run, own: Own) -> tuple[RunPass, int] | None:
    """A pass in which one of its nodes ran, the last one."""
    for run_pass in reversed(run.passes):
        for node in own.nodes:
            if node.id in run_pass.nodes:
                return run_pass, node.id
    return None


def _multiplied(run: Run, run_pass: RunPass, own: Own, gradient: str) -> Mend | None:
    """Its `return` with the gradient as a factor, where it gives back one thing."""
    ends = [each for each in ast.walk(own.backward) if isinstance(each, ast.Return)]
    value = ends[0].value if len(ends) == 1 else None
    if value is None or isinstance(value, ast.Tuple):
        return None
    for line in run.lines_in(run_pass.line):
        if line.trace is own.trace and line.number == ends[0].lineno:
            return replaced(line, value, f"{gradient} * ({segment(line, value)})")
    return None


def own_saved(run: Run) -> Iterator[Finding]:
    """A second derivative went through a Function that keeps an intermediate without its graph."""
    for own in own_functions(run):
        kept = _intermediate(own)
        if kept is None:
            continue
        name, how, line_number = kept
        asked = _second_pass(run, own)
        if asked is None:
            continue
        first, second = asked
        facts: dict[str, Fact] = {
            "name": own.name, "kept": name, "made": own.trace.place(line_number),
            "first": first.in_file, "line": second.in_file,
        }  # fmt: skip
        mark = _at(own, first.trace, first.index, line_number)
        form = "error" if run.failure is not None and run.failure[0] is second else how
        yield Finding("own-saved", (first.proof, second.proof), facts, form, mark=mark)


def _intermediate(own: Own) -> tuple[str, str, int] | None:
    """What a forward keeps that is neither an input nor an output: its text, how, the line."""
    inputs = set(arguments(own.forward))
    outputs = {each.id for each in returned(own.forward) if isinstance(each, ast.Name)}
    made = {
        target.id: node.value
        for node in ast.walk(own.forward)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    read = {n.attr for n in ast.walk(own.backward) if isinstance(n, ast.Attribute)}
    for kept, how, line in _kept(own.forward, read):
        value = made.get(kept.id) if isinstance(kept, ast.Name) else kept
        if isinstance(kept, ast.Name) and (
            kept.id in inputs | outputs or not _is_tensor(own, kept.id)
        ):
            continue
        if value is not None and _has_slope(value, inputs | made.keys()):
            return ast.unparse(kept), how, line
    return None


def _kept(forward: ast.FunctionDef, read: set[str]) -> Iterator[tuple[ast.expr, str, int]]:
    for node in ast.walk(forward):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "attr", None) in read:
            yield node.value, "", node.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "save_for_backward":
            yield from ((each, "saved", node.lineno) for each in node.args)


def _has_slope(value: ast.expr, variables: set[str]) -> bool:
    """Whether an expression computes with variables, and by nothing that is flat or no tensor."""
    if not isinstance(value, (ast.BinOp, ast.Call)) or names_in(value).isdisjoint(variables):
        return False
    for node in ast.walk(value):
        name = name_of(node)
        if isinstance(node, ast.Compare) or name in (*_NO_SLOPE, "shape", "ndim", "dtype"):
            return False
    return True


def _is_tensor(own: Own, name: str) -> bool:
    """Whether a local of forward was recorded as a tensor that can have a slope."""
    for each in own.trace.names:
        if each.endswith(f"{own.name}.forward().{name}"):
            records = [record for _, record in own.trace.records(each)]
            return any(isinstance(one, Tensor) and is_floating(one.dtype) for one in records)
    return False


def _second_pass(run: Run, own: Own) -> tuple[Line, Line] | None:
    """The line of a pass that made a graph of its backward, and that of one through that graph."""
    numbers = [node.id for node in own.nodes]
    for at, first in enumerate(run.passes):
        if not first.ended.create_graph or not any(each in first.nodes for each in numbers):
            continue
        step = first.trace.step
        begun, ended = Moment(step, first.line.since), first.line.moment
        for second, reached in zip(run.passes[at + 1 :], run.reached[at + 1 :], strict=True):
            if any(begun <= run.found.get(each, _NEVER) <= ended for each in reached):
                return first.line, second.line
        if run.failure is not None and _NO_GRAPH in run.failure[1].message:
            return first.line, run.failure[0]
    return None


RULES: tuple[Rule, ...] = (own_factor, own_saved)
