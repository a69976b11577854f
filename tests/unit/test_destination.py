"""Where the prompt of `g` leads: moments, turns, lines, NaN, conditions; and what it says."""

from __future__ import annotations

import math

import passes
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import scalar, snapshot, tensor, trace
from test_jumps import walk_loop
from test_walk import live, moment, saved, take

from autograd_tutor.playing.destination import AGAIN, Arrival, Question, find
from autograd_tutor.playing.key_messages import HINT
from autograd_tutor.recording.followed import Followed, Sources
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace
from autograd_tutor.render.headline import place_text, position_texts

# Moments of passes.loop: 0 start, 1 line 1; each turn has line 2, 3, two nodes, line 4; 17: line 2.


def go(text: str, index: int = 0, *, of: Trace | None = None, anew: bool = False) -> Arrival:
    own = "lesson.py"
    return find(text, Question(of or walk_loop().trace, index, False, anew, file=own))


@pytest.mark.parametrize(
    ("text", "index", "target"),
    [
        ("5", 0, 5), ("moment 17", 3, 17), ("0", 3, 0),
        ("turn 2", 0, 7), ("turn 3", 4, 12), ("Turn 1", 9, 2), ("turn 3", 17, 12),
        ("line 4", 0, 6), (":4", 6, 11), (":2", 12, 17),
        ("n == 3", 0, 7), ("n > 2", 0, 7), ("n > 2", 7, 8), ("y >= 4", 0, 13),
        ("w.grad is None", 0, 1), ("w.grad is not None", 0, 5), ("w.grad > 2", 5, 10),
        ("pass 2", 0, 9), ("pass:3", 0, 14), ("Backward 1 of 3", 9, 4), ("pass 2 node 2", 0, 10),
        ("backward 3, node 1", 0, 14), ("node 2", 4, 5), ("node 1 of 2", 10, 9),
        ("line:4", 0, 6), ("line 4/4", 0, 6), ("moment 7/17", 0, 7), ("turn:2", 0, 7),
        ("turn 2 of 3 (n = 3)", 0, 7),
        ("w.grad > 2 and n < 4", 0, 10), ("w.grad == 9", 0, 15), ("w.shape[0] == 1", 3, 4),
    ],
)  # fmt: skip
def test_what_is_ahead(text: str, index: int, target: int) -> None:
    assert go(text, index) == Arrival(target)


def test_what_the_headline_says_leads_there() -> None:
    step = walk_loop().trace
    for index in range(1, len(step)):
        timeline = Timeline(step, index)
        whole = position_texts(0, 1, timeline, False)[0].split(" · ")[1:]
        is_inside = timeline.pass_position is not None
        typed = [place_text(timeline)] if is_inside else []
        typed += [each for each in whole if each.startswith("node" if is_inside else "moment")]
        assert len(typed) == 1 + is_inside
        for text in typed:
            assert go(text, index, of=step).moment == index


def followed() -> Trace:
    """Moments 1 to 4: line 1 of the step, 2 and 3 of pkg/net.py, 2 of lib/net.py; 5: line 2."""
    net, other = "def f(x):\n    y = x\n    return y\n", "def g():\n    pass\n"
    files = (Followed("pkg/net.py", "pkg.net", net), Followed("lib/net.py", "lib.net", other))
    step = trace(snapshot(0), snapshot(1), code="a = 1\nb = f(a)\n")
    first = 5
    step.add(snapshot(2, line=first + 1, depth=1, function="f", followed=files))
    step.add(snapshot(3, line=first + 2, depth=1, function="f"))
    step.add(snapshot(4, line=first + 6, depth=1, function="g"))
    step.add(snapshot(5, line=2))
    return step


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("line 2 of pkg/net.py", 2), ("line 2/3 of pkg/net.py", 2), (":3 in pkg/net.py", 3),
        ("line 2 of lib/net.py", 4), ("line:2 of lesson.py", 5), ("line 2", 5),
    ],
)  # fmt: skip
def test_a_line_of_a_file_that_is_followed(text: str, target: int) -> None:
    assert go(text, of=followed()) == Arrival(target)


