"""Operations whose float64 numbers are not simply those of the same operation in float64."""

from __future__ import annotations

import pytest
from verified import Verify, sentences, verdicts

from autograd_tutor.analysis.checked import agrees, rounding

WITHOUT_STORAGE = {
    "multiplied": """
x = torch._efficientzerotensor((3,))
w = torch.ones(3, requires_grad=True)
(w * x + w * w).sum().backward()
""",
    "a tangent": """
w = torch.ones(3, requires_grad=True)
y, slope = torch.func.jvp(lambda t: t * 2 + 1, (w,), (torch.ones(3),))
(y * w).sum().backward()
""",
    "forward mode": """
import torch.autograd.forward_ad as forward_ad
w = torch.ones(3, requires_grad=True)
with forward_ad.dual_level():
    dual = forward_ad.make_dual(torch.ones(3), torch.ones(3))
    y = dual.detach() * w + torch._efficientzerotensor((3,))
    (y * w).sum().backward()
""",
    "integers": """
w = torch.ones(3, requires_grad=True)
zeros = torch._efficientzerotensor((3,), dtype=torch.int64)
(w * w + w * zeros).sum().backward()
""",
}
SEEDED = {
    "attention": """
q, k = torch.randn(1, 4, 8, requires_grad=True), torch.randn(1, 4, 8)
torch.nn.functional.scaled_dot_product_attention(q, k, k).pow(2).sum().backward()
""",
    "multi-head attention": """
layer, x = torch.nn.MultiheadAttention(8, 2), torch.randn(3, 2, 8)
layer(x, x, x, need_weights=False)[0].pow(2).sum().backward()
""",
    "rrelu": """
x = torch.randn(20, requires_grad=True)
torch.nn.functional.rrelu(x, training=True).pow(2).sum().backward()
""",
    "the reparametrization trick": """
mean, deviation = torch.ones(20, requires_grad=True), torch.ones(20, requires_grad=True)
(mean + torch.randn_like(deviation) * deviation).pow(2).sum().backward()
""",
    "native dropout": """
x = torch.randn(20, requires_grad=True)
torch.native_dropout(x * 2, 0.5, True)[0].pow(2).sum().backward()
""",
}
COMPLEX = {
    "view_as_complex": """
x = torch.randn(3, 2, requires_grad=True)
z = torch.view_as_complex(x)
(z * z).real.sum().backward()
""",
    "rfft": """
x = torch.randn(8, requires_grad=True)
torch.fft.rfft(x).real.pow(2).sum().backward()
""",
    "complex": """
w = torch.randn(3, requires_grad=True)
torch.complex(w, 2 * w).real.pow(2).sum().backward()
""",
    "conj": """
w = torch.randn(3, requires_grad=True)
(torch.complex(w, 2 * w).conj() ** 3).imag.sum().backward()
""",
    "edited in place": """
w = torch.randn(3, requires_grad=True)
z = torch.zeros(3, dtype=torch.complex64)
z.imag.copy_(w * w)
z.conj().mul_(2j)
torch.view_as_real(z * z)[:, 0].sum().backward()
""",
}


@pytest.mark.parametrize(
    "code",
    [*WITHOUT_STORAGE.values(), *SEEDED.values(), *COMPLEX.values()],
    ids=[*WITHOUT_STORAGE, *SEEDED, *COMPLEX],
)
def test_right_gradients_agree(verify: Verify, code: str) -> None:
    checked = verify(code)

    assert set(verdicts(checked).values()) == {"agrees"}, sentences(checked)
    assert not checked.single


WRONG = {
    "attention": "torch.nn.functional.scaled_dot_product_attention(h, k, k)",
    "complex": "(torch.complex(h, h) ** 2).imag",
    "conj": "torch.fft.rfft(h).conj().imag",
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_gradients_behind_them_differ(verify: Verify, name: str) -> None:
    checked = verify(f"""
x, k = torch.randn(1, 4, 8, requires_grad=True), torch.randn(1, 4, 8)
h = x * 2
h.register_hook(lambda grad: 3 * grad)
{WRONG[name]}.pow(2).sum().backward()
""")

    assert verdicts(checked) == {"x": "differs"}


def test_a_sum_of_leaves_shares_no_move(verify: Verify) -> None:
    """Leaves beside each other in one storage are moved one by one."""
    checked = verify("""
both = torch.ones(6)
a, b = both[:3].requires_grad_(), both[3:].requires_grad_()
(a * b * b).sum().backward()
""")

    assert set(verdicts(checked).values()) == {"agrees"}


SHARED = {
    "expand": "x = torch.ones(1).expand(3).requires_grad_()\n(x * torch.arange(1.0, 4)).sum()",
    "unfold": "x = torch.arange(5.0).unfold(0, 3, 1).requires_grad_()\n(x ** 2).sum()",
    "two leaves": """
x = torch.ones(3, requires_grad=True)
y = x.detach().requires_grad_()
(x * y).sum()""",
}


@pytest.mark.parametrize("name", SHARED)
def test_entries_of_one_number_in_memory_are_not_compared(verify: Verify, name: str) -> None:
    checked = verify(f"{SHARED[name]}.backward()")

    assert set(verdicts(checked).values()) == {"unknown"}
    assert "are the same numbers in memory" in sentences(checked)


AUTOCAST = """
layer, x = torch.nn.Linear(9, 9), torch.randn(4, 9)
with torch.autocast("cpu", torch.{dtype}):
    loss = layer(x).pow(2).mean()
loss.backward()
"""


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_what_autocast_rounds_by_is_that_of_its_dtype(verify: Verify, dtype: str) -> None:
    checked = verify(AUTOCAST.format(dtype=dtype))

    assert checked.coarsest == f"torch.{dtype}"
    assert {rounding(each, checked).kind for each in checked.leaves} == {"usual"}
    assert f"({dtype} rounds by" in sentences(checked)
    assert agrees(checked)


def test_what_a_script_itself_casts_rounds_by_the_coarser_dtype(verify: Verify) -> None:
    checked = verify("""
x = torch.randn(9, requires_grad=True)
(x.half() * 1.1).float().pow(2).sum().backward()
""")

    assert checked.coarsest == "torch.float16"
    assert rounding(checked.leaves[0], checked).kind == "usual"
