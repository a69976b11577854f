"""The key w: what goes wrong with what is chosen, and in the step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from real_kernel import RealKernel, torch_lesson
from sitting import Sitting, sitting

from autograd_tutor.course.model import Lesson

NEVER_CLEARED = """w = torch.tensor(1.0, requires_grad=True)
unused = torch.tensor(2.0, requires_grad=True)
for turn in range(2):
    (w ** 2).backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
"""


def lesson(code: str = NEVER_CLEARED, findings: bool | None = True) -> Lesson:
    made = torch_lesson(code)
    return replace(made, steps=(replace(made.steps[0], findings=findings),))


async def at_the_end(sat: Sitting) -> None:
    await sat.until(lambda: sat.app.screen.run.trace.done)
    await sat.press("end")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_line_is_marked_and_w_says_what_and_goes_to_the_moments(
    kernel: RealKernel, size: tuple[int, int]
) -> None:
    async with sitting(lesson(), kernel=kernel, size=size) as sat:
        await at_the_end(sat)
        await sat.until("w: zero-grad")
        await sat.press("w")
        await sat.until("w.grad is never cleared")
        assert "1-3 to the moment" in sat.keys
        await sat.press("enter")
        await sat.until("zero-grad: nobody clears the gradient")
        await sat.press("escape")
        await sat.until("w.grad is never cleared")
        await sat.press("2")
        await sat.until("line 6/6")


async def test_without_a_mark_w_says_it_all_the_same(kernel: RealKernel) -> None:
    async with sitting(lesson(findings=None), kernel=kernel) as sat:
        await at_the_end(sat)
        await sat.press("w")
        await sat.until("w.grad is never cleared")
        await sat.press("escape")
        await sat.until("line 3/6")
        assert "w: zero-grad" not in sat.text


async def test_what_an_author_hides_is_not_said(kernel: RealKernel) -> None:
    async with sitting(lesson(findings=False), kernel=kernel) as sat:
        await at_the_end(sat)
        await sat.press("w")
        await sat.until("yours to find")
        assert "w: zero-grad" not in sat.text


async def test_a_tensor_is_asked_why_its_gradient_is_none(kernel: RealKernel) -> None:
    async with sitting(lesson(), kernel=kernel) as sat:
        await at_the_end(sat)
        await sat.press("5")
        while sat.app.screen._panes.chosen_tensor != "unused.grad":
            await sat.press("j")
            await sat.rest()
        await sat.press("w")
        await sat.until("Why unused.grad")
        await sat.until("no path leads from")
        await sat.press("escape")
        await sat.until("line 3/6")
        while sat.app.screen._panes.chosen_tensor != "w.grad":
            await sat.press("k")
            await sat.rest()
        await sat.press("w")
        await sat.until("Where does it come from?")
        await sat.press("right")
        await sat.until("w.grad is never cleared")


async def test_where_nothing_goes_wrong_it_says_so(kernel: RealKernel) -> None:
    async with sitting(lesson("w = torch.ones(2)\n"), kernel=kernel) as sat:
        await at_the_end(sat)
        await sat.press("w")
        await sat.until("No known mistake was found in this step.")


CUT = """w = torch.ones(2, requires_grad=True)
loss = w.detach().sum()
loss.backward()
"""


async def test_a_failure_has_its_reason_beside_torchs_message(kernel: RealKernel) -> None:
    async with sitting(lesson(CUT), kernel=kernel) as sat:
        await at_the_end(sat)
        await sat.until("handed out the numbers of `w` without its graph.  w: no-grad-fn")
        assert "element 0 of tensors does not require grad" in sat.text
        await sat.press("home")
        await sat.gone("handed out the numbers")


async def test_what_was_found_is_forgotten_when_the_code_runs_anew(kernel: RealKernel) -> None:
    async with sitting(lesson(), kernel=kernel) as sat:
        await at_the_end(sat)
        await sat.until("w: zero-grad")
        await sat.press("e")
        await sat.until("Edit: ")
        sat.app.screen.query_one("#editor").text = "w = 1\n"
        await sat.press("f5")
        await sat.gone("Edit: ")
        await at_the_end(sat)
        await sat.gone("w: zero-grad")
        await sat.press("w")
        await sat.until("No known mistake was found in this step.")


async def test_where_looking_fails_that_is_said_and_not_that_all_is_well(
    kernel: RealKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("autograd_tutor.analysis.diagnosis.diagnose.diagnose", fails)
    async with sitting(lesson(), kernel=kernel) as sat:
        await at_the_end(sat)
        await sat.press("w")
        await sat.until("that is a fault of the program")