def test_inside_of_a_followed_file_a_line_is_of_that_file_and_that_is_said() -> None:
    step = followed()
    assert go("line 3", 2, of=step) == Arrival(
        3, "This is line 3 of pkg/net.py; there is also: line 3 of lesson.py"
    )
    assert go("line 1 of lesson.py", 3, of=step) == Arrival(1, AGAIN)
    assert go("line 9 of pkg/net.py", of=step).message == (
        "There is no line 9 of pkg/net.py: the code has lines 1 to 3."
    )
    assert go("line 1 of lib/net.py", of=step).message == (
        "Line 1 of lib/net.py has not run in this step."
    )
    files = "these are: lesson.py, pkg/net.py, lib/net.py."
    for name in ("net.py", "nt.py"):
        assert go(f"line 2 of {name}", of=step).message == (
            f"No one file here is called {name}; {files}"
        )


@pytest.mark.parametrize(
    ("text", "index", "target"), [(":3", 13, 3), ("n == 2", 12, 2), ("w.grad is None", 6, 1)]
)
def test_after_the_last_comes_the_first(text: str, index: int, target: int) -> None:
    assert go(text, index) == Arrival(target, AGAIN)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("99", "There is no moment 99: the last one is 17."),
        ("turn 9", "No loop has 9 turns: the longest has 3."),
        ("turn 0", "No loop has 0 turns: the longest has 3."),
        ("turn 2 2", "No loop has such a turn within a turn."),
        ("line 9", "There is no line 9: the code has lines 1 to 4."),
        ("nan", "No NaN came up in this step."),
        ("inf", "No inf came up in this step."),
        ("n > 100", "At no moment is `n > 100` true."),
        ("1 < 2", "`1 < 2` has no variable: it is the same at every moment."),
        ("y.grad.norm() > 0", "`y.grad` is None."),
        ("w.grad[0] > 99", "At no moment is `w.grad[0] > 99` true."),
        ("w.grad.norm() > 99 and n > 0", "At no moment is `w.grad.norm() > 99 and n > 0` true."),
        ("lss", "No moment has a variable `lss`."),
        ("y > 0 )", f"Python cannot read `y > 0 )`. g takes: {HINT}"),
        ("pas 3", f"Python cannot read `pas 3`. g takes: {HINT}"),
        ("line of net.py", f"Python cannot read `line of net.py`. g takes: {HINT}"),
        ("pass 4", "There is no backward pass 4: the last one is 3."),
        ("pass 0", "There is no backward pass 0: the last one is 3."),
        ("pass 2 node 3", "Pass 2 has no node 3: 2 are recorded."),
        ("node 1", "This is not inside a backward pass: pass 1 node 2 says which one."),
        ("line 2 of net.py", "No one file here is called net.py; these are: lesson.py."),
        ("9" * 500, "This is longer than 400 characters."),
    ],
)
def test_what_is_nowhere(text: str, why: str) -> None:
    assert go(text) == Arrival(None, why)


def test_a_moment_that_is_the_only_one_is_said_to_be() -> None:
    step = trace(*[snapshot(at, values={"n": str(at)} if at == 1 else {}) for at in range(3)])
    assert go("n == 1", of=step).moment == 1
    assert go("n == 1", 2, of=step) == Arrival(1, AGAIN)
    only = trace(snapshot(0), snapshot(1), snapshot(2, values={"n": "1"}))
    assert go("n == 1", 2, of=only) == Arrival(None, "`n == 1` is true only here.")
    assert go(":2", 2, of=only) == Arrival(None, "Line 2 has run only here.")


def test_again_passes_over_what_still_holds() -> None:
    assert go("n > 2", 7, anew=True) == Arrival(12)
    assert go("n > 2", 12, anew=True) == Arrival(7, AGAIN)
    assert go("n > 2", 7).moment == 8


def test_nan_comes_up_where_it_was_not_before() -> None:
    nan, one = scalar(math.nan), scalar(1.0)
    tensors = [{}, {"a": one}, {"a": nan}, {"a": nan}, {"b": nan}, {"a": one}, {"a": nan}]
    step = trace(*[snapshot(at, tensors=each) for at, each in enumerate(tensors)])
    found = [go("nan", index, of=step).moment for index in range(7)]
    assert found == [2, 2, 4, 4, 6, 6, 2]


def test_the_local_of_a_running_function_goes_before_the_global() -> None:
    step = trace(
        snapshot(0, values={"k": "1"}),
        snapshot(1, values={"f().k": "5"}, depth=1, function="f"),
        snapshot(2, gone=("f().k",)),
        snapshot(3, values={"k": "7"}),
    )
    assert [go(f"k == {value}", 3, of=step).moment for value in (1, 5, 7)] == [0, 1, None]
    assert go("k == 1", 1, of=step).moment == 2
    assert go("f().k == 5", 2, of=step).moment == 1


