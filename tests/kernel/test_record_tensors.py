"""What is recorded of a tensor: its numbers, its text, its statistics, and when it has changed."""

from __future__ import annotations

import struct
import warnings
from typing import Any

import pytest
import torch
from recorded import Record

from autograd_tutor.limits.kernel import SNAPSHOT_BYTES
from autograd_tutor.recording.tensor_text import text

SHOWN = [
    "torch.arange(2000.0)",
    "torch.arange(2000.0).reshape(40, 50)",
    "torch.arange(2000.0, requires_grad=True) * 2",
    "torch.arange(2000.0, requires_grad=True)",
    "torch.nn.Parameter(torch.arange(3000.0).reshape(30, 100))",
    "torch.nn.Parameter(torch.arange(3000.0), requires_grad=False)",
    "torch.linspace(0, 1, 24000).reshape(20, 30, 40).half()",
    "torch.linspace(0, 1, 24000).reshape(20, 30, 40).bfloat16()",
    "torch.linspace(0, 1, 24000).reshape(20, 30, 40).to(torch.complex64)",
    "torch.complex(torch.rand(2000), torch.rand(2000)).conj()",
    "torch.randint(0, 9, (2, 7, 500))",
    "torch.randint(0, 2, (2000,)).bool()",
    "torch.rand(300, 7).t()",
    "torch.rand(7, 300)[:, ::2]",
    "torch.rand(70, 30)[3:, 2]. expand(40, 67)",
    "torch.ones(1).expand(40, 50)",
    "torch.full((2000,), float('nan'))",
    "torch.tensor([1.0, float('inf')]).repeat(1000)",
    "torch.rand(2000, dtype=torch.float64, requires_grad=True)",
    "torch.rand(100_000) * 1e6",
    "torch.rand(400, 300)",
    "torch.rand(300, 20, 20)[:, :, ::2]",
    "torch.rand(30, 7, 50)",
    "torch.eye(3).to_sparse()",
    "torch.eye(3).to_sparse().requires_grad_()",
    "torch.eye(60).to_sparse()",
    "torch.empty(2, 3, device='meta')",
    "torch.quantize_per_tensor(torch.ones(2, 2), 0.1, 0, torch.quint8)",
    "torch.ones(3).to(torch.float8_e4m3fn)",
    "torch.ones(2, 2).as_subclass(Sub)",
    "torch.ones(2, 2, requires_grad=True).as_subclass(Sub)",
    "torch.zeros(0, 3).as_subclass(Sub)",
    "torch.tensor(3).as_subclass(Sub)",
    "torch.rand(2000).as_subclass(Sub)",
    "torch._efficientzerotensor(3)",
]


@pytest.mark.filterwarnings("ignore:Sparse CSR:UserWarning", "ignore:.*quantize.*")
@pytest.mark.parametrize("expression", SHOWN)
def test_text_is_what_print_gives(record: Record, expression: str) -> None:
    recorded = record(f"class Sub(torch.Tensor):\n    pass\nt = {expression}\n")
    assert recorded.result.ok, recorded.result.error
    found = recorded.final.tensors["t"]
    assert text(found) == repr(recorded.variables["t"])


EDGES = {
    "torch.arange(1001.0)": struct.pack("<6f", 0, 1, 2, 998, 999, 1000),
    "torch.arange(1200.0).flip(0)": struct.pack("<6f", 1199, 1198, 1197, 2, 1, 0),
    "torch.arange(2002.0)[::2]": struct.pack("<6f", 0, 2, 4, 1996, 1998, 2000),
    "torch.arange(1200).reshape(2, 600).t()": struct.pack(
        "<12q", 0, 600, 1, 601, 2, 602, 597, 1197, 598, 1198, 599, 1199
    ),
    "torch.ones(1).expand(2000)": struct.pack("<6f", *[1] * 6),
    "(torch.arange(1001) * 1j).conj()": struct.pack(
        "<12f", 0, -0.0, 0, -1, 0, -2, 0, -998, 0, -999, 0, -1000
    ),
    "(torch.arange(1001) * 1j).conj().imag": struct.pack("<6f", -0.0, -1, -2, -998, -999, -1000),
    "torch.ones(1001).bfloat16()": b"\x80\x3f" * 6,
    "torch.nn.Parameter(torch.ones(6, 200))": struct.pack("<36f", *[1] * 36),
}


