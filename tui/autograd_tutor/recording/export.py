"""A recording as JSON objects: the lines of `autograd-tutor trace --json`.

Steps count from 1, as everywhere a person reads of them; lines too. Objects have the fields of the
contract, and a few more where they cost nothing.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from autograd_tutor.recording import numbers, tensor_text
from autograd_tutor.recording.evidence import Evidence
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.model import (
    Backward,
    Error,
    Node,
    Pass,
    Snapshot,
    Stats,
    StepResult,
    Tensor,
)
from autograd_tutor.recording.nonfinite import count_nonfinite
from autograd_tutor.recording.trace import Trace

Object = dict[str, Any]


def lesson(
    lesson_id: str,
    title: str,
    torch: str,
    seed: int,
    file: str | None = None,
    sandboxed: bool = False,
) -> Object:
    """What is about to run; `torch` is its version, `file` the name of its file, if it is known."""
    return {
        "type": "lesson", "id": lesson_id, "title": title, "torch": torch, "seed": seed,
        "file": file, "sandboxed": sandboxed,
    }  # fmt: skip


def step(index: int, step_id: str, title: str, code: str, first_line: int = 1) -> Object:
    """The step at `index` (from 0) begins. Lines count from 1 in `code`, whose first line is the
    `first_line` of a script's file.
    """
    return {
        "type": "step", "step": index + 1, "id": step_id, "title": title, "code": code,
        "first_line": first_line,
    }  # fmt: skip


def node(found: Node) -> Object:
    """A node of the graph, on the snapshot that found it."""
    return {
        "type": "node",
        "id": found.id,
        "name": found.name,
        "next": [None if edge is None else list(edge) for edge in found.next],
        "variable": found.variable,
        "line": found.line,
        "step": found.step + 1,
        "leaf": found.leaf,
    }


def snapshot(taken: Snapshot) -> Object:
    """The state after one line, as what changed. Its nodes are objects of their own."""
    found = {} if taken.evidence is None else {"evidence": evidence(taken.evidence)}
    return {
        "type": "snapshot",
        "step": taken.step + 1,
        "index": taken.index,
        "event": taken.event,
        "raised": taken.raised,
        "failure": taken.failure,
        "line": taken.line,
        "depth": taken.depth,
        "function": taken.function,
        "stdout": taken.stdout,
        "tensors": {name: tensor(value) for name, value in taken.tensors.items()},
        "values": dict(taken.values),
        "gone": list(taken.gone),
        "held": list(taken.held),
        "arrays": taken.arrays,
        "backward": None if taken.backward is None else backward(taken.backward),
        "passes": [ended(each) for each in taken.passes],
        "error": error(taken.error),
        **found,
        **({} if taken.left_out is None else {"left_out": asdict(taken.left_out)}),
    }


def in_file(trace: Trace, line: int, step: int | None = None) -> Object:
    """Of a line of a file that is followed, that file and how it counts the line."""
    place = trace.place(line, step)
    return {"file": place.file, "file_line": place.line} if isinstance(place, Place) else {}


def followed(trace: Trace, taken: Snapshot) -> Object:
    """The files that were stepped into for the first time, and which lines are theirs."""
    files = [
        {"file": part.file, "module": each.module, "first_line": part.before + 1, "code": part.code}
        for each in taken.followed
        for part in trace.source.parts
        if part.file == each.file
    ]
    return {"followed": files} if files else {}


def evidence(found: Evidence) -> Object:
    """What a moment proves besides its values; a list that would be empty is left out."""
    every = {
        "modes": None if found.modes is None else asdict(found.modes),
        "optimizers": {name: asdict(each) for name, each in found.optimizers.items()},
        "training": found.training,
        "gone": found.gone,
        "warned": [asdict(each) for each in found.warned],
        "kept": [asdict(each) for each in found.kept],
        "stepped": [asdict(each) for each in found.stepped],
        "cleared": [asdict(each) for each in found.cleared],
        "aliases": found.aliases,
        "raised": found.raised,
    }
    return {name: value for name, value in every.items() if value}


def backward(ran: Backward) -> Object:
    """A node of a backward pass that has run."""
    return {
        "call": ran.call,
        "node": ran.node,
        "grad_outputs": [_tensor_or_null(grad) for grad in ran.grad_outputs],
        "grad_inputs": [_tensor_or_null(grad) for grad in ran.grad_inputs],
        "leaf": ran.leaf,
        "saved": _saved(ran),
        "note": ran.note,
    }


def ended(run: Pass) -> Object:
    """A backward pass that has ended."""
    return {
        "call": run.call,
        "function": run.function,
        "roots": [
            {"name": root.name, "node": root.node, "output_nr": root.output_nr,
             "seed": _tensor_or_null(root.seed)}
            for root in run.roots
        ],
        "inputs": None if run.inputs is None else list(run.inputs),
        "retain_graph": run.retain_graph,
        "create_graph": run.create_graph,
        "nodes": run.nodes,
        "left_out": run.left_out,
        "failed": run.failed,
        "targets": list(run.targets),
        "returned": [_tensor_or_null(grad) for grad in run.returned],
        "saved": _saved(run),
        "note": run.note,
    }  # fmt: skip


def _saved(record: Backward | Pass) -> Object:
    return {
        each.name: each.value if isinstance(each.value, str) else tensor(each.value)
        for each in record.saved
    }


def _tensor_or_null(value: Tensor | None) -> Object | None:
    return None if value is None else tensor(value)


def result(ended: StepResult) -> Object:
    """How a step ended."""
    return {
        "type": "result",
        "step": ended.step + 1,
        "ok": ended.ok,
        "snapshots": ended.snapshots,
        "nodes": ended.nodes,
        "truncated": ended.truncated,
        "failed": [failed.expression for failed in ended.failed],
        "seconds": ended.seconds,
        "error": error(ended.error),
        "threads": ended.threads,
        "refused": list(ended.refused),
        **({"unfollowed": [asdict(each) for each in ended.unfollowed]} if ended.unfollowed else {}),
    }


def stopped(trace: Trace, limit: str | None, reason: str, seconds: float) -> Object:
    """The result of a step whose process is gone: which limit it was, if any, and what happened."""
    nodes = sum(len(taken.nodes) for taken in trace.snapshots)
    ended = StepResult(trace.step, False, len(trace), nodes, None, (), None, seconds)
    return {**result(ended), "truncated": limit, "ended": reason}


def error(raised: Error | None) -> Object | None:
    """What a snippet raised."""
    if raised is None:
        return None
    return {
        "type": raised.type,
        "message": raised.message,
        "line": raised.line,
        "traceback": raised.traceback,
        "refused": raised.refused,
    }


def tensor(value: Tensor) -> Object:
    """One tensor with its text, its numbers or their summary, and its gradient."""
    elements = numbers.nested(value)
    return {
        "shape": None if value.shape is None else list(value.shape),
        "dtype": value.dtype,
        "device": value.device,
        "requires_grad": value.requires_grad,
        "is_leaf": value.is_leaf,
        "kind": value.kind,
        "grad_fn": value.grad_fn,
        "output_nr": value.output_nr,
        "version": value.version,
        "text": tensor_text.text(value),
        "data": None if elements is None else numbers.to_json(elements),
        "stats": None if value.stats is None else stats(value.stats),
        "nonfinite": nonfinite(value),
        "grad": _tensor_or_null(value.grad),
        "identity": value.identity,
        "storage": value.storage,
        "tangent": _tensor_or_null(value.tangent),
        "wrappers": [asdict(each) for each in value.wrappers],
    }


def nonfinite(value: Tensor) -> Object | None:
    """How many elements are NaN and inf, of how many that were looked at; null where unknown."""
    found = count_nonfinite(value)
    return None if found is None else found._asdict()


def stats(summary: Stats) -> Object:
    """The summary of a large tensor, by the names of its fields.

    `finite`: how many of the elements looked at min, max, mean, std and histogram are over.
    """
    counts = asdict(summary)
    histogram = list(counts.pop("histogram"))
    return {
        **{name: numbers.to_json(count) for name, count in counts.items()},
        "histogram": histogram,
        "finite": max(0, summary.sampled - summary.nan - summary.inf),
    }
