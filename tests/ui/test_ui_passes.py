"""Walking a backward pass node by node: in, on, back, out, and why a key does nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import passes
import pytest
from recordings import recorded
from sitting import READY, Answer, PlayedKernel, Sitting, sitting, snippet

from autograd_tutor.recording.wire import SnapshotRecord
from autograd_tutor.render import signs


@asynccontextmanager
async def lesson(
    code: str = passes.TWICE_CODE,
    answer: Answer = passes.twice,
    size: tuple[int, int] = (120, 40),
    **options: object,
) -> AsyncIterator[Sitting]:
    """A lesson of a single step, recorded by hand."""
    async with sitting(snippet(code), kernel=PlayedKernel(answer), size=size, **options) as sat:  # type: ignore[arg-type]
        await sat.until("· start ·")
        yield sat


async def enter(sat: Sitting) -> None:
    """From the start to the first node of the pass in line 4."""
    await sat.press(*["right"] * 4)
    await sat.until("line 4/5")
    await sat.press("i")
    await sat.until("node 1 of 5")


# In and out


async def test_i_enters_at_the_first_node_and_the_headline_shows_which() -> None:
    async with lesson() as sat:
        await enter(sat)
        assert "step 1/1 · backward 1 of 1 · node 1 of 5" in sat.headline
        await sat.until(lambda: sat.pane("gradients")[0] == "● loss  SumBackward0")
        assert sat.pane("gradients")[1] == "arrives  1"
        await sat.until(lambda: "4 ▶ loss.backward()" in sat.pane("code"))


async def test_i_enters_from_the_line_before_too() -> None:
    async with lesson() as sat:
        await sat.press(*["right"] * 3)
        await sat.until("line 3/5")
        assert "4 › loss.backward()   i: walk inside" in sat.text
        await sat.press("i")
        await sat.until("backward 1 of 1 · node 1 of 5")


async def test_of_a_line_with_a_pass_and_a_function_i_enters_the_pass_and_then_the_function() -> (
    None
):
    async with lesson(passes.CALLED_CODE, passes.called) as sat:
        await sat.press("end")
        await sat.until("4 ▶ square(w).backward()   i: walk inside")
        await sat.press("i")
        await sat.until("backward 1 of 1 · node 1 of 2")
        await sat.press("o")
        await sat.until("Out of the pass. i now looks inside the function that this line called.")
        assert "4 ▶ square(w).backward()   i: look inside" in sat.text
        await sat.press("i")
        await sat.until("in square · line 2/4")


async def test_right_behind_the_last_node_is_the_line_and_left_of_the_first_the_one_before() -> (
    None
):
    async with lesson(passes.CALLED_CODE, passes.called) as sat:
        await sat.press("end", "i", "left")
        await sat.until("line 3/4 · moment 2/6")
        await sat.press("i", "right", "right")
        await sat.until("line 4/4 · moment 6/6")


async def test_the_line_that_made_a_pass_says_that_i_walks_inside() -> None:
    async with lesson() as sat:
        await sat.press("right", "right")
        await sat.until("line 2/5")
        assert "i: walk inside" not in sat.text
        assert " i into" not in sat.keys
        await sat.press("right", "right")
        await sat.until("4 ▶ loss.backward()   i: walk inside")
        assert " i into" in sat.keys
        await sat.press("right")
        await sat.until("line 5/5")
        await sat.gone("i: walk inside")


async def test_forward_at_a_pass_goes_over_it_and_back_too() -> None:
    async with lesson() as sat:
        await sat.press(*["right"] * 3)
        await sat.until("line 3/5 · moment 3/10")
        await sat.press("right")
        await sat.until("line 4/5 · moment 9/10")
        await sat.press("left")
        await sat.until("line 3/5 · moment 3/10")


async def test_forward_and_back_go_node_by_node() -> None:
    async with lesson() as sat:
        await enter(sat)
        for key, place in (("right", 2), ("l", 3), ("n", 4), ("space", 5), ("left", 4), ("h", 3)):
            await sat.press(key)
            await sat.until(f"node {place} of 5")
        await sat.press("p", "p")
        await sat.until("node 1 of 5")


async def test_each_node_shows_what_arrives_what_leaves_and_the_line_that_made_it() -> None:
    async with lesson(size=(160, 40)) as sat:
        await enter(sat)
        await sat.press("right", "right", "right")
        await sat.until(lambda: sat.pane("gradients")[0] == "● h  MulBackward0")
        shown = sat.pane("gradients")
        assert shown[1].split() == ["from", "AddBackward0", "[1,", "1]", "(2,)"]
        assert shown[2].split() == ["from", "MulBackward0", "[3,", "3]", "(2,)"]
        assert shown[3].startswith("arrives  ")
        assert "[4, 4]" in shown[3]
        assert shown[4] == "→ w as self"
        assert shown[5] == "  grad · other = [4, 4] · [1, 2] = [4, 8]"
        assert sat.pane("code")[1] == "2 ● h = w * w   made MulBackward0"


async def test_every_gradient_is_filled_when_its_leaf_has_run_and_not_before() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press(*["right"] * 3)
        await sat.until("node 4 of 5")
        assert "None → " not in sat.text
        await sat.press("right")
        await sat.until("None → [8, 16]")
        assert "w.grad was None: what arrives" in sat.text
        await sat.press("left")
        await sat.gone("None → ")


async def test_forward_from_the_last_node_leaves_to_the_line() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press(*["right"] * 5)
        await sat.until("line 4/5 · moment 9/10")


async def test_back_from_the_first_node_leaves_to_the_line_before() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("left")
        await sat.until("line 3/5 · moment 3/10")


@pytest.mark.parametrize("on", [0, 2, 4])
async def test_o_leaves_to_the_line_from_every_node(on: int) -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press(*["right"] * on)
        await sat.until(f"node {on + 1} of 5")
        assert " o leave" in sat.keys
        await sat.press("o")
        await sat.until("line 4/5 · moment 9/10")


async def test_home_and_end_are_those_of_the_pass_inside_of_it() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("end")
        await sat.until("node 5 of 5")
        await sat.press("end")
        await sat.until("This is the pass's last node. o leaves the pass.")
        await sat.press("home")
        await sat.until("node 1 of 5")
        await sat.press("home")
        await sat.until("This is the pass's first node. o leaves the pass.")
        await sat.press("o", "home")
        await sat.until("· start ·")
        await sat.press("end")
        await sat.until("moment 10/10")


# Several passes


async def test_passes_of_a_loop_are_counted_and_each_is_entered_on_its_own() -> None:
    async with lesson(passes.LOOP_CODE, passes.loop) as sat:
        for call, factor in enumerate(passes.LOOP_FACTORS, 1):
            while "line 4/4" not in sat.headline:
                before = sat.headline
                await sat.press("right")
                await sat.until(lambda before=before: sat.headline != before)
            await sat.press("i")
            await sat.until(f"backward {call} of 3 · node 1 of 2")
            await sat.until(f"grad · other = 1 · {factor:g} = {factor:g}")
            await sat.press("o")
            await sat.until("line 4/4")
            await sat.press("right")
            await sat.gone("line 4/4")


async def test_a_second_pass_adds_to_what_the_first_one_left() -> None:
    async with lesson(passes.LOOP_CODE, passes.loop) as sat:
        await sat.press("end")
        await sat.until("moment 17/17")
        await sat.press("left", "i", "end")
        await sat.until("backward 3 of 3 · node 2 of 2")
        await sat.until("is added to w.grad:")
        assert "∇ w.grad  5 → 9  ████████" in sat.text
        await sat.until(lambda: "Graph of y, backward 3" in sat.frame("graph"))


# Why a key does nothing


async def test_i_inside_of_a_pass_says_why_it_does_nothing() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("i")
        await sat.until("This node ran no code of the snippet.")
        assert "node 1 of 5" in sat.headline


async def test_i_at_a_pass_that_was_not_recorded_says_why() -> None:
    async with lesson(answer=passes.left_out) as sat:
        await sat.press(*["right"] * 4)
        await sat.until("line 4/5")
        assert " i into" not in sat.keys
        assert "i: walk inside" not in sat.text
        await sat.press("i")
        await sat.until("This pass cannot be walked: a hook of the snippet changes its graph.")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["i"], "No line has run yet."),
        (
            ["right", "i"],
            "The current line called no function that this step defines, and no backward().",
        ),
        (["right", "o"], "The current line is in no function, and in no backward pass."),
        (["4", "enter"], "There is no node to open yet."),
        (["f"], "There is no graph to fold yet."),
        (["end", "f"], "No block of this graph is long enough and repeats three times or more."),
        (["end", "t", "f"], "Blocks are folded where the graph is drawn as lanes; t goes there."),
        (["end", "4", "end", "j", "j", "j", "j", "j"], "Nothing more to scroll to in this pane."),
        (["end", "4", "k"], "Nothing more to scroll to in this pane."),
        (["end", "4", ">"], "Nothing more to scroll to in this pane."),
    ],
)
async def test_a_key_that_does_nothing_says_why(keys: list[str], words: str) -> None:
    async with lesson(size=(180, 40)) as sat:
        await sat.press(*keys)
        await sat.until(lambda: words in sat.keys)


# A pass that fails


async def test_a_failing_pass_is_walked_up_to_where_it_fails() -> None:
    async with lesson(answer=passes.failed) as sat:
        await sat.press(*["right"] * 3)
        await sat.until("✗ This step fails in line 4; the End key goes there.")
        await sat.press("i")
        await sat.until("backward 1 of 1 · node 1 of 3")
        await sat.press("right", "right")
        await sat.until("node 3 of 3")
        await sat.press("right")
        await sat.until("✗ Line 4: RuntimeError: one of the variables needed has been modified")
        await sat.until(lambda: "✗" in sat.pane("graph")[3])
        await sat.press("i")
        await sat.until("node 1 of 3")
        await sat.until("✗ This step fails in line 4; the End key goes there.")
        await sat.press("end")
        await sat.until("✗ Line 4: RuntimeError: one of the variables needed has been modified")


async def test_the_end_of_a_step_shows_the_node_at_which_its_pass_failed() -> None:
    async with lesson(answer=passes.failed) as sat:
        await sat.press("end")
        await sat.until("✗ Line 4: RuntimeError")
        await sat.until(lambda: "Graph of loss, backward 1" in sat.frame("graph"))
        signs = [line.split()[0] for line in sat.pane("graph")[:5]]
        assert signs[:4] == ["✓", "✓", "✓", "✗"]
        assert "4 ✗ loss.backward()" in sat.text


# Sizes


async def test_in_a_small_terminal_gradients_take_the_explanations_place() -> None:
    async with lesson(size=(80, 24)) as sat:
        assert "explanation" in sat.shown()
        await enter(sat)
        await sat.until(lambda: sorted(sat.shown()) == ["code", "gradients"])
        await sat.until(lambda: sat.pane("gradients")[0] == "● loss  SumBackward0")


@pytest.mark.parametrize("pane", ["1", "3"])
async def test_in_a_small_terminal_gradients_take_over_the_focus(pane: str) -> None:
    async with lesson(size=(80, 24)) as sat:
        await sat.press(pane)
        await enter(sat)
        await sat.until(lambda: sorted(sat.shown()) == ["code", "gradients"])
        await sat.until(lambda: sat.focused == "gradients")


async def test_in_a_small_terminal_gradients_take_the_place_of_tensors() -> None:
    async with lesson(size=(80, 24)) as sat:
        await sat.press("3", "2")
        await enter(sat)
        await sat.until(lambda: sorted(sat.shown()) == ["code", "gradients"])
        assert sat.focused == "code"


@pytest.mark.parametrize("keys", [("4",), ("3", "z")], ids=["the graph", "the whole screen"])
async def test_what_was_chosen_stays_inside_a_pass(keys: tuple[str, ...]) -> None:
    async with lesson(size=(80, 24)) as sat:
        await sat.press(*keys)
        await sat.rest()
        shown = sat.shown()
        await enter(sat)
        await sat.rest()
        assert sat.shown() == shown


async def test_in_a_small_terminal_the_graph_stays_and_shows_the_pass() -> None:
    async with lesson(size=(80, 24)) as sat:
        await sat.press("4")
        await enter(sat)
        await sat.until(lambda: sorted(sat.shown()) == ["code", "graph"])
        await sat.until(lambda: sat.pane("graph")[0].startswith("▶"))


async def test_the_way_out_stands_in_the_bar_of_a_small_terminal() -> None:
    async with lesson(size=(80, 24)) as sat:
        await enter(sat)
        await sat.until(lambda: " o leave" in sat.keys)


async def test_a_tiny_terminal_walks_and_leaves_a_pass() -> None:
    async with lesson(size=(40, 12)) as sat:
        await sat.press(*["right"] * 4, "i")
        for name in ("tensors", "graph", "gradients", "explanation", "code"):
            await sat.press("right", "tab", "j", "k", ">", "<", "enter", "z", "z")
            await sat.until(lambda name=name: name in sat.shown())
        await sat.press("o")


async def test_the_terminal_may_change_its_size_inside_of_a_pass() -> None:
    async with lesson() as sat:
        await enter(sat)
        for size in ((80, 24), (40, 12), (200, 50), (120, 40)):
            await sat.resize(*size)
            await sat.press("right", "left")
            await sat.until(lambda: any("4 ▶ loss.backward()" in r for r in sat.pane("code")))
        await sat.until("node 1 of 5")


async def test_a_zoomed_pane_walks_along() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("5", "z")
        await sat.until(lambda: sat.shown() == ["gradients"])
        await sat.press("right")
        await sat.until(lambda: sat.pane("gradients")[0] == "● AddBackward0")
        await sat.until("node 2 of 5")
        await sat.press("4")
        await sat.until(lambda: sat.shown() == ["graph"])
        await sat.until(lambda: sat.pane("graph")[1].startswith("▶"))
        await sat.press("escape")
        await sat.until(lambda: len(sat.shown()) == 5)
        assert "node 2 of 5" in sat.headline


# While it is recorded, and after an edit


@pytest.mark.parametrize("key", ["i", "right"])
async def test_a_pass_is_walked_while_it_is_still_recorded(key: str) -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(snippet(passes.TWICE_CODE), kernel=kernel) as sat:
        kernel.report(READY)
        kernel.record(*map(SnapshotRecord, passes.TWICE[:6]))
        await sat.until("moment 0/5 · still running")
        await sat.press("right", "right", "right")
        await sat.until("line 3/5")
        await sat.press(key)
        await sat.until("Not recorded yet; the key counts as soon as it is.")
        kernel.record(*map(SnapshotRecord, passes.TWICE[6:]))
        if key == "right":
            await sat.until("line 4/5")
            await sat.press("i")
        await sat.until("node 1 of 5")


async def test_the_end_that_was_asked_for_while_a_pass_is_recorded_is_that_of_the_step() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(snippet(passes.TWICE_CODE), kernel=kernel) as sat:
        kernel.report(READY)
        kernel.record(SnapshotRecord(passes.TWICE[0]))
        await sat.until("moment 0/0 · still running")
        await sat.press("end")
        kernel.record(*map(SnapshotRecord, passes.TWICE[1:6]))
        await sat.until("node 2 of 2")
        kernel.record(*map(SnapshotRecord, passes.TWICE[6:]))
        await sat.until("line 5/5")


async def test_an_edit_inside_of_a_pass_begins_at_the_start() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("e")
        await sat.until("Edit: ")
        await sat.press("f5")
        await sat.until("· start · moment 0/10")
        assert sat.kernel.run == 2
        await enter(sat)


async def test_running_again_inside_of_a_pass_begins_at_the_start() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.press("f5")
        await sat.until("· start · moment 0/10")


async def test_a_step_that_is_left_inside_of_a_pass_is_found_there_again() -> None:
    steps = snippet("").steps * 2
    async with sitting(
        snippet("", steps=steps), kernel=PlayedKernel(lambda r: _of_step(r.step))
    ) as sat:
        await sat.press(*["right"] * 4, "i", "right")
        await sat.until("node 2 of 5")
        await sat.press("N")
        await sat.until("step 2/2")
        await sat.press("P")
        await sat.until("step 1/2 · backward 1 of 1 · node 2 of 5")


def _of_step(step: int) -> list[object]:
    from msgspec.structs import replace

    return recorded([replace(each, step=step) for each in passes.TWICE])  # type: ignore[return-value]


async def test_at_rest_nothing_is_painted_inside_of_a_pass() -> None:
    async with lesson() as sat:
        await enter(sat)
        await sat.rest()
        before = sat.app.bytes_painted
        await sat.rest()
        assert sat.app.bytes_painted == before


async def test_help_names_the_keys_of_passes_and_of_graphs() -> None:
    async with lesson(size=(120, 60)) as sat:
        await sat.press("?")
        await sat.until("0 Help")
        shown = [" ".join(line.strip("│ ").split()) for line in sat.pane("help")]
        for expected in (
            "i Into backward(), or into a call",
            "o Out of it again, to the line",
            "Home Start of the step, or of the pass",
            "End End of the step, or of the pass",
            "Enter All about the chosen tensor or node",
            "t The graph as a tree, or as lanes again",
            "f Fold blocks that repeat, or unfold them",
            "j ↓ Down; the next row to choose",
            "k ↑ Up; the row before",
        ):
            assert expected in shown


async def test_help_shows_every_sign_of_a_pass_and_of_a_graph() -> None:
    async with lesson(size=(120, 170)) as sat:
        await sat.press("?")
        await sat.until("0 Help")
        shown = {line.split()[0] for line in sat.pane("help") if line.strip()}
        graph = {signs.LEAF, signs.OPERATION, signs.CUSTOM, signs.FOLDED, signs.ABOVE}
        stages = {signs.CURRENT, signs.DONE, signs.WAITING, signs.FAILURE, signs.UNREACHED}
        assert graph | stages <= shown


async def test_help_shows_the_lanes_of_a_graph_and_the_depths_of_a_tree() -> None:
    async with lesson(size=(120, 170)) as sat:
        await sat.press("?")
        await sat.until("0 Help")
        shown = [" ".join(line.strip("│ ").split()) for line in sat.pane("help")]
        for expected in ("╮ ╯ ┤ │ an edge begins, ends, joins one", "⋯20 in the tree, how deep"):
            assert [line for line in shown if line.startswith(expected)]