@pytest.mark.parametrize("expression", EDGES)
def test_large_tensors_carry_what_print_shows_of_them(record: Record, expression: str) -> None:
    recorded = record(f"t = {expression}\n")
    assert recorded.result.ok, recorded.result.error
    found = recorded.final.tensors["t"]
    assert (found.edges, found.raw, found.shown) == (EDGES[expression], None, None)
    assert found.stats is not None


@pytest.mark.parametrize(
    "values",
    [
        "torch.rand(7, 7, 7, 7, 7)",  # 7,776 elements at the edges
        "torch.rand(2000).as_subclass(Sub)",
        "torch.rand(1000)",
        "torch.rand(2000).to_sparse()",
    ],
)
def test_other_tensors_have_no_edges(record: Record, values: str) -> None:
    recorded = record(f"class Sub(torch.Tensor):\n    pass\nt = {values}\n")
    assert recorded.final.tensors["t"].edges is None


def test_text_without_edges_is_cut(record: Record) -> None:
    recorded = record("t = torch.rand(7, 7, 7, 7, 7)\n")
    found = text(recorded.final.tensors["t"])
    assert found.endswith(" …")
    assert len(found) < 10_000


@pytest.mark.parametrize(
    "changed", ["torch.set_printoptions(precision=2)", "torch.set_default_dtype(torch.float64)"]
)
def test_edges_are_sent_only_with_the_print_options_of_torch(record: Record, changed: str) -> None:
    recorded = record(f"t = torch.rand(2000)\n{changed}\n")
    before, after = recorded.state(1).tensors["t"], recorded.final.tensors["t"]
    assert before.edges is not None
    assert after.edges is None
    assert after.shown == repr(recorded.variables["t"])


def test_edges_count_among_what_a_snapshot_carries(record: Record) -> None:
    recorded = record(
        "t = torch.zeros(7, 7, 7, 7, dtype=torch.float64)\n"
        "globals().update({f't{i}': t for i in range(1500)})\n"
    )
    found = recorded.final.tensors.values()
    edges = 8 * 6**4
    # One of them came with the first line.
    assert sum(tensor.edges is not None for tensor in found) == 1 + SNAPSHOT_BYTES // edges
    left_out = [tensor for tensor in found if tensor.edges is None]
    assert all("too much at once" in text(tensor) and tensor.stats for tensor in left_out)


@pytest.mark.parametrize(
    "options", ["precision=2", "threshold=5", "linewidth=30", "sci_mode=True", "edgeitems=2"]
)
@pytest.mark.parametrize(
    "values", ["torch.linspace(0, 3, 12)", "torch.linspace(0, 9, 1500).reshape(3, 500)"]
)
def test_print_options_of_the_snippet_hold(record: Record, options: str, values: str) -> None:
    recorded = record(f"torch.set_printoptions({options})\nt = {values}\n")
    assert recorded.final.tensors["t"].shown == repr(recorded.variables["t"])


def test_print_options_that_change_show_every_tensor_anew(record: Record) -> None:
    recorded = record("t = torch.rand(3)\ntorch.set_printoptions(precision=2)\n")
    assert recorded.snapshots[-1].tensors["t"].shown == repr(recorded.variables["t"])


