"""NaN and infinities in gradients, and masks at the edges where they arise."""

from __future__ import annotations

import math

import pytest
from verified import Verify, judged, leaf, sentences, verdicts

from autograd_tutor.analysis.checked import agrees

STEEP = {
    "a root behind a mask": """
w = torch.tensor([0.0, 4.0], requires_grad=True)
z = w * 2
torch.where(z > 0, torch.sqrt(z.clamp(min=0)), torch.zeros_like(z)).sum().backward()
""",
    "a norm": """
w = torch.tensor([0.0, 4.0], requires_grad=True)
(w * w).sqrt()[0].backward()
""",
}


@pytest.mark.parametrize("name", STEEP)
def test_an_infinite_slope_is_said_with_the_slopes_on_both_sides(verify: Verify, name: str) -> None:
    checked = verify(STEEP[name])
    found = judged(checked)["w"]

    assert (found.verdict, found.off) == ("differs", "steep")
    assert "`w[0]`: autograd gives" in sentences(checked)
    assert "It is at a kink, or where the slope is infinite" in sentences(checked)
    assert "autograd-tutor explain" in sentences(checked)
    assert "detach()" not in sentences(checked)  # has nothing to do with it
    assert not agrees(checked)


def test_its_sides_are_those_of_a_root(verify: Verify) -> None:
    """(2e-6) ** 0.5 / 1e-6 above, 0 below, where the mask cuts it off."""
    checked = verify(STEEP["a root behind a mask"])
    entry = next(each for each in leaf(checked, "w").entries if each.index == (0,))

    assert (entry.below, entry.above) == pytest.approx((0.0, 2e-6**0.5 / 1e-6))


RANGE = {
    "a logarithm of 0 in float32": """
w = torch.tensor([1.0, 0.0], requires_grad=True)
p = torch.softmax(w * 200, 0)
(-(p * torch.log(p)).sum()).backward()
""",
    "an exponential over another": """
w = torch.tensor([100.0, 1.0], requires_grad=True)
(w.exp() / w.exp().sum())[0].backward()
""",
    "a square in float16": """
w = torch.tensor([300.0, 1.0], dtype=torch.float16, requires_grad=True)
((w * w) * (1 / (w * w))).sum().backward()
""",
}


@pytest.mark.parametrize("name", RANGE)
def test_what_leaves_the_range_of_a_dtype_is_no_rounding(verify: Verify, name: str) -> None:
    checked = verify(RANGE[name])
    found = judged(checked)["w"]

    assert (found.verdict, found.off) == ("differs", "range")
    assert "which is no rounding" in sentences(checked)
    assert not agrees(checked)


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')"])
def test_nan_on_both_sides_is_no_agreement(verify: Verify, value: str) -> None:
    checked = verify(f"""
w = torch.ones(2, requires_grad=True)
(w * {value}).sum().backward()
""")

    assert verdicts(checked) == {"w": "differs"}
    assert not math.isfinite(leaf(checked, "w").entries[0].grad or 0.0)
    assert not agrees(checked)


MASKS = {
    "where": "torch.where(x > 0, 3 * x, x).sum().backward()",
    "a comparison times": "(3 * x * (x > 0) + x * (x <= 0)).sum().backward()",
    "an index": "(3 * x)[x > 0].sum().add(x[x <= 0].sum()).backward()",
    "the larger of two": "torch.stack([x, 3 * x])[(3 * x > x).long(), [0, 1]].sum().backward()",
    "python": "(3 * x[0] if bool(x[0] > 0) else x[0]).backward()",
}


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_follows_what_moves(verify: Verify, name: str) -> None:
    """At 0 the slope is 1 below and 3 above; autograd takes one of them."""
    checked = verify(f"x = torch.tensor([0.0, 2.0], requires_grad=True)\n{MASKS[name]}\n")
    entry = next(each for each in leaf(checked, "x").entries if each.index == (0,))

    assert verdicts(checked) == {"x": "kink"}
    assert (entry.below, entry.above) == pytest.approx((1.0, 3.0))
    assert agrees(checked)


def test_a_mask_that_rounding_decides_is_that_of_the_script(verify: Verify) -> None:
    """In float32 1 + 1e-9 is 1, so that autograd goes the one way; in float64 it is more."""
    checked = verify("""
x = torch.tensor([1e-9, 2.0], requires_grad=True)
torch.where(x + 1 > 1, 3 * x, x).sum().backward()
""")

    assert verdicts(checked) == {"x": "agrees"}


EDGES = {
    "a root": "w.sqrt().sum().backward()",
    "an arc": "torch.acos(1 - w).sum().backward()",
    "a power": "(w ** 1.5).sum().backward()",
}


@pytest.mark.parametrize("name", EDGES)
def test_a_gradient_where_values_end_is_no_fault(verify: Verify, name: str) -> None:
    checked = verify(f"w = torch.tensor([0.0, 0.5], requires_grad=True)\n{EDGES[name]}\n")
    found = judged(checked)["w"]

    assert found.off in ("edge", "")
    assert sorted(found.entries) == ["agrees", "kink"]
    assert "`w[0]` is at the edge of where there are values" in sentences(checked)
    assert agrees(checked)


SMALL = {
    "a logarithm": "x.log().sum().backward()",
    "a root": "x.sqrt().sum().backward()",
    "a fraction": "(1 / x).sum().backward()",
    "a switch": "torch.relu(x).sum().backward()",
    "beside a large number": "(x.log() + 1000).sum().backward()",
}


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("value", [1e-3, 1e-5, 1e-7, 1e-12])
def test_an_entry_that_is_small_moves_by_little(verify: Verify, name: str, value: float) -> None:
    checked = verify(f"x = torch.tensor([{value}], requires_grad=True)\n{SMALL[name]}\n")

    assert verdicts(checked) == {"x": "agrees"}, sentences(checked)


@pytest.mark.parametrize("name", SMALL)
def test_a_wrong_gradient_at_a_small_entry_differs(verify: Verify, name: str) -> None:
    checked = verify(f"""
x = torch.tensor([1e-7], requires_grad=True)
x.register_hook(lambda grad: 3 * grad)
{SMALL[name]}
""")

    assert verdicts(checked) == {"x": "differs"}, sentences(checked)


@pytest.mark.parametrize("loss", ["w.log().sum()", "(w[1:] / w[0]).sum()", "w.sum() + torch.inf"])
def test_at_an_infinite_value_right_gradients_are_no_fault(verify: Verify, loss: str) -> None:
    checked = verify(f"w = torch.tensor([0.0, 0.5], requires_grad=True)\n({loss}).backward()\n")

    for each, verdict in zip(leaf(checked, "w").entries, judged(checked)["w"].entries, strict=True):
        assert verdict != "agrees"
        assert verdict != "differs" or not math.isfinite(each.grad or 0.0)
