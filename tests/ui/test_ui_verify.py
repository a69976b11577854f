"""The key V: the gradients of a pass beside finite differences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from real_kernel import RealKernel, torch_lesson
from sitting import Sitting, sitting

DETACHED = """x = torch.tensor([1.5, 2.0], requires_grad=True)
(x ** 2).sum().backward()
(x * x.detach()).sum().backward()
"""


async def checked(sat: Sitting, says: str) -> None:
    await sat.until(lambda: sat.app.screen.run.trace.done)
    await sat.press("end")
    await sat.press("V")
    await sat.until(says)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_pass_at_the_moment_is_checked(kernel: RealKernel, size: tuple[int, int]) -> None:
    async with sitting(torch_lesson(DETACHED), kernel=kernel, size=size) as sat:
        await checked(sat, "autograd gives 2, which is right if")
        assert "Check of pass 2" in sat.text
        assert "Esc back" in sat.keys
        await sat.press("escape")
        await sat.until("line 3/3")
        await sat.press("home", "l", "l")
        await sat.press("V")
        await sat.until("Check of pass 1")
        await sat.until("`.grad` agrees with finite differences at 2 entries of 1 leaf")


async def test_nothing_of_it_is_in_the_recording(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(DETACHED), kernel=kernel) as sat:
        await sat.until(lambda: sat.app.screen.run.trace.done)
        trace = sat.app.screen.run.trace
        before = list(trace.snapshots)
        await checked(sat, "autograd gives 2, which is right if")
        await sat.press("escape")
        await sat.until("line 3/3")

        assert sat.app.screen.run.trace is trace
        assert list(trace.snapshots) == before


async def test_escape_stops_it(kernel: RealKernel) -> None:
    slow = "import time\nx = torch.ones(1, requires_grad=True)\n(x * 2).sum().backward()\n"
    hangs = slow + "while x.grad is not None and 'TorchFunction' in str(x): pass\n"
    code = hangs.replace("(x * 2)", "(x * (2 if x.item() == 1.0 else [time.sleep(60)]))")
    async with sitting(torch_lesson(code), kernel=kernel) as sat:
        await checked(sat, "Running the step again and again")
        assert "Esc stop" in sat.keys
        screen = sat.app.screen
        await sat.press("escape")
        await sat.until("line 4/4")
        assert screen._verification.done
        assert not screen._verification.results


async def test_a_script_without_a_pass(kernel: RealKernel) -> None:
    async with sitting(torch_lesson("x = torch.ones(2)\n"), kernel=kernel) as sat:
        await checked(sat, "Nothing to check: no backward pass was asked for")


async def test_what_an_author_hides_is_not_checked(kernel: RealKernel) -> None:
    lesson = torch_lesson(DETACHED)
    lesson = replace(lesson, steps=(replace(lesson.steps[0], findings=False),))
    async with sitting(lesson, kernel=kernel) as sat:
        await checked(sat, "a check would say too much")


async def test_the_view_of_what_goes_wrong_leads_there(kernel: RealKernel) -> None:
    async with sitting(torch_lesson(DETACHED), kernel=kernel) as sat:
        await sat.until(lambda: sat.app.screen.run.trace.done)
        await sat.press("end", "3")
        while sat.app.screen._panes.chosen_tensor != "x":
            await sat.press("j")
            await sat.rest()
        await sat.press("w")
        await sat.until("V check gradients")
        await sat.press("V")
        await sat.until("autograd gives 2, which is right if")
        await sat.press("escape")
        await sat.until("line 3/3")


OWN = """class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return 2 * x
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.ones(2, requires_grad=True)
y = Double.apply(x).sum()
y.backward()
"""


@pytest.mark.parametrize("own", [True, False])
async def test_the_key_is_named_where_a_pass_ran_a_function_of_the_script(
    kernel: RealKernel, own: bool
) -> None:
    code = OWN if own else OWN.replace("Double.apply(x)", "(2 * x)")
    async with sitting(torch_lesson(code), kernel=kernel) as sat:
        await sat.until(lambda: sat.app.screen.run.trace.done)
        await sat.press("end")
        await sat.rest()
        assert ("V check gradients" in sat.keys) == own
        await sat.press("left")
        await sat.rest()
        assert "V check gradients" not in sat.keys  # no pass there