@pytest.mark.parametrize(
    "values",
    [
        "torch.ones(3)",
        "torch.ones(3, dtype=torch.float32)",
        "torch.ones(2, dtype=torch.complex64)",
        "torch.zeros(0)",
    ],
)
def test_the_default_dtype_of_the_snippet_holds(record: Record, values: str) -> None:
    recorded = record(f"torch.set_default_dtype(torch.float64)\nt = {values}\n")
    assert recorded.final.tensors["t"].shown == repr(recorded.variables["t"])


FORMATS = {
    "torch.float32": "f", "torch.float64": "d", "torch.float16": "e", "torch.int64": "q",
    "torch.int32": "i", "torch.int16": "h", "torch.int8": "b", "torch.uint8": "B",
    "torch.bool": "?", "torch.uint16": "H", "torch.uint32": "I", "torch.uint64": "Q",
}  # fmt: skip


@pytest.mark.parametrize("dtype", FORMATS)
def test_small_tensors_carry_their_numbers(record: Record, dtype: str) -> None:
    recorded = record(f"t = torch.tensor([[0, 1], [1, 1], [0, 0]]).to({dtype})\n")
    found = recorded.final.tensors["t"]
    assert (found.shape, found.dtype, found.shown, found.stats) == ((3, 2), dtype, None, None)
    assert found.raw is not None
    assert struct.unpack(f"<6{FORMATS[dtype]}", found.raw) == (0, 1, 1, 1, 0, 0)


RAW = {
    "torch.tensor(2.5)": struct.pack("<f", 2.5),
    "torch.zeros(0, 3)": b"",
    "torch.arange(6.0).reshape(2, 3).t()": struct.pack("<6f", 0, 3, 1, 4, 2, 5),
    "torch.arange(6.0)[::2]": struct.pack("<3f", 0, 2, 4),
    "torch.arange(6.0).flip(0)": struct.pack("<6f", 5, 4, 3, 2, 1, 0),
    "torch.ones(1).expand(3)": struct.pack("<3f", 1, 1, 1),
    "torch.arange(4.0)[2]": struct.pack("<f", 2),
    "torch.tensor([1 + 2j])": struct.pack("<2f", 1, 2),
    "torch.tensor([1 + 2j]).conj()": struct.pack("<2f", 1, -2),
    "torch.tensor([1 + 2j]).conj().imag": struct.pack("<f", -2),
    "torch.tensor([1 + 2j], dtype=torch.complex128)": struct.pack("<2d", 1, 2),
    "torch.tensor([1.0]).bfloat16()": b"\x80\x3f",
    "torch.tensor([1 + 2j]).to(torch.complex32)": struct.pack("<2e", 1, 2),
    "torch.tensor([1 + 2j]).to(torch.complex32).conj()": struct.pack("<2e", 1, -2),
    "torch.tensor([[0.0, 2.0], [0.0, 0.0]]).to_sparse()": struct.pack("<4f", 0, 2, 0, 0),
    "torch.sparse_coo_tensor([[0, 0]], [1.0, 2.0], (2,), check_invariants=True)": struct.pack(
        "<2f", 3, 0
    ),
    "torch.ones(2, device='meta')": None,
    "torch.ones(1001)": None,
}


@pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental")
@pytest.mark.parametrize("expression", RAW)
def test_raw_elements_are_row_major_and_resolved(record: Record, expression: str) -> None:
    recorded = record(f"t = {expression}\n")
    assert recorded.result.ok, recorded.result.error
    assert recorded.final.tensors["t"].raw == RAW[expression]


def test_each_tensor_has_its_kind(record: Record) -> None:
    recorded = record(
        "p = torch.nn.Parameter(torch.ones(1))\nl = torch.ones(1, requires_grad=True)\n"
        "i = l * 2\nc = torch.ones(1)\nf = torch.nn.Parameter(torch.ones(1), requires_grad=False)\n"
    )
    kinds = {name: tensor.kind for name, tensor in recorded.final.tensors.items()}
    assert kinds == {
        "p": "parameter", "l": "leaf", "i": "intermediate", "c": "constant", "f": "parameter",
    }  # fmt: skip


