"""Names and tensors on the screen, as torch has them."""

from __future__ import annotations

from real_kernel import RealKernel, torch_lesson
from sitting import sitting

REBOUND = """w = torch.tensor([1., 2.], requires_grad=True)
v = w
loss = (w * w).sum()
loss.backward()
del v
w = w - 0.1 * w.grad
loss = (w * w).sum()
loss.backward()
"""
SHARED = """layer = torch.nn.Linear(1, 1)
weights = [layer.weight]
flat = weights[0].detach()
layer(torch.ones(1)).sum().backward()
"""


async def test_a_name_stands_for_another_tensor(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(REBOUND), kernel=kernel) as sat:
        await sat.press("right", "right")
        await sat.until("◆ w is v")
        assert sum("[1, 2]" in line for line in sat.pane("tensors")) == 1
        await sat.press("right", "right")
        await sat.until("∇ w.grad")
        assert "v.grad" not in "".join(sat.pane("gradients"))
        await sat.press("right", "right")
        await sat.until("another tensor since line 6")
        await sat.until("∇ earlier w.grad")
        assert "No tensor here" not in "".join(sat.pane("gradients"))
        await sat.press("right", "right")
        await sat.until("→ [3.6, 7.2]")
        assert "earlier w" in "".join(sat.pane("graph"))


async def test_tensors_in_several_places_are_shown_once(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(SHARED), kernel=kernel) as sat:
        await sat.press("right", "right", "right")
        await sat.until("shares its memory with")
        shown = " ".join(" ".join(sat.pane("tensors")).split())
        assert "◆ layer.weight (1, 1)" in shown
        assert "is weights[0]" in shown
        await sat.press("right")
        await sat.until("∇ layer.weight")
        assert "weights[0]" not in "".join(sat.pane("gradients"))
