"""Passes on threads of the snippet, in processes that it forks, and on threads of the engine."""

from __future__ import annotations

import _thread
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
import torch
from pass_oracle import backwards, bits, name_of, order, passes, walked
from process_session import Session
from recorded import Record, Recorded

from autograd_tutor.kernel.pass_recorder import DEEP_ON_A_THREAD
from autograd_tutor.recording.wire import Limits

ON_A_THREAD = """
import threading
x = torch.tensor([1.0, 2.0], requires_grad=True)
def work():
    (x.sin() * x).sum().backward()
thread = threading.Thread(target=work)
thread.start(); thread.join()
after = 1
"""


def test_a_pass_on_a_thread_is_recorded_at_the_line_that_runs(record: Record) -> None:
    recorded = record(ON_A_THREAD)
    assert recorded.result.truncated is None
    assert order(recorded) == ["SumBackward0", "MulBackward0", "SinBackward0", "AccumulateGrad"]
    assert {(s.line, s.depth, s.function) for s in walked(recorded)} == {(7, 1, "")}
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x.sin() * x).sum().backward()
    assert x.grad is not None
    grad = recorded.final.tensors["x"].grad
    assert grad is not None
    assert grad.raw == bits(x.grad)
    assert [backward.leaf for backward in backwards(recorded)][-1] == "x"
    (found,) = passes(recorded)
    assert (found.call, found.nodes, found.failed) == (1, 4, None)


def test_lines_after_a_pass_on_a_thread_are_as_deep_as_before(record: Record) -> None:
    recorded = record(ON_A_THREAD)
    assert {depth for _, depth, _ in recorded.lines} == {0}
    assert recorded.path[-1] == 8


def test_a_pool_of_threads_makes_a_pass_for_each_of_its_tasks(record: Record) -> None:
    recorded = record(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "ws = [torch.tensor([float(n)], requires_grad=True) for n in range(6)]\n"
        "def work(w):\n    for _ in range(3):\n        (w * w).sum().backward()\n"
        "with ThreadPoolExecutor(3) as pool:\n    done = list(pool.map(work, ws))\n"
    )
    assert recorded.result.truncated is None
    assert recorded.result.ok, recorded.result.error
    found = passes(recorded)
    assert sorted(each.call for each in found) == list(range(1, 19))
    assert {each.nodes for each in found} == {3}
    for call in range(1, 19):
        names = [name_of(recorded, b.node) for b in backwards(recorded) if b.call == call]
        assert names == ["SumBackward0", "MulBackward0", "AccumulateGrad"]
    for n in range(6):
        grad = recorded.final.tensors[f"ws[{n}]"].grad
        assert grad is not None
        assert grad.raw == bits(torch.tensor([6.0 * n]))


def test_two_passes_at_the_same_time_through_the_same_nodes_are_distinguished(
    record: Record,
) -> None:
    recorded = record(
        """
import threading
x = torch.tensor([2.0], requires_grad=True)
y = x * x
loss = y.exp().sum()
here, there = threading.Event(), threading.Event()
first = []
def hook(g):
    if threading.current_thread() is not threading.main_thread():
        here.set()
        there.wait(30)
y.register_hook(hook)
def work():
    first.extend(torch.autograd.grad(loss, x, retain_graph=True))
thread = threading.Thread(target=work)
thread.start(); here.wait(30)
second = torch.autograd.grad(loss, x, retain_graph=True)
there.set(); thread.join()
"""
    )
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.truncated is None
    by_call: dict[int, list[str | None]] = {1: [], 2: []}
    for backward in backwards(recorded):
        by_call[backward.call].append(name_of(recorded, backward.node))
    whole = ["SumBackward0", "ExpBackward0", "MulBackward0"]
    assert by_call == {1: whole, 2: whole}
    assert recorded.final.tensors["first[0]"].raw == recorded.final.tensors["second[0]"].raw


def test_lines_of_the_main_thread_go_on_while_a_thread_is_inside_a_pass(record: Record) -> None:
    recorded = record(
        """
import threading
x = torch.tensor([2.0], requires_grad=True)
here, there = threading.Event(), threading.Event()
h = x.exp()
h.register_hook(lambda g: here.set() or there.wait(30) and None)
thread = threading.Thread(target=lambda: h.sum().backward())
thread.start(); here.wait(30)
a = 1
b = (x * 3).sum()
b.backward(inputs=[x])
there.set(); thread.join()
"""
    )
    assert recorded.result.ok, recorded.result.error
    events = [(s.event, s.line, s.depth) for s in recorded.snapshots if s.line >= 8]
    assert ("line", 9, 0) in events
    assert ("line", 10, 0) in events
    assert {depth for event, _, depth in events if event == "line"} == {0}
    lines = [line for event, line, _ in events if event == "backward"]
    assert lines == [8, 11, 11, 11, 8, 8]
    assert sorted((each.call, each.nodes) for each in passes(recorded)) == [(1, 3), (2, 3)]