def test_inference_tensors_have_no_version(record: Record) -> None:
    recorded = record("with torch.inference_mode():\n    t = torch.ones(2)\n")
    found = recorded.final.tensors["t"]
    assert (found.version, found.raw) == (None, struct.pack("<2f", 1, 1))


def test_gradients_come_with_their_tensor(record: Record) -> None:
    recorded = record(
        "x = torch.ones(2, requires_grad=True)\ny = x * 3\ny.retain_grad()\ny.sum().backward()\n"
    )
    before, after = recorded.state(3).tensors, recorded.final.tensors
    assert (before["x"].grad, before["y"].grad) == (None, None)
    assert after["x"].grad is not None
    assert after["x"].grad.raw == struct.pack("<2f", 3, 3)
    assert after["y"].grad is not None
    assert (after["y"].grad.raw, after["y"].retains_grad) == (struct.pack("<2f", 1, 1), True)


def test_gradients_with_a_graph_know_their_node(record: Record) -> None:
    recorded = record(
        "x = torch.ones(2, requires_grad=True)\n(x**3).sum().backward(create_graph=True)\n"
        "torch.autograd.grad(x.grad.sum(), x)\nx.grad = None\n",
        setup="import torch, warnings\nwarnings.simplefilter('ignore')\n",
    )
    ended = next(s.index for s in recorded.snapshots if s.event == "line" and s.line == 2)
    found = recorded.state(ended).tensors["x"].grad
    assert found is not None
    assert found.grad_fn in recorded.recording.nodes
    assert recorded.recording.nodes[found.grad_fn or 0].variable == "x.grad"


EDITS = {
    "in place": "t.add_(1)",
    "under .data": "t.data[1] = 7",
    "through numpy": "t.detach().numpy()[2] = 9",
    "by replacing .data": "t.data = torch.zeros(5)",
    "of a flag": "t.requires_grad_(not t.requires_grad)",
    "of its layout": "t.t_()",
    "to a nan": "t.data[0] = float('nan')",
}


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("size", [6, 2400, 5_000_000])
def test_edits_are_noticed(record: Record, name: str, size: int) -> None:
    recorded = record(f"t = torch.ones(2, {size // 2})[0]\n" + "pass\n" * 2)
    recorded.step(f"pass\n{EDITS[name]}\npass\npass\n")
    changed = [snapshot.line for snapshot in recorded.snapshots if "t" in snapshot.tensors]
    if name == "of its layout":  # of one dimension there is no other layout
        assert set(changed) <= {2}
    elif size > 2_000_000 and name in ("under .data", "through numpy", "to a nan"):
        assert changed in ([2], [4])  # the last look is thorough
    else:
        assert changed == [2]


def test_what_does_not_change_is_not_sent_again(record: Record) -> None:
    recorded = record("t = torch.ones(3)\nb = torch.ones(5000)\nn = 3\nm = [1]\n" + "pass\n" * 4)
    for snapshot in recorded.snapshots[5:]:
        assert (snapshot.tensors, snapshot.values, snapshot.gone) == ({}, {}, ())


def test_a_transposed_edit_is_noticed(record: Record) -> None:
    recorded = record("t = torch.rand(60, 50)\nv = t.t()\nt.t_()\npass\n")
    assert recorded.snapshots[3].tensors["t"].shape == (50, 60)


STATS = [
    "torch.randn(5000)",
    "torch.randn(300_000)",
    "torch.randn(100, 100).t()",
    "torch.randn(100, 100)[:, ::3]",
    "torch.randn(100, 1).expand(100, 50)",
    "torch.randn(5000).bfloat16()",
    "torch.randn(5000).half()",
    "torch.randint(-5, 900, (5000,))",
    "torch.randn(5000) + 1e4",
    "torch.where(torch.rand(5000) < 0.1, float('nan'), torch.randn(5000))",
    "torch.where(torch.rand(5000) < 0.1, -float('inf'), torch.randn(5000))",
    "torch.rand(5000) < 0.3",
    "torch.full((2000,), 3.0)",
    "torch.full((2000,), float('nan'))",
]


