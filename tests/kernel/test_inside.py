"""Blocks of programs that are recorded from inside of the program: here, of this process."""

from __future__ import annotations

import ast
import asyncio
import gc
import importlib.util
import os
import sys
import textwrap
import threading
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import autograd_tutor
from autograd_tutor.recording import file
from autograd_tutor.recording.recognition import RecordingError
from autograd_tutor.recording.trace import Recording, Trace

Program = Callable[[str], types.ModuleType]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """Imports code as a module from a file of its own."""
    names: list[str] = []

    def load(code: str) -> types.ModuleType:
        path = tmp_path / f"program{len(names)}.py"
        path.write_text(textwrap.dedent(code).lstrip("\n"))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        names.append(path.stem)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        return module

    yield load
    for name in names:
        del sys.modules[name]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return tmp_path / "run.agt"


def loaded(path: Path) -> tuple[Recording, Trace]:
    """A recording as it is read, validated, from its file."""
    recording = file.load(path)
    return recording, recording.traces[0]


def lines(trace: Trace) -> list[str]:
    """The text of every line that was recorded, in order, with the function that it is in."""
    code = trace.code.splitlines()
    taken = [each for each in trace.snapshots if each.event in ("line", "error")]
    return [f"{each.function}: {code[each.line - 1].strip()}".removeprefix(": ") for each in taken]


LOOP = """
import autograd_tutor
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)

    def forward(self, x):
        h = self.fc(x)
        return h.tanh()


def train(path, turns, recorded):
    torch.manual_seed(0)
    net = Net()
    opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    x = torch.randn(3, 2)
    for turn in range(turns):
        if turn == recorded:
            with autograd_tutor.record(path):
                opt.zero_grad()
                loss = net(x).pow(2).mean()
                loss.backward()
                opt.step()
        else:
            opt.zero_grad()
            loss = net(x).pow(2).mean()
            loss.backward()
            opt.step()
    return [each.detach().clone() for each in net.parameters()], torch.randn(1)
"""


def test_a_turn_of_a_loop_in_a_function(program: Program, run: Path) -> None:
    program(LOOP).train(run, 4, 2)
    recording, trace = loaded(run)
    assert lines(trace) == [
        "opt.zero_grad()",
        "Net.forward: h = self.fc(x)",
        "Net.forward: return h.tanh()",
        "loss = net(x).pow(2).mean()",
        "loss.backward()",
        "opt.step()",
    ]
    assert trace.value(len(trace) - 1, "turn") == "2"
    assert trace.tensor(0, "net.fc.weight") is not None
    (only,) = trace.passes.values()
    assert [root.name for root in only.roots] == ["loss"]
    assert only.nodes == 7
    assert trace.result is not None
    assert trace.result.ok
    assert recording.origin is not None
    assert recording.origin.lesson.file == "program0.py"


def test_lines_are_numbered_as_the_file_counts(program: Program, run: Path) -> None:
    module = program(LOOP)
    module.train(run, 1, 0)
    _, trace = loaded(run)
    whole = Path(str(module.__file__)).read_text().splitlines()
    for taken in trace.snapshots[1:]:
        assert whole[trace.line_number(taken.line) - 1] == trace.code.splitlines()[taken.line - 1]
    assert trace.code.startswith("class Net")


def test_what_is_computed_is_the_same_bit_by_bit(program: Program, run: Path) -> None:
    train = program(LOOP).train
    weights, random = train(run, 5, -1)
    for recorded in (0, 3):
        others, other = train(run, 5, recorded)
        assert all(map(torch.equal, weights, others))
        assert torch.equal(random, other)


def test_a_block_without_calls_is_shown_alone_and_without_indentation(
    program: Program, run: Path
) -> None:
    program(
        """
        import autograd_tutor, torch
        def f(path):
            x = torch.ones(2, requires_grad=True)
            with autograd_tutor.record(path), torch.no_grad():
                # a comment
                y = x * 2
                for i in range(2):
                    y += i
            return y
        """
    ).f(run)
    _, trace = loaded(run)
    assert trace.code == "y = x * 2\nfor i in range(2):\n    y += i\n"
    assert trace.line_number(1) == 6
    assert lines(trace)[:2] == ["y = x * 2", "for i in range(2):"]
    assert len(lines(trace)) == 6
    assert not trace.modes(1).grad


