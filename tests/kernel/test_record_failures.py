"""How a step ends: errors, expectations, interruptions, processes that the snippet forks."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

import pytest
from recorded import Record

from autograd_tutor.analysis.ending import failed_at
from autograd_tutor.recording.wire import Limits
from autograd_tutor.render.outcome import capital, failed_text, outcome

ERRORS = {
    "division": ("x = 1\n1 / 0\n", "ZeroDivisionError", "division by zero", 2),
    "name": ("y = zz\n", "NameError", "name 'zz' is not defined", 1),
    "inside a function": ("def f():\n    raise ValueError('no')\n\nf()\n", "ValueError", "no", 4),
    "over several lines": ("x = max(\n    1,\n    1 / 0,\n)\n", "ZeroDivisionError",
                           "division by zero", 3),
    "syntax": ("x = (\n", "SyntaxError", "'(' was never closed", 1),
    "null byte": ("x = 1\0\n", "SyntaxError", "source code string cannot contain null bytes", 0),
    "exit with a number": ("import sys\nsys.exit(3)\n", "SystemExit",
                           "exit(3) ended the step here; the lines after it did not run", 2),
    "exit": ("exit_now = __import__('sys').exit\nexit_now()\n", "SystemExit",
             "exit() ended the step here; the lines after it did not run", 2),
    "keyboard interrupt": ("raise KeyboardInterrupt\n", "KeyboardInterrupt",
                           "the snippet was interrupted", 1),
    "own exception": ("class Oops(Exception):\n    pass\nraise Oops('a', 1)\n", "Oops",
                      "('a', 1)", 3),
    "text that fails": (
        "class Oops(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Oops\n",
        "Oops",
        "<its text cannot be shown: __str__ raised ZeroDivisionError>", 4),
    "surrogates": ("raise ValueError('\\ud800')\n", "ValueError", "\\ud800", 1),
    "generator exit": ("raise GeneratorExit('x')\n", "GeneratorExit", "x", 1),
    "in autograd": (
        "x = torch.ones(2, requires_grad=True)\nx.backward()\n", "RuntimeError",
        "grad can be implicitly created only for scalar outputs", 2),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_ends_the_step(record: Record, name: str) -> None:
    code, kind, message, line = ERRORS[name]
    recorded = record(code)
    result, last = recorded.result, recorded.snapshots[-1]
    assert result.error is not None
    assert (result.error.type, result.error.message, result.error.line) == (kind, message, line)
    assert not result.ok
    assert last.event == "error"
    assert last.error == result.error
    assert sum(snapshot.error is not None for snapshot in recorded.snapshots) == 1


RAISED: dict[str, tuple[str, str]] = {
    "in a function": (
        "def f():\n    raise ValueError('no')\n\nf()\n", "line 2, called from line 4",
    ),
    "in a function of a function": (
        "def f(x):\n    y = x\n    return 1 / y\ndef g():\n    return f(0)\ng()\n",
        "line 3, called from line 6",
    ),
    "in a lambda of the line": ("(lambda: 1 / 0)()\n", "line 1"),
    "below torch": (
        "class F(torch.autograd.Function):\n    forward = staticmethod(lambda ctx, x: x * 2)\n"
        "    @staticmethod\n    def backward(ctx, g):\n        return g / [].pop()\n"
        "x = torch.ones((), requires_grad=True)\nF.apply(x).backward()\n",
        "line 5, called from line 7",
    ),
    "while another was handled": (
        "def f():\n    try:\n        1 / 0\n    except ZeroDivisionError:\n"
        "        raise ValueError('x') from None\ndef g():\n    try:\n        f()\n"
        "    except ValueError as error:\n        raise KeyError('y') from error\ng()\n",
        "line 10, called from line 11",
    ),
    "in torch's own code": ("torch.nn.Linear(2, 3)(torch.ones(4))\n", "line 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", RAISED)
def test_an_error_is_placed_at_the_innermost_line(record: Record, name: str) -> None:
    code, lines = RAISED[name]
    trace = record(code).recording.traces[0]
    error = trace.snapshots[-1].error
    assert error is not None
    failed = failed_at(trace, error)
    assert failed is not None
    assert failed_text(failed) == lines
    text = outcome(trace, None, len(trace) - 1)
    assert text.startswith(f"✗ {capital(lines)}: {error.type}: ")
    assert f" This step fails in {lines}; " in outcome(trace, None, 0)


def test_what_ran_before_an_error_is_recorded(record: Record) -> None:
    recorded = record(
        "x = torch.ones(1)\nfor i in range(3):\n    x /= i\n    y = x.item()\n    1 / i\n"
    )
    assert recorded.path == [1, 2, 3, 4]
    assert recorded.final.values == {"i": "0", "y": "inf"}


def test_lines_after_the_failing_one_are_recorded_before_the_error(record: Record) -> None:
    recorded = record("try:\n    1 / 0\nfinally:\n    a = 1\n")
    assert [(s.event, s.line) for s in recorded.snapshots] == [
        ("start", 0), ("line", 1), ("line", 2), ("line", 4), ("error", 2),
    ]  # fmt: skip


def test_the_traceback_has_the_snippets_lines_only(record: Record) -> None:
    recorded = record(
        "import torch\ndef f(x):\n    return torch.nn.Linear(2, 1)(x)\ntry:\n    f(torch.ones(3))\n"
        "except RuntimeError as e:\n    raise ValueError('wrapped') from e\n"
    )
    assert recorded.result.error is not None
    text = recorded.result.error.traceback
    assert "site-packages" not in text
    assert "kernel" not in text
    assert "    return torch.nn.Linear(2, 1)(x)\n" in text
    assert "direct cause" in text
    assert text.index("RuntimeError") < text.index("ValueError: wrapped")
    assert 'File "<step 1>", line 7, in <module>' in text


def test_the_traceback_names_functions_of_earlier_steps(record: Record) -> None:
    recorded = record("def f():\n    1 / 0\n")
    recorded.step("f()\n")
    assert recorded.result.error is not None
    assert 'File "<step 1>", line 2, in f\n    1 / 0' in recorded.result.error.traceback
    assert recorded.result.error.line == 1


def test_a_long_message_is_cut(record: Record) -> None:
    recorded = record("raise ValueError('x' * 10**6)\n")
    assert recorded.result.error is not None
    assert len(recorded.result.error.message) < 3000
    assert len(recorded.result.error.traceback) < 20_000


@pytest.mark.parametrize(
    ("raises", "ok"),
    [("ZeroDivisionError", True), ("ArithmeticError", True), ("ValueError", False), (None, False)],
)
def test_an_error_that_is_meant(record: Record, raises: str | None, ok: bool) -> None:
    recorded = record("1 / 0\n", raises=raises, expect=["x == 1"] if not ok else [])
    assert recorded.result.ok is ok
    assert recorded.result.failed == ()
    assert recorded.result.error is not None


def test_an_error_that_does_not_happen(record: Record) -> None:
    recorded = record("x = 1\n", raises="ValueError")
    assert not recorded.result.ok
    assert recorded.result.error is None


def test_expectations(record: Record) -> None:
    recorded = record(
        "x = torch.ones(2)\n",
        expect=["torch.equal(x, torch.ones(2))", "x.sum() == 3", "x[0] == 2 or False", "zz", "1 +"],
    )
    assert not recorded.result.ok
    found = {failed.index: failed.reason for failed in recorded.result.failed}
    assert found[1] == "is tensor(False)"
    assert found[2] == "is False"
    assert found[3] == "NameError: name 'zz' is not defined"
    assert found[4].startswith("SyntaxError: ")
    assert len(found) == 4


def test_expectations_leave_random_numbers_alone(record: Record) -> None:
    plain = record("a = torch.rand(1)\n")
    plain.step("b = torch.rand(1)\n")
    asked = record("a = torch.rand(1)\n", expect=["torch.rand(1) >= 0"])
    asked.step("b = torch.rand(1)\n")
    assert asked.final.tensors["b"].raw == plain.final.tensors["b"].raw


def test_setup_that_fails_returns_its_error(record: Record) -> None:
    recorded = record(None, setup="")
    error = recorded.recorder.setup("import torch\n1 / 0\n")
    assert error is not None
    assert (error.type, error.line) == ("ZeroDivisionError", 2)


def test_names_and_source_of_the_run(record: Record) -> None:
    code = (
        "import inspect, pickle, dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int = 1\n"
        "def f():\n    return 1\nname = __name__\nsource = inspect.getsource(f)\n"
        "klass = inspect.getsource(P)\ncopy = pickle.loads(pickle.dumps(P(3)))\n"
    )
    recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    assert recorded.variables["name"] == "__main__"
    assert recorded.variables["source"] == "def f():\n    return 1\n"
    assert "class P:" in recorded.variables["klass"]
    assert recorded.variables["copy"].x == 3


class _Alarm:
    """Interrupts the recorder by a signal once the snippet has asked for it."""

    def __init__(self, recorder: object) -> None:
        self._before = signal.signal(signal.SIGUSR1, self._interrupt)
        self._recorder = recorder

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self._recorder.interrupt()  # type: ignore[attr-defined]

    def restore(self) -> None:
        signal.signal(signal.SIGUSR1, self._before)


INTERRUPTED = {
    "in a loop": (
        "import os, signal\nx = 1\nos.kill(os.getpid(), signal.SIGUSR1)\nwhile True:\n    x += 1\n"
    ),
    "in a wait": (
        "import os, signal, threading\nx = 1\n"
        "threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1)).start()\n"
        "threading.Event().wait()\n"
    ),
    "in an expression": (
        "import os, signal\nx = 1\ndef stop():\n    os.kill(os.getpid(), signal.SIGUSR1)\n"
        "y = [stop() for i in range(10**12)]\n"
    ),
}


@pytest.mark.parametrize("name", INTERRUPTED)
def test_an_interruption_ends_the_step(record: Record, name: str) -> None:
    recorded = record(None)
    alarm = _Alarm(recorded.recorder)
    try:
        recorded.step(INTERRUPTED[name], limits=Limits(seconds=7))
    finally:
        alarm.restore()
    assert recorded.result.error is not None
    assert recorded.result.error.type == "TimeLimit"
    assert recorded.result.error.message.startswith("stopped after 7 s")
    assert recorded.result.error.line > 2
    assert recorded.snapshots[-1].event == "error"
    recorded.step("y = x\n")
    assert recorded.result.ok


def test_an_interruption_waits_until_the_recorder_is_done(record: Record) -> None:
    recorded = record(None)
    alarm = _Alarm(recorded.recorder)
    emit = recorded.recorder._emit
    seen = []

    def interrupting(snapshot: object) -> None:
        emit(snapshot)  # type: ignore[arg-type]
        if len(recorded.snapshots) == 3:
            os.kill(os.getpid(), signal.SIGUSR1)
            seen.append(len(recorded.snapshots))

    recorded.recorder._emit = interrupting  # type: ignore[method-assign]
    try:
        recorded.step("x = 1\ny = 2\nz = 3\nw = 4\n")
    finally:
        alarm.restore()
    assert seen == [3]
    assert recorded.result.error is not None
    assert recorded.result.error.type == "TimeLimit"
    assert recorded.final.values == {"x": "1", "y": "2"}


def test_an_interruption_may_come_while_expectations_are_checked(record: Record) -> None:
    recorded = record(None)
    alarm = _Alarm(recorded.recorder)
    stop = "__import__('os').kill(__import__('os').getpid(), 10) or [0 for i in iter(int, 1)]"
    try:
        recorded.step("x = 1\n", expect=[stop.replace("10", str(int(signal.SIGUSR1)))])
    finally:
        alarm.restore()
    assert [failed.reason for failed in recorded.result.failed] == ["took too long"]


def test_a_forked_child_does_not_go_on_as_the_run(record: Record) -> None:
    code = (
        "import os\npid = os.fork()\nx = 1\nif pid == 0:\n    raise SystemExit(7)\n"
        "status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
    )
    recorded = record(code)
    assert recorded.result.ok
    assert recorded.final.values["status"] == "7"
    assert recorded.path == [1, 2, 3, 4, 6]


def test_a_forked_child_that_reaches_the_end_exits(record: Record) -> None:
    code = (
        "import os\npid = os.fork()\n"
        "status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) if pid else None\n"
    )
    recorded = record(code)
    assert recorded.final.values["status"] == "0"


def test_a_step_after_a_failed_one_goes_on(record: Record) -> None:
    recorded = record("x = 1\n1 / 0\n")
    recorded.step("y = x + 1\n")
    assert recorded.result.ok
    assert recorded.final.values == {"x": "1", "y": "2"}
    assert threading.current_thread() is threading.main_thread()


def test_a_fault_of_the_recorder_is_not_the_snippets(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = record("x = 1\n")
    diff = recorded.recorder._state.diff

    def failing(variables: dict[str, object], *others: object) -> object:
        if "y" in variables:
            raise IndexError("ours")
        return diff(variables, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(recorded.recorder._state, "diff", failing)
    code = "try:\n    y = 1\n    z = 2\nexcept IndexError:\n    caught = 1\n1 / 0\n"
    result = recorded.step(code)
    assert recorded.variables["z"] == 2
    assert "caught" not in recorded.variables
    assert result.truncated == "recording failed"
    assert result.fault is not None
    assert result.fault.startswith("IndexError: ours")
    assert result.error is not None
    assert (result.error.type, result.error.line) == ("ZeroDivisionError", 6)
    assert recorded.snapshots[-1].error == result.error


def test_after_a_fault_of_the_recorder_the_final_state_is_recorded_if_possible(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = record("x = 1\n")
    diff = recorded.recorder._state.diff

    def failing(variables: dict[str, object], *others: object) -> object:
        if variables["x"] == 2:
            raise RecursionError("ours")
        return diff(variables, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(recorded.recorder._state, "diff", failing)
    result = recorded.step("for x in range(4):\n    y = x\n")
    assert (result.ok, result.truncated, result.error) == (True, "recording failed", None)
    assert dict(recorded.final.values) == {"x": "3", "y": "3"}
    assert recorded.snapshots[-1].event == "end"


def test_a_value_that_cannot_be_read_hides_no_other(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = record(None)
    reader = recorded.recorder._state._reader
    read = reader.read

    def failing(name: str, tensor: object) -> object:
        if name == "bad":
            raise IndexError("ours")
        return read(name, tensor)

    monkeypatch.setattr(reader, "read", failing)
    result = recorded.step("bad = torch.ones(2)\ngood = torch.ones(2)\nbad += 1\n")
    assert (result.ok, result.truncated) == (True, None)
    assert recorded.final.tensors["bad"].shown == "<cannot be shown>"
    assert recorded.final.tensors["good"].raw is not None


def test_stacks_that_a_snippet_prints_have_its_own_frames_only(
    record: Record, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = record(
        "import traceback\ndef f():\n    traceback.print_stack()\n"
        "    return len(traceback.extract_stack())\n"
        "n = f()\n"
    )
    words = capsys.readouterr().err
    assert recorded.variables["n"] == 2
    assert words.count("File ") == 2
    assert "recorder.py" not in words


def test_anomaly_detection_shows_the_snippets_lines_only(record: Record) -> None:
    with pytest.warns(UserWarning, match="forward call") as found:
        recorded = record(
            "x = torch.zeros(1, requires_grad=True)\n"
            "with torch.autograd.set_detect_anomaly(True):\n"
            "    y = (x - 1).sqrt()\n"
            "    y.backward()\n"
        )
    assert recorded.result.error is not None
    forward = [str(warning.message) for warning in found if "forward call" in str(warning.message)]
    assert len(forward) == 1
    assert 'File "<step 1>", line 3' in forward[0]
    assert "recorder.py" not in forward[0]