@pytest.mark.parametrize("expression", STATS)
def test_statistics_are_torchs(record: Record, expression: str) -> None:
    recorded = record(f"t = {expression}\n")
    stats = recorded.final.tensors["t"].stats
    assert stats is not None
    values = recorded.variables["t"].double().flatten()
    finite = values[values.isfinite()]
    assert (stats.count, stats.sampled) == (values.numel(), values.numel())
    assert (stats.nan, stats.inf) == (int(values.isnan().sum()), int(values.isinf().sum()))
    assert sum(stats.histogram) == finite.numel()
    near = {"rel": 1e-9, "abs": 1e-12}
    assert stats.norm == pytest.approx(values.norm().item(), nan_ok=True, **near)
    if finite.numel():
        assert (stats.min, stats.max) == (finite.min().item(), finite.max().item())
        assert stats.mean == pytest.approx(finite.mean().item(), **near)
        assert stats.std == pytest.approx(finite.std().item(), rel=1e-7, abs=1e-12)
        expected = torch.histc(finite, 16, stats.min, stats.max) if stats.min < stats.max else None
        assert expected is None or sum(abs(expected - torch.tensor(stats.histogram))) <= 4


def test_statistics_of_a_huge_tensor_are_sampled_and_say_so(record: Record) -> None:
    recorded = record("t = torch.zeros(100_000_000)\nt[:50_000_000] = 1\nt[5] = 2\n")
    stats = recorded.final.tensors["t"].stats
    assert stats is not None
    assert stats.count == 100_000_000
    assert 100_000 < stats.sampled < 1_000_000
    assert stats.mean == pytest.approx(0.5, abs=0.02)
    changed = [snapshot.line for snapshot in recorded.snapshots if "t" in snapshot.tensors]
    assert changed == [1, 2, 3]


def test_a_storage_that_was_cut_is_not_read(record: Record) -> None:
    recorded = record("t = torch.ones(4)\nt.untyped_storage().resize_(0)\nb = torch.ones(5000)\n"
                      "b.untyped_storage().resize_(16)\nx = 1\n")  # fmt: skip
    assert recorded.snapshots[-1].event == "line"
    assert recorded.final.values["x"] == "1"
    assert recorded.final.tensors["t"].raw in (None, b"")
    assert recorded.final.tensors["b"].stats is None


def test_a_gradient_whose_storage_was_cut_is_not_read(record: Record) -> None:
    recorded = record(
        "x = torch.ones(5000, requires_grad=True)\n"
        "def cut(p):\n    p.grad.untyped_storage().resize_(16)\n"
        "x.register_post_accumulate_grad_hook(cut)\n(x * 2).sum().backward()\nz = 1\n"
    )
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.truncated is None
    grad = recorded.final.tensors["x"].grad
    assert grad is not None
    assert grad.stats is None


def test_a_wrapper_with_its_own_dispatch_is_not_asked(record: Record) -> None:
    code = """
asked = []
class Wrap(torch.Tensor):
    @staticmethod
    def __new__(cls, inner):
        return torch.Tensor._make_wrapper_subclass(cls, inner.shape, dtype=inner.dtype)
    def __init__(self, inner):
        self.inner = inner
    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        asked.append(func)
        raise NotImplementedError
    def __repr__(self):
        asked.append("repr")
        return "Wrap"
w = Wrap(torch.ones(2))
n = len(asked)
"""
    recorded = record(code)
    assert recorded.final.values["n"] == "0"
    found = recorded.final.tensors["w"]
    assert (found.raw, found.shape) == (None, (2,))


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_old_nested_tensors_have_no_shape(record: Record) -> None:
    recorded = record("t = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])\n")
    found = recorded.final.tensors["t"]
    assert found.shape is None
    assert found.shown == repr(recorded.variables["t"])