def test_a_pass_that_fails_on_a_thread_is_recorded(record: Record) -> None:
    recorded = record(
        "import threading\nx = torch.ones(2, requires_grad=True)\nh = x.sin()\n"
        "h.register_hook(lambda g: 1 / 0)\ncaught = []\n"
        "def work():\n    try:\n        h.sum().backward()\n"
        "    except ZeroDivisionError as e:\n        caught.append(str(e))\n"
        "t = threading.Thread(target=work)\nt.start(); t.join()\n"
    )
    assert recorded.variables["caught"] == ["division by zero"]
    (found,) = passes(recorded)
    assert name_of(recorded, found.failed) == "SinBackward0"


def test_a_thread_of_an_earlier_step_may_make_a_pass_in_a_later_one(record: Record) -> None:
    recorded = record(
        "import threading\nx = torch.ones(2, requires_grad=True)\n"
        "go, done = threading.Event(), threading.Event()\n"
        "def work():\n    go.wait(30)\n    (x * 2).sum().backward()\n    done.set()\n"
        "t = threading.Thread(target=work)\nt.start()\n"
    )
    recorded.step("go.set(); done.wait(30); t.join()\n")
    assert recorded.result.ok
    assert recorded.result.truncated is None
    assert recorded.final.tensors["x"].grad is not None
    assert order(recorded) == ["SumBackward0", "MulBackward0", "AccumulateGrad"]


def test_a_thread_that_is_inside_a_pass_when_its_step_ends_goes_on(record: Record) -> None:
    recorded = record(
        "import threading\nx = torch.ones(2, requires_grad=True)\n"
        "here, go = threading.Event(), threading.Event()\n"
        "h = x.sin()\nh.register_hook(lambda g: here.set() or go.wait(30) and None)\n"
        "t = threading.Thread(target=lambda: h.sum().backward())\nt.start(); here.wait(30)\n"
    )
    assert recorded.result.truncated is None
    assert order(recorded) == ["SumBackward0"]
    recorded.step("go.set(); t.join()\ny = x.grad\n")
    assert recorded.result.ok
    assert recorded.result.truncated is None
    assert order(recorded) == []
    assert recorded.final.tensors["x"].grad is not None


def forked(recorded: Recorded) -> Any:
    return recorded.variables["status"]


def test_a_pass_in_a_forked_process_records_nothing(record: Record) -> None:
    recorded = record(
        "import os\nx = torch.ones(2, requires_grad=True)\ny = (x * 2).sum()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n    y.backward()\n    os._exit(7 if x.grad is not None else 8)\n"
        "status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
        "y.backward()\n"
    )
    assert forked(recorded) == 7
    assert [each.call for each in passes(recorded)] == [1]
    assert order(recorded) == ["SumBackward0", "MulBackward0", "AccumulateGrad"]


def test_a_process_forked_inside_of_a_pass_goes_on_with_it(record: Record) -> None:
    recorded = record(
        "import os\nx = torch.ones(2, requires_grad=True)\nh = x.sin()\npids = []\n"
        "h.register_hook(lambda g: pids.append(os.fork()))\n"
        "h.sum().backward()\n"
        "if pids[0] == 0: os._exit(7 if x.grad is not None else 8)\n"
        "status = os.waitstatus_to_exitcode(os.waitpid(pids[0], 0)[1])\n"
    )
    assert forked(recorded) == 7
    assert order(recorded) == ["SumBackward0", "SinBackward0", "AccumulateGrad"]
    assert [each.nodes for each in passes(recorded)] == [3]


