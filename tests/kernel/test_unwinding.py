"""A failure stays where it happened, whatever runs while its exception is on its way out."""

from __future__ import annotations

import pytest
from recorded import Record, Recorded

from autograd_tutor.analysis.code_state import code_state
from autograd_tutor.analysis.ending import Ending, ending
from autograd_tutor.analysis.pass_state import pass_at
from autograd_tutor.recording.model import Snapshot, Tensor
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.recording.trace import Trace

BROKEN = (
    "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x.exp()\nloss = (3 * y).sum()\n"
    "with torch.no_grad():\n    y.add_(1)\n"
)
"""`loss.backward()` fails at ExpBackward0 after it; the next line is the sixth."""

MANAGERS = {
    "try finally": "try:\n    loss.backward()\nfinally:\n    tidy = 1\n",
    "with": "with torch.set_grad_enabled(True):\n    loss.backward()\n",
    "with in with": "import io\nwith io.StringIO():\n    with io.StringIO() as f:\n"
    "        loss.backward()\n",
    "with and finally": "try:\n    with torch.enable_grad():\n        loss.backward()\n"
    "finally:\n    tidy = 1\n    tidy = 2\n",
    "a context manager of its own": "class Manager:\n    def __enter__(self):\n        pass\n"
    "    def __exit__(self, *error):\n        self.closed = True\nwith Manager():\n"
    "    loss.backward()\n",
    "a generator as context manager": "import contextlib\n@contextlib.contextmanager\n"
    "def manager():\n    try:\n        yield\n    finally:\n        tidy = 1\nwith manager():\n"
    "    loss.backward()\n",
    "on one line": "with torch.enable_grad(): loss.backward()\n",
    "raised again": "try:\n    loss.backward()\nexcept RuntimeError:\n    print('oh')\n    raise\n",
    "handled in between": "try:\n    loss.backward()\nfinally:\n    try:\n        1 / 0\n"
    "    except ZeroDivisionError:\n        pass\n    tidy = 1\n",
    "a loop in between": "try:\n    loss.backward()\nfinally:\n    for i in range(3):\n"
    "        tidy = i\n",
    "in a loop": "for i in range(2):\n    with torch.enable_grad():\n        if i:\n"
    "            loss.backward()\n",
}


def trace_of(recorded: Recorded) -> Trace:
    return recorded.recording.traces[0]


def at(trace: Trace, index: int) -> Timeline:
    return Timeline(trace, index)


def failing(code: str) -> int:
    """The line that fails: the only one that says so."""
    lines = code.split("\n")
    return next(n for n, line in enumerate(lines, 1) if "loss.backward()" in line)


@pytest.mark.parametrize("name", MANAGERS)
def test_the_failure_is_in_sight_from_where_it_happened_to_the_end(
    record: Record, name: str
) -> None:
    recorded = record(BROKEN + MANAGERS[name])
    trace, line = trace_of(recorded), failing(BROKEN + MANAGERS[name])
    (raised,) = [s.index for s in trace.snapshots if s.passes]
    assert trace.snapshots[raised].line == line
    assert trace.snapshots[raised].raised
    last = len(trace) - 1
    assert trace.snapshots[last].event == "error"
    assert trace.snapshots[last].line == line
    for index in range(raised, last + 1):
        timeline = at(trace, index)
        if timeline.snapshot is None or timeline.snapshot.depth:
            continue
        assert line in code_state(timeline).failed
        assert line not in code_state(timeline).done
        under_way = pass_at(trace, index)
        assert under_way is not None
        assert under_way.call == 1
        assert under_way.failing
        if not trace.snapshots[index - 1].depth or index == raised:
            assert timeline.into()
            assert timeline.backward is not None
            assert timeline.backward.call == 1
            assert timeline.last()
            assert timeline.index == raised  # where the pass ends with what it raised
    assert ending(trace, raised) is ending(trace, last) is Ending.RAISED


@pytest.mark.parametrize("name", MANAGERS)
def test_end_leads_to_the_failure(record: Record, name: str) -> None:
    trace = trace_of(recorded := record(BROKEN + MANAGERS[name]))
    timeline = at(trace, 0)
    timeline.last()
    assert code_state(timeline).failed >= {failing(BROKEN + MANAGERS[name])}
    assert timeline.can_enter
    assert recorded.result.error is not None
    assert timeline.snapshot is not None
    assert timeline.snapshot.error == recorded.result.error


def raising(recorded: Recorded) -> list[tuple[int, int]]:
    """Line and depth of each moment that raised."""
    return [(s.line, s.depth) for s in recorded.snapshots if s.raised]


