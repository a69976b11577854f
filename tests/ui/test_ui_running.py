"""Editing a snippet, running it again, and everything that can go wrong while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from made import result, snapshot, tensor
from msgspec.structs import replace
from recordings import FORWARD, plain, recorded
from sitting import READY, PlayedKernel, Sitting, sitting, snippet
from textual import events
from textual.geometry import Region
from textual.widgets import TextArea

from autograd_tutor.client import Broken, KernelLost
from autograd_tutor.course.model import Lesson, Step
from autograd_tutor.recording.model import Error, FailedExpectation
from autograd_tutor.recording.wire import (
    Record,
    ResultRecord,
    SetupFailed,
    SnapshotRecord,
    StepRequest,
)
from autograd_tutor.ui.pane import Pane

EVIL = "\x1b]0;x\x07\x1b[2J\u202e"


async def edit(sat: Sitting, code: str) -> None:
    """Open the editor and write code in the place of what is there."""
    await sat.press("e")
    await sat.until("Edit: ")
    sat.app.screen.query_one(TextArea).text = code


def failing(request: StepRequest) -> list[Record]:
    """A step whose second line raises."""
    trace = 'Traceback (most recent call last):\n  File "<step 1>", line 2\nValueError: no\n'
    error = Error("ValueError", "no", 2, trace)
    moments = [snapshot(0), snapshot(1), snapshot(2, event="error", error=error)]
    return recorded(moments, ok=False, error=error)


# Editing


async def test_edited_code_runs_in_a_new_run_and_says_that_it_is_edited() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await edit(sat, "a = 1\nb = 2\n")
        await sat.press("f5")
        await sat.until("Code (edited)")
        await sat.until(lambda: sat.pane("code")[:2] == ["1 › a = 1", "2   b = 2"])
        assert sat.kernel.killed == [1]
        assert sat.kernel.requests[-1].code == "a = 1\nb = 2\n"
        assert sat.kernel.requests[-1].expect == ()


async def test_what_is_typed_is_what_runs() -> None:
    async with sitting(snippet("a = 1")) as sat:
        await sat.press("e")
        await sat.until("Edit: Only step")
        await sat.press("end", "0", "enter", *"print(a)", "ctrl+s")
        await sat.until("Code (edited)")
        assert sat.kernel.requests[-1].code == "a = 10\nprint(a)"


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
async def test_what_the_step_says_stays_in_view_while_one_edits(size: tuple[int, int]) -> None:
    async with sitting(size=size) as sat:
        await sat.until("moment 0/6")
        await sat.press("3", "e")
        await sat.until("Edit: A squared loss")
        await sat.until(lambda: bool(sat.pane("task")[0].strip()))
        assert sat.pane("task")[0].strip() == "A squared loss"
        assert "w = torch" in sat.text
        editor = sat.app.screen.query_one(TextArea).region
        task = sat.app.screen.query_one("#task").region
        assert (editor.y == task.y) is (size == (120, 40))
        assert editor.area >= task.area


async def test_a_long_explanation_is_scrolled_from_the_editor() -> None:
    text = "\n\n".join(f"Paragraph {n}." for n in range(40))
    async with sitting(snippet("a = 1", explain=text)) as sat:
        await sat.press("e")
        await sat.until("Edit: Only step")
        await sat.press("ctrl+down", "ctrl+down", "x")
        await sat.until("xa = 1")
        assert "Only step" not in sat.pane("task")[0]
        await sat.press("ctrl+up", "ctrl+up")
        await sat.until(lambda: "Only step" in sat.pane("task")[0])


async def test_a_step_without_explanation_leaves_the_editor_all_the_room() -> None:
    async with sitting(snippet("a = 1", explain=""), size=(120, 40)) as sat:
        await sat.press("e")
        await sat.until("Edit: Only step")
        assert sat.app.screen.query_one(TextArea).size.width > 110


async def test_what_is_typed_at_once_is_not_lost() -> None:
    lines = [f"a{number:03} = {number}" for number in range(200)]
    async with sitting(snippet("z = 1")) as sat:
        await sat.until("moment 0/")
        await sat.type_at_once("e", *"\n".join([*lines, ""]), "f5")
        await sat.until("Code (edited)")
        assert sat.kernel.requests[-1].code == "\n".join([*lines, "z = 1"])


async def test_keys_that_edit_keep_their_place_among_what_is_typed() -> None:
    async with sitting(snippet("z = 1")) as sat:
        await sat.until("moment 0/")
        await sat.type_at_once("e", *"ab", "backspace", *"c", "left", *"x", "end", *"9", "f5")
        await sat.until("Code (edited)")
        assert sat.kernel.requests[-1].code == "axcz = 19"


async def test_a_search_typed_at_once_finds() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await sat.type_at_once("/", *"another", "enter")
        await sat.until(lambda: "Another chapter" in sat.headline)


@pytest.mark.parametrize("way", [["f3"], ["escape", "w"]])
async def test_an_edit_of_a_script_is_written_to_its_file(way: list[str], tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("# %% One\na = 1\n# %% Two\nb = 2\n")
    async with sitting(str(script)) as sat:
        await sat.until("moment 0/")
        await edit(sat, "a = 5\nc = 6\n")
        await sat.until("F3 write to train.py")
        await sat.press(*way)
        await sat.until("Your code is written to train.py, which is run anew.")
        assert script.read_text() == "# %% One\na = 5\nc = 6\n# %% Two\nb = 2\n"
        await sat.until(lambda: sat.pane("code")[:2] == ["2 › a = 5", "3   c = 6"])
        assert "Code (edited)" not in sat.text


async def test_a_script_that_has_changed_is_not_written_and_the_edit_is_kept(
    tmp_path: Path,
) -> None:
    script = tmp_path / "train.py"
    script.write_text("a = 1\n")
    async with sitting(str(script)) as sat:
        await sat.until("moment 0/")
        await edit(sat, "a = 5\n")
        script.write_text("a = 1\nb = 1\n")
        await sat.press("f3")
        await sat.until("Not written: train.py has changed on disk. F5 reads it again.")
        assert script.read_text() == "a = 1\nb = 1\n"
        await sat.until("Code (edited)")


async def test_a_lesson_has_no_file_to_write_to() -> None:
    async with sitting() as sat:
        await sat.press("e")
        await sat.until("F5 run")
        assert "write to" not in sat.keys
        await sat.press("f3", "x", "escape")
        await sat.until("t throw away")
        assert "write to" not in sat.keys


async def test_an_edit_can_be_cancelled() -> None:
    async with sitting() as sat:
        await sat.press("right")
        await sat.until("moment 1/6")
        await edit(sat, "nonsense")
        await sat.press("escape")
        await sat.until("t throw away")
        assert "changed, not run: throw it away?" in sat.headline
        await sat.press("t")
        await sat.until("moment 1/6")
        assert sat.kernel.run == 1
        assert "nonsense" not in sat.text


async def test_the_editor_is_left_without_a_question_where_nothing_has_changed() -> None:
    async with sitting() as sat:
        await sat.press("e")
        await sat.until("Edit: ")
        await sat.press("x", "backspace", "escape")
        await sat.until("moment 0/6")
        assert sat.kernel.run == 1


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
@pytest.mark.parametrize("key", ["escape", "x", "enter", "q", "right"])
async def test_any_other_key_keeps_editing_what_was_changed(
    key: str, size: tuple[int, int]
) -> None:
    async with sitting(size=size) as sat:
        await edit(sat, "a = 1")
        await sat.press("escape")
        await sat.until(lambda: "throw away" in sat.keys)
        await sat.press(key)
        await sat.until(lambda: "cancel" in sat.keys)
        await sat.press("end", "0", "f5")
        await sat.until("Code (edited)")
        assert sat.kernel.requests[-1].code == "a = 10"


@pytest.mark.parametrize("key", ["f5", "ctrl+s"])
async def test_changes_are_run_when_asked_about(key: str) -> None:
    async with sitting() as sat:
        await edit(sat, "a = 1\n")
        await sat.press("escape")
        await sat.until(lambda: "throw away" in sat.keys)
        await sat.press(key)
        await sat.until("Code (edited)")
        assert sat.kernel.requests[-1].code == "a = 1\n"


async def test_the_lessons_own_code_is_fetched_while_it_is_asked() -> None:
    async with sitting() as sat:
        await edit(sat, "a = 1\n")
        await sat.press("escape")
        await sat.until(lambda: "throw away" in sat.keys)
        await sat.press("f2")
        await sat.until("loss = square(w).sum()")
        await sat.press("escape")
        await sat.until("moment 0/6")


async def test_an_edit_is_kept_while_other_lessons_are_open_until_it_is_reset() -> None:
    async with sitting() as sat:
        await edit(sat, "a = 1\n")
        await sat.press("f5")
        await sat.until("Code (edited)")
        await sat.press("/", *"another", "enter")
        await sat.until("step 1/1")
        await sat.press("/", *"squares", "enter")
        await sat.until("Code (edited)")
        assert sat.kernel.requests[-1].code == "a = 1\n"
        await sat.press("e")
        await sat.until("Edit: ")
        await sat.press("f2", "f5")
        await sat.until("moment 0/6")
        await sat.press("/", *"another", "enter")
        await sat.until("step 1/1")
        await sat.press("/", *"squares", "enter")
        await sat.until("moment 0/6")
        assert "(edited)" not in sat.text


async def test_the_way_back_to_the_lessons_own_code() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        await edit(sat, "a = 1\n")
        await sat.press("f5")
        await sat.until("Code (edited)")
        await sat.press("e")
        await sat.until("Edit: ")
        await sat.press("f2")
        await sat.until("loss = square(w).sum()")
        await sat.press("f5")
        await sat.until("moment 0/6")
        await sat.gone("(edited)")


async def test_q_says_that_edits_end_with_the_program_and_quits_when_asked_again() -> None:
    async with sitting() as sat:
        await edit(sat, "a = 1\n")
        await sat.press("f5")
        await sat.until("Code (edited)")
        await sat.press("q")
        await sat.until("4 lessons")
        for _ in range(2):
            await sat.press("q")
            await sat.until("Your edits of 1 step end with the program. q again quits.")
            await sat.press("down", "up", "enter")
            await sat.until("Code (edited)")
            await sat.press("q")
            await sat.until("4 lessons")
        await sat.press("q")
        await sat.until("q again quits.")
        assert sat.app.return_code is None
        await sat.press("q")
        await sat.until(lambda: sat.app.return_code == 0)


async def test_earlier_steps_are_played_again_before_an_edited_one() -> None:
    async with sitting() as sat:
        await sat.press("N")
        await sat.until("step 2/3")
        await edit(sat, "loss.backward()\nn = 4\n")
        await sat.press("f5")
        await sat.until("Code (edited)")
        asked = [(request.run, request.step) for request in sat.kernel.requests]
        assert asked == [(1, 0), (1, 1), (2, 0), (2, 1)]
        await sat.press("right")
        await sat.until("None → [2, 4]")


async def test_a_syntax_error_is_shown_at_its_line() -> None:
    error = Error("SyntaxError", "'(' was never closed", 2, "")
    broken = recorded(
        [snapshot(0, next_line=0), snapshot(1, event="error", line=2, next_line=0, error=error)],
        ok=False,
        error=error,
    )
    kernel = PlayedKernel(lambda request: broken if "(" in request.code else failing(request))
    async with sitting(snippet("a = 1"), kernel=kernel) as sat:
        await edit(sat, "a = 1\nb = (\n")
        await sat.press("f5")
        await sat.until("Code (edited)")
        await sat.press("end")
        await sat.until("2 ✗ b = (")
        await sat.until(lambda: "SyntaxError: '(' was never closed" in sat.outcome)


async def test_the_editor_takes_keys_that_walk_elsewhere() -> None:
    async with sitting(snippet("a = 1")) as sat:
        await sat.press("e")
        await sat.until("Edit: ")
        await sat.press("q", "z", "N", "?", "/", "1")
        await sat.until("qzN?/1a = 1")


@pytest.mark.parametrize(
    ("code", "keys", "typed"),
    [
        ("for i in x:", ("end", "enter", *"a=i", "enter", "b"), "for i in x:\n    a=i\n    b"),
        ("for i in x:\n    a\n", ("down", "end", "enter", "b"), "for i in x:\n    a\n    b\n"),
        ("if a:\n    if b:", ("down", "end", "enter", "c"), "if a:\n    if b:\n        c"),
        ("    a", ("end", "enter", "backspace", "b"), "    a\nb"),
        ("      a", ("end", "left", "backspace"), "    a"),
        ("ab = 1", ("end", "backspace"), "ab = "),
        ("a\nb", ("end", "backspace", "enter", "c"), "\nc\nb"),
        ("a\nb", ("ctrl+end", "c", "ctrl+home", "d"), "da\nbc"),
        ("    a: b", ("end", "left", "left", "enter"), "    a:\n         b"),
    ],
)
async def test_the_editor_indents_as_python_does(
    code: str, keys: tuple[str, ...], typed: str
) -> None:
    """A line written below one of a loop fell out of the loop."""
    async with sitting(snippet(code)) as sat:
        await sat.press("e")
        await sat.until("Edit: ")
        area = sat.app.screen.query_one(TextArea)
        for key in keys:  # keys that come at once are taken for what is pasted
            await sat.press(key)
            await sat.rest()
        assert area.text == typed


async def test_what_is_pasted_into_the_editor_is_indented_no_further() -> None:
    async with sitting(snippet("for i in x:")) as sat:
        await sat.press("e", "end")
        await sat.until("Edit: ")
        area = sat.app.screen.query_one(TextArea)
        sat.app.post_message(events.Paste("\n    a = i\n    b = i"))
        await sat.until(lambda: area.text == "for i in x:\n    a = i\n    b = i")


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_the_editor_fits(size: tuple[int, int]) -> None:
    async with sitting(size=size) as sat:
        await sat.press("e")
        await sat.until("Edit: ")
        assert "run" in sat.keys
        await sat.resize(100, 30)
        await sat.until("loss.item()")


async def test_run_again_starts_anew_and_keeps_the_step() -> None:
    async with sitting() as sat:
        await sat.press("N", "end")
        await sat.until("moment 2/2")
        await sat.press("f5")
        await sat.until("step 2/3 · start · moment 0/2")
        assert sat.kernel.run == 2
        assert sat.kernel.killed == [1]


async def test_records_of_the_run_before_are_not_taken_for_those_of_the_new_one() -> None:
    async with sitting() as sat:
        await sat.press("f5")
        await sat.until(lambda: sat.kernel.run == 2)
        await sat.until("moment 0/6")
        sat.kernel.record(SnapshotRecord(snapshot(7)), run=1)
        await sat.press("end")
        await sat.until("moment 6/6")


# What can go wrong


async def test_a_step_that_fails_can_be_walked_to_where_it_failed() -> None:
    async with sitting(snippet("a = 1\nb = 2\n"), kernel=PlayedKernel(failing)) as sat:
        await sat.press("right", "right")
        await sat.until("✗ Line 2: ValueError: no")
        assert sat.pane("code")[:2] == ["1 ✓ a = 1", "2 ✗ b = 2"]
        assert 'File "<step 1>", line 2' in sat.text
        await sat.press("left")
        await sat.until("1 ▶ a = 1")


async def test_a_step_that_is_meant_to_fail_is_no_failure() -> None:
    def meant(request: StepRequest) -> list[Record]:
        records: Sequence[Record] = failing(request)
        ended = records[-1]
        assert isinstance(ended, ResultRecord)
        error = ended.result.error
        return [*records[:-1], ResultRecord(result(ok=True, snapshots=3, error=error))]

    async with sitting(snippet("a = 1\nb = 2\n"), kernel=PlayedKernel(meant)) as sat:
        await sat.press("end")
        await sat.until("2 ✗ b = 2")
        await sat.until(lambda: sat.outcome == "")


async def test_what_was_expected_and_is_not() -> None:
    failed = (FailedExpectation(0, "a == 2", "it is 1"),)
    kernel = PlayedKernel(lambda _: recorded([snapshot(0), snapshot(1)], ok=False, failed=failed))
    async with sitting(snippet("a = 1"), kernel=kernel) as sat:
        await sat.press("end")
        await sat.until("✗ Not as expected: a == 2: it is 1")


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ("snapshots", "stopped after 1 moments"),
        ("nodes", "100,000 graph nodes"),
        ("output", "printed more"),
        ("tracing replaced", "replaced the tracing"),
    ],
)
async def test_a_limit_says_so(limit: str, sentence: str) -> None:
    moments = [snapshot(0), snapshot(1, event="end", values={"a": "5"})]
    answer = recorded(moments, truncated=limit, nodes=100_000)
    async with sitting(snippet("a = 1"), kernel=PlayedKernel(lambda _: answer)) as sat:
        await sat.press("end")
        await sat.until(lambda: sentence in sat.outcome)
        await sat.until("▸ a = 5")


@pytest.mark.parametrize(
    ("cause", "code", "sentence"),
    [
        ("deadline", 0, "still busy after 10 s"),
        ("exit", 3, "exit status 3"),
        ("signal", 11, "SIGSEGV"),
        ("memory", 0, "4096 MiB"),
        ("protocol", 0, "file descriptor"),
        ("lost", 0, "is gone"),
    ],
)
async def test_a_run_that_ends_before_its_time(cause: str, code: int, sentence: str) -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        kernel.report(READY)
        kernel.record(*[SnapshotRecord(moment) for moment in FORWARD[:3]])
        kernel.end(cause, code)
        await sat.until(lambda: sentence in sat.outcome)
        await sat.until(lambda: sat.outcome.startswith("✗"))
        await sat.press("right", "right", "right")
        await sat.until("Nothing was recorded after this.")
        assert "moment 2/2" in sat.headline
        await sat.press("f5")
        await sat.until(lambda: kernel.run == 2)
        kernel.play()
        await sat.until("moment 0/6")
        await sat.until(lambda: sat.outcome == "")


async def test_a_step_that_had_ended_can_still_be_walked() -> None:
    async with sitting() as sat:
        await sat.until("moment 0/6")
        sat.kernel.end("lost")
        await sat.press("end")
        await sat.until("moment 6/6")
        await sat.until(lambda: sat.outcome == "")
        await sat.press("N")
        await sat.until("✗ The process that runs the snippets is gone.")
        await sat.press("f5")
        await sat.until("step 2/3 · start · moment 0/2")


async def test_the_kernel_is_lost_and_found_again() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        await sat.until("imported")
        kernel.report(KernelLost("The process that runs snippets was ended by SIGKILL."))
        kernel.end("lost")
        await sat.until("✗ The process that runs snippets was ended by SIGKILL.")
        await sat.press("right")
        await sat.until("Nothing was recorded after this.")
        await sat.press("f5")
        await sat.until("torch is being imported …")
        kernel.report(READY)
        kernel.play()
        await sat.until("moment 0/6")


async def test_what_arrives_while_the_screen_closes_is_dropped() -> None:
    """Its panes are closed before it, and reports may come in between."""
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        kernel.report(READY)
        await sat.until(lambda: bool(kernel.requests))
        await sat.app.screen.query_one("#code").remove()
        kernel.play()
        await sat.until(lambda: sat.app.screen.run.trace.done)
        await sat.rest()
        assert sat.app.is_running


async def test_a_view_that_is_gone_is_painted_blank() -> None:
    """The screen may be painted before it is laid out without it."""
    async with sitting() as sat:
        await sat.until("moment 0/6")
        pane = sat.app.screen.query_one("#code", Pane)
        with sat.app.batch_update():
            await pane.remove()
            pane._strips.clear()
            (strip,) = pane.render_lines(Region(0, 0, 20, 1))
            assert not strip.text.strip()


async def test_torch_that_cannot_be_imported() -> None:
    kernel = PlayedKernel(prompt=False)
    async with sitting(kernel=kernel) as sat:
        kernel.report(Broken("torch cannot be imported: no module of that name."))
        await sat.until("✗ torch cannot be imported: no module of that name.")
        await sat.gone("is being imported")


async def test_a_setup_that_fails() -> None:
    kernel = PlayedKernel(lambda _: [SetupFailed(Error("ImportError", "no x", 1, ""))])
    async with sitting(kernel=kernel) as sat:
        await sat.until("✗ The lesson's setup failed: ImportError: no x")


async def test_a_long_outcome_can_be_read() -> None:
    words = " ".join(f"word{n}" for n in range(30))
    error = Error(
        "ValueError", words, 1, f"Traceback (most recent call last):\nValueError: {words}\n"
    )
    answer = recorded([snapshot(0), snapshot(1, event="error", error=error)], ok=False, error=error)
    async with sitting(snippet("a = 1"), kernel=PlayedKernel(lambda _: answer)) as sat:
        await sat.press("end")
        await sat.until("✗ Line 1: ValueError: word0")
        await sat.until(lambda: "word29" in " ".join(sat.pane("code")))


TORCH = (
    "one of the variables needed for gradient computation has been modified by an inplace "
    "operation: [torch.FloatTensor [2]], which is output 0 of ExpBackward0, is at version 1; "
    "expected version 0 instead. Hint: enable anomaly detection to find the operation that failed "
    "to compute its gradient, with torch.autograd.set_detect_anomaly(True)."
)


@pytest.mark.parametrize(
    ("message", "size", "rows", "last"),
    [
        (TORCH, (80, 24), 3, "is at version 1; expected version 0"),
        (TORCH, (120, 40), 3, "expected version 0 instead"),
        (TORCH, (80, 12), 1, "computation h…"),
        ("The size of tensor a (3) must match the size of tensor b (2) at dimension 0", (80, 24), 2,
         "at dimension 0"),
        ("no", (80, 24), 1, "no"),
    ],
)  # fmt: skip
async def test_an_error_has_as_many_rows_as_its_useful_part_takes(
    message: str, size: tuple[int, int], rows: int, last: str
) -> None:
    error = Error("RuntimeError", message, 1, "")
    answer = recorded([snapshot(0), snapshot(1, event="error", error=error)], ok=False, error=error)
    async with sitting(snippet("a = 1"), kernel=PlayedKernel(lambda _: answer), size=size) as sat:
        assert sat.outcome.count("\n") == 0
        await sat.press("end")
        await sat.until(lambda: last in sat.outcome)
        assert sat.app.screen.query_one("#outcome").region.height == rows
        code = sat.app.screen.query_one("#code").region
        await sat.press("home")
        await sat.until(lambda: "the End key goes there" in sat.outcome)
        assert sat.app.screen.query_one("#outcome").region.height == 1
        await sat.press("end")
        await sat.until(lambda: last in sat.outcome)
        assert sat.app.screen.query_one("#code").region == code


# Hostile content


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_nothing_of_a_snippet_steers_the_terminal(size: tuple[int, int]) -> None:
    error = Error(EVIL, EVIL, 2, EVIL)
    evil = tensor(1.0, shown=EVIL, device=EVIL, requires_grad=True, grad=tensor(1.0, shown=EVIL))
    moments = [
        snapshot(0),
        snapshot(1, tensors={EVIL: evil}, values={f"v{EVIL}": EVIL}, stdout=EVIL, function=EVIL),
        snapshot(2, event="error", error=error, stdout="\r\x1b[H" + EVIL),
    ]
    answer = recorded(moments, ok=False, error=error)
    lesson = snippet(f"a = '{EVIL}'\nb = 2", explain=f"{EVIL} &#27;[2J")
    async with sitting(lesson, kernel=PlayedKernel(lambda _: answer), size=size) as sat:
        for key in ("right", "3", "4", "5", "1", "right", "3", "2", "z"):
            await sat.press(key)
            await sat.rest()
            strips = sat.app.screen._compositor.render_strips()
            text = "".join(segment.text for strip in strips for segment in strip)
            assert text.isprintable()
        assert "␛" in sat.text


async def test_markup_in_what_a_snippet_makes_is_text() -> None:
    markup = "[bold red]x[/] [/nothing] [@click=app.quit]q[/]"
    moments = [snapshot(0), snapshot(1, values={"v": markup}, stdout=markup)]
    lesson = snippet(f"# {markup}", explain=markup.replace("[/]", "&#91;/]"))
    async with sitting(lesson, kernel=PlayedKernel(lambda _: recorded(moments))) as sat:
        await sat.press("end")
        await sat.until(f"▸ {markup}")
        assert f"# {markup}" in sat.text
        assert "[bold red]x[/]" in sat.pane("explanation")[2]


# After a step that failed


def failing_first(request: StepRequest) -> list[Record]:
    return failing(request) if request.step == 0 and "b =" not in request.code else plain(request)


def three_steps() -> Lesson:
    steps = tuple(Step(f"s{n}", f"Step {n}", "Explained.", f"a = {n}\nc = 1\n") for n in range(3))
    return snippet("", steps=steps)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_step_after_one_that_failed_says_that_it_was_not_run(size: tuple[int, int]) -> None:
    async with sitting(three_steps(), kernel=PlayedKernel(failing_first), size=size) as sat:
        await sat.press("end")
        await sat.until(lambda: "ValueError: no" in sat.outcome)
        await sat.press("right")
        await sat.until("The step failed here: the steps after it are not run.")
        for step in (2, 3):
            await sat.press("N")
            await sat.until(f"step {step}/3")
            await sat.until(lambda: "This step was not run: step 1 failed." in sat.outcome)
            assert sat.pane("code")[0].endswith(f"a = {step - 1}")
        await sat.press("right")
        await sat.until("Nothing was recorded after this.")
        assert [request.step for request in sat.kernel.requests] == [0]


async def test_steps_run_again_once_the_one_that_failed_is_mended() -> None:
    async with sitting(three_steps(), kernel=PlayedKernel(failing_first)) as sat:
        await sat.press("N")
        await sat.until(lambda: "was not run" in sat.outcome)
        await sat.press("P")
        await edit(sat, "a = 0\nb = 1\n")
        await sat.press("f5")
        await sat.until("Code (edited)")
        await sat.press("N", "end")
        await sat.until("step 2/3 · line 2/2")
        assert sat.outcome == ""


async def test_a_step_that_was_meant_to_fail_lets_the_lesson_go_on() -> None:
    def meant(request: StepRequest) -> list[Record]:
        *moments, end = failing(request)
        assert isinstance(end, ResultRecord)
        return [*moments, ResultRecord(replace(end.result, ok=True))]

    def answer(request: StepRequest) -> list[Record]:
        return meant(request) if request.step == 0 else plain(request)

    async with sitting(three_steps(), kernel=PlayedKernel(answer)) as sat:
        await sat.press("end", "N", "end")
        await sat.until("step 2/3 · line 2/2")
