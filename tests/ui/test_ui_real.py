"""The screen and the real kernel together: what torch computes is what is shown."""

from __future__ import annotations

from real_kernel import RealKernel, torch_lesson
from sitting import Sitting, sitting


async def type_and_run(sat: Sitting, code: str) -> None:
    await sat.press("e")
    await sat.until("Edit: ")
    sat.app.screen.query_one("#editor").text = code
    await sat.press("f5")
    await sat.gone("Edit: ")
    await sat.until("Code (edited)")


async def test_what_torch_computes_is_shown_line_by_line(kernel: RealKernel) -> None:
    async with sitting("squares", kernel=kernel) as sat:
        await sat.press("right")
        await sat.until("[1, 2]")
        await sat.press("right", "right")
        await sat.until("i: look inside")
        await sat.until(lambda: "● loss  SumBackward0" in sat.pane("graph")[0])
        await sat.press("i")
        await sat.until("in square · line 3/6")
        await sat.press("o", "right")
        await sat.until("▸ loss 5.0")
        await sat.press("N", "right")
        await sat.until("None → [2, 4]")
        assert "4.4721" in "".join(sat.pane("gradients"))
        await sat.press("left")
        await sat.gone("[2, 4]")


async def test_an_edit_runs_and_a_mistake_is_shown_and_mended(kernel: RealKernel) -> None:
    async with sitting(torch_lesson("a = 1"), kernel=kernel) as sat:
        await sat.until("moment 0/1")
        await type_and_run(sat, "b = torch.ones(2)\nb.backward()\n")
        await sat.press("end")
        await sat.until("✗ Line 2: RuntimeError: element 0 of tensors does not require grad")
        await sat.until("2 ✗ b.backward()")
        await type_and_run(sat, "b = (\n")
        await sat.press("end")
        await sat.until(lambda: "SyntaxError" in sat.outcome)
        await type_and_run(sat, "b = torch.ones(2)\n")
        await sat.press("end")
        await sat.until("[1, 1]")
        await sat.until(lambda: sat.outcome == "")


async def test_a_loop_without_end_is_ended_and_keys_work_all_the_while(kernel: RealKernel) -> None:
    code = "n = 0\nwhile True:\n    n = n + 1 if n < 5 else 5\n"
    async with sitting(torch_lesson(code, seconds=1.0, snapshots=50), kernel=kernel) as sat:
        await sat.press("right", "tab", "z", "z")
        await sat.until("line 1/3")
        await sat.until(lambda: not sat.app.screen.run.running)
        await sat.press("end")
        await sat.until(lambda: sat.outcome.startswith("✗"))
        await sat.press("home")
        await sat.until("· start ·")
        await type_and_run(sat, "m = 7")
        await sat.press("right")
        await sat.until("▸ m = 7")


async def test_a_snippet_that_ends_its_process(kernel: RealKernel) -> None:
    async with sitting(torch_lesson("import os\nos._exit(3)\n"), kernel=kernel) as sat:
        await sat.until("exit status 3")
        await type_and_run(sat, "m = 7")
        await sat.press("right")
        await sat.until("▸ m = 7")


async def test_a_chain_of_ten_thousand_nodes(kernel: RealKernel) -> None:
    code = "y = w = torch.ones(1, requires_grad=True)\nfor _ in range(10_000): y = y + 1\n"
    async with sitting(torch_lesson(code, snapshots=100), kernel=kernel) as sat:
        await sat.press("end", "4")
        await sat.until("of 10,001")
        assert "● y  AddBackward0" in sat.pane("graph")[0]


async def test_quick_keys_lose_nothing(kernel: RealKernel) -> None:
    code = "".join(f"a{n} = {n}\n" for n in range(60))
    async with sitting(torch_lesson(code), kernel=kernel) as sat:
        await sat.until("moment 0/60")
        await sat.press(*["right"] * 40, *["left"] * 15)
        await sat.until("moment 25/60")


async def test_the_tangent_of_a_dual_tensor_is_shown_until_its_level_is_left(
    kernel: RealKernel,
) -> None:
    code = (
        "import torch.autograd.forward_ad as fwAD\n"
        "x, t = torch.tensor([3.0, 2.0]), torch.tensor([1.0, 0.0])\n"
        "with fwAD.dual_level():\n"
        "    y = fwAD.make_dual(x, t) * x\n"
        "    y.mul_(2)\n"
        "z = 1\n"
    )
    async with sitting(torch_lesson(code), kernel=kernel) as sat:
        await sat.until("moment 0/")
        await sat.press("right", "right", "right", "right")
        await sat.until("tangent tensor([3., 0.])")
        assert any("▸ ○ y  (2,)  [9, 4]" in row for row in sat.pane("tensors"))
        await sat.press("right")
        await sat.until("tangent tensor([6., 0.])")
        await sat.press("right")
        await sat.until("tangent is gone")
        assert any("▸ ○ y  (2,)" in row for row in sat.pane("tensors"))
        await sat.press("right")
        await sat.gone("tangent is gone")
        await sat.press("left", "left")
        await sat.until("tangent tensor([6., 0.])")


async def test_inside_a_jvp_the_locals_show_their_tangents(kernel: RealKernel) -> None:
    code = (
        "def f(a):\n"
        "    b = a * a\n"
        "    return b\n"
        "x, t = torch.tensor([3.0, 2.0]), torch.tensor([1.0, 0.0])\n"
        "out = torch.func.jvp(f, (x,), (t,))\n"
    )
    async with sitting(torch_lesson(code), kernel=kernel) as sat:
        await sat.until("moment 0/")
        await sat.press("right", "right")
        await sat.until("i: look inside")
        await sat.press("i")
        await sat.until("tangent tensor([6., 0.])")
        await sat.press("o")
        await sat.gone("tangent tensor([6., 0.])")


LAYERS = """\
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = torch.nn.ModuleDict({"self_attention": torch.nn.Linear(2, 2)})
    def forward(self, x):
        return self.encoder["self_attention"](x).sum()
model = Net()
loss = model(torch.ones(2, 2))
"""


async def test_long_names_differ_in_the_graph_and_are_whole_in_the_view_of_a_node(
    kernel: RealKernel,
) -> None:
    async with sitting(torch_lesson(LAYERS), kernel=kernel, size=(120, 40)) as sat:
        await sat.press("end")
        await sat.until("line 8/8")
        await sat.until(lambda: "loss" in sat.pane("graph")[0])
        await sat.press("4")
        await sat.until("Enter node")
        rows = [each for each in sat.pane("graph") if "◆" in each]
        assert len(rows) == 2
        assert all("◆" in each and "…" in each and "Acc" in each for each in rows)
        assert ["bias" in each for each in rows] == [True, False]
        assert ["weight" in each for each in rows] == [False, True]
        await sat.press("j", "j", "enter")
        await sat.until("Node · AccumulateGrad")
        await sat.until(lambda: "model.encoder.self_attention.bias" in "".join(sat.pane("graph")))
