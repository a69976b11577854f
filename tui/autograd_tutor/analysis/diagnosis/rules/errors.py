"""Errors whose message says nearly all: which tensor it is about, and what to write instead."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from autograd_tutor.analysis.diagnosis.edits import segment, with_method
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.analysis.diagnosis.source import written

_Found = tuple[str, dict[str, Fact], tuple[str, ...], Mend | None]
"""Form, facts, names and mend."""


def non_scalar(run: Run, line: Line) -> _Found | None:
    """A pass was asked for at a tensor of several elements."""
    for call in line.source.calls_of("backward", "grad") if line.source else ():
        node = call.receiver if call.name == "backward" else next(iter(call.arguments), None)
        if node is None:
            continue
        name = segment(line, node)
        tensor = line.before(name)
        shape = "" if tensor is None or tensor.shape is None else str(tensor.shape)
        return ("" if shape else "unknown"), {"name": name, "shape": shape}, (name,), None
    return None


def leaf_in_place(run: Run, line: Line) -> _Found | None:
    """A leaf was changed while grad mode was on."""
    name = _changed_name(line)
    code = line.trace.code.splitlines()[line.number - 1]
    indent = code[: len(code) - len(code.lstrip())]
    mend = None
    if line.source is not None and line.source.statement.end_lineno == line.number:
        text = f"{indent}with torch.no_grad():\n{indent}    {code.strip()}"
        mend = Mend(line.trace.step, line.number, line.number, text)
    return "", {"name": name or "a leaf"}, (name,) if name else (), mend


def views(run: Run, line: Line) -> _Found | None:
    """A view that must not be changed in place was."""
    name = _changed_name(line)
    tensor = line.before(name) if name else None
    whole = ""
    if tensor is not None and tensor.storage is not None:
        for other, each in line.trace.state(line.since - 1).tensors.items():
            if each.storage == tensor.storage and each.identity != tensor.identity:
                whole = other
                break
    facts: dict[str, Fact] = {"name": name or "a view", "whole": whole}
    return ("" if whole else "unknown"), facts, tuple(filter(None, (name, whole))), None


def to_numpy(run: Run, line: Line) -> _Found | None:
    """A tensor that requires grad was handed to NumPy."""
    for call in line.source.calls_of("numpy") if line.source else ():
        if call.receiver is not None:
            name = segment(line, call.receiver)
            mend = with_method(line, call, "detach().numpy")
            return "", {"name": name}, (name,), mend
    requiring = [name for name, each in line.tensors_read().items() if each.requires_grad]
    return ("", {"name": requiring[0]}, (requiring[0],), None) if requiring else None


def unused(run: Run, line: Line) -> _Found | None:
    """The gradient of a tensor was asked for that is not on the way to the output."""
    for call in line.source.calls_of("grad") if line.source else ():
        inputs = call.arguments[1] if len(call.arguments) > 1 else call.keyword("inputs")
        output = next(iter(call.arguments), None) or call.keyword("outputs")
        if inputs is None or output is None:
            continue
        of = segment(line, output)
        each = inputs.elts if isinstance(inputs, (ast.List, ast.Tuple)) else [inputs]
        for node in each:
            base = node.value if isinstance(node, ast.Subscript) else None
            facts: dict[str, Fact] = {"of": of, "name": segment(line, node)}
            if base is not None:
                return "part", facts | {"base": segment(line, base)}, (segment(line, base),), None
            if not _is_on_the_way(run, line, of, segment(line, node)):
                return "", facts, (segment(line, node),), None
    return None


def _is_on_the_way(run: Run, line: Line, output: str, name: str) -> bool:
    tensor, whole = line.before(name), line.before(output)
    if tensor is None or whole is None or whole.grad_fn is None:
        return False
    if tensor.grad_fn is not None:
        return tensor.grad_fn in run.reachable([whole.grad_fn])
    return tensor.identity in run.leaves_behind([whole.grad_fn])


def integers(run: Run, line: Line) -> _Found | None:
    """A tensor of integers was to require grad."""
    for call in (
        line.source.calls_of("tensor", "arange", "randint", "ones", "zeros", "full")
        if (line.source)
        else ()
    ):
        if call.is_true("requires_grad"):
            return "", {"name": segment(line, call.node)}, (), None
    for name, tensor in line.tensors_read().items():
        if not tensor.dtype.startswith(("torch.float", "torch.complex", "torch.bfloat")):
            return "", {"name": name}, (name,), None
    return "", {"name": line.text}, (), None


def inference(run: Run, line: Line) -> _Found | None:
    """A tensor that inference mode has made is needed by a pass, or was changed outside of it."""
    for name, tensor in line.tensors_read().items():
        if tensor.version is None and tensor.identity is not None:
            story = run.stories.get(tensor.identity, ())
            made = run.line_of(story[0].moment) if story else None
            facts: dict[str, Fact] = {"name": name, "made": made.in_file if made else 0}
            return ("" if made else "unknown"), facts, (name,), None
    return None


def own_count(run: Run, line: Line) -> _Found | None:
    """The backward of a custom Function gave another number of gradients than it has inputs."""
    failed = next((each for each in reversed(run.passes) if each.ended.failed), None)
    node = run.nodes.get(failed.ended.failed or 0) if failed is not None else None
    if failed is None or node is None or not node.custom:
        return None
    made = failed.trace.line_number(node.line, node.step)
    return "", {"node": node.name, "made": made, "inputs": len(node.next)}, (), None


def scaled_leaf(run: Run, line: Line) -> _Found | None:
    """An optimizer was to hold the result of an operation on a leaf."""
    for name, tensor in line.tensors_read().items():
        story = run.stories.get(tensor.identity or 0, ())
        made = run.line_of(story[0].moment) if story else None
        if made is None or tensor.grad_fn is None:
            continue
        leaves = run.leaves_behind([tensor.grad_fn])
        named = [run.names[each] for each in sorted(leaves) if run.is_named(each)]
        facts: dict[str, Fact] = {
            "name": spoken(name), "made": made.in_file, "text": made.text,
            "node": tensor.grad_fn_name or "", "leaf": spoken(named[0]) if named else "",
        }  # fmt: skip
        return "named" if named else "", facts, (name,), None
    return None


def empty(run: Run, line: Line) -> _Found | None:
    """An optimizer was given no parameter at all."""
    for call in line.source.calls if line.source is not None else ():
        given = next(iter(call.arguments), None) or call.keyword("params")
        if isinstance(given, ast.Name):
            return "used-up", {"name": given.id}, (), None
        if isinstance(given, ast.Call) and written(given.func).endswith(".parameters"):
            return "empty", {"text": written(given)}, (), None
    return "empty", {"text": "parameters()"}, (), None


_MESSAGES: tuple[tuple[str, str, Callable[[Run, Line], _Found | None]], ...] = (
    ("grad can be implicitly created only for scalar outputs", "non-scalar", non_scalar),
    ("a leaf Variable that requires grad is being used in an in-place", "leaf-in-place",
     leaf_in_place),
    ("is a view and is being modified inplace", "views", views),
    ("a view of a leaf Variable that requires grad is being used in an in-place", "views", views),
    ("Can't call numpy() on Tensor that requires grad", "numpy", to_numpy),
    ("appears to not have been used in the graph", "unused", unused),
    ("One of the differentiated Tensors does not require grad", "unused", unused),
    ("can only be created from Tensors of floating point", "int", integers),
    ("Only Tensors of floating point and complex dtype can require gradients", "int", integers),
    ("only Tensors of floating point", "int", integers),
    ("Inference tensors cannot be saved for backward", "inference", inference),
    ("Inplace update to inference tensor outside InferenceMode", "inference", inference),
    ("returned an incorrect number of gradients", "own-count", own_count),
    ("can't optimize a non-leaf Tensor", "scaled-leaf", scaled_leaf),
    ("optimizer got an empty parameter list", "not-listed", empty),
)  # fmt: skip
"""Parts of messages, the keys they belong to, and what finds out more."""


def by_message(run: Run) -> Iterator[Finding]:
    """What a step failed with, where the message itself names the mistake."""
    if run.failure is None:
        return
    line, error = run.failure
    for part, key, more in _MESSAGES:
        if part in error.message:
            found = more(run, line)
            if found is not None:
                form, facts, names, mend = found
                facts |= {"line": line.in_file}
                yield Finding(key, (line.proof,), facts, form, about=names, mend=mend)
            return


def _changed_name(line: Line) -> str:
    """The tensor that a line changes in place."""
    source = line.source
    if source is None:
        return ""
    statement = source.statement
    if isinstance(statement, ast.AugAssign):
        return written(_whole(statement.target))
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Subscript):
        return written(_whole(statement.targets[0]))
    for call in source.calls:
        if call.name.endswith("_") and not call.name.endswith("__") and call.receiver is not None:
            return written(_whole(call.receiver))
    return ""


def _whole(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


RULES: tuple[Rule, ...] = (by_message,)