def in_flight(recorded: Recorded) -> dict[int, int]:
    """By line that ran while an exception was in flight, the line that raised it."""
    shots = recorded.snapshots
    return {s.line: shots[s.failure].line for s in shots if s.failure is not None}


def test_in_a_function_it_is_where_it_happened_too(record: Record) -> None:
    recorded = record(
        BROKEN + "def step(loss):\n    try:\n        loss.backward()\n    finally:\n"
        "        tidy = 1\nstep(loss)\n"
    )
    assert raising(recorded) == [(8, 1), (11, 0)]
    assert in_flight(recorded) == {10: 8}
    trace = trace_of(recorded)
    (tidied,) = [s for s in recorded.snapshots if s.line == 10]
    timeline = at(trace, tidied.index)
    assert timeline.into()
    assert timeline.backward is not None
    assert timeline.out()
    assert timeline.snapshot is not None
    assert timeline.snapshot.line == 8
    end = at(trace, len(trace) - 1)
    assert end.into()
    assert end.snapshot is not None
    assert end.snapshot.function == "step"


def test_an_exception_that_is_handled_leaves_the_line_failed(record: Record) -> None:
    recorded = record(
        BROKEN + "try:\n    loss.backward()\nexcept RuntimeError as error:\n    text = str(error)\n"
        "done = 1\n"
    )
    assert recorded.result.ok
    assert raising(recorded) == [(7, 0)]
    assert in_flight(recorded) == {8: 7, 9: 7}
    trace = trace_of(recorded)
    state = code_state(at(trace, len(trace) - 1))
    assert state.failed == {7}
    assert state.done >= {6, 8, 9}
    handler = next(s.index for s in recorded.snapshots if s.line == 9)
    assert at(trace, handler).into()
    assert not at(trace, len(trace) - 1).can_enter


def test_an_exception_made_of_another_leads_to_both(record: Record) -> None:
    recorded = record(
        BROKEN + "try:\n    loss.backward()\nexcept RuntimeError as error:\n"
        "    raise ValueError('no gradients') from error\n"
    )
    assert raising(recorded) == [(7, 0), (9, 0)]
    trace = trace_of(recorded)
    end = at(trace, len(trace) - 1)
    assert end.snapshot is not None
    assert end.snapshot.line == 9
    assert end.into()
    assert end.backward is not None


LOOPS = {
    "an iterator": "class Three:\n    def __init__(self):\n        self.n = 0\n"
    "    def __iter__(self):\n        return self\n    def __next__(self):\n"
    "        self.n += 1\n        if self.n > 3:\n            raise StopIteration\n"
    "        return self.n\nfor i in Three():\n    a = i\nb = a\n",
    "a generator": "def three():\n    for i in range(3):\n        yield i\n"
    "for i in three():\n    a = i\nb = a\n",
    "a generator in another": "def three():\n    yield 1\n    return 2\ndef outer():\n"
    "    got = yield from three()\n    yield got\na = list(outer())\nb = a\n",
    "a loop that ends a function": "class No:\n    def __iter__(self):\n        return self\n"
    "    def __next__(self):\n        raise StopIteration\ndef f():\n    for i in No():\n"
    "        pass\nf()\nb = 1\n",
    "next with a default": "a = next(iter([]), None)\nb = hasattr(a, 'c')\n",
}


@pytest.mark.parametrize("name", LOOPS)
def test_what_ends_a_loop_is_no_failure(record: Record, name: str) -> None:
    recorded = record(LOOPS[name])
    assert recorded.result.ok
    lines = LOOPS[name].split("\n")
    assert all("raise StopIteration" in lines[line - 1] for line, _ in raising(recorded))
    assert not in_flight(recorded)


def test_a_line_that_fails_once_and_then_runs_is_done(record: Record) -> None:
    recorded = record("for i in (0, 1):\n    try:\n        a = 1 / i\n    except Exception:\n"
                      "        pass\n")  # fmt: skip
    trace = trace_of(recorded)
    at_first = next(s.index for s in recorded.snapshots if s.raised)
    assert code_state(at(trace, at_first)).failed == {3}
    assert not code_state(at(trace, len(trace) - 1)).failed


def test_errors_raised_outside_of_autograd_stay_where_they_were(record: Record) -> None:
    recorded = record("import io\nwith io.StringIO():\n    with io.StringIO():\n        a = 1\n"
                      "        int('x')\n        a = 2\n")  # fmt: skip
    assert raising(recorded) == [(5, 0), (5, 0)]
    assert in_flight(recorded) == {3: 5, 2: 5, 5: 5}


