"""The tangent of a dual tensor, as it is written, compared and shown."""

from __future__ import annotations

import math

import pytest
from made import scalar, snapshot, tensor, trace
from msgspec.structs import replace

from autograd_tutor.analysis.changes import changed_tensors, same_value
from autograd_tutor.analysis.contents import contents
from autograd_tutor.analysis.nonfinite_moments import first_moments
from autograd_tutor.recording import export
from autograd_tutor.recording.model import Stats, Tensor
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.recording.trace import State
from autograd_tutor.recording.wire import BadFrame, FrameReader, SnapshotRecord, encode
from autograd_tutor.render import narration
from autograd_tutor.render.tangents import tangent_rows
from autograd_tutor.render.tensors import tensors_listing

PLAIN = tensor(1.0, 2.0, identity=1)
DUAL = replace(PLAIN, tangent=tensor(1.0, 0.0))
OTHER = replace(PLAIN, tangent=tensor(5.0, 0.0))
NAN = replace(PLAIN, tangent=tensor(math.nan, 0.0))
STATS = Stats(2000, 2000, 0.0, 2.0, 1.0, 0.5, 44.7, 0, 0, (1,) * 16)
LARGE = replace(
    tensor(), shape=(2000,), raw=None, edges=bytes(24), stats=STATS, tangent=None, identity=1
)
WRAPPED = replace(PLAIN, raw=None, shown="<no values>", tangent=tensor(3.0, 4.0))


def shown(now: Tensor, before: Tensor | None = None, width: int = 80) -> list[str]:
    was = State({} if before is None else {"y": before}, {})
    found = contents(State({"y": now}, {}), was)
    return [row.text.rstrip() for row in tensors_listing(found, width).rows]


def narrated(before: Tensor, now: Tensor) -> list[str]:
    made = trace(snapshot(0, tensors={"y": before}), snapshot(1, tensors={"y": now}))
    return [row.text for row in narration.snapshot_rows(made, 1)][1:]


@pytest.mark.parametrize(
    ("dual", "printed"),
    [
        (DUAL, "tensor([1., 2.], tangent=tensor([1., 0.]))"),
        (
            replace(DUAL, grad_fn_name="X"),
            "tensor([1., 2.], grad_fn=<X>, tangent=tensor([1., 0.]))",
        ),
        (scalar(1.0, tangent=scalar(0.5)), "tensor(1., tangent=0.5)"),
        (WRAPPED, "<no values>"),
    ],
)
def test_the_text_is_that_of_print(dual: Tensor, printed: str) -> None:
    assert text(dual) == printed


def test_the_text_of_the_value_alone() -> None:
    assert text(DUAL, with_tangent=False) == "tensor([1., 2.])"


@pytest.mark.parametrize("now", [PLAIN, OTHER, NAN])
def test_another_tangent_is_a_change(now: Tensor) -> None:
    assert not same_value(now, DUAL)
    made = trace(snapshot(0, tensors={"y": DUAL}), snapshot(1, tensors={"y": now}))
    (change,) = changed_tensors(made, 1, 1)
    assert change.prints_otherwise


def test_the_same_tangent_is_none() -> None:
    assert same_value(replace(DUAL, version=7), DUAL)
    assert same_value(replace(NAN, version=7), NAN)


def test_a_wrapped_tensor_changes_with_its_tangent() -> None:
    now = replace(WRAPPED, tangent=tensor(3.0, 5.0))
    assert narrated(WRAPPED, now) == [
        "  y is changed: dual, shape (2,)",
        "    <no values>",
        "    tangent tensor([3., 5.])",
    ]


def test_it_stands_below_the_value() -> None:
    assert shown(DUAL) == ["▸ ○ y  (2,)  [1, 2]", "    tangent tensor([1., 0.])"]
    assert shown(DUAL, DUAL)[0] == "  ○ y  (2,)  [1, 2]"


def test_a_narrow_pane_puts_it_on_lines_of_its_own() -> None:
    assert shown(DUAL, DUAL, width=24)[1:] == ["    tangent", "    tensor([1., 0.])"]


def test_nan_is_said_first() -> None:
    assert shown(NAN)[1] == "    tangent  ! 1 of 2 nan  tensor([nan, 0.])"


def test_of_a_large_one_norm_and_statistics() -> None:
    rows = shown(replace(LARGE, tangent=LARGE))
    at = rows.index("    tangent  norm 44.7")
    assert rows[at + 1] == "    tensor([0., 0., 0.,  ..., 0., 0., 0.])"
    assert rows[at + 2] == "    min 0  max 2"
    assert rows[at + 3] == "    mean 1  std 0.5"


def test_a_tangent_that_went_with_its_level_is_said_once() -> None:
    assert shown(PLAIN, DUAL) == ["▸ ○ y  (2,)  [1, 2]", "    tangent is gone"]
    assert shown(PLAIN, PLAIN) == ["  ○ y  (2,)  [1, 2]"]
    assert narrated(DUAL, PLAIN)[-1] == "    tangent is gone"


def test_another_tensor_under_the_name_has_not_lost_one() -> None:
    assert tangent_rows(replace(PLAIN, identity=2), DUAL) == []


def test_the_kind_is_not_hidden_where_a_gradient_can_come() -> None:
    leaf = replace(DUAL, kind="leaf", requires_grad=True)
    assert shown(leaf)[0] == "▸ ◆ y  (2,)  [1, 2]"


def test_the_first_nan_of_a_step_may_be_in_a_tangent() -> None:
    made = trace(snapshot(0, tensors={"y": DUAL}), snapshot(1, tensors={"y": NAN}))
    assert first_moments(made, 1).nan == 1


def test_json_has_it_as_a_tensor_of_its_own() -> None:
    exported = export.tensor(DUAL)
    assert exported["text"] == text(DUAL)
    assert exported["data"] == [1.0, 2.0]
    assert exported["tangent"]["data"] == [1.0, 0.0]
    assert exported["tangent"]["tangent"] is None
    assert export.tensor(PLAIN)["tangent"] is None


@pytest.mark.parametrize(
    "tangent", [replace(PLAIN, tangent=PLAIN), replace(PLAIN, grad=PLAIN)], ids=["tangent", "grad"]
)
@pytest.mark.parametrize("depth", [0, 3])
def test_a_tangent_with_more_behind_it_is_refused(tangent: Tensor, depth: int) -> None:
    value = replace(PLAIN, tangent=tangent)
    for _ in range(depth):
        value = replace(PLAIN, grad=value)
    reader: FrameReader[SnapshotRecord] = FrameReader(SnapshotRecord)
    with pytest.raises(BadFrame):
        list(reader.feed(encode(SnapshotRecord(snapshot(0, tensors={"y": value})))))