def test_reading_never_warns(record: Record) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        record("x = torch.ones(2, requires_grad=True)\ny = x * 2\nz = y.sum()\nz.backward()\n")
    assert caught == []


def _values(tensor: Any) -> list[float]:
    return list(struct.unpack(f"<{len(tensor.raw) // 4}f", tensor.raw))


def test_each_line_shows_the_value_after_it(record: Record) -> None:
    recorded = record("t = torch.zeros(1)\nfor i in range(3):\n    t += 2\n")
    seen = [_values(s.tensors["t"]) for s in recorded.snapshots if "t" in s.tensors]
    assert seen == [[0.0], [2.0], [4.0], [6.0]]


@pytest.mark.parametrize("kind", ["", ".to_sparse()"])
def test_gradients_that_form_a_cycle(record: Record, kind: str) -> None:
    recorded = record(
        f"a = torch.ones(2){kind}\nb = torch.ones(2){kind}\na.grad = b\nb.grad = a\nc = 1\n"
    )
    assert recorded.result.ok
    assert recorded.result.truncated is None
    tensor, depth = recorded.final.tensors["a"], 0
    while tensor.grad is not None:
        tensor, depth = tensor.grad, depth + 1
    assert depth == 3


def test_printing_calls_no_method_that_a_snippet_has_replaced(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("reshape", "__repr__"):  # put back after the test
        monkeypatch.setattr(torch.Tensor, name, getattr(torch.Tensor, name))
    recorded = record(
        "called = []\n"
        "def mine(*args, **kwargs):\n"
        "    called.append(1)\n"
        "    raise ValueError\n"
        "torch.Tensor.reshape = mine\n"
        "torch.Tensor.__repr__ = mine\n"
        "x = torch.zeros(2000)\n"
        "s = torch.ones(2).to_sparse()\n"
        "mine_still = torch.Tensor.reshape is mine\n",
    )
    assert recorded.result.ok, recorded.result.error
    assert recorded.variables["called"] == []
    assert recorded.variables["mine_still"] is True
    assert text(recorded.final.tensors["x"]) == "tensor([0., 0., 0.,  ..., 0., 0., 0.])"
    assert str(recorded.final.tensors["s"].shown).startswith("tensor(indices=")


LARGER_THAN_ITS_STORAGE = {
    "resize_": "t.resize_(50_000_000)",
    "a matrix": "t.resize_((7000, 7000))",
    "set_": "t.set_(t.untyped_storage(), 0, (40_000_000,))",
    "out=": "torch.add(torch.ones(40_000_000), 1, out=t)",
    "few": "t.resize_(4)",
    "behind an offset": "t = t[2:]\n    t.resize_(3)",
    "with gaps": "t.set_(t.untyped_storage(), 0, (2, 2), (9_000_000, 1))",
}


@pytest.mark.filterwarnings("ignore:An output with one or more elements was resized")
@pytest.mark.parametrize("edit", LARGER_THAN_ITS_STORAGE.values(), ids=LARGER_THAN_ITS_STORAGE)
def test_a_tensor_that_is_larger_than_its_storage_is_not_read(record: Record, edit: str) -> None:
    # torch sets the shape before it finds that memory of NumPy cannot grow.
    recorded = record(
        "import numpy\nt = torch.from_numpy(numpy.ones(3, dtype=numpy.float32))\n"
        f"try:\n    {edit}\nexcept RuntimeError:\n    failed = True\nx = 1\n"
    )
    assert recorded.result.ok, recorded.result.error
    assert recorded.variables["failed"]
    found = recorded.final.tensors["t"]
    assert found.shown == "<no values to show: its storage is smaller than its shape>"
    assert (found.raw, found.stats) == (None, None)
