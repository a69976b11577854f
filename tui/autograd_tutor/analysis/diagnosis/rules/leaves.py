"""Names for results of an operation on a leaf, where the leaf itself was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograd_tutor.analysis.diagnosis.finding import Fact, Finding
from autograd_tutor.analysis.diagnosis.nodes import line_of
from autograd_tutor.analysis.diagnosis.rule import Rule
from autograd_tutor.analysis.diagnosis.run import Line, Run, spoken
from autograd_tutor.recording.model import Tensor


def scaled_leaf(run: Run) -> Iterator[Finding]:
    """The `.grad` of a name is read, and the leaf whose gradient it would be has no name."""
    passed = False
    for line in run.lines:
        for name, tensor in _without_grad(line) if passed else ():
            made = _made_of_unnamed_leaf(run, tensor)
            if made is not None:
                called = spoken(run.names.get(tensor.identity or 0, name))
                facts: dict[str, Fact] = {
                    "name": called, "made": made.in_file, "text": made.text,
                    "node": tensor.grad_fn_name or "", "line": line.in_file,
                }  # fmt: skip
                proofs = (made.proof, line.proof)
                about = (name, spoken(name), called)
                yield Finding("scaled-leaf", proofs, facts, "grad", about=about, mark=made.proof)
                return
        passed = passed or bool(line.snapshot.passes)


def _without_grad(line: Line) -> Iterator[tuple[str, Tensor]]:
    """The results whose `.grad` a line reads, though they keep none."""
    for call in line.source.calls_of("grad") if line.source is not None else ():
        if isinstance(call.node, ast.Attribute) and isinstance(call.receiver, ast.Name):
            for name, tensor in line.tensors_read(call.receiver).items():
                is_it = spoken(name) == call.receiver.id and tensor.grad_fn is not None
                if is_it and not tensor.retains_grad and tensor.grad is None:
                    yield name, tensor


def _made_of_unnamed_leaf(run: Run, tensor: Tensor) -> Line | None:
    """The line that made a tensor of a leaf which has no name, and of nothing else that has."""
    leaves = run.leaves_behind([tensor.grad_fn or 0])
    is_made_so = leaves and not any(map(run.is_named, leaves))
    if not is_made_so:
        return None
    return line_of(run, tensor.grad_fn or 0) or run.maker(tensor.identity)


RULES: tuple[Rule, ...] = (scaled_leaf,)
