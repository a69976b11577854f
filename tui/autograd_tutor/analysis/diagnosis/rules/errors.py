"""Errors whose message says nearly all: which tensor it is about, and what to write instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from autograd_tutor.analysis.diagnosis.edits import segment, with_method, without_grad
from autograd_tutor.analysis.diagnosis.finding import Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.nodes import line_of
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, spoken
from autograd_tutor.analysis.diagnosis.source import written
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.numbers import is_complex, is_floating

_COUNTS = re.compile(r"expected (\d+), got (\d+)")

_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place"

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
    return "", {"name": name or "a leaf"}, (name,) if name else (), without_grad(line)


def views(run: Run, line: Line) -> _Found | None:
    """A view that must not be changed in place was."""
    name = _changed_name(line)
    tensor = line.before(name) if name else None
    if tensor is not None and tensor.leaf is not None:
        return None  # `w[0] = 1`: the view of the leaf is made by the line itself
    whole = ""
    if tensor is not None and tensor.storage is not None:
        for other, each in line.trace.state(line.since - 1).tensors.items():
            if each.storage == tensor.storage and each.identity != tensor.identity:
                whole = other
                break
    about = tuple(filter(None, (name, whole)))
    facts: dict[str, Fact] = {"name": name or "a view", "whole": spoken(whole)}
    if whole and run.failure is not None and _OF_LEAF in run.failure[1].message:
        return "leaf", facts, about, without_grad(line)
    return ("" if whole else "unknown"), facts, about, None


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
        for node in inputs.elts if isinstance(inputs, (ast.List, ast.Tuple)) else [inputs]:
            name = segment(line, node)
            facts: dict[str, Fact] = {"of": segment(line, output), "name": name}
            if isinstance(node, ast.Subscript) and line.before(name) is None:
                base = segment(line, node.value)
                return "part", facts | {"base": base}, (base,), None
            tensor = line.before(name)
            if tensor is not None and not tensor.requires_grad:
                return "plain", facts, (name,), None
            if not _is_on_the_way(run, line, output, tensor):
                copied = _copied(run, line, output, tensor)
                form = "copy" if copied else ""
                return form, facts | copied, (name,), None
    return None


def _is_on_the_way(run: Run, line: Line, output: ast.expr, tensor: Tensor | None) -> bool:
    roots = _graphs(line, output)
    if tensor is None or not roots:
        return False
    if tensor.grad_fn is not None:
        return tensor.grad_fn in run.reachable(roots)
    return tensor.identity in run.leaves_behind(roots)


def _graphs(line: Line, output: ast.expr) -> list[int]:
    """The nodes of the tensors that an output is, or is computed from."""
    found = [each.grad_fn for each in line.tensors_read(output).values()]
    return [each for each in found if each is not None]


def _copied(run: Run, line: Line, output: ast.expr, tensor: Tensor | None) -> dict[str, Fact]:
    """Of a result that the output does not use: what is on the way, and it was made from."""
    if tensor is None or tensor.grad_fn is None:
        return {}
    behind = run.reachable(_graphs(line, output))
    node = run.nodes.get(tensor.grad_fn)
    where = line_of(run, tensor.grad_fn)
    for edge in node.next if node is not None else ():
        before = run.nodes.get(edge[0]) if edge is not None and edge[0] in behind else None
        if before is None or where is None:
            continue
        identity = before.leaf if before.leaf is not None else run.outputs.get(before.id)
        if identity in run.names:
            base = spoken(run.names[identity or 0])
            return {"base": base, "made": where.in_file, "text": where.text}
    return {}


def integers(run: Run, line: Line) -> _Found | None:
    """A tensor of integers was to require grad."""
    for call in line.source.calls if line.source is not None else ():
        if call.is_true("requires_grad"):
            return "", {"name": segment(line, call.node)}, (), None
    for name, tensor in line.tensors_read().items():
        if not is_floating(tensor.dtype) and not is_complex(tensor.dtype):
            facts: dict[str, Fact] = {"name": spoken(name), "dtype": tensor.dtype}
            return "tensor", facts, (name,), None
    return "", {"name": line.text}, (), None


def inference(run: Run, line: Line) -> _Found | None:
    """A tensor that inference mode has made is needed by a pass, or was changed outside of it."""
    changed = "Inplace update" in run.failure[1].message if run.failure is not None else False
    for name, tensor in line.tensors_read().items():
        if tensor.version is None and tensor.identity is not None:
            story = run.stories.get(tensor.identity, ())
            made = _in_inference_mode(run, story[0].moment) if story else None
            if made is None:
                continue
            facts: dict[str, Fact] = {"name": spoken(name), "made": made.in_file}
            return ("change" if changed else ""), facts, (name,), None
    return None


def _in_inference_mode(run: Run, until: Moment) -> Line | None:
    """The last line that ran in inference mode when a tensor came to have a name."""
    lines = run.lines_between(Moment(-1, -1), until)
    return next((each for each in reversed(lines) if each.modes.inference), None)


def own_count(run: Run, line: Line) -> _Found | None:
    """The backward of a custom Function gave another number of gradients than it has inputs."""
    failed = next((each for each in reversed(run.passes) if each.ended.failed), None)
    node = run.nodes.get(failed.ended.failed or 0) if failed is not None else None
    if failed is None or node is None or not node.custom:
        return None
    made = failed.trace.place(node.line, node.step)
    counts = _COUNTS.search(run.failure[1].message) if run.failure is not None else None
    if counts is None:
        return None
    facts: dict[str, Fact] = {"node": node.name, "made": made}
    facts |= {"inputs": int(counts[1]), "given": int(counts[2])}
    return ("few" if int(counts[2]) < int(counts[1]) else ""), facts, (), None


def scaled_leaf(run: Run, line: Line) -> _Found | None:
    """An optimizer was to hold the result of an operation on a leaf."""
    for name, tensor in line.tensors_read().items():
        made = run.maker(tensor.identity)
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
    (_OF_LEAF, "views", views),
    ("a leaf Variable that requires grad is being used in an in-place", "leaf-in-place",
     leaf_in_place),
    ("is a view and is being modified inplace", "views", views),
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
