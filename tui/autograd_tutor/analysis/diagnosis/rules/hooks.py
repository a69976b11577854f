"""Hooks that do nothing, or do what a hook must not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.edits import replaced, segment
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.own import function_in, returned
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run
from autograd_tutor.analysis.diagnosis.source import name_of
from autograd_tutor.analysis.loops import parsed

_MESSAGES = (
    ("cannot register a hook on a tensor that doesn't require gradient", "error"),
    ("has changed the size of value", "size"),
    ("but hook returned", "type"),
)
"""Parts of messages, and the forms of the mistake that they belong to."""
_Hook = ast.FunctionDef | ast.Lambda


def by_message(run: Run) -> Iterator[Finding]:
    """A hook where none can be, or one that gives back what cannot be a gradient."""
    if run.failure is None:
        return
    line, error = run.failure
    for part, form in _MESSAGES:
        if part not in error.message:
            continue
        hooked = (
            line if form == "error" else next(_registered(run, _OF_TENSORS), (line, None, ""))[0]
        )
        name = _hooked_tensor(hooked)
        facts: dict[str, Fact] = {
            "line": line.in_file, "name": name or "a tensor", "hooked": hooked.in_file,
            "text": hooked.text,
        }  # fmt: skip
        proofs = (line.proof,) if form == "error" else (hooked.proof, line.proof)
        about = (name,) if name else ()
        yield Finding("hooks", proofs, facts, form, about=about, mark=hooked.proof)


_OF_GRADIENTS = ("register_hook",)
_OF_TENSORS = (*_OF_GRADIENTS, "register_post_accumulate_grad_hook")


def _registered(
    run: Run, methods: tuple[str, ...] = _OF_GRADIENTS
) -> Iterator[tuple[Line, _Hook, str]]:
    """Lines that register hooks on tensors, each with its function where that is in the script."""
    seen: set[tuple[int, int]] = set()
    for line in run.lines:
        place = line.trace.step, line.number
        if place in seen or line.source is None:
            continue
        seen.add(place)
        for call in line.source.calls_of(*methods):
            hook = next(iter(call.arguments), None) or call.keyword("hook")
            if isinstance(hook, ast.Lambda):
                yield line, hook, "lambda"
            tree = parsed(line.trace.source)
            name, found = _function(tree, hook) if tree is not None else ("", None)
            if found is not None:
                yield line, found, name


def _function(tree: ast.Module, hook: ast.expr | None) -> tuple[str, ast.FunctionDef | None]:
    """The function of the script that an expression stands for, or that one of it gives back."""
    called = hook.func if isinstance(hook, ast.Call) else None
    if called is not None and isinstance(hook, ast.Call) and name_of(called) == "partial":
        return _function(tree, next(iter(hook.args), None))
    name = name_of(hook if called is None else called)
    found = function_in(tree, name)
    if called is None or not name:
        return name, found
    maker = found or function_in(tree, "__call__")
    for inner in returned(maker) if maker is not None else ():
        given_back = function_in(maker, inner.id) if maker and isinstance(inner, ast.Name) else None
        if given_back is not None:
            return given_back.name, given_back
    return name, None


def _argument(hook: _Hook) -> str:
    """What a hook calls the gradient: its first argument, the second of a method."""
    given = [each.arg for each in (*hook.args.posonlyargs, *hook.args.args)]
    given = given[: len(given) - len(hook.args.defaults)]
    return next(iter(given[::-1]), "")


def _hooked_tensor(line: Line) -> str:
    for call in line.source.calls_of(*_OF_TENSORS) if line.source is not None else ():
        if call.receiver is not None:
            return segment(line, call.receiver)
    return ""


def lost(run: Run) -> Iterator[Finding]:
    """A hook computes a new gradient and does not return it, or changes the one that it gets."""
    for line, hook, name in _registered(run):
        given = _argument(hook)
        if not given or not run.passes:
            continue
        edit, drop = _edit(hook, given), _dropped(hook, given)
        node = edit or drop
        if node is None:
            continue
        facts: dict[str, Fact] = {
            "line": line.in_file, "name": name, "tensor": _hooked_tensor(line),
            "gradient": given, "made": line.trace.place(node.lineno),
            "text": ast.unparse(node),
        }  # fmt: skip
        if isinstance(drop, (ast.Expr, ast.Assign)):
            facts["given"] = segment(line, drop.value)
        ran = next((p for p in run.passes if p.line.moment > line.moment), None)
        if ran is not None:
            yield Finding(
                "hooks", (line.proof, ran.line.proof), facts, "edit" if edit else "",
                certainty="suspicion" if edit else "finding", about=(str(facts["tensor"]),),
                mark=line.proof._replace(line=node.lineno),
                mend=None if edit else replaced(line, node, f"return {facts.get('given')}"),
            )  # fmt: skip


def _edit(hook: _Hook, name: str) -> ast.stmt | ast.expr | None:
    """What in a hook changes its argument in place."""
    for node in ast.walk(hook):
        target: ast.expr | None = None
        if isinstance(node, ast.AugAssign):
            target = node.target
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            called = node.func.attr
            target = node.func.value if called.endswith("_") and called[-2:] != "__" else None
        if target is not None and _is_part_of(target, name):
            assert isinstance(node, (ast.stmt, ast.expr))
            return node
    return None


def _is_part_of(node: ast.expr, name: str) -> bool:
    while isinstance(node, ast.Subscript):
        node = node.value
    return isinstance(node, ast.Name) and node.id == name


def _dropped(hook: _Hook, name: str) -> ast.stmt | None:
    """What a hook without a `return` computes of its argument and does nothing with."""
    if isinstance(hook, ast.Lambda):
        return None
    nodes = list(ast.walk(hook))
    if any(isinstance(each, ast.Return) and each.value is not None for each in nodes):
        return None
    for node in nodes:
        if isinstance(node, ast.Expr) and _computes(node.value, name):
            return node
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(target, ast.Name):
            own = target.id == name or _computes(node.value, name)
            read = [n.lineno for n in nodes if isinstance(n, ast.Name) and n.id == target.id
                    and isinstance(n.ctx, ast.Load)]  # fmt: skip
            if own and max(read, default=0) <= node.lineno:
                return node
    return None


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _computes(value: ast.expr, name: str) -> bool:
    """Whether an expression is a calculation with the argument: `g * 2`, `g.clamp(-1, 1)`."""
    if isinstance(value, ast.BinOp):
        return any(_is_name(each, name) for each in (value.left, value.right))
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        of = value.func.value
        on_torch = _is_name(of, "torch") and bool(value.args) and _is_name(value.args[0], name)
        return (_is_name(of, name) or on_torch) and value.func.attr not in ("backward", "save")
    return False


RULES: tuple[Rule, ...] = (by_message, lost)