@pytest.mark.parametrize(
    "body",
    [
        "with autograd_tutor.record(path): y = (x * 3).sum()",
        "with autograd_tutor.record(path):\n    y = (x * 3).sum()",
        "with (\n    torch.enable_grad(),\n    autograd_tutor.record(path),\n):\n"
        "    y = (x * 3).sum()",
        "if True:\n  while True:\n    with autograd_tutor.record(path):\n"
        "        y = (x * 3).sum()\n        break",
    ],
)
@pytest.mark.parametrize("in_function", [False, True])
def test_forms_of_blocks(program: Program, run: Path, body: str, in_function: bool) -> None:
    head = "import autograd_tutor, torch, pathlib\n"
    code = f"x = torch.ones(2, requires_grad=True)\npath = {str(run)!r}\n{body}\n"
    if in_function:
        code = f"def f():\n{textwrap.indent(code, '    ')}f()\n"
    program(head + code)
    _, trace = loaded(run)
    y = trace.tensor(len(trace) - 1, "y")
    assert y is not None
    assert y.kind == "intermediate"
    assert lines(trace)[0].endswith("y = (x * 3).sum()")


def test_a_stack_of_blocks(program: Program, run: Path) -> None:
    program(
        """
        import autograd_tutor, contextlib, torch
        def f(path):
            with contextlib.ExitStack() as stack:
                a = torch.ones(2)
                stack.enter_context(autograd_tutor.record(path))
                b = a * 2
                c = b * 2
            return c
        """
    ).f(run)
    assert lines(loaded(run)[1])[:2] == ["b = a * 2", "c = b * 2"]


def test_a_generator_and_a_coroutine(program: Program, tmp_path: Path) -> None:
    module = program(
        """
        import asyncio, autograd_tutor, torch
        def numbers(path):
            with autograd_tutor.record(path):
                a = torch.ones(2)
                yield a
                b = a + 1
        async def waits(path):
            with autograd_tutor.record(path):
                a = torch.ones(2)
                await asyncio.sleep(0)
                b = a + 1
        """
    )
    first, second, third = (tmp_path / f"{number}.agt" for number in range(3))
    assert len(list(module.numbers(first))) == 1
    assert lines(loaded(first)[1]) == ["a = torch.ones(2)", "yield a", "b = a + 1"]
    asyncio.run(module.waits(second))
    taken = ["a = torch.ones(2)", "await asyncio.sleep(0)", "b = a + 1"]
    assert lines(loaded(second)[1]) == taken
    unfinished = module.numbers(third)
    next(unfinished)
    unfinished.close()
    assert sys.gettrace() is None
    last = loaded(third)[1].snapshots[-1]
    assert last.error is not None
    assert last.error.type == "GeneratorExit"


def test_an_exception_is_recorded_and_goes_on(program: Program, run: Path) -> None:
    module = program(
        """
        import autograd_tutor, torch
        def inner(x):
            return x.backward()
        def f(path):
            x = torch.ones(2, requires_grad=True)
            with autograd_tutor.record(path):
                y = x * 2
                inner(y)
        """
    )
    with pytest.raises(RuntimeError, match="grad can be implicitly created") as raised:
        module.f(run)
    _, trace = loaded(run)
    last = trace.snapshots[-1]
    assert last.error is not None
    assert trace.code.splitlines()[last.line - 1].strip() == "inner(y)"
    assert "inner(y)" in last.error.traceback
    assert trace.result is not None
    assert not trace.result.ok
    ours = os.path.dirname(str(autograd_tutor.__file__))
    entry = raised.tb
    while entry is not None:
        assert not entry.tb_frame.f_code.co_filename.startswith(ours)
        entry = entry.tb_next


def test_one_that_is_handled_inside_of_the_block(program: Program, run: Path) -> None:
    program(
        f"""
        import autograd_tutor, torch
        with autograd_tutor.record({str(run)!r}):
            try:
                torch.ones(2, requires_grad=True).backward()
            except RuntimeError:
                caught = True
        """
    )
    _, trace = loaded(run)
    assert [each.raised for each in trace.snapshots if each.event == "line"] == [
        False, True, False, False,
    ]  # fmt: skip
    assert trace.result is not None
    assert trace.result.ok


def test_a_function_whose_lines_are_recorded(program: Program, run: Path) -> None:
    module = program(
        """
        import torch
        def scaled(x, by):
            return x * by
        def step(x, by=2):
            y = scaled(x, by)
            y.sum().backward()
            return y
        """
    )
    x = torch.ones(2, requires_grad=True)
    y = autograd_tutor.record_step(run, module.step, x, by=3)
    assert torch.equal(y, torch.full((2,), 3.0))
    _, trace = loaded(run)
    assert lines(trace) == [
        "scaled: return x * by",
        "y = scaled(x, by)",
        "y.sum().backward()",
        "return y",
    ]
    grad = trace.tensor(len(trace) - 1, "x")
    assert grad is not None
    assert grad.grad is not None


