"""A part of a run is recorded: what it holds is what the whole recording has there."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from recorded import Record, Recorded

from autograd_tutor.analysis.strip import scale_of, strip
from autograd_tutor.analysis.turns import places, turns_of
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.recording.window import LeftOut, Window

TRAINING = """\
w = torch.ones(2, requires_grad=True)
losses = []
for step in range(7):
    y = w * torch.rand(2)
    loss = y.sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    for part in range(2):
        last = step + part
    losses.append(loss.item())
after = 3
"""
IN_FUNCTIONS = """\
def part(x):
    for i in range(2):
        x = x * 2 + i
    return x
def train(turns):
    e = 0
    while e < turns:
        e += 1
        a = part(torch.tensor(float(e)))
        if e == 6:
            break
    return a
got = train(9)
again = train(3)
end = 1
"""


def all_of(snapshot: Snapshot) -> tuple[int, int, str, int | None]:
    call = None if snapshot.backward is None else snapshot.backward.call
    return snapshot.line, snapshot.depth, snapshot.function, call


def shown(recorded: Recorded, index: int) -> dict[str, Any]:
    """What there is at a moment, as text."""
    state = recorded.state(index)
    tensors = {
        name: (text(each), None if each.grad is None else text(each.grad), each.requires_grad)
        for name, each in state.tensors.items()
    }
    return {**tensors, **state.values}


def outermost(recorded: Recorded, index: int) -> int | None:
    found = places(recorded.recording.traces[0], index)
    return found[0].number if found else None


def by_turn(recorded: Recorded) -> dict[tuple[int, int], list[Any]]:
    """The moments of each turn of an outermost loop, by the run of it and by its number."""
    found: dict[tuple[int, int], list[Any]] = {}
    turns = turns_of(recorded.recording.traces[0])
    outer = [run for run in turns.runs if run.parent is None]
    for index, snapshot in enumerate(recorded.snapshots):
        turn = turns.at[index]
        if turn is not None:
            top = turn.way[0]
            key = outer.index(top.run), top.number
            found.setdefault(key, []).append((all_of(snapshot), shown(recorded, index)))
    return found


@pytest.mark.parametrize(
    ("code", "window", "numbers"),
    [
        (TRAINING, Window(every=3), [[1, 4, 7]]),
        (TRAINING, Window(every=100), [[1]]),
        (TRAINING, Window(kind="turn", first=3, last=4), [[3, 4]]),
        (TRAINING, Window(kind="turn", first=6), [[6, 7]]),
        (TRAINING, Window(kind="turn", first=2, last=6, every=2), [[2, 4, 6]]),
        (IN_FUNCTIONS, Window(every=2), [[1, 3, 5], [1, 3]]),
        (IN_FUNCTIONS, Window(kind="turn", first=2, last=2), [[2], [2]]),
        (IN_FUNCTIONS, Window(kind="turn", first=5, last=9), [[5, 6]]),
    ],
)
def test_a_turn_that_is_recorded_is_recorded_whole(
    record: Record, code: str, window: Window, numbers: list[list[int]]
) -> None:
    whole = by_turn(record(code))
    part = record(code, window=window)
    assert part.result.ok
    assert part.result.truncated is part.result.fault is None
    turns = turns_of(part.recording.traces[0])
    assert [run.numbers for run in turns.runs if run.parent is None] == numbers
    runs = [run for run in turns.runs if run.parent is None]
    for (run, number), moments in by_turn(part).items():
        same = whole[run, number]
        if number == runs[run].total and len(moments) == len(same) + 1:
            moments = moments[:-1]
        assert [each[0] for each in moments] == [each[0] for each in same]
        assert [each[1] for each in moments] == [each[1] for each in same]


@pytest.mark.parametrize(
    "window",
    [
        Window(every=3),
        Window(kind="turn", first=100),
        Window(kind="turn", first=2, last=3),
        Window(kind="line", first=5, last=6),
        Window(kind="line", first=12),
        Window(kind="line", first=3, last=4, every=2),
        Window(kind="pass", first=3, last=4),
        Window(kind="pass", first=1, last=1),
        Window(kind="pass", first=99),
    ],
)
@pytest.mark.parametrize("code", [TRAINING, IN_FUNCTIONS])
def test_what_is_computed_and_the_final_state_are_the_same(
    record: Record, code: str, window: Window
) -> None:
    whole = record(code)
    expected = shown(whole, len(whole.snapshots) - 1)
    part = record(code, window=window)
    assert part.result.ok
    assert part.result.truncated is part.result.fault is None
    assert shown(part, len(part.snapshots) - 1) == expected
    if window != Window(kind="pass", first=1, last=1) or code is TRAINING:
        assert len(part.snapshots) < len(whole.snapshots)
    assert sys.gettrace() is None


def test_what_was_left_out_is_said_where_recording_goes_on(record: Record) -> None:
    part = record(TRAINING, window=Window(every=3))
    left_out = {each.index: each.left_out for each in part.snapshots if each.left_out}
    assert list(left_out.values()) == [LeftOut(3, 4, False, 2), LeftOut(3, 7, False, 2)]
    trace = part.recording.traces[0]
    assert [(gap.first, gap.last) for gap in turns_of(trace).gaps.values()] == [(2, 3), (5, 6)]
    for index in left_out:
        assert part.snapshots[index].line == 3
    calls = {each.backward.call for each in part.snapshots if each.backward is not None}
    assert calls == {1, 4, 7}
    # Of nodes that left-out lines made, no line is claimed.
    for index in left_out:
        assert {node.line for node in part.snapshots[index].nodes} == {0}
    lines = {node.line for each in part.snapshots if not each.left_out for node in each.nodes}
    assert lines == {4, 5}
    labels = [each.number for each in strip(trace, scale_of(trace, 200)).labels]
    assert labels == [1, 4, 7]
    totals = {place.total for place in places(trace, len(trace) - 3)[:1]}
    assert totals == {7}


def test_the_end_of_a_loop_whose_last_turns_are_left_out(record: Record) -> None:
    part = record(TRAINING, window=Window(every=4))
    trace = part.recording.traces[0]
    at = next(each.index for each in part.snapshots if each.left_out and each.left_out.ended)
    assert part.snapshots[at].left_out == LeftOut(3, 7, True, 2)
    assert turns_of(trace).gaps[at][:2] == (6, 7)
    assert turns_of(trace).over[at].total == 7
    assert part.path[-2:] == [3, 12]


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [
        (5, 6, {5, 6}),
        (1, 2, {1, 2}),
        (12, 0, {12}),
        (7, 8, {7, 8}),
        (9, 10, {9, 10}),
        (12, 99, {12}),
    ],
)
def test_lines(record: Record, first: int, last: int, lines: set[int]) -> None:
    part = record(TRAINING, window=Window(kind="line", first=first, last=last))
    followed = {each.line for each in part.snapshots if each.event == "line" and not each.left_out}
    assert followed == lines
    assert part.result.ok


def test_lines_that_return_or_raise(record: Record) -> None:
    code = (
        "def f(x):\n    y = x + 1\n    if x:\n        return y\n    raise ValueError\n"
        "a = f(1)\ntry:\n    f(0)\nexcept ValueError:\n    b = 2\nc = 3\n"
    )
    part = record(code, window=Window(kind="line", first=4, last=5))
    assert part.result.ok
    followed = [(each.line, each.raised) for each in part.snapshots if each.event == "line"]
    assert (4, False) in followed
    assert (5, True) in followed
    assert (11, False) not in followed
    assert shown(part, len(part.snapshots) - 1)["c"] == "3"


def test_passes(record: Record) -> None:
    part = record(TRAINING, window=Window(kind="pass", first=3, last=4))
    calls = {each.backward.call for each in part.snapshots if each.backward is not None}
    assert calls == {3, 4}
    first = next(each for each in part.snapshots if each.left_out)
    assert (first.line, first.left_out) == (6, LeftOut(3, 2, False, 2))
    assert part.snapshots[-1].event == "end"
    assert part.snapshots[-1].left_out == LeftOut(3, 7, True, 3)
    path = [each.line for each in part.snapshots if each.event == "line"]
    assert path.count(4) == 2
    assert path[-1] == 6


@pytest.mark.parametrize("window", [Window(every=5), Window(kind="turn", first=1, last=1)])
@pytest.mark.parametrize("inside", ["raise ValueError(step)", "1 / 0", "torch.ones(2) @ w"])
def test_a_turn_that_is_left_out_and_fails_is_told_with_its_state(
    record: Record, window: Window, inside: str
) -> None:
    code = (
        "w = torch.ones(3)\nfor step in range(9):\n    w = w + 1\n"
        f"    if step == 3:\n        {inside}\n"
    )
    whole, part = record(code), record(code, window=window)
    assert whole.result.error == part.result.error
    last = len(part.snapshots) - 1
    assert part.snapshots[last].event == "error"
    assert part.snapshots[last].line == 5
    assert shown(part, last) == shown(whole, len(whole.snapshots) - 1)


def test_a_failure_in_a_function_that_is_caught_outside(record: Record) -> None:
    code = (
        "def f():\n    for i in range(9):\n        if i == 4:\n            raise ValueError(i)\n"
        "try:\n    f()\nexcept ValueError as error:\n    seen = str(error)\nend = 1\n"
    )
    part = record(code, window=Window(kind="turn", first=1, last=2))
    assert part.result.ok
    assert [(s.line, s.raised) for s in part.snapshots[-5:]] == [
        (4, True), (6, True), (7, False), (8, False), (9, False),
    ]  # fmt: skip
    at = part.snapshots[-5]
    assert at.left_out == LeftOut(2, 5, True, 0)
    assert at.function == "f"


def test_code_sees_nothing_of_it(record: Record) -> None:
    code = (
        "from __future__ import annotations\nimport sys, inspect, traceback\n"
        "def f():\n    'Doc.'\n    for i in range(3):\n        frame = sys._getframe()\n"
        "        seen = (frame.f_lineno, sys.gettrace() is None)\n    return seen\n"
        "got = f()\ndoc = f.__doc__\nsource = inspect.getsource(f)\n"
        "try:\n    for i in range(2):\n        [][i]\nexcept IndexError:\n"
        "    text = traceback.format_exc()\n"
    )
    whole = record(code, window=Window(), filename="<step 1>")
    expected = dict(whole.variables)
    part = record(code, window=Window(every=2))
    assert part.result.ok, part.result.error
    for name in ("doc", "source", "text"):
        assert part.variables[name] == expected[name]
    assert part.variables["got"][0] == expected["got"][0]


def test_loops_of_other_threads_generators_and_one_line_are_let_be(record: Record) -> None:
    code = (
        "import threading\nseen = []\n"
        "def work():\n    for i in range(50):\n        seen.append(i)\n"
        "def numbers():\n    n = 0\n    while True:\n        n += 1\n        yield n\n"
        "source = numbers()\nfirst = next(source)\n"
        "for turn in range(6):\n    thread = threading.Thread(target=work)\n    thread.start()\n"
        "    thread.join()\n    total = 0\n    for k in range(3): total += k\n"
        "    number = next(source)\nend = 1\n"
    )
    part = record(code, window=Window(kind="turn", first=3, last=3))
    assert part.result.ok
    (run,) = [
        each
        for each in turns_of(part.recording.traces[0]).runs
        if each.parent is None and each.loop.header == 13
    ]
    assert run.numbers == [3]
    assert part.variables["number"] == 7
    assert len(part.variables["seen"]) == 300


def test_steps_after_each_other_and_limits(record: Record) -> None:
    from autograd_tutor.recording.wire import Limits

    part = record("n = 0\nfor i in range(4):\n    n += 1\n", window=Window(every=2))
    part.step("for j in range(5):\n    n += 1\n", first_line=4)
    assert part.variables["n"] == 9
    trace = part.recording.traces[1]
    assert turns_of(trace).runs[0].numbers == [1, 3, 5]
    part.step("for j in range(900):\n    n += 1\n", first_line=9, limits=Limits(snapshots=50))
    assert part.result.truncated == "snapshots"
    assert part.snapshots[-1].event == "end"
    assert part.variables["n"] == 909
    lines = record("a = 1\nb = 2\n", window=Window(kind="line", first=4, last=5))
    assert [each.event for each in lines.snapshots] == ["start", "end"]
    lines.step("c = 3\nd = 4\ne = 5\n", first_line=3)
    assert [each.line for each in lines.snapshots if each.event == "line"][-2:] == [2, 3]
    lines.step("f = 6\n", first_line=9)
    assert [each.event for each in lines.snapshots] == ["start", "end"]


def test_a_step_that_is_no_python_says_what_python_says(record: Record) -> None:
    for window in (Window(), Window(every=2)):
        failed = record("for i in range(3):\n  a = = 1\n", window=window)
        assert failed.result.error is not None
        assert (failed.result.error.type, failed.result.error.line) == ("SyntaxError", 2)


def test_a_snippet_with_a_trace_function_of_its_own_keeps_it(record: Record) -> None:
    code = (
        "import sys\nfor i in range(5):\n    if i == 2:\n        def mine(*a):\n"
        "            return None\n        sys.settrace(mine)\nkept = sys.gettrace() is mine\n"
    )
    part = record(code, window=Window(every=4))
    assert part.variables["kept"]
    assert part.result.truncated == "tracing replaced"


def test_one_line_of_a_script_with_many_moments_makes_no_more_nodes_than_a_record_has(
    record: Record,
) -> None:
    from autograd_tutor.limits.records import RECORD_NODES
    from autograd_tutor.recording.wire import Limits

    # Wide and not deep: torch frees a chain of so many nodes by recursion.
    assert RECORD_NODES // 2 < 2**16
    many = (
        "def many(n):\n    ys = [x + 1 for _ in range(n)]\n    while len(ys) > 1:\n"
        "        ys = [a + b for a, b in zip(ys[::2], ys[1::2])]\n    return ys[0]\n"
    )
    code = f"x = torch.ones(1, requires_grad=True)\nexec({many!r})\nz = many({2**15})\na = 1\n"
    limits = Limits(snapshots=50_000, nodes=500_000)
    recorded = record(code, limits=limits)
    assert recorded.result.truncated == "nodes"
    assert max(len(each.nodes) for each in recorded.snapshots) <= RECORD_NODES // 2


def test_an_exception_that_is_handled_around_a_loop_is_not_one_on_its_way(record: Record) -> None:
    handled = "try:\n    raise ValueError\nexcept ValueError as error:\n"
    part = record(f"{handled}    for i in range(4):\n        x = i\n", window=Window(every=2))
    assert part.result.ok
    assert [each.line for each in part.snapshots if each.raised] == [2]
    part = record(
        f"try:\n    {'    '.join(handled.splitlines(True))}"
        "        for i in range(4):\n            if i == 1:\n                raise error\n"
        "except ValueError:\n    x = 1\n",
        window=Window(kind="turn", first=1, last=1),
    )
    assert part.result.ok
    assert [each.line for each in part.snapshots if each.raised][-1] == 7


def test_the_first_line_of_a_case(record: Record) -> None:
    code = "match 3:\n    case 3:\n        a = 1\n        b = 2\nc = 3\n"
    part = record(code, window=Window(kind="line", first=3, last=3))
    assert next(each.line for each in part.snapshots if each.left_out) == 2


@pytest.mark.parametrize("header", ["async for i in some():", "async with some() as i:"])
def test_what_suspends_without_await_is_let_be(header: str) -> None:
    from autograd_tutor.kernel.hooked_code import hooked

    code = f"async def f():\n    {header}\n        for j in [1]:\n            x = j\n"
    made = hooked(code, "made", lambda kind, line: None, 9, None)
    inner = next(each for each in made.co_consts if type(each) is type(made))
    assert not any(callable(each) for each in inner.co_consts)


def test_no_text_of_a_snippet_stands_for_the_hook(record: Record) -> None:
    part = record('for i in range(2):\n    a = "\\0hook"\n', window=Window(every=2))
    assert part.variables["a"] == "\0hook"


ELIFS = "if 0:\n    a = 0\n" + "".join(f"elif {n} > 598:\n    a = {n}\n" for n in range(600))
NESTED = "".join(f"{' ' * n}for i{n} in [{n}]:\n" for n in range(11)) + f"{' ' * 11}a = 599\n"


@pytest.mark.parametrize(
    "code",
    [ELIFS, f"a = 599{' + 0' * 1500}\n", NESTED],
    ids=["elifs", "sum", "loops"],
)
def test_what_is_nested_too_deeply_for_a_window_is_recorded_whole(
    record: Record, capfd: pytest.CaptureFixture[str], code: str
) -> None:
    part = record(code, window=Window(every=2))
    assert part.result.ok, part.result.error
    assert part.variables["a"] == 599
    assert not any(each.left_out for each in part.snapshots)
    said = "nested too deeply" in capfd.readouterr().err
    assert said or code is not NESTED  # whether the others are too deep, the stack decides


@pytest.mark.parametrize("decorator", ["@torch.compile", "@torch.compile(dynamic=True)", ""])
def test_what_torch_compiles_is_let_be(decorator: str) -> None:
    from autograd_tutor.kernel.hooked_code import hooked

    code = (
        f"{decorator}\ndef f(x):\n    for i in range(3):\n        x = x + i\n    return x\n"
        "def train():\n    for i in range(3):\n        f(i)\n"
    )
    code += "" if decorator else "g = torch.compile(f, backend='eager')\n"
    made = hooked(code, "made", lambda kind, line: None, 99, None)
    called = {
        each.co_name: any(callable(const) for const in each.co_consts)
        for each in made.co_consts
        if type(each) is type(made)
    }
    assert called == {"f": False, "train": True}


def test_time_that_is_up_in_the_hook_is_of_no_line_behind_the_last(record: Record) -> None:
    from autograd_tutor.kernel.interrupts import OutOfTime
    from autograd_tutor.kernel.window import StepWindow

    part = record("a = 1\n", window=Window(every=2))
    hook = StepWindow.hook

    def late(self: StepWindow, kind: Any, line: int) -> None:
        raise OutOfTime

    StepWindow.hook = late  # type: ignore[method-assign]
    try:
        result = part.step("while True:\n    a += 1\n")
    finally:
        StepWindow.hook = hook  # type: ignore[method-assign]
    assert result.error is not None
    assert result.error.line == 0