def test_a_process_forked_while_a_thread_is_recorded_can_make_a_pass(record: Record) -> None:
    recorded = record(None)
    emit = recorded.recorder._emit
    inside, forked_now = threading.Event(), threading.Event()
    recorded.variables.update(inside=inside, forked_now=forked_now)

    def waiting(snapshot: Any) -> None:
        emit(snapshot)
        if snapshot.backward is not None and not inside.is_set():
            inside.set()
            assert forked_now.wait(30)

    recorded.recorder._emit = waiting  # type: ignore[method-assign]
    recorded.step(
        "import os, signal, threading\nx = torch.ones(2, requires_grad=True)\n"
        "y, z = (x * 2).sum(), x.sin().sum()\n"
        "t = threading.Thread(target=z.backward)\n"
        "def child():\n"
        "    signal.signal(signal.SIGALRM, signal.SIG_DFL)\n    signal.alarm(20)\n"
        "    y.backward()\n    os._exit(7 if x.grad is not None else 8)\n"
        "t.start(); inside.wait(30); pid = os.fork(); pid or child(); forked_now.set(); t.join()\n"
        "status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
    )
    assert recorded.result.ok, recorded.result.error
    assert forked(recorded) == 7


ALONE = """
import sys
sys.path.insert(0, sys.argv[1])
from pass_oracle import order, passes
from recorded import Recorded
from autograd_tutor.kernel.recorder import RunRecorder
from autograd_tutor.recording.wire import Limits
snapshots = []
recorded = Recorded(RunRecorder(snapshots.append, lambda: ""), snapshots)
recorded.recorder.setup("import torch")
result = recorded.step(sys.argv[2], limits=Limits(nodes=400_000, snapshots=300_000, seconds=300))
print(result.error, result.truncated)
"""


def alone(code: str, shown: str) -> str:
    """Record in a process of its own; what Python code finds to say of it there."""
    answer = subprocess.run(
        [sys.executable, "-c", ALONE + shown, os.path.dirname(__file__), code],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert answer.stdout.startswith("None None\n")
    return answer.stdout.removeprefix("None None\n")


@pytest.mark.timeout(300)
def test_a_deep_graph_that_a_thread_has_made_is_freed_on_its_stack() -> None:
    code = """
import threading
x = torch.ones(1, requires_grad=True)
def work():
    y = x
    for _ in range(120_000):
        y = y + 1
    y.backward()
t = threading.Thread(target=work)
t.start(); t.join()
"""
    found = alone(code, "print(recorded.variables['x'].grad, passes(recorded)[0].left_out)")
    assert found == f"tensor([1.]) {DEEP_ON_A_THREAD}\n"


def test_a_pass_so_nested_that_the_engine_takes_a_thread_of_its_own_is_recorded() -> None:
    """As it does beyond 60 passes inside of one another; hooks then run there."""
    code = """
import threading
threads = set()
class Nested(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, n):
        ctx.n = n
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        threads.add(threading.get_ident())
        if ctx.n:
            with torch.enable_grad():
                t = ctx.saved_tensors[0].detach().requires_grad_()
                (d,) = torch.autograd.grad(Nested.apply(t, ctx.n - 1).sum(), t)
            return d, None
        return g * 2, None
x = torch.ones(2, requires_grad=True)
Nested.apply(x, 80).sum().backward()
"""
    found = alone(
        code,
        "found = passes(recorded)\n"
        "print(len(recorded.variables['threads']) > 1)\n"
        "print(sorted(each.call for each in found) == list(range(1, 82)))\n"
        "print(sorted(each.nodes for each in found) == [2] * 80 + [3])\n"
        "print(order(recorded).count('NestedBackward'))\n",
    )
    assert found == "True\nTrue\nTrue\n81\n"


START = _thread.start_new_thread

OTHER_THREADS = {
    "a thread": ("t = threading.Thread(target=work)\nt.start(); t.join()\n", 1),
    "a pool": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "barrier = threading.Barrier(3)\n"
        "with ThreadPoolExecutor(3) as pool:\n"
        "    done = list(pool.map(lambda n: work() and barrier.wait(30), range(3)))\n",
        3,
    ),
    "threads one after another": (
        "for _ in range(4):\n    t = threading.Thread(target=work)\n    t.start(); t.join()\n",
        4,
    ),
    "a thread of asyncio": ("import asyncio\nasyncio.run(asyncio.to_thread(work))\n", 1),
    "a thread without a line of the step": (
        "t = threading.Thread(target=torch.ones, args=(2,))\nt.start(); t.join()\n",
        0,
    ),
    "_thread": (
        "import _thread\ndone = threading.Event()\n"
        "class A:\n    def go(self, n):\n        work()\n        done.set()\n"
        "for call in (A().go, lambda n: A().go(n)):\n    done.clear()\n"
        "    _thread.start_new_thread(call, (1,))\n    waited = done.wait(30)\n",
        2,
    ),
    "a timer": ("t = threading.Timer(0, work)\nt.start(); t.join()\n", 1),
    "no thread": ("work()\n", 0),
}