def kept(recorded: Recorded) -> tuple[dict[str, Tensor | str], str | None]:
    (ended,) = [ended for s in recorded.snapshots for ended in s.passes if ended.failed]
    return {saved.name: saved.value for saved in ended.saved}, ended.note


def numbers(snapshot: Snapshot, name: str) -> bytes | None:
    return snapshot.tensors[name].raw


def test_the_failing_node_shows_what_it_kept(record: Record) -> None:
    recorded = record(BROKEN + "try:\n    loss.backward()\nfinally:\n    y.data.zero_()\n")
    values, note = kept(recorded)
    result = values["result"]
    changed = next(s for s in recorded.snapshots if s.line == 5)
    assert isinstance(result, Tensor)
    assert result.raw == numbers(changed, "y")
    assert note is not None
    assert note.startswith("result was changed in place")


def test_a_node_that_a_hook_fails_at_shows_what_it_kept(record: Record) -> None:
    recorded = record(
        "x = torch.tensor([1.0, 2.0], requires_grad=True)\nk = torch.tensor([3.0, 4.0])\n"
        "y = x * k\ny.register_hook(lambda g: 1 / 0)\ny.sum().backward()\n"
    )
    values, note = kept(recorded)
    other = values["other"]
    assert isinstance(other, Tensor)
    assert other.raw == recorded.final.tensors["k"].raw
    assert note is None


def test_a_second_pass_says_that_what_was_kept_is_freed(record: Record) -> None:
    recorded = record(
        "x = torch.tensor(3.0, requires_grad=True)\ny = x * x\ny.backward()\ny.backward()\n"
    )
    values, note = kept(recorded)
    assert not any(isinstance(value, Tensor) for value in values.values())
    assert note == "its saved tensors were freed, or changed in place since they were saved"


def test_a_function_of_its_own_shows_what_it_kept(record: Record) -> None:
    recorded = record(
        "class F(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, t):\n"
        "        ctx.save_for_backward(t)\n        return t * 2\n    @staticmethod\n"
        "    def backward(ctx, g):\n        return g * ctx.saved_tensors[0]\n"
        "x = torch.tensor([1.0, 2.0], requires_grad=True)\ny = x * 1\nz = F.apply(y)\n"
        "with torch.no_grad():\n    y.add_(1)\nz.sum().backward()\n"
    )
    values, note = kept(recorded)
    tensor = values["saved_tensors[0]"]
    assert isinstance(tensor, Tensor)
    assert tensor.raw == recorded.final.tensors["y"].raw
    assert note is not None
    assert "changed in place" in note


CHECKPOINTED = {
    "one line": "def block(x):\n    return (x * w).tanh()\n",
    "early in a function": "def block(x):\n    y = x * w\n    y = y.sin()\n    return y + 1\n",
    "in with": "def block(x):\n    with torch.enable_grad():\n        y = (x * w).exp()\n"
    "    return y\n",
    "in try": "def block(x):\n    try:\n        y = (x * w).exp()\n    finally:\n"
    "        done = 1\n    return y\n",
    "a call deeper": "def inner(x):\n    return (x * w).exp()\n"
    "def block(x):\n    return inner(x)\n",
}


@pytest.mark.parametrize("name", CHECKPOINTED)
def test_a_checkpoint_that_has_recomputed_enough_is_no_failure(record: Record, name: str) -> None:
    code = (
        "from torch.utils.checkpoint import checkpoint\nw = torch.ones(2, requires_grad=True)\n"
        f"{CHECKPOINTED[name]}out = checkpoint(block, torch.ones(2), use_reentrant=False)\n"
        "out.sum().backward()\n"
    )
    trace = trace_of(record(code))
    assert any(each.function == "block" and each.depth > 1 for each in trace.snapshots)
    assert not any(each.raised for each in trace.snapshots)
    assert not code_state(at(trace, len(trace) - 1)).failed


def test_a_function_that_fails_when_it_is_recomputed_has_failed(record: Record) -> None:
    code = (
        "from torch.utils.checkpoint import checkpoint\nw = torch.ones(2, requires_grad=True)\n"
        "calls = []\ndef block(x):\n    calls.append(1)\n    1 / (2 - len(calls))\n"
        "    return (x * w).exp()\nout = checkpoint(block, torch.ones(2), use_reentrant=False)\n"
        "out.sum().backward()\n"
    )
    assert [each.line for each in trace_of(record(code)).snapshots if each.raised] == [6, 9]