def test_a_module_and_a_method_are_functions_too(program: Program, tmp_path: Path) -> None:
    module = program(LOOP)
    net = module.Net()
    x = torch.ones(1, 2)
    for index, function in enumerate((net, net.forward)):
        path = tmp_path / f"{index}.agt"
        autograd_tutor.record_step(path, function, x)
        assert lines(loaded(path)[1]) == ["h = self.fc(x)", "return h.tanh()"]
    with pytest.raises(TypeError, match="written in Python"):
        autograd_tutor.record_step(tmp_path / "2.agt", torch.tanh, x)


def test_an_object_of_the_program_is_looked_into(program: Program, run: Path) -> None:
    module = program(
        """
        import autograd_tutor, torch
        class Trainer:
            def __init__(self):
                self.w = torch.ones(2, requires_grad=True)
                self.opt = torch.optim.SGD([self.w], lr=0.1)
            def step(self, path):
                with autograd_tutor.record(path):
                    self.opt.zero_grad()
                    (self.w * 2).sum().backward()
                    self.opt.step()
        """
    )
    module.Trainer().step(run)
    _, trace = loaded(run)
    assert trace.tensor(0, "self.w") is not None
    stepped = [each.evidence.stepped for each in trace.snapshots if each.evidence]
    assert [each.optimizer for found in stepped for each in found] == ["self.opt"]


def test_trace_functions_are_as_they_were(program: Program, run: Path) -> None:
    heard: list[tuple[str, int]] = []

    def tracer(frame: types.FrameType, event: str, arg: object) -> Any:
        if frame.f_code.co_name == "train":
            heard.append((event, frame.f_lineno))
        return tracer

    train = program(LOOP).train
    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        train(run, 3, 1)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)
    assert len(lines(loaded(run)[1])) == 6
    code = LOOP.strip().splitlines()
    seen = [code[line - 1].strip() for event, line in heard if event == "line"]
    assert seen.count("loss.backward()") == 2  # in the turns before and after
    assert heard[-1][0] == "return"