@pytest.mark.parametrize("name", OTHER_THREADS)
def test_threads_in_which_lines_run_are_counted(record: Record, name: str) -> None:
    code, threads = OTHER_THREADS[name]
    recorded = record(
        "import sys, threading\ntraced = []\n"
        "def work():\n    traced.append(sys.gettrace())\n    x = torch.ones(2)\n    return 1\n"
        + code
    )
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.threads == threads
    if threads:
        assert set(recorded.variables["traced"]) == {None}
        assert all(s.function != "work" for s in recorded.snapshots)
    assert threading.gettrace() is None
    assert _thread.start_new_thread is START


@pytest.mark.parametrize("arguments", ["", "call", "function=call, args=()", "call, 1", "1, ()"])
def test_what_starts_no_thread_fails_as_it_does_without_the_recorder(
    record: Record, arguments: str
) -> None:
    start = f"_thread.start_new_thread({arguments})"
    recorded = record(
        "import _thread\ncall = print\n"
        f"try:\n    {start}\nexcept TypeError as error:\n    said = str(error)\n"
    )
    with pytest.raises(TypeError) as raised:
        eval(start, {"_thread": _thread, "call": print})
    assert recorded.variables["said"] == str(raised.value)
    assert recorded.result.threads == 0


def test_tasks_of_asyncio_run_in_the_main_thread_and_are_recorded(record: Record) -> None:
    recorded = record(
        "import asyncio\nx = torch.ones(2, requires_grad=True)\n"
        "async def task(n):\n    await asyncio.sleep(0)\n    (x * n).sum().backward()\n"
        "async def main():\n    await asyncio.gather(task(1), task(2))\n"
        "asyncio.run(main())\n"
    )
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.threads == 0
    lines = [line for line, _, function in recorded.lines if function == "task"]
    assert lines.count(5) == 2
    assert len(passes(recorded)) == 2
    assert recorded.final.tensors["x"].grad is not None


IN_PROCESSES = {
    "a process": (
        "p = fork.Process(target=work, args=(1,))\np.start(); p.join()\nfound = p.exitcode\n", "0"
    ),
    "a pool": (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(2, fork) as pool:\n    found = list(pool.map(work, range(3)))\n",
        "[0, 1, 2]",
    ),
    "workers of a DataLoader": (
        "class Data(torch.utils.data.Dataset):\n    def __len__(self):\n        return 2\n"
        "    def __getitem__(self, n):\n        return torch.ones(1) * work(n)\n"
        "data = torch.utils.data.DataLoader(Data(), num_workers=2, multiprocessing_context=fork)\n"
        "found = [float(each) for each in data]\n", "[0.0, 1.0]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PROCESSES)
def test_lines_in_other_processes_are_neither_recorded_nor_counted(name: str) -> None:
    code, found = IN_PROCESSES[name]
    with Session() as session:
        outcome = session.execute(
            "import multiprocessing\nfork = multiprocessing.get_context('fork')\n"
            "x = torch.ones(2, requires_grad=True)\n"
            "def work(n):\n    (x * n).sum().backward()\n    return n\n" + code,
            Limits(seconds=60),
        )
    assert outcome.error is None
    assert outcome.result is not None
    assert outcome.result.ok
    assert outcome.result.threads == 0
    assert not [s for s in outcome.snapshots if s.function == "work" or s.passes]
    values = {name: text for s in outcome.snapshots for name, text in s.values.items()}
    assert values["found"] == found


def test_a_step_that_does_not_compile_has_no_threads_of_the_step_before(record: Record) -> None:
    code, _ = OTHER_THREADS["a thread"]
    recorded = record("import threading\ndef work(): return 1\n" + code)
    assert recorded.result.threads == 1
    assert recorded.step("1 +\n").threads == 0


def test_a_script_may_set_how_many_threads_torch_has(record: Record) -> None:
    recorded = record(
        "before = torch.get_num_threads()\ntorch.set_num_threads(2)\nx = torch.ones(3000).sum()\n"
        "after = torch.get_num_threads()\n"
    )
    recorded.step("then = torch.get_num_threads()\n")
    values = recorded.variables
    assert (values["before"], values["after"], values["then"]) == (1, 2, 2)
