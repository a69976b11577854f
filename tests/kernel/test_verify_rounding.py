"""Gradients beside those of the same operations in float64. The oracle: the same in float64."""

from __future__ import annotations

import pytest
import torch
from verified import Verify, leaf, sentences, verdicts

from autograd_tutor.analysis.checked import agrees, rounding


def kind(checked: object, name: str) -> str:
    return rounding(leaf(checked, name), checked).kind  # type: ignore[arg-type]


def test_ordinary_rounding(verify: Verify) -> None:
    checked = verify("""
model = torch.nn.Linear(50, 50)
model(torch.randn(9, 50)).tanh().pow(2).mean().backward()
""")

    assert kind(checked, "model.weight") == "usual"
    assert leaf(checked, "model.weight").difference or 0 > 0
    assert "In float64 autograd gives the same but for rounding, in 2 leaves" in sentences(checked)


def test_float64_is_the_same(verify: Verify) -> None:
    checked = verify("x = torch.randn(3, dtype=torch.float64, requires_grad=True)\n"
                     "(x ** 3).sum().backward()")  # fmt: skip

    assert leaf(checked, "x").difference == 0
    assert "In float64 autograd gives the same, in 1 leaf." in sentences(checked)


CANCELS = """
x = torch.tensor([1.3, 2.6], requires_grad=True)
y = (x + 1e5) - 1e5
(y ** 2).sum().backward()
"""


def test_cancellation_is_rounding_and_no_mistake(verify: Verify) -> None:
    checked = verify(CANCELS)

    assert kind(checked, "x") == "grown"
    assert verdicts(checked) == {"x": "rounding"}
    said = sentences(checked)
    assert "In float64 autograd gives that, too: it is rounding." in said
    assert "rounding that has grown, as where large numbers cancel" in said
    assert agrees(checked)


def test_the_difference_is_that_to_float64(verify: Verify) -> None:
    """Of each entry, and the largest of all."""
    x = torch.tensor([1.3, 2.6])
    double = 2 * x.double()
    single = 2 * ((x + 1e5) - 1e5)
    found = leaf(verify(CANCELS), "x")

    for each in found.entries:
        assert each.grad == single[each.index].item()
        assert each.double == pytest.approx(double[each.index].item(), rel=1e-9)
    assert found.difference == pytest.approx((single - double).abs().max().item(), rel=1e-6)


@pytest.mark.parametrize(
    "code",
    [
        "x = torch.tensor([1e3], requires_grad=True)\n((x ** 2 + 1).sqrt() - x).sum().backward()",
        "x = torch.tensor([3e-4], requires_grad=True)\n((1 - x.cos()) / x ** 2).sum().backward()",
        "x = torch.rand(300, requires_grad=True)\n(x + 3e4).var().backward()",
    ],
    ids=["sqrt minus", "1 - cos", "variance"],
)
def test_unstable_formulas_lose_digits(verify: Verify, code: str) -> None:
    checked = verify(code)

    assert kind(checked, "x") != "usual"
    assert "differs" not in verdicts(checked).values()


def test_half_precision_rounds_more(verify: Verify) -> None:
    checked = verify("""
w, x = torch.randn(1, 3, requires_grad=True), torch.randn(6, 3)
with torch.autocast("cpu", dtype=torch.bfloat16):
    y = torch.nn.functional.linear(x, w)
y.float().pow(2).mean().backward()
""")

    assert kind(checked, "w") == "usual"  # for bfloat16, not for float32, the dtype of w
    assert leaf(checked, "w").difference > 1e-4  # type: ignore[operator]
    assert "(bfloat16 rounds by 0.007812)" in sentences(checked)
    assert verdicts(checked)["w"] in ("rounding", "agrees")
    assert agrees(checked)


def test_what_is_zero_but_for_rounding(verify: Verify) -> None:
    """A bias before batch norm has no influence."""
    checked = verify("""
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Tanh())
model(torch.randn(60, 3)).pow(3).sum().backward()
""")

    assert kind(checked, "model.0.bias") == "zero"
    assert "`model.0.bias`: its gradient is 0 in float64" in sentences(checked)


def test_rounding_of_earlier_turns_does_not_count(verify: Verify) -> None:
    """Steps that double every difference would have made one of any size by then."""
    checked = verify("""
w = torch.tensor([0.3], requires_grad=True)
for turn in range(60):
    loss = -(w ** 2 / 2 - w ** 3 / 3).sum()
    loss.backward()
    with torch.no_grad():
        w -= 3.0 * w.grad * 0.9 + 0.1 * w
    w.grad = None
""", call=50)  # fmt: skip

    assert kind(checked, "w") == "usual"
    assert verdicts(checked) == {"w": "agrees"}


def test_a_mistake_is_no_rounding(verify: Verify) -> None:
    checked = verify("""
x = torch.tensor([1.3, 2.6], requires_grad=True)
x.register_hook(lambda grad: grad / 2)
(x * x).sum().backward()
""")

    assert kind(checked, "x") == "usual"
    assert verdicts(checked) == {"x": "differs"}


def test_half_precision_through_two_layers(verify: Verify) -> None:
    """What a pass makes views of are no leaves, whatever they look like."""
    checked = verify("""
net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
with torch.autocast("cpu", dtype=torch.bfloat16):
    loss = net(torch.randn(5, 4)).pow(2).mean()
loss.backward()
""")

    assert "differs" not in verdicts(checked).values()
    for each in checked.leaves:
        for entry in each.entries:
            assert entry.double == pytest.approx(entry.slope, rel=1e-4, abs=1e-8)
