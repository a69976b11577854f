"""Terms of a loss that were computed from gradients whose own graph was not recorded."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.cutting import DETACHES, NUMBERS
from autograd_tutor.analysis.diagnosis.edits import segment
from autograd_tutor.analysis.diagnosis.fills import Fill, fills
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.gradients import create_graph, gradient_in
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run, RunPass
from autograd_tutor.analysis.diagnosis.source import name_of

_SAME = ("mean", "sum", "pow", "square", "abs", "norm", "sqrt", "squeeze")
"""Functions that leave a sum a sum, or make a number of it."""
_FAR = 24
"""Terms, or lines, that are gone back at most."""


class _Term(NamedTuple):
    """An expression of a line that is added to others."""

    line: Line
    node: ast.expr


def lost_terms(run: Run) -> Iterator[Finding]:
    """A loss has a term that depends on a gradient, and that gradient is a constant for it."""
    if not any(not each.ended.create_graph for each in run.passes[:-1]):
        return
    filled, seen = fills(run), set[tuple[int, int]]()
    for run_pass in run.passes:
        place = run_pass.trace.step, run_pass.line.number
        root = _root(run_pass)
        if run_pass.ended.function != "backward" or place in seen or root is None:
            continue
        seen.add(place)
        for term in _terms(run, root):
            gradient = _gradient_behind(run, term, filled)
            if gradient is not None:
                yield _finding(run_pass, term, gradient)
                return


def _finding(run_pass: RunPass, term: _Term, gradient: RunPass) -> Finding:
    facts: dict[str, Fact] = {
        "term": segment(term.line, term.node), "made": term.line.in_file,
        "first": gradient.line.in_file, "line": run_pass.line.in_file,
    }  # fmt: skip
    form = "term" if gradient.ended.function == "grad" else "term-backward"
    proofs = gradient.line.proof, term.line.proof, run_pass.line.proof
    return Finding(
        "no-create-graph", proofs, facts, form, about=(str(facts["term"]),), mark=proofs[0],
        mend=create_graph(gradient) if form == "term" else None,
    )  # fmt: skip


def _root(run_pass: RunPass) -> _Term | None:
    """The expression that a pass begins at."""
    source = run_pass.line.source
    for call in source.calls_of("backward") if source is not None else ():
        node = call.receiver if call.on != "torch.autograd" else next(iter(call.arguments), None)
        if node is not None:
            return _Term(run_pass.line, node)
    return None


def _terms(run: Run, root: _Term) -> Iterator[_Term]:
    """The parts of a sum that have no graph, of the sums that it was added up from, too."""
    pending = [root]
    for _ in range(_FAR):
        if not pending:
            return
        line, node = pending.pop()
        read = line.tensors_read(node)
        is_constant = not any(each.requires_grad for each in read.values())
        if _asks(run, line, node) or (is_constant and not _calls_own(run, line, node)):
            yield _Term(line, node)
            continue
        pending += _returned(run, line, node) or [_Term(line, part) for part in _parts(node)]
        if isinstance(node, ast.Name):
            pending += _assigned(run, line, node.id)


def _asks(run: Run, line: Line, node: ast.expr) -> bool:
    """Whether an expression is a gradient that it asks for itself."""
    while isinstance(node, (ast.Subscript, ast.UnaryOp)):
        node = node.value if isinstance(node, ast.Subscript) else node.operand
    is_call = isinstance(node, ast.Call) and name_of(node.func) == "grad"
    return is_call and any(each.ended.function == "grad" for each in run.passes_of(line))


def _calls_own(run: Run, line: Line, node: ast.expr) -> bool:
    """Whether an expression calls a function of the script."""
    called = {name_of(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}
    own = {_function(each) for each in run.lines_in(line)[-_FAR:]} if called else set[str]()
    return not called.isdisjoint(own)


def _function(line: Line) -> str:
    return (line.snapshot.function or "").rpartition(".")[2]


def _parts(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        return [node.left, node.right]
    if isinstance(node, ast.BinOp):
        kept = [each for each in (node.left, node.right) if not isinstance(each, ast.Constant)]
        calling = [each for each in kept if any(isinstance(n, ast.Call) for n in ast.walk(each))]
        return next((each for each in (kept, calling) if len(each) == 1), [])
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    called = node.func if isinstance(node, ast.Call) else None
    if not isinstance(called, ast.Attribute) or called.attr not in _SAME:
        return []
    is_function = isinstance(called.value, ast.Name) and called.value.id == "torch"
    return node.args[:1] if is_function and isinstance(node, ast.Call) else [called.value]


def _returned(run: Run, line: Line, node: ast.expr) -> list[_Term]:
    """What the function of the script that an expression calls has given back."""
    name = name_of(node.func) if isinstance(node, ast.Call) else ""
    names = {name, "forward"}  # `penalty(x)` may be a module
    for inner in reversed(run.lines_in(line)[-_FAR:] if name else ()):
        statement = inner.source.statement if inner.source is not None else None
        is_next = inner.snapshot.depth == line.snapshot.depth + 1
        value = statement.value if isinstance(statement, ast.Return) else None
        if is_next and _function(inner) in names and value is not None:
            return [_Term(inner, value)]
    return []


def _assigned(run: Run, line: Line, name: str) -> list[_Term]:
    """What a line before has made a variable of."""
    tensor = line.before(name)
    maker = run.maker(tensor.identity) if tensor is not None else None
    statement = maker.source.statement if maker is not None and maker.source else None
    if tensor is None or maker is None or maker.moment >= line.moment:
        return []
    added = [
        _Term(each, node.value)
        for each in run.lines_between(maker.moment, line.moment)[-_FAR:]
        if each.source is not None and isinstance(node := each.source.statement, ast.AugAssign)
        if isinstance(node.target, ast.Name)
        and (now := each.after(node.target.id)) is not None
        and now.identity == tensor.identity
    ]
    if isinstance(statement, ast.AugAssign) and isinstance(statement.op, (ast.Add, ast.Sub)):
        target = statement.target
        own = [ast.Name(target.id, ast.Load())] if isinstance(target, ast.Name) else []
        return [*added, *[_Term(maker, each) for each in (*own, statement.value)]]
    value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
    return [*added, *([_Term(maker, value)] if value is not None else [])]


def _gradient_behind(run: Run, term: _Term, filled: Mapping[int, list[Fill]]) -> RunPass | None:
    """The pass whose gradient a term was computed from, if nothing says that it is a constant."""
    if _is_cut(term.node):
        return None
    if _asks(run, term.line, term.node):
        return gradient_in(run, term.line, filled)
    own = gradient_in(run, term.line, filled) if _reads_grad(term.node) else None
    pending = [*term.line.tensors_read(term.node).values()]
    for _ in range(_FAR):
        if own is not None or not pending:
            break
        tensor = pending.pop()
        maker = run.maker(tensor.identity)
        if maker is None or maker.moment >= term.line.moment or tensor.requires_grad:
            continue
        statement = maker.source.statement if maker.source is not None else None
        if statement is None or not maker.grad_mode or _is_cut(statement):
            continue
        own = _asked_in(run, maker) or gradient_in(run, maker, filled)
        read = maker.tensors_read()
        if not any(each.requires_grad for each in read.values()):
            pending += [each for each in read.values() if each.identity != tensor.identity]
    return own


def _asked_in(run: Run, line: Line) -> RunPass | None:
    """The pass of a function that a line has called for a gradient: `g = slope(net, x)`."""
    inner = run.lines_in(line)[-_FAR:]
    asked = [
        each
        for at in inner
        for each in run.passes_of(at)
        if each.ended.function == "grad" and at.snapshot.depth == line.snapshot.depth + 1
    ]
    is_all = asked and not any(each.ended.create_graph for each in asked)
    return asked[-1] if is_all else None


def _reads_grad(node: ast.expr) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "grad" for each in ast.walk(node))


def _is_cut(node: ast.AST) -> bool:
    """Whether an expression says itself that it is a constant: `detach()`, `item()`."""
    return any(
        isinstance(each, ast.Attribute) and each.attr in (*DETACHES, *NUMBERS)
        for each in ast.walk(node)
    )


RULES: tuple[Rule, ...] = (lost_terms,)
