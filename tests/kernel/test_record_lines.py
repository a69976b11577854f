"""Which lines are recorded, in which order and at which depth."""

from __future__ import annotations

import sys

import pytest
from recorded import Record

from autograd_tutor.kernel import observer, tensor_records
from autograd_tutor.limits.kernel import MOST_VALUES
from autograd_tutor.recording.wire import Limits

PATHS = {
    "straight": ("a = 1\nb = 2\n", [1, 2]),
    "comments and blank lines": ("\n# one\na = 1\n\n# two\nb = 2  # three\n", [3, 6]),
    "one statement over several lines": ("a = max(\n    1,\n    2,\n)\nb = a\n", [1, 5]),
    "string over several lines": ('a = """x\ny\n"""\nb = 2\n', [1, 4]),
    "two statements on a line": ("a = 1; b = 2\nc = 3\n", [1, 2]),
    "for": ("for i in range(2):\n    a = i\nb = 1\n", [1, 2, 1, 2, 1, 3]),
    "for on one line": ("for i in range(3): a = i\nb = 1\n", [1, 1, 1, 1, 2]),
    "for with a long header": (
        "for i in range(\n    1,\n    3,\n):\n    a = i\n",
        [1, 5, 1, 5, 1],
    ),
    "while": ("n = 0\nwhile n < 2:\n    n += 1\n", [1, 2, 3, 2, 3, 2]),
    "while on one line": ("n = 0\nwhile n < 3: n += 1\n", [1, 2, 2, 2]),
    "break and else": (
        "for i in range(3):\n    if i:\n        break\nelse:\n    a = 1\nb = 2\n",
        [1, 2, 1, 2, 3, 6],
    ),
    "comprehension": ("xs = [i * 2 for i in range(5)]\ny = 1\n", [1, 2]),
    "comprehension over lines": ("xs = [\n    i * 2\n    for i in range(5)\n]\ny = 1\n", [1, 5]),
    "generator and lambda": ("f = lambda x: x + 1\ny = sum(f(i) for i in range(3))\n", [1, 2]),
    "try and finally": (
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    a = 1\nfinally:\n    b = 2\n",
        [1, 2, 3, 4, 6],
    ),
    "with": (
        "import contextlib\nwith contextlib.nullcontext():\n    a = 1\nb = 2\n",
        [1, 2, 3, 2, 4],
    ),
    "match": ("match 2:\n    case 1:\n        a = 1\n    case 2:\n        a = 2\n", [1, 2, 4, 5]),
    "class": ("class A:\n    x = 1\n    def f(self):\n        return 1\nb = 2\n", [1, 5]),
    "decorated": ("import functools\n@functools.cache\ndef f():\n    pass\nb = 2\n", [1, 2, 5]),
    "exec is not the snippet": ("exec('a = 1\\nb = 2')\nc = 3\n", [1, 2]),
    "import": ("import math\na = math.pi\n", [1, 2]),
    "walrus, global, del, assert": ("a = (b := 1)\nassert a\ndel b\n", [1, 2, 3]),
    "carriage returns": ("a = 1\r\nb = 2\r\n", [1, 2]),
    "form feed": ("a = 1\n\x0c\nb = 2\n", [1, 3]),
}  # fmt: skip


@pytest.mark.parametrize("name", PATHS)
def test_each_statement_is_one_event(record: Record, name: str) -> None:
    code, path = PATHS[name]
    recorded = record(code)
    assert recorded.result.ok
    assert recorded.path == path


def test_a_loop_of_one_statement_is_recorded_every_time(record: Record) -> None:
    code = (
        "n = iter(range(2))\ntry:\n    while True:\n        next(n)\n"
        "except StopIteration:\n    pass\n"
    )
    assert record(code).path.count(4) == 3


@pytest.mark.parametrize("name", PATHS)
def test_next_line_is_the_line_that_follows(record: Record, name: str) -> None:
    recorded = record(PATHS[name][0])
    flat = recorded.snapshots
    assert [s.next_line for s in flat] == [s.line for s in flat[1:]] + [0]


