"""The JSON objects have the fields of the contract, and nothing JSON cannot hold."""

from __future__ import annotations

import json
import math

from made import (
    backward,
    doubled,
    ended,
    node,
    parameter,
    ran,
    result,
    root,
    scalar,
    snapshot,
    tensor,
    trace,
)
from msgspec.structs import replace

from autograd_tutor.recording import export
from autograd_tutor.recording.model import Error, FailedExpectation, Saved, Stats

ERROR = Error("RuntimeError", "no", 2, "Traceback …")

SNAPSHOT = {
    "type",
    "step",
    "index",
    "event",
    "line",
    "depth",
    "stdout",
    "tensors",
    "gone",
    "backward",
    "error",
}
RESULT = {"type", "step", "ok", "snapshots", "nodes", "truncated", "failed", "seconds"}
TENSOR = {
    "shape",
    "dtype",
    "device",
    "requires_grad",
    "is_leaf",
    "kind",
    "grad_fn",
    "output_nr",
    "version",
    "text",
    "data",
    "stats",
    "nonfinite",
    "grad",
    "identity",
    "storage",
    "tangent",
    "wrappers",
}


def test_lesson() -> None:
    assert export.lesson("parameters", "Parameters", "2.13.0", 7, "01-parameters.yaml") == {
        "type": "lesson",
        "id": "parameters",
        "title": "Parameters",
        "torch": "2.13.0",
        "seed": 7,
        "file": "01-parameters.yaml",
        "sandboxed": False,
    }


def test_steps_count_from_1() -> None:
    assert export.step(0, "square", "A square", "x = 1\n") == {
        "type": "step",
        "step": 1,
        "id": "square",
        "title": "A square",
        "code": "x = 1\n",
        "first_line": 1,
    }
    assert export.snapshot(snapshot(0, step=2))["step"] == 3
    assert export.node(node(1, "X", step=2))["step"] == 3
    assert export.result(result(step=2))["step"] == 3


def test_node() -> None:
    assert export.node(node(3, "MulBackward0", 1, None, variable="loss", line=2)) == {
        "type": "node",
        "id": 3,
        "name": "MulBackward0",
        "next": [[1, 0], None],
        "variable": "loss",
        "line": 2,
        "step": 1,
        "leaf": None,
    }


def test_snapshot() -> None:
    taken = snapshot(
        4,
        event="error",
        line=2,
        depth=1,
        stdout="out",
        tensors={"w": parameter(1.0)},
        gone=("x",),
        error=ERROR,
    )
    exported = export.snapshot(taken)
    assert exported.keys() >= SNAPSHOT
    assert exported["type"] == "snapshot"
    assert (exported["index"], exported["event"], exported["line"]) == (4, "error", 2)
    assert (exported["depth"], exported["stdout"], exported["gone"]) == (1, "out", ["x"])
    assert exported["tensors"].keys() == {"w"}
    assert exported["backward"] is None
    assert exported["error"].items() >= {"type": "RuntimeError", "message": "no", "line": 2}.items()


def test_result() -> None:
    failed = (FailedExpectation(0, "x == 1", "it is 2"),)
    ended = result(ok=False, failed=failed, truncated="nodes", error=ERROR, threads=3)
    exported = export.result(ended)
    assert exported.keys() >= RESULT
    assert exported["threads"] == 3
    assert exported["failed"] == ["x == 1"]
    assert exported["truncated"] == "nodes"
    assert exported["error"]["type"] == "RuntimeError"


def test_result_of_a_step_whose_process_is_gone() -> None:
    made = trace(snapshot(0), snapshot(1, nodes=(node(1, "X"), node(2, "Y"))))
    exported = export.stopped(made, "seconds", "It was still busy.", 1.5)
    assert exported.keys() >= RESULT
    assert exported["ok"] is False
    assert (exported["snapshots"], exported["nodes"], exported["seconds"]) == (2, 2, 1.5)
    assert (exported["truncated"], exported["ended"]) == ("seconds", "It was still busy.")


