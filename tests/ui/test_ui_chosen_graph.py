"""The key G: the graph of a tensor that the learner has chosen."""

from __future__ import annotations

from dataclasses import replace

from real_kernel import RealKernel, torch_lesson
from sitting import Sitting, sitting

CODE = """\
w = torch.tensor(2.0, requires_grad=True)
x = torch.tensor(3.0)
y = w * x
n = 7
loss = y ** 2
box = [y.exp()]
loss.backward()
late = loss + 1
"""


async def choose(sat: Sitting, pane: str, name: str) -> None:
    """Choose the row of a tensor in Tensors (3) or Gradients (5)."""
    await sat.press(pane, *["k"] * 9)
    await sat.rest()
    for _ in range(9):
        if sat.app.screen._panes.chosen_tensor == name:
            return
        await sat.press("j")
        await sat.rest()
    raise AssertionError(sat.text)


async def from_palette(sat: Sitting, name: str, step: str = "") -> None:
    """Have the command palette show the graph of a tensor."""
    await sat.press("ctrl+p", *f"Graph of {name}")
    await sat.until(lambda: sat.text.count(f"Graph of {name}") == 2)
    await sat.press("enter")
    await sat.until(f"Graph of {name}{step}, chosen")


async def at_the_end(sat: Sitting) -> None:
    await sat.until(lambda: sat.app.screen.run.trace.done)
    await sat.press("end")
    await sat.until("Graph of late")


async def test_the_graph_of_a_chosen_tensor_stays_while_one_steps(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel, size=(120, 40)) as sat:
        await at_the_end(sat)
        await choose(sat, "3", "y")
        assert "G graph" in sat.keys
        await sat.press("G")
        await sat.until("Graph of y, chosen")
        assert "PowBackward0" not in "\n".join(sat.pane("graph"))
        assert any("MulBackward0" in row for row in sat.pane("graph"))
        await sat.press("left", "left")
        await sat.until("line 6")
        assert "Graph of y, chosen" in sat.frame("graph")
        await sat.press("home", "right")
        await sat.until("There is no tensor `y` at this")
        assert "Graph of y, chosen" in sat.frame("graph")
        await sat.press("end")
        await sat.until("MulBackward0")
        await choose(sat, "3", "y")
        await sat.press("G")
        await sat.until("Graph of late")


async def test_in_the_graph_and_in_the_code_g_goes_back(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel, size=(120, 40)) as sat:
        await at_the_end(sat)
        await sat.press("2", "G")
        await sat.until("Choose a row in Tensors or Gradients first")
        for pane in ("4", "2"):
            await choose(sat, "3", "box[0]")
            await sat.press("G")
            await sat.until("Graph of box[0], chosen")
            await sat.press(pane)
            if pane == "4":
                await sat.until("G automatic")
            await sat.press("G")
            await sat.until("Graph of late")


async def test_a_leaf_and_what_has_no_graph_are_said_to_be_so(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel, size=(120, 40)) as sat:
        await at_the_end(sat)
        await choose(sat, "3", "w")
        await sat.press("G")
        await sat.until("is a leaf: no operation made it")
        said = " ".join(sat.pane("graph"))
        assert all(f"`{name}`" in said for name in ("y", "loss", "box[0]", "late"))
        await choose(sat, "3", "x")
        await sat.press("G")
        await sat.until("`x` does not require grad")
        await choose(sat, "3", "n")
        await sat.press("G")
        await sat.until("`n` is no tensor, so it has no graph.")
        assert "Graph of x, chosen" in sat.frame("graph")


async def test_inside_a_pass_its_own_graph_is_shown(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel, size=(120, 40)) as sat:
        await at_the_end(sat)
        await choose(sat, "3", "box[0]")
        await sat.press("G", "B")
        await sat.until("Graph of loss, backward 1")
        await choose(sat, "3", "y")
        await sat.press("G")
        await sat.until("Inside the pass its own graph is shown; outside, that of y.")
        await sat.press("o")
        await sat.until("Graph of y, chosen")


async def test_a_gradient_with_a_graph_shows_that_one_without_its_tensor(
    kernel: RealKernel,
) -> None:
    code = CODE.replace("loss.backward()", "loss.backward(create_graph=True)")
    async with sitting(torch_lesson(code), kernel=kernel, size=(120, 40)) as sat:
        await at_the_end(sat)
        await choose(sat, "5", "w.grad")
        await sat.press("G")
        await sat.until("Graph of w.grad, chosen")
        assert any("MulBackward0" in row for row in sat.pane("graph"))
    async with sitting(torch_lesson(CODE), kernel=kernel, size=(120, 40)) as sat:
        await at_the_end(sat)
        await choose(sat, "5", "w.grad")
        await sat.press("G")
        await sat.until("Graph of w, chosen")


async def test_in_a_small_terminal_the_graph_comes_up(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel, size=(80, 24)) as sat:
        await sat.until(lambda: sat.app.screen.run.trace.done)
        await sat.press("end")
        await choose(sat, "3", "y")
        await sat.press("enter")
        await sat.until("Tensors · y")
        await sat.press("G")
        await sat.until("Graph of y, chosen")
        assert sat.focused == "graph"
        await sat.press("G")
        await sat.until("Graph of late")


async def test_the_palette_offers_the_graph_of_each_tensor(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(CODE), kernel=kernel, size=(120, 40)) as sat:
        await at_the_end(sat)
        await from_palette(sat, "loss")


async def test_a_new_step_shows_its_own_graph_and_can_show_an_earlier_ones(
    kernel: RealKernel,
) -> None:
    first = torch_lesson(CODE)
    step = replace(first.steps[0], id="more", title="More", code="more = late * 2\n")
    async with sitting(
        replace(first, steps=(*first.steps, step)), kernel=kernel, size=(120, 40)
    ) as sat:
        await at_the_end(sat)
        await choose(sat, "3", "y")
        await sat.press("G")
        await sat.until("Graph of y, chosen")
        await sat.press("N", "end")
        await sat.until("Graph of more")
        await from_palette(sat, "loss", ", of step 1")
