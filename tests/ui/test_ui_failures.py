"""Failures on the screen: where they happened, what was kept, and what is shown instead."""

from __future__ import annotations

from real_kernel import RealKernel, torch_lesson
from sitting import sitting

FINALLY = """\
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.exp()
loss = (3 * y).sum()
y.data += 0
with torch.no_grad():
    y.add_(1)
try:
    loss.backward()
finally:
    tidy = 1
    tidy = 2
"""

NO_GRAPH = """\
w = torch.tensor(2.0, requires_grad=True)
loss = w * w
plain = loss.detach()
plain.backward()
"""

PAST = """\
w = torch.tensor(2.0, requires_grad=True)
loss = w * w
loss.backward()
a = 1
b = 2
"""


async def test_end_leads_to_the_failure_and_i_into_the_pass_from_all_moments_after_it(
    kernel: RealKernel,
) -> None:
    async with sitting(torch_lesson(FINALLY), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until(" 8 ✗     loss.backward()   i: walk inside")
        await sat.until("ExpBackward0")
        await sat.press("left")
        await sat.until("line 11/11")
        assert " 8 ✗     loss.backward()   i: walk inside" in sat.text
        await sat.press("left", "left")
        await sat.until("line 9/11" if "line 9/11" in sat.text else "line 8/11")
        await sat.press("i")
        await sat.until("backward 1 of 1 · node 1 of")
        await sat.press("end")
        await sat.until("line 8/11")
        assert "Line 8: RuntimeError: one of the variables" in sat.text


async def test_the_failing_nodes_own_view_shows_what_it_kept(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(FINALLY), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until(" 8 ✗     loss.backward()")
        await sat.press("4", "enter")
        await sat.until("Node · ExpBackward0")
        await sat.until("saved in the forward pass")
        shown = " ".join(" ".join(sat.pane("graph")).split())
        assert "result was changed in place since it was saved" in shown


async def test_another_tensors_graph_is_said_to_be_one(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(NO_GRAPH), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("Graph of loss; line 4 has none")
        await sat.press("left")
        await sat.until(lambda: "Graph of loss ─" in sat.text and "has none" not in sat.text)


async def test_i_after_a_pass_says_how_to_get_back_to_it(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(PAST), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("line 5/5")
        await sat.press("i")
        await sat.until("The backward pass is that of line 3. Left, up to line 3, goes back to it;")
        await sat.press("left", "i")
        await sat.until("The backward pass is that of line 3. Left goes back to it; i there walks")
        await sat.press("left", "i")
        await sat.until("backward 1 of 1 · node 1 of 2")