def test_tensor_with_its_gradient() -> None:
    exported = export.tensor(parameter(1.0, 2.0, grad=tensor(math.nan, -math.inf)))
    assert exported.keys() == TENSOR
    assert exported["shape"] == [2]
    assert exported["dtype"] == "torch.float32"
    assert exported["kind"] == "parameter"
    assert exported["data"] == [1.0, 2.0]
    assert exported["text"] == "Parameter containing:\ntensor([1., 2.], requires_grad=True)"
    assert exported["stats"] is None
    assert exported["nonfinite"] == {"nan": 0, "inf": 0, "examined": 2, "total": 2}
    assert exported["grad"]["nonfinite"] == {"nan": 1, "inf": 1, "examined": 2, "total": 2}
    assert exported["grad"]["data"] == ["nan", "-inf"]
    assert exported["grad"]["grad"] is None


def test_scalar() -> None:
    assert export.tensor(tensor(2.5, shape=()))["data"] == 2.5


def test_large_tensor() -> None:
    stats = Stats(2000, 1000, -1.0, math.inf, math.nan, 0.5, 3.0, 1, 2, (3, 4))
    large = tensor(shape=(0,), raw=None, shown="tensor([0., ...])", stats=stats)
    exported = export.tensor(large)
    assert exported["data"] is None
    assert exported["text"] == "tensor([0., ...])"
    assert exported["stats"] == {
        "count": 2000,
        "sampled": 1000,
        "min": -1.0,
        "max": "inf",
        "mean": "nan",
        "std": 0.5,
        "norm": 3.0,
        "nan": 1,
        "inf": 2,
        "histogram": [3, 4],
        "finite": 997,
    }
    assert exported["nonfinite"] == {"nan": 1, "inf": 2, "examined": 1000, "total": 2000}
    json.dumps(exported, allow_nan=False)


def test_tensor_without_shape() -> None:
    exported = export.tensor(tensor(raw=None, shown="nested", shape=(0,)))
    assert (exported["data"], exported["nonfinite"]) == (None, None)


def test_a_node_that_ran() -> None:
    record = backward(
        7,
        (scalar(1.0), None),
        (scalar(math.nan), None),
        leaf="w",
        saved=(Saved("self", scalar(3.0), "x"), Saved("dim", "0")),
        note="one is freed",
    )
    exported = export.snapshot(ran(1, record))
    exported_pass = exported["backward"]
    assert exported["event"] == "backward"
    assert exported_pass.keys() == {
        "call", "node", "grad_outputs", "grad_inputs", "leaf", "saved", "note",
    }  # fmt: skip
    assert (exported_pass["call"], exported_pass["node"], exported_pass["leaf"]) == (1, 7, "w")
    assert [each and each["data"] for each in exported_pass["grad_outputs"]] == [1.0, None]
    assert [each and each["data"] for each in exported_pass["grad_inputs"]] == ["nan", None]
    assert exported_pass["saved"]["self"]["data"] == 3.0
    assert (exported_pass["saved"]["dim"], exported_pass["note"]) == ("0", "one is freed")
    json.dumps(exported, allow_nan=False)


def test_a_pass_that_ended() -> None:
    one = ended(root(7, "loss", scalar(1.0)), nodes=3, inputs=("w",), left_out="full", failed=9)
    (exported_pass,) = export.snapshot(snapshot(1, passes=(one,)))["passes"]
    seed = exported_pass["roots"][0].pop("seed")
    assert seed["data"] == 1.0
    assert exported_pass == {
        "call": 1,
        "function": "backward",
        "roots": [{"name": "loss", "node": 7, "output_nr": 0}],
        "inputs": ["w"],
        "retain_graph": False,
        "create_graph": False,
        "nodes": 3,
        "left_out": "full",
        "failed": 9,
        "targets": [],
        "returned": [],
        "saved": {},
        "note": None,
    }


def test_a_pass_without_limits_and_a_seed_that_is_not_known() -> None:
    one = ended(replace(root(7), seed=None))
    (exported_pass,) = export.snapshot(snapshot(1, passes=(one,)))["passes"]
    assert exported_pass["inputs"] is None
    assert exported_pass["roots"][0]["seed"] is None


def test_every_moment_of_a_pass_can_be_put_into_json() -> None:
    for taken in doubled().snapshots:
        assert json.loads(json.dumps(export.snapshot(taken), allow_nan=False))["index"] == (
            taken.index
        )
