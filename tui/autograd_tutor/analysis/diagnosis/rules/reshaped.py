"""Views that were to swap axes, and do not."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.diagnosis.edits import replaced, segment
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend, Proof
from autograd_tutor.analysis.diagnosis.nodes import line_of, ran
from autograd_tutor.analysis.diagnosis.rule import Rule, in_each_step
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass
from autograd_tutor.analysis.diagnosis.source import Call, written

_Shape = tuple[int, ...]

_VIEWS = ("ViewBackward0", "ReshapeAliasBackward0", "UnsafeViewBackward0")
_CALLS = ("view", "reshape")
_OPERATIONS = {ast.Add: int.__add__, ast.Sub: int.__sub__, ast.Mult: int.__mul__,
               ast.FloorDiv: int.__floordiv__}  # fmt: skip


@in_each_step
def of_results(run: Run, passes: Sequence[RunPass]) -> Iterator[Finding]:
    """A view in a graph whose axes are those of its input in another order."""
    for run_pass in passes:
        for node, record in ran(run, run_pass):
            sent = next((each for each in record.grad_inputs if each is not None), None)
            if node.name not in _VIEWS or sent is None:
                continue
            before, after = sent.shape or (), node.shape or ()
            form = _moves(before, after)
            line = _written_at(run, node.id) if form is not None else None
            if form is None or line is None:
                continue
            proof = Proof(run_pass.trace.step, run_pass.nodes[node.id], run_pass.line.number)
            calls = list(_calls(line))
            found = _finding(line, calls[0] if len(calls) == 1 else None, before, after, form)
            yield found._replace(proofs=(line.proof, proof), nodes=(node.id,))
            return


def of_data(run: Run) -> Iterator[Finding]:
    """The same of a tensor without a graph: the numbers that a model gets."""
    seen: set[tuple[int, int]] = set()
    for line in run.lines:
        place = line.trace.step, line.number
        if place in seen or line.source is None or line.source.called.isdisjoint(_CALLS):
            continue
        seen.add(place)
        for call in _calls(line):
            tensor = line.before(written(_viewed(call)))
            after = _asked(line, call, tensor.shape) if tensor and tensor.shape else None
            form = _moves(tensor.shape or (), after) if tensor and after else None
            if tensor is not None and after is not None and form is not None:
                yield _finding(line, call, tensor.shape or (), after, form)
                return


def _finding(line: Line, call: Call | None, before: _Shape, after: _Shape, form: str) -> Finding:
    facts: dict[str, Fact] = {
        "made": line.in_file, "text": line.text, "before": str(before), "after": str(after),
    }  # fmt: skip
    mend = _permuted(line, call, before, after) if call is not None and not form else None
    return Finding(
        "view-permute", (line.proof,), facts, form, "suspicion", mark=line.proof, mend=mend
    )


def _moves(before: _Shape, after: _Shape) -> str | None:
    """Whether an axis of one shape is one of the other at another place, and in which form.

    `` where all axes are, `moved` where one is and the others were put together or taken apart.
    Such a view keeps the numbers in their order: what was an axis is none any more.
    """
    old, new = ([each for each in shape if each != 1] for shape in (before, after))
    if sorted(old) == sorted(new):
        return None if old == new else ""
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    for at, size in enumerate(old):
        if old.count(size) == new.count(size) == 1 and math.prod(old[at:]) != math.prod(
            new[new.index(size) :]
        ):
            return "moved"
    return None


def _permuted(line: Line, call: Call, before: _Shape, after: _Shape) -> Mend | None:
    """The line with the axes swapped, where their sizes say which is which."""
    if len(set(before)) != len(before) or sorted(before) != sorted(after):
        return None
    order = [before.index(each) for each in after]
    of = segment(line, _viewed(call))
    text = f"{of}.T" if order == [1, 0] else f"{of}.permute({', '.join(map(str, order))})"
    return replaced(line, call.node, text) if isinstance(call.node, ast.Call) else None


def _calls(line: Line) -> Iterator[Call]:
    for call in line.source.calls_of(*_CALLS) if line.source is not None else ():
        if call.receiver is not None and isinstance(call.node, ast.Call):
            yield call


def _viewed(call: Call) -> ast.expr:
    """What a view is taken of: `x.view(…)`, `torch.reshape(x, …)`."""
    if call.on == "torch" and call.arguments:
        return call.arguments[0]
    assert call.receiver is not None
    return call.receiver


def _asked(line: Line, call: Call, before: _Shape) -> _Shape | None:
    """The shape that a call asks for; None where that is not known."""
    given = call.arguments[call.on == "torch" :]
    if len(given) == 1 and isinstance(given[0], (ast.Tuple, ast.List)):
        given = tuple(given[0].elts)
    sizes = [_size(line, each) for each in given]
    known = [each for each in sizes if each is not None]
    if not known or len(known) < len(sizes):
        return None
    if known.count(-1) == 1:
        rest = -math.prod(known)
        known[known.index(-1)] = math.prod(before) // rest if rest > 0 else 0
    return tuple(known) if math.prod(known) == math.prod(before) else None


def _size(line: Line, node: ast.expr) -> int | None:
    """A size, as far as the text and the variables of a line say."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        size = _size(line, node.operand)
        return None if size is None else -size
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        left, right = _size(line, node.left), _size(line, node.right)
        if left is None or right is None or (right == 0 and isinstance(node.op, ast.FloorDiv)):
            return None
        return _OPERATIONS[type(node.op)](left, right)
    if isinstance(node, ast.Name):
        text = line.value(node.id)
        return int(text) if text is not None and text.isdecimal() else None
    return _size_of_tensor(line, node)


def _size_of_tensor(line: Line, node: ast.expr) -> int | None:
    """`x.size(0)`, `x.shape[0]`, `len(x)`."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        of, at = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        of, at = node.func, node.args[0]
    else:
        return None
    tensor = line.before(written(of.value))
    index = _size(line, at)
    if of.attr not in ("shape", "size") or tensor is None or tensor.shape is None or index is None:
        return None
    shape = tensor.shape
    return shape[index] if -len(shape) <= index < len(shape) else None


def _written_at(run: Run, number: int) -> Line | None:
    """The line with the view, if it is not a part of some other operation."""
    made = line_of(run, number)
    for line in (made, *run.lines_in(made)) if made is not None else ():
        if line.source is not None and not line.source.called.isdisjoint(_CALLS):
            return line
    return None


RULES: tuple[Rule, ...] = (of_results, of_data)