def test_a_trace_function_that_is_taken_away_in_the_block(
    program: Program, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = program(
        """
        import autograd_tutor, sys, torch
        def f(path):
            with autograd_tutor.record(path):
                a = torch.ones(2)
                sys.settrace(None)
                b = a + 1
        """
    )

    def tracer(frame: types.FrameType, event: str, arg: object) -> Any:
        return tracer

    sys.settrace(tracer)
    try:
        module.f(run)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(None)
    assert "another trace function" in capsys.readouterr().err
    assert "b" in loaded(run)[1].names


def test_a_recorder_that_cannot_begin_leaves_nothing(
    program: Program, run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    train = program(LOOP).train
    for name in ("BlockTracer", "notice_resizing"):
        with monkeypatch.context() as broken:
            broken.setattr(f"autograd_tutor.inside.recorder.{name}", None)
            train(run, 1, 0)
        assert not run.exists()
        assert "nothing was recorded: TypeError" in capsys.readouterr().err
    train(run, 1, 0)
    assert run.exists()


def test_what_the_types_say_is_what_there_is() -> None:
    package = Path(str(autograd_tutor.__file__))
    stub = ast.parse(package.with_suffix(".pyi").read_text())
    named = [each.names[0].asname for each in stub.body if isinstance(each, ast.ImportFrom)]
    assert set(named) == set(autograd_tutor._FOUND_IN)  # type: ignore[attr-defined]
    for name in named:
        assert getattr(autograd_tutor, str(name)).__name__ == name
    assert (package.parent / "py.typed").exists()


def test_hooks_and_patches_are_as_they_were(program: Program, run: Path) -> None:
    engine = torch.autograd._engine_run_backward  # type: ignore[attr-defined]
    resize = vars(torch.UntypedStorage).get("resize_")
    threads = threading.gettrace()
    show = warnings._showwarnmsg  # type: ignore[attr-defined]
    program(LOOP).train(run, 2, 1)
    assert torch.autograd._engine_run_backward is engine  # type: ignore[attr-defined]
    assert vars(torch.UntypedStorage).get("resize_") is resize
    assert threading.gettrace() is threads
    assert warnings._showwarnmsg is show  # type: ignore[attr-defined]


def test_nothing_is_kept_alive(program: Program, run: Path) -> None:
    module = program(
        """
        import autograd_tutor, torch, weakref
        class Net(torch.nn.Linear):
            pass
        def f(block):
            net = Net(2, 2)
            with block:
                y = net(torch.ones(1, 2)).sum()
                y.backward()
            return [weakref.ref(each) for each in (net, y, net.weight)]
        """
    )
    blocks = autograd_tutor.record(run), autograd_tutor.watch()
    for block in blocks:
        left = module.f(block)
        assert [each() for each in left] == [None] * 3
    kept = weakref.ref(module.Net)
    del module.Net
    gc.collect()
    assert kept() is None


def test_several_recordings_of_one_graph(program: Program, tmp_path: Path) -> None:
    module = program(
        """
        import autograd_tutor, torch
        def f(first, second):
            w = torch.ones(2, requires_grad=True)
            with autograd_tutor.record(first):
                y = w * 2
            with autograd_tutor.record(second):
                z = (y * 3).sum()
                z.backward()
            with autograd_tutor.record(first):
                u = (w * 3).sum()
        """
    )
    first, second = tmp_path / "1.agt", tmp_path / "2.agt"
    module.f(first, second)
    recording, trace = loaded(second)
    assert {node.name for node in recording.nodes.values()} == {
        "SumBackward0", "MulBackward0", "AccumulateGrad",
    }  # fmt: skip
    assert [ended.nodes for ended in trace.passes.values()] == [4]
    assert "u" in loaded(first)[1].names


def test_of_two_blocks_the_inner_one_is_not_recorded(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outer, inner = tmp_path / "outer.agt", tmp_path / "inner.agt"
    program(
        f"""
        import autograd_tutor, torch
        with autograd_tutor.record({str(outer)!r}):
            a = torch.ones(1)
            with autograd_tutor.record({str(inner)!r}):
                b = a + 1
            c = b + 1
        """
    )
    assert not inner.exists()
    assert "another block is being recorded" in capsys.readouterr().err
    assert {"a", "b", "c"} <= set(loaded(outer)[1].names)


def test_threads_run_on(program: Program, run: Path) -> None:
    module = program(
        """
        import autograd_tutor, threading, torch
        def other(w, results):
            loss = (w * 2).sum()
            loss.backward()
            results.append(threading.current_thread())
        def f(path):
            w, v = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
            results = []
            with autograd_tutor.record(path):
                thread = threading.Thread(target=other, args=(w, results))
                thread.start()
                thread.join()
                (v * 2).sum().backward()
            return results, w.grad
        """
    )
    results, grad = module.f(run)
    assert len(results) == 1
    assert torch.equal(grad, torch.full((2,), 2.0))
    _, trace = loaded(run)
    assert trace.result is not None
    assert trace.result.threads == 1
    assert len(trace.passes) == 1


def test_a_block_on_a_thread(program: Program, run: Path) -> None:
    module = program(LOOP)
    thread = threading.Thread(target=module.train, args=(run, 2, 1))
    thread.start()
    thread.join()
    assert len(lines(loaded(run)[1])) == 6


def test_too_much_ends_the_recording_not_the_block(
    program: Program, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = program(
        f"""
        import autograd_tutor, torch
        with autograd_tutor.record({str(run)!r}, moments=10):
            w = torch.zeros(1)
            for i in range(50):
                w += 1
        """
    )
    assert module.w.item() == 50
    assert "as many moments" in capsys.readouterr().err
    _, trace = loaded(run)
    assert trace.result is not None
    assert trace.result.truncated == "snapshots"
    last = trace.tensor(len(trace) - 1, "w")
    assert last is not None
    assert last.raw == torch.full((1,), 50.0).numpy().tobytes()


def test_a_file_that_cannot_be_written_is_refused_before_the_block(tmp_path: Path) -> None:
    ran = False
    with (
        pytest.raises(RecordingError, match="no folder"),
        autograd_tutor.record(tmp_path / "there is none" / "run.agt"),
    ):
        ran = True
    assert not ran


@pytest.mark.parametrize(
    ("rank", "ranks", "name"),
    [("0", "2", "run.rank0.agt"), ("3", "4", "run.rank3.agt"), ("0", "1", "run.agt")],
)
def test_a_file_for_each_rank(
    monkeypatch: pytest.MonkeyPatch, run: Path, rank: str, ranks: str, name: str
) -> None:
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", ranks)
    assert autograd_tutor.record(run).path.name == name


def test_a_fork_records_nothing(program: Program, run: Path) -> None:
    module = program(
        """
        import autograd_tutor, os, sys, torch
        def f(path):
            with autograd_tutor.record(path):
                read, write = os.pipe()
                child = os.fork()
                if child == 0:
                    os.write(write, b"%d" % (sys.gettrace() is None))
                    os._exit(0)
                os.waitpid(child, 0)
                told = os.read(read, 1)
            return told
        """
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assert module.f(run) == b"1"
    assert lines(loaded(run)[1])[-1] == "told = os.read(read, 1)"


def test_warnings_come_as_they_would(program: Program, run: Path) -> None:
    module = program(
        """
        import autograd_tutor, torch, warnings
        def f(path):
            with autograd_tutor.record(path):
                for i in range(2):
                    warnings.warn("careful")
        """
    )
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("default")
        module.f(run)
    assert [str(each.message) for each in shown] == ["careful"]
    assert shown[0].filename == module.__file__
    registry = module.__warningregistry__
    assert {type(value) for key, value in registry.items() if key != "version"} == {bool}


def test_findings_of_a_block(program: Program) -> None:
    module = program(
        """
        import autograd_tutor, torch
        def f(clear):
            w = torch.ones(2, requires_grad=True)
            opt = torch.optim.SGD([w], lr=0.1)
            with autograd_tutor.watch() as watched:
                for i in range(3):
                    if clear:
                        opt.zero_grad()
                    (w * 2).sum().backward()
                    opt.step()
            return watched
        """
    )
    assert not module.f(True).findings
    (found,) = module.f(False).findings
    assert (found.key, found.certainty) == ("zero-grad", "finding")
    assert str(found).startswith("program0.py, line ")
    assert found.what in str(found)
    assert "zero_grad()" in found.mend


def test_findings_are_not_made_up_where_nothing_was_recorded() -> None:
    watched = autograd_tutor.watch()
    with pytest.raises(RuntimeError, match="the block is not over"):
        _ = watched.findings
    with autograd_tutor.watch(), watched:
        pass
    with pytest.raises(RuntimeError, match="another block is being recorded"):
        _ = watched.findings


class TwoHeads(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 1), nn.Linear(2, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.first(x).sum()  # type: ignore[no-any-return]


def test_a_graph_that_is_right() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    loss = model(torch.ones(3, 2)).sum()
    assert not autograd_tutor.explain(loss)
    assert not autograd_tutor.explain(loss, model)
    model[0].requires_grad_(False)
    assert not autograd_tutor.explain(model(torch.ones(3, 2)).sum(), model)
    loss.backward()
    assert not autograd_tutor.explain(loss, model)


def test_a_graph_that_is_not() -> None:
    model = TwoHeads()
    x = torch.ones(3, 2)
    (found,) = autograd_tutor.explain(model(x), model)
    assert found.key == "unused"
    assert "`second.weight`, `second.bias`" in found.what
    with torch.no_grad():
        cut = model(x)
    for loss in (cut, model(x).detach(), torch.tensor(model(x).item())):
        (found,) = autograd_tutor.explain(loss, model)
        assert found.key == "no-grad-fn"
    (found,) = autograd_tutor.explain(cut.requires_grad_(), model)
    assert found.key == "silenced"
    (found,) = autograd_tutor.explain(model.first(x))
    assert found.key == "non-scalar"
    frozen = TwoHeads().requires_grad_(False)
    (found,) = autograd_tutor.explain(frozen(x), frozen)
    assert "No parameter of the model requires grad." in found.why


def test_a_saved_tensor_that_was_changed() -> None:
    w = torch.ones(2, requires_grad=True)
    y = w.exp()
    loss = (y * y).sum()
    assert not autograd_tutor.explain(loss)
    with torch.no_grad():
        y += 1
    keys = {each.key for each in autograd_tutor.explain(loss)}
    assert keys == {"in-place"}
    with pytest.raises(RuntimeError, match="inplace"):
        loss.backward()


def test_nothing_of_a_graph_is_changed_by_asking() -> None:
    w = torch.ones(2, requires_grad=True)
    loss = (w * w).sum()
    autograd_tutor.explain(loss)
    loss.backward()
    assert torch.equal(w.grad, torch.full((2,), 2.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("loss", "model", "message"),
    [
        (3.0, None, "loss has to be a Tensor, not float"),
        (None, torch.nn.Linear(1, 1), "loss has to be a Tensor, not NoneType"),
        (torch.ones(()), torch.ones(2), "model has to be a Module, not Tensor"),
        (torch.ones(()), torch.nn.Linear, "model has to be a Module, not type"),
    ],
)
def test_explain_refuses_what_is_no_tensor_and_no_module(
    loss: Any, model: Any, message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        autograd_tutor.explain(loss, model)
