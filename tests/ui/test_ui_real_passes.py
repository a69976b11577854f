"""Backward passes of the real torch on the screen."""

from __future__ import annotations

import pytest
from real_kernel import RealKernel, torch_lesson
from sitting import sitting

FUNCTION = """\
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x
    @staticmethod
    def backward(ctx, grad):
        doubled = 2 * grad
        return doubled
def squared(t):
    return t * t
w = torch.tensor(3.0, requires_grad=True)
y = squared(Twice.apply(w))
y.backward()
"""

BATCHED = """\
x = torch.ones(2, requires_grad=True)
y = x * torch.tensor([2.0, 3.0])
rows = torch.eye(2)
g = torch.autograd.grad(y, x, rows, is_grads_batched=True)
"""

COMPILED = """\
import torch._dynamo.compiled_autograd as compiled
x = torch.ones(2, requires_grad=True)
compiled.compiled_autograd_enabled = True
x.sum().backward()
"""

TRANSFORMED = """\
def f(x):
    y = x ** 3
    return y.sum()
xs = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
g = torch.func.vmap(torch.func.grad(f))(xs)
"""

CHANGED = """\
x = torch.tensor([1.0, 2.0], requires_grad=True)
r = torch.exp(x)
loss = (3 * r).sum()
r.add_(1)
loss.backward()
"""


async def test_from_its_node_i_goes_into_the_backward_of_a_function_and_o_out_again(
    kernel: RealKernel,
) -> None:
    async with sitting(torch_lesson(FUNCTION), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("line 13/13")
        await sat.press("i")
        await sat.until("backward 1 of 1 · node 1 of 3")
        await sat.press("right")
        await sat.until("node 2 of 3")
        await sat.until("▲ TwiceBackward")
        assert " i into" in sat.keys
        await sat.press("i")
        await sat.until("in Twice.backward · line 7/13")
        await sat.press("right")
        await sat.until("in Twice.backward · line 8/13")
        await sat.press("o")
        await sat.until("node 2 of 3")
        await sat.press("right")
        await sat.until("None → 24")
        await sat.press("o")
        await sat.until("line 13/13")


async def test_into_a_function_of_the_snippet_and_out_of_it(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(FUNCTION), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("line 13/13")
        await sat.press("left")
        await sat.until("line 12/13")
        await sat.press("i")
        await sat.until("in Twice.forward · line 4/13")
        await sat.press("o")
        await sat.until("· line 12/13")


async def test_gradients_of_a_batch_are_walked(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(BATCHED), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("line 4/4")
        await sat.press("i")
        await sat.until("grad 1 of 1 · node 1 of 1")
        shown = " ".join(" ".join(sat.pane("gradients")).split())
        assert "in example 0 of 2: grad · other = [1, 0] · [2, 3] = [2, 0]" in shown
        assert "likewise for each; together [[2, 0], [0, 3]] (2,) batched: 2 examples" in shown


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_inside_of_vmap_a_tensor_is_shown_with_its_batch(
    kernel: RealKernel, size: tuple[int, int]
) -> None:
    async with sitting(torch_lesson(TRANSFORMED), kernel=kernel, size=size) as sat:
        await sat.press("end", "5")
        await sat.until("line 5/5")
        await sat.press("i")
        await sat.until("grad 1 of 1 · node 1 of 2")
        await sat.press("right")
        await sat.until("node 2 of 2")
        shown = " ".join(" ".join(sat.pane("gradients")).split())
        assert "· self^(exponent − 1) = [1, 1] · 3 · [1, 2]^(3 − 1) = [3, 12]" in shown
        assert "together [[3, 12], [27, 48], [75, 108]] (2,) torch.func level 2" in shown
        await sat.press("o")
        await sat.until("· line 5/5")
        await sat.press("i", "3")
        await sat.until("in f · line 2/5")
        await sat.until("f().y")
        shown = " ".join(" ".join(sat.pane("tensors")).split())
        level = "torch.func level 2, batched: 3 examples along dimension 0"
        assert "◆ f().x (2,)" in shown
        assert "● f().y (2,)" in shown
        assert level in shown


async def test_a_pass_that_cannot_be_watched_says_why(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(COMPILED), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("line 4/4")
        assert "i: walk inside" not in sat.text
        await sat.press("i")
        await sat.until(lambda: sat.keys.strip().startswith("This pass cannot be walked: "))


async def test_where_a_saved_tensor_was_changed_the_node_that_needs_it_is_marked(
    kernel: RealKernel,
) -> None:
    async with sitting(torch_lesson(CHANGED), kernel=kernel, size=(160, 40)) as sat:
        await sat.press("end")
        await sat.until("✗ Line 5: RuntimeError: one of the variables needed for gradient")
        await sat.until(lambda: any(row.startswith("✗") for row in sat.pane("graph")))
        marked = [row for row in sat.pane("graph") if row.startswith("✗")]
        assert len(marked) == 1
        assert "ExpBackward0" in marked[0]
        await sat.press("i", "right")
        await sat.until("backward 1 of 1 · node 2 of 2")
        await sat.press("end")
        await sat.until("✗ Line 5: RuntimeError: one of the variables needed for gradient")


async def test_a_training_loop_has_a_pass_for_every_turn(kernel: RealKernel) -> None:
    code = (
        "w = torch.tensor(1.0, requires_grad=True)\n"
        "for _ in range(3):\n"
        "    loss = (2 * w) ** 2\n"
        "    loss.backward()\n"
    )
    async with sitting(torch_lesson(code), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("line 2/4")
        await sat.press("left", "i")
        await sat.until("backward 3 of 3 · node 1 of 3")
        await sat.press("end")
        await sat.until("16 → 24")
        await sat.press("o", *["left"] * 3, "i")
        await sat.until("backward 2 of 3 · node 1 of 3")


async def test_blocks_of_a_network_fold_and_unfold(kernel: RealKernel) -> None:
    code = (
        "layers = [torch.nn.Linear(2, 2, bias=False) for _ in range(8)]\n"
        "h = torch.ones(1, 2)\n"
        "for layer in layers: h = torch.tanh(layer(h))\n"
        "h.sum().backward()\n"
    )
    async with sitting(torch_lesson(code), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("line 4/4")
        await sat.press("i", "f")
        await sat.until("×8")
        assert any("■" in row for row in sat.pane("graph"))
        await sat.press("f")
        await sat.gone("×8")
