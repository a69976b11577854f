"""Errors whose message says nearly all: which tensor it is about, and what to write instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from autograd_tutor.analysis.diagnosis.edits import put_behind, segment, with_method
from autograd_tutor.analysis.diagnosis.finding import Explained, Fact, Finding, Mend
from autograd_tutor.analysis.diagnosis.leaf_changes import OF_LEAF, leaf_in_place, views
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Moment, Run, spoken
from autograd_tutor.analysis.diagnosis.source import Call, written
from autograd_tutor.analysis.diagnosis.unused import unused
from autograd_tutor.recording.numbers import is_complex, is_floating

_COUNTS = re.compile(r"expected (\d+), got (\d+)")


def non_scalar(run: Run, line: Line) -> Explained | None:
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


def to_numpy(run: Run, line: Line) -> Explained | None:
    """A tensor that requires grad was handed to NumPy."""
    calls = line.source.calls_of("numpy") if line.source else ()
    methods = [(call, call.receiver) for call in calls if call.receiver is not None]
    # Of several the first that requires grad, or of which that is not known.
    for call, receiver in sorted(methods, key=lambda each: _is_constant(line, each[1])):
        name = segment(line, receiver)
        return "", {"name": name}, (name,), with_method(line, call, "detach().numpy")
    requiring = [name for name, each in line.tensors_read().items() if each.requires_grad]
    return ("", {"name": requiring[0]}, (requiring[0],), None) if requiring else None


def _is_constant(line: Line, node: ast.expr) -> bool:
    """Whether an expression is made of tensors that do not require grad alone."""
    read = line.tensors_read(node).values()
    return bool(read) and not any(each.requires_grad for each in read)


def integers(run: Run, line: Line) -> Explained | None:
    """A tensor of integers was to require grad."""
    for call in line.source.calls if line.source is not None else ():
        if call.is_true("requires_grad"):
            mend = _floating(line, call)
            return "", {"name": segment(line, call.node)}, (), mend
    for name, tensor in line.tensors_read().items():
        if not is_floating(tensor.dtype) and not is_complex(tensor.dtype):
            facts: dict[str, Fact] = {"name": spoken(name), "dtype": tensor.dtype}
            return "tensor", facts, (name,), None
    made = next(line.source.calls_of("arange", "tensor", "randint"), None) if line.source else None
    text = segment(line, made.node) if made is not None else line.text
    return "", {"name": text}, (), _floating(line, made) if made is not None else None


def _floating(line: Line, call: Call) -> Mend | None:
    """The call that makes a tensor of integers with a dtype of floating-point numbers."""
    if not isinstance(call.node, ast.Call) or call.keyword("dtype") is not None:
        return None
    last = [*call.arguments, *(each.value for each in call.node.keywords)][-1:]
    return put_behind(line, last[0], last[0], ", dtype=torch.float32") if last else None


def inference(run: Run, line: Line) -> Explained | None:
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


def own_count(run: Run, line: Line) -> Explained | None:
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


def scaled_leaf(run: Run, line: Line) -> Explained | None:
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


def empty(run: Run, line: Line) -> Explained | None:
    """An optimizer was given no parameter at all."""
    for call in line.source.calls if line.source is not None else ():
        given = next(iter(call.arguments), None) or call.keyword("params")
        if isinstance(given, ast.Name):
            return "used-up", {"name": given.id}, (), None
        if isinstance(given, ast.Call) and written(given.func).endswith(".parameters"):
            return "empty", {"text": written(given)}, (), None
    return "empty", {"text": "parameters()"}, (), None


_MESSAGES: tuple[tuple[str, str, Callable[[Run, Line], Explained | None]], ...] = (
    ("grad can be implicitly created only for scalar outputs", "non-scalar", non_scalar),
    (OF_LEAF, "views", views),
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


RULES: tuple[Rule, ...] = (by_message,)