def test_an_absent_variable_makes_it_false() -> None:
    step = trace(
        snapshot(0),
        snapshot(1, tensors={"a": scalar(1.0)}),
        snapshot(2, tensors={"b": scalar(1.0)}, gone=("a",)),
    )
    assert go("not a == 1 or b == 1", of=step) == Arrival(
        None, "At no moment is `not a == 1 or b == 1` true."
    )
    assert go("a is not None", of=step) == Arrival(1)


def test_where_it_is_not_known_that_is_said() -> None:
    unknown = tensor(1.0).__class__(
        (2000,), "torch.float32", "cpu", False, True, False, "constant", None, None, 0, 0, None,
        None, None, None,
    )  # fmt: skip
    step = trace(
        snapshot(0), snapshot(1, tensors={"a": unknown}), snapshot(2, tensors={"a": scalar(1.0)})
    )
    assert go("a == 2", of=step).message == (
        "At no moment is `a == 2` true. "
        "Not everywhere known: `a == 2`: its elements were not recorded."
    )
    assert go("a == 1", of=step) == Arrival(2)


def test_the_walk_goes_and_remembers() -> None:
    walk = walk_loop()
    assert not walk.go("")
    assert walk.message == "Nothing was looked for before."
    assert walk.go("n > 2")
    assert walk.timeline.index == 7
    assert walk.go("")
    assert walk.timeline.index == 12
    assert walk.go(" ")
    assert (walk.timeline.index, walk.message) == (7, AGAIN)
    assert not walk.go("7")
    assert walk.message == "You are at this moment."
    assert not walk.go("x > 1")
    assert walk.go("n > 2")
    assert walk.queries == ["7", "x > 1", "n > 2"]


@pytest.mark.parametrize(("there", "asked"), [(math.inf, "nan"), (math.nan, "inf")])
def test_of_nan_and_inf_the_one_that_is_there_is_named(there: float, asked: str) -> None:
    """The strip marks both with one sign, so that either may be looked for."""
    step = trace(snapshot(0), snapshot(1, tensors={"w": scalar(there)}))
    here, word = ("inf", "NaN") if asked == "nan" else ("nan", "inf")
    said = f"No {word} came up in this step, but {here} did: g, then {here}."
    assert go(asked, of=step) == Arrival(None, said)
    assert go(here, of=step) == Arrival(1)


def test_while_a_step_is_recorded_what_is_there_is_searched() -> None:
    walk = live()
    assert not walk.go("1")
    assert walk.message == "Nothing has been recorded yet."
    take(walk, moment(0), moment(1))
    said = {}
    for text in ("9", "turn 2", ":1", "nan", "a > 1"):
        said[text] = "" if walk.go(text) else walk.message
    assert said == {
        "9": "Moment 9 is not recorded yet: there are 2 so far.",
        "turn 2": "No loop so far has a turn to go to.",
        ":1": "",
        "nan": "No NaN came up in this step so far.",
        "a > 1": "No moment so far has a variable `a`.",
    }


def test_a_line_inside_of_a_statement_is_that_of_the_statement() -> None:
    code = "a = f(\n    1,\n)\nfor i in (\n    1,\n):\n    pass\n\nb = 1\n"
    moments = [snapshot(0), snapshot(1, line=1), snapshot(2, line=4), snapshot(3, line=7)]
    step = trace(*moments, snapshot(4, line=9), code=code)
    found = [go(f":{line}", of=step).moment for line in range(1, 10)]
    assert found == [1, 1, 1, 2, 2, 2, 3, None, 4]
    assert go(":8", of=step).message == "Line 8 has not run in this step."


def test_a_line_is_called_as_its_file_counts() -> None:
    walk = saved([moment(0), moment(1), moment(2)], "a = 1\nb = 2\n")
    walk.trace._sources[0] = Sources(walk.trace.code, 11)
    assert walk.go("line 12")
    assert walk.timeline.index == 2
    assert not walk.go(":2")
    assert walk.message == "There is no line 2: the code has lines 11 to 12."


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from("turnlimeoa0123456789:. <>=nwy()[]·/-"), max_size=20),
    st.integers(0, 17),
)
def test_whatever_is_typed_leads_to_a_moment_or_says_why(text: str, index: int) -> None:
    step = LOOP
    arrival = go(text, index, of=step)
    assert arrival.message if arrival.moment is None else 0 <= arrival.moment < len(step)


LOOP = walk_loop().trace
assert len(LOOP) == len(passes.loop()) - 1
