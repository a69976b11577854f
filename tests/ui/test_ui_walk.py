"""Walking through a lesson with the keys."""

from __future__ import annotations

import pytest
from recordings import FORWARD, chain, recorded
from sitting import READY, PlayedKernel, sitting, snippet

from autograd_tutor.progress import Progress
from autograd_tutor.recording.wire import SnapshotRecord


async def test_forward_and_back_go_line_by_line_and_over_calls() -> None:
    async with sitting() as sat:
        await sat.until("step 1/3 · start · moment 0/6")
        for key, place in zip(("right", "l", "n", "space"), (1, 2, 5, 6), strict=True):
            await sat.press(key)
            await sat.until(f"line {place}/6 · moment {place}/6")
        for key, place in zip(("left", "h", "p"), (5, 2, 1), strict=True):
            await sat.press(key)
            await sat.until(f"line {place}/6")
        await sat.press("left")
        await sat.until("· start ·")


async def test_every_pane_shows_the_moment_and_back_takes_it_away() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        assert sat.pane("code")[0] == "1 › w = torch.nn.Parameter(torch.tensor([1.0, 2.0]))"
        assert "No operation has been recorded yet." in sat.pane("graph")
        await sat.press("right")
        await sat.until("1 ▶ w = ")
        assert sat.pane("tensors")[0] == "▸ ◆ w  (2,)  [1, 2]  parameter"
        assert sat.pane("gradients")[0] == "  ∇ w.grad  None  (2,)"
        await sat.press("end")
        await sat.until("▸ loss 5.0")
        assert sat.pane("graph")[0] == "  ● loss  SumBackward0  ()"
        assert "Graph of loss" in sat.frame("graph")
        await sat.press("home")
        await sat.gone("SumBackward0")
        assert sat.pane("tensors")[0] == ""
        assert "Output" not in sat.text


async def test_into_a_call_and_out_of_it() -> None:
    async with sitting() as sat:
        await sat.press("right", "right", "right")
        await sat.until("line 5/6")
        assert "i: look inside" in sat.text
        assert " i into" in sat.keys
        await sat.press("i")
        await sat.until("in square · line 3/6")
        assert "square().squared" in "".join(sat.pane("tensors"))
        assert " o out" in sat.keys
        await sat.press("right")
        await sat.until("in square · line 4/6")
        await sat.press("o")
        await sat.until("· line 5/6 ·")
        assert "square().squared" not in "".join(sat.pane("tensors")[:8])


async def test_steps_share_what_there_is() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("N")
        await sat.until("step 2/3 · start")
        assert sat.pane("explanation")[0] == "Its gradient"
        assert sat.pane("tensors")[0].split()[:2] == ["◆", "w"]
        await sat.press("right")
        await sat.until("None → [2, 4]")
        assert sat.pane("gradients")[1] == "▸ ∇ w.grad  None → 4.4721  ████████"
        await sat.press("P")
        await sat.until("step 1/3")
        await sat.press("N")
        await sat.until("step 2/3 · line 1/2")


async def test_a_step_is_left_and_found_again_where_one_was() -> None:
    async with sitting() as sat:
        await sat.press("right", "right")
        await sat.until("line 2/6")
        await sat.press("N")
        await sat.until("step 2/3")
        await sat.press("P")
        await sat.until("step 1/3 · line 2/6")


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (["left"], "This is the start of the step."),
        (["home"], "This is the start of the step."),
        (["i"], "No line has run yet."),
        (["right", "i"], "called no function"),
        (["o"], "The current line is in no function, and in no backward pass."),
        (["P"], "This is the first step."),
        (["end", "right"], "This is the end of the step. N opens the next one."),
        (["end", "end"], "This is the end of the step. N opens the next one."),
        (["j"], "Nothing more to scroll to in this pane."),
        (["<"], "Nothing more to scroll to in this pane."),
    ],
)
async def test_a_key_that_does_nothing_says_why(keys: list[str], shown: str) -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press(*keys)
        await sat.until(lambda: shown in sat.keys)


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (["N"], 'This is the last step. At its end, N opens the next lesson, "A long lesson".'),
        (["end", "right"], 'This is the end of the lesson. N opens the next one, "A long lesson".'),
    ],
)
async def test_a_key_on_the_last_step_says_what_comes_next(keys: list[str], shown: str) -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.press("N", "N")
        await sat.until(lambda: "N next lesson" in sat.keys)
        await sat.press(*keys)
        await sat.until(lambda: shown in sat.keys)


async def test_what_was_said_goes_with_the_next_move() -> None:
    async with sitting() as sat:
        await sat.press("left")
        await sat.until("This is the start of the step.")
        await sat.press("right")
        await sat.gone("This is the start of the step.")
        assert " → next " in sat.keys