CALLS = {
    "function": (
        "def f(x):\n    y = x + 1\n    return y\na = f(1)\n",
        [(1, 0, ""), (2, 1, "f"), (3, 1, "f"), (4, 0, "")],
    ),
    "method": (
        "class A:\n    def f(self):\n        return 1\na = A().f()\n",
        [(1, 0, ""), (3, 1, "A.f"), (4, 0, "")],
    ),
    "nested functions": (
        "def f():\n    def g():\n        return 1\n    return g()\na = f()\n",
        [(1, 0, ""), (2, 1, "f"), (3, 2, "f.g"), (4, 1, "f"), (5, 0, "")],
    ),
    "called from a comprehension": (
        "def f(i):\n    return i\na = [f(i) for i in range(2)]\n",
        [(1, 0, ""), (2, 1, "f"), (2, 1, "f"), (3, 0, "")],
    ),
    "called by a library": (
        "import functools\ndef f(a, b):\n    return a + b\nx = functools.reduce(f, [1, 2, 3])\n",
        [(1, 0, ""), (2, 0, ""), (3, 1, "f"), (3, 1, "f"), (4, 0, "")],
    ),
    "generator": (
        "def g():\n    x = yield 1\n    y = x\n    yield y\n"
        "it = g()\na = next(it)\nb = it.send(2)\n",
        [(1, 0, ""), (5, 0, ""), (2, 1, "g"), (6, 0, ""), (2, 1, "g"), (3, 1, "g"), (4, 1, "g"),
         (7, 0, "")],
    ),
    "generator that is dropped": (
        "def g():\n    try:\n        yield 1\n    finally:\n        a = 1\n"
        "it = g()\nnext(it)\ndel it\nb = 1\n",
        [(1, 0, ""), (6, 0, ""), (2, 1, "g"), (3, 1, "g"), (7, 0, ""), (5, 1, "g"), (8, 0, ""),
         (9, 0, "")],
    ),
    "an exception on its way out": (
        "def f():\n    a = 1\n    raise ValueError\ntry:\n    f()\nexcept ValueError:\n    b = 1\n",
        [(1, 0, ""), (4, 0, ""), (2, 1, "f"), (3, 1, "f"), (5, 0, ""), (6, 0, ""), (7, 0, "")],
    ),
    "coroutine": (
        "async def f():\n    return 1\nc = f()\ntry:\n    c.send(None)\n"
        "except StopIteration as e:\n    a = e.value\n",
        [(1, 0, ""), (3, 0, ""), (4, 0, ""), (2, 1, "f"), (5, 0, ""), (6, 0, ""), (7, 0, "")],
    ),
    "recursion": (
        "def f(n):\n    if n:\n        f(n - 1)\nf(1)\n",
        [(1, 0, ""), (2, 1, "f"), (2, 2, "f"), (3, 1, "f"), (4, 0, "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_calls_are_recorded_with_their_depth(record: Record, name: str) -> None:
    code, lines = CALLS[name]
    recorded = record(code)
    assert recorded.result.ok
    assert recorded.lines == lines


TORCH_CALLS = {
    "module": (
        "class Net(torch.nn.Module):\n    def forward(self, x):\n        return x * 2\n"
        "y = Net()(torch.ones(1))\n",
        [(1, 0, ""), (3, 1, "Net.forward"), (4, 0, "")],
    ),
    "custom Function": (
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        return x * 2\n    @staticmethod\n    def backward(ctx, g):\n        return g * 2\n"
        "x = torch.ones(1, requires_grad=True)\nF.apply(x).backward()\n",
        [(1, 0, ""), (8, 0, ""), (4, 1, "F.forward"), (7, 2, "F.backward"), (9, 0, "")],
    ),
    "hook": (
        "x = torch.ones(1, requires_grad=True)\ndef hook(g):\n    return g * 3\n"
        "h = x.register_hook(hook)\n(x * 2).backward()\n",
        [(1, 0, ""), (2, 0, ""), (4, 0, ""), (3, 2, "hook"), (5, 0, "")],
    ),
    "optimizer's closure": (
        "w = torch.zeros(1, requires_grad=True)\nopt = torch.optim.SGD([w], lr=0.1)\n"
        "def closure():\n    loss = (w - 1).pow(2).sum()\n    loss.backward()\n    return loss\n"
        "opt.step(closure)\n",
        [(1, 0, ""), (2, 0, ""), (3, 0, ""), (4, 1, "closure"), (5, 1, "closure"),
         (6, 1, "closure"), (7, 0, "")],
    ),
    "torch.func": (
        "def f(x):\n    y = x * x\n    return y.sum()\ng = torch.func.grad(f)(torch.ones(2))\n",
        [(1, 0, ""), (2, 1, "f"), (3, 1, "f"), (4, 0, "")],
    ),
    "vmap": (
        "def f(x):\n    return x * 2\ng = torch.vmap(f)(torch.ones(2, 3))\n",
        [(1, 0, ""), (2, 1, "f"), (3, 0, "")],
    ),
    "no_grad as a decorator": (
        "@torch.no_grad()\ndef f(x):\n    return x * 2\ny = f(torch.ones(1))\n",
        [(1, 0, ""), (3, 1, "f"), (4, 0, "")],
    ),
    "checkpoint": (
        "from torch.utils.checkpoint import checkpoint\ndef f(x):\n    return x * 2\n"
        "x = torch.ones(1, requires_grad=True)\ny = checkpoint(f, x, use_reentrant=False)\n"
        "y.backward()\n",
        [(1, 0, ""), (2, 0, ""), (4, 0, ""), (3, 1, "f"), (5, 0, ""), (6, 0, "")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH_CALLS)
def test_what_torch_calls_is_recorded_too(record: Record, name: str) -> None:
    code, lines = TORCH_CALLS[name]
    recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    assert recorded.lines == lines


def test_the_first_snapshot_is_the_start(record: Record) -> None:
    first = record("\n\nx = 1\n").snapshots[0]
    assert (first.event, first.line, first.next_line, first.values) == ("start", 0, 3, {})


@pytest.mark.parametrize("code", ["", "\n\n", "# only a comment\n"])
def test_a_step_without_statements_has_a_start_only(record: Record, code: str) -> None:
    recorded = record(code)
    assert recorded.result.ok
    assert [snapshot.event for snapshot in recorded.snapshots] == ["start"]


def test_code_of_an_earlier_step_is_stepped_over(record: Record) -> None:
    recorded = record("def f(x):\n    return x + 1\n")
    recorded.step("y = f(1)\n")
    assert recorded.lines == [(1, 0, "")]
    assert recorded.final.values["y"] == "2"


def test_other_threads_are_not_recorded(record: Record) -> None:
    code = (
        "import threading\ndef f():\n    a = 1\n"
        "t = threading.Thread(target=f)\nt.start()\nt.join()\n"
    )
    assert record(code).path == [1, 2, 4, 5, 6]


def test_the_trace_function_is_put_back(record: Record) -> None:
    def own(*_: object) -> None:
        return None

    before = sys.gettrace()
    try:
        sys.settrace(own)
        record("x = 1\n")
        during = sys.gettrace()
    finally:
        sys.settrace(before)
    assert during is own


def test_the_trace_function_is_put_back_after_an_error_and_a_truncation(record: Record) -> None:
    before = sys.gettrace()
    record("1 / 0\n")
    assert sys.gettrace() is before
    record("for i in range(50):\n    pass\n", limits=Limits(snapshots=5))
    assert sys.gettrace() is before


def test_too_many_snapshots_stop_the_recording_not_the_snippet(record: Record) -> None:
    recorded = record("n = 0\nfor i in range(50):\n    n += 1\n", limits=Limits(snapshots=10))
    assert recorded.result.truncated == "snapshots"
    assert recorded.result.ok
    assert len(recorded.snapshots) == 10
    assert recorded.snapshots[-1].event == "end"
    assert recorded.final.values["n"] == "50"


def test_a_truncated_step_that_fails_ends_with_the_error(record: Record) -> None:
    recorded = record("for i in range(50):\n    x = i\n1 / 0\n", limits=Limits(snapshots=10))
    assert recorded.result.truncated == "snapshots"
    assert recorded.snapshots[-1].event == "error"
    assert recorded.snapshots[-1].line == 3
    assert recorded.final.values["x"] == "49"


@pytest.mark.parametrize("other", ["None", "lambda *a: None"])
def test_a_recording_says_that_the_snippet_traced_itself(record: Record, other: str) -> None:
    recorded = record(f"import sys\nx = 1\nsys.settrace({other})\nx = 2\ny = 3\n")
    assert recorded.result.truncated == "tracing replaced"
    assert recorded.snapshots[-1].event == "end"
    assert recorded.final.values == {"x": "2", "y": "3"}


def test_a_snippet_may_trace_for_a_while(record: Record) -> None:
    code = (
        "import sys\nbefore = sys.gettrace()\nsys.settrace(None)\nsys.settrace(before)\n"
        "del before\nx = 1\n"
    )
    recorded = record(code)
    assert recorded.result.truncated is None
    assert recorded.path[-1] == 6


def test_endless_recursion_is_the_snippets_error(record: Record) -> None:
    recorded = record("def f(n):\n    return f(n + 1)\nf(0)\n")
    assert recorded.result.error is not None
    assert recorded.result.error.type == "RecursionError"
    assert recorded.result.error.line == 3
    assert recorded.snapshots[-1].event == "error"


def test_deep_recursion_is_recorded(record: Record) -> None:
    recorded = record("def f(n):\n    if n:\n        f(n - 1)\nf(200)\n")
    assert recorded.result.ok
    assert max(depth for _, depth, _ in recorded.lines) == 201


def test_a_generator_of_an_earlier_step_may_go_on(record: Record) -> None:
    recorded = record("def g():\n    yield 1\n    yield 2\n    yield 3\nit = g()\na = next(it)\n")
    recorded.step("b = next(it)\nc = b\nd = next(it)\ne = d\n")
    assert recorded.result.ok
    assert recorded.result.truncated is None
    assert recorded.path == [1, 2, 3, 4]
    assert recorded.variables["e"] == 3


def test_a_very_long_expression_runs_as_it_does_in_python(record: Record) -> None:
    recorded = record("a = " + "+".join(["1"] * 1_000) + "\nb = a\n")
    assert recorded.result.ok, recorded.result.error
    assert recorded.path == [1, 2]
    assert recorded.variables["b"] == 1_000


def test_the_compiler_warns_once(record: Record) -> None:
    with pytest.warns(SyntaxWarning) as found:
        recorded = record("a = 1\nb = a is 1\n")
    assert recorded.result.ok
    assert len(found) == 1


def test_a_recording_too_large_to_keep_stops_not_the_snippet(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "STEP_BYTES", 100_000)
    recorded = record("ts = [torch.zeros(100) for _ in range(10)]\n")
    result = recorded.step("for i in range(50):\n    for t in ts:\n        t += 1\n")
    assert result.ok
    assert result.truncated == "bytes"
    assert 40 < result.snapshots < 100
    assert recorded.final.values["i"] == "49"
    assert recorded.step("a = 1\n").truncated is None


def test_texts_count_as_part_of_a_recordings_size(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "STEP_BYTES", 100_000)
    recorded = record("for i in range(500):\n    s = 'x' * 150 + str(i)\n")
    assert recorded.result.truncated == "bytes"


def test_a_recording_too_large_to_send_stops_not_the_snippet(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observer, "STEP_SENT_BYTES", 100_000)
    recorded = record("x = 0\n")
    monkeypatch.setattr(recorded.recorder, "_sent", lambda: 3_000 * len(recorded.snapshots))
    result = recorded.step("for i in range(500):\n    x += i\n")
    assert result.ok
    assert (result.truncated, result.snapshots) == ("bytes", 100_000 // 3_000 + 2)
    assert recorded.final.values["x"] == str(sum(range(500)))
    assert recorded.step("a = 1\n").truncated is None


def test_texts_of_tensors_share_what_one_moment_may_carry(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tensor_records, "SNAPSHOT_BYTES", 20_000)
    recorded = record(
        "torch.set_printoptions(precision=8)\nts = [torch.rand(500) for _ in range(9)]\n"
    )
    carried = [
        len(tensor.raw or b"") + len(tensor.shown or "")
        for tensor in recorded.final.tensors.values()
    ]
    assert len(carried) == 9
    assert 15_000 < sum(carried) < 30_000
    assert sum(size < 100 for size in carried) >= 3


def test_modules_without_parameters_are_counted_as_variables(record: Record) -> None:
    recorded = record("for n in range(2_500): globals()[f'm{n}'] = torch.nn.ReLU()\n")
    values = recorded.final.values
    assert sum(name.startswith("m") for name in values) == MOST_VALUES
    assert values["…"] == "500 more variables are not shown"