async def test_the_way_on_stands_out_at_the_end_of_a_step() -> None:
    async with sitting() as sat:
        await sat.press("end")
        await sat.until("moment 6/6")
        x = sat.keys.index("next step")
        assert sat.app.terminal.buffer[39][x].bold
        assert not sat.app.terminal.buffer[39][sat.keys.index("back")].bold


async def test_keys_before_anything_is_recorded_are_taken_when_it_is() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        await sat.until("torch is being imported …")
        assert sat.pane("explanation")[0] == "A squared loss"
        assert sat.pane("code")[0] == "1   w = torch.nn.Parameter(torch.tensor([1.0, 2.0]))"
        assert "Nothing has been recorded yet." in sat.text
        await sat.press("right", "right", "right")
        await sat.until("Not recorded yet; the key counts as soon as it is.")
        kernel.report(READY)
        kernel.play()
        await sat.until("line 5/6 · moment 5/6")
        await sat.gone("imported")
        await sat.press("left")
        await sat.until("line 2/6")


async def test_the_end_asked_for_early_is_the_end_when_it_comes() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        await sat.until("imported")
        await sat.press("end")
        await sat.until("The step is still running.")
        kernel.play()
        await sat.until("moment 6/6")
        await sat.gone("The step is still running.")


async def test_early_steps_are_forgotten_when_another_step_is_opened() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        await sat.until("imported")
        await sat.press("right", "N", "P")
        kernel.play()
        await sat.until("step 1/3 · start · moment 0/6")


async def test_the_next_step_can_be_opened_before_anything_is_recorded() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        await sat.press("N")
        await sat.until("Its gradient")
        await sat.press("right")
        kernel.report(READY)
        kernel.play()
        await sat.until(lambda: len(kernel.requests) == 2)
        kernel.play()
        await sat.until("step 2/3 · line 1/2")
        assert [request.step for request in kernel.requests] == [0, 1]


async def test_once_torch_is_there_a_step_is_said_to_run() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        await sat.until("torch is being imported …")
        kernel.report(READY)
        await sat.until(lambda: sat.app.torch_ready)
        kernel.record(SnapshotRecord(FORWARD[0]))
        await sat.until("moment 0/0 · still running")
        await sat.press("N")
        await sat.until("step 2/3 · running …")


async def test_while_a_step_is_recorded_progress_is_shown_and_keys_work() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        kernel.report(READY)
        first, *others = recorded(FORWARD)
        kernel.record(first)
        await sat.until("moment 0/0 · still running")
        kernel.record(*others[:2])
        await sat.until("moment 0/2 · still running")
        await sat.press("right", "right")
        await sat.until("moment 2/2 · still running")
        await sat.press("right")
        await sat.until("Not recorded yet; the key counts as soon as it is.")
        kernel.record(*others[2:])
        await sat.until("moment 5/6")
        await sat.gone("Not recorded yet")
        assert "running" not in sat.headline


async def test_where_one_was_is_kept_and_what_one_has_seen() -> None:
    async with sitting() as sat:
        await sat.press("N", "end")
        await sat.until("moment 2/2")
        await sat.until(lambda: bool(sat.progress.finished("squares")))
        assert sat.progress.finished("squares") == {"backward"}
    progress = Progress.open()
    async with sitting(progress=progress) as sat:
        await sat.until("step 2/3")


async def test_a_graph_of_ten_thousand_nodes_opens_and_scrolls() -> None:
    kernel = PlayedKernel(lambda _: chain(10_000))
    async with sitting(snippet("y = deep(w)"), kernel=kernel) as sat:
        await sat.press("right", "4")
        await sat.until("of 10,000")
        assert sat.pane("graph")[0] == "▸ ● y  AddBackward0  ()"
        await sat.press("pagedown", "j")
        await sat.gone("● y  AddBackward0")
        pane = sat.app.screen.query_one("#graph")
        assert pane.scroll_rows(10**6)
        await sat.until("◆ w  AccumulateGrad  (2,)")
        await sat.press("pageup", "k", "left")
        await sat.until("No operation has been recorded yet.")


@pytest.mark.parametrize("size", [(60, 20), (44, 24), (100, 40)])
async def test_what_a_key_could_not_do_is_said_whole(size: tuple[int, int]) -> None:
    """The panes give it their rows, and have them back when a key does something."""
    message = "The current line called no function that this step defines, and no backward()."
    async with sitting(size=size) as sat:
        await sat.until("moment 0/6")
        await sat.press("right", "i")
        await sat.until(lambda: message in " ".join(sat.text.split()))
        rows = [line for line in sat.text.split("\n") if line.strip()]
        at = next(at for at, line in enumerate(rows) if "The current line" in line)
        assert "╰" in rows[at - 1]
        await sat.press("right")
        await sat.until("→ next")
        rows = sat.text.split("\n")
        assert "╰" in rows[size[1] - 2]
