"""The answers to a lesson's questions: right after their moment, out of sight of the snippet."""

from __future__ import annotations

import gc
import math
import signal
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import torch
from msgspec.structs import replace
from process_session import PATIENT, Session
from random_programs import Program
from recorded import Record, Recorded

from autograd_tutor.limits.kernel import (
    ANSWER_CHARACTERS,
    ANSWER_ITEMS,
    MOST_QUESTIONS,
    REASON_CHARACTERS,
)
from autograd_tutor.limits.records import RECORD_BYTES
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.questions import Answer, Question
from autograd_tutor.recording.wire import Limits, ResultRecord, encode

LOOP = """\
w = torch.tensor([2.0], requires_grad=True)
def scaled(x):
    y = x * 3
    return y
for turn in range(3):
    z = scaled(w * (turn + 1))
loss = (
    z * z
).sum()
loss.backward()
"""


def moments(snapshots: Iterable[Snapshot]) -> list[tuple[int, str, Answer]]:
    return [(each.index, each.event, answer) for each in snapshots for answer in each.answers]


def answer(recorded: Recorded, number: int = 0) -> Answer:
    """The one answer to a question, wherever it is."""
    given = [each for _, _, each in moments(recorded.snapshots)] + list(recorded.result.answers)
    (found,) = [each for each in given if each.question == number]
    return found


def of_line(recorded: Recorded, line: int) -> list[Answer]:
    """Those of the first snapshot of a line; no other may have any."""
    first, *others = (s for s in recorded.snapshots if s.line == line and s.event != "backward")
    assert not any(each.answers for each in others)
    return list(first.answers)


def seen(recorded: Recorded) -> list[Any]:
    """All that was recorded but for answers; of torch's sequence numbers, their order."""
    snapshots = recorded.snapshots
    nodes = [node for snapshot in snapshots for node in snapshot.nodes]
    ranks = {number: rank for rank, number in enumerate(sorted({node.order for node in nodes}))}
    found: list[Any] = [replace(node, order=ranks[node.order]) for node in nodes]
    found += [replace(each, nodes=(), answers=(), begun=()) for each in snapshots]
    return [*found, replace(recorded.result, answers=(), seconds=0.0)]


class TestMoments:
    """When an answer is worked out, with which names, and with which record it is sent."""

    def test_a_line_has_begun_where_it_calls_what_is_recorded(self, record: Record) -> None:
        """The first line of a function is announced by no other record."""
        code = "def g(x):\n    return x * 2\ndef f(x):\n    return g(x)\n\nz = f(3)\nz = f(4)\n"
        recorded = record(code, questions=[Question(0, "x", line=4), Question(1, "z", line=6)])
        found = [(each.line, each.begun) for each in recorded.snapshots]
        assert found[3:7] == [(2, (1, 0)), (4, (1,)), (6, ()), (2, ())]

    def test_a_line_has_begun_where_its_pass_runs(self, record: Record) -> None:
        code = "w = torch.tensor(3.0, requires_grad=True)\ny = w * w\ny.backward()\n"
        recorded = record(code, questions=[Question(0, "w.grad", line=3)])
        ran = {each.event: each.begun for each in recorded.snapshots}
        assert ran == {"start": (), "line": (), "backward": (0,)}

    def test_a_line_is_answered_when_it_has_run_first(self, record: Record) -> None:
        questions = [Question(0, "(turn, z.item())", line=6), Question(1, "turn", line=5)]
        recorded = record(LOOP, questions=questions)
        assert of_line(recorded, 6) == [Answer(0, ("0", "6.0"))]
        assert of_line(recorded, 5) == [Answer(1, ("0",), 0.0)]
        assert recorded.result.answers == ()

    def test_a_line_of_a_function_sees_its_variables(self, record: Record) -> None:
        asked = "[y.item(), x.item(), sum(value.item() for value in (x, y)), len(globals()) > 3]"
        recorded = record(LOOP, questions=[Question(0, asked, line=3)])
        assert of_line(recorded, 3) == [Answer(0, ("6.0", "2.0", "8.0", "True"))]

    def test_a_function_that_calls_itself_is_asked_in_its_innermost_call(
        self, record: Record
    ) -> None:
        code = "def f(n):\n    if n:\n        f(n - 1)\n    return n\nf(3)\n"
        recorded = record(code, questions=[Question(0, "n", line=4), Question(1, "n", line=2)])
        assert answer(recorded).number == 0
        assert answer(recorded, 1).number == 3

    @pytest.mark.parametrize("line", [7, 8, 9])
    def test_a_line_inside_of_a_statement_is_the_statement(self, record: Record, line: int) -> None:
        recorded = record(LOOP, questions=[Question(0, "loss.item()", line=line)])
        assert of_line(recorded, 7) == [Answer(0, ("324.0",), 324.0)]

    def test_the_last_line_has_its_answer_too(self, record: Record) -> None:
        recorded = record(LOOP, questions=[Question(0, "w.grad.item()", line=10)])
        assert of_line(recorded, 10) == [Answer(0, ("324.0",), 324.0)]

    def test_the_first_node_of_a_name_is_asked_for_what_it_sends(self, record: Record) -> None:
        asked = [
            Question(0, "grad_inputs", node="SumBackward0"),
            Question(1, "[g.item() for g in grad_inputs if g is not None]", node="MulBackward0"),
            Question(2, "(w.grad.item(), grad_inputs)", node="AccumulateGrad"),
            Question(3, "w.grad is None and turn", node="MulBackward0"),
        ]
        recorded = record(LOOP, questions=asked)
        found = moments(recorded.snapshots)
        assert [event for _, event, _ in found] == ["backward"] * 4
        assert [each.question for _, _, each in found] == [0, 1, 3, 2]
        assert [index for index, _, _ in found] == sorted(index for index, _, _ in found)
        assert answer(recorded, 0).texts == ("tensor([1.])",)
        assert answer(recorded, 1).texts == ("18.0", "18.0")
        assert answer(recorded, 2).texts == ("324.0", "()")
        assert answer(recorded, 3).number == 2

    def test_the_first_pass_that_has_the_node_answers(self, record: Record) -> None:
        code = (
            "w = torch.ones(1, requires_grad=True)\n"
            "torch.autograd.grad(w * 2, w)\n"
            "(g,) = torch.autograd.grad((w * 5).exp(), w, create_graph=True)\n"
            "g.backward()\n"
        )
        asked = "grad_inputs[0].item(), torch.is_grad_enabled()"
        names = ("MulBackward0", "ExpBackward0")
        asking = [Question(n, asked, node=name) for n, name in enumerate(names)]
        recorded = record(code, questions=asking)
        assert answer(recorded).texts == ("2.0", "False")
        assert float(answer(recorded, 1).texts[0]) == pytest.approx(math.exp(5))
        assert answer(recorded, 1).texts[1] == "True"
        lines = {a.question: s.line for s in recorded.snapshots for a in s.answers}
        assert lines == {0: 2, 1: 3}

    def test_a_pass_that_a_function_asks_for_sees_its_variables(self, record: Record) -> None:
        code = (
            "def train(w):\n    rate = 0.5\n    (w * 2).sum().backward()\n    return rate\n"
            "train(torch.ones(1, requires_grad=True))\n"
        )
        asked = Question(0, "rate * grad_inputs[0].item()", node="MulBackward0")
        assert answer(record(code, questions=[asked])).number == 1.0

    def test_the_end_is_answered_with_the_result(self, record: Record) -> None:
        recorded = record(LOOP, questions=[Question(0, "w.grad.item()"), Question(1, "turn")])
        assert recorded.result.answers == (Answer(0, ("324.0",), 324.0), Answer(1, ("2",), 2.0))
        assert not moments(recorded.snapshots)

    @pytest.mark.parametrize(
        ("code", "line", "expected"),
        [
            ("x = 1\nx = x / 0\ny = 2", 2, "1"),
            ("x = 1\ndef f():\n    raise ValueError\nf()", 4, "1"),
            ("x = 3\nfor n in range(5):\n    x += 1\n    assert x < 5", 3, "4"),
        ],
    )
    def test_a_line_that_raises_is_answered(
        self, record: Record, code: str, line: int, expected: str
    ) -> None:
        recorded = record(code, questions=[Question(0, "x", line=line)])
        assert not recorded.result.ok
        assert of_line(recorded, line) == [Answer(0, (expected,), float(expected))]

    def test_a_line_in_a_function_that_raises_sees_its_variables(self, record: Record) -> None:
        code = "def f(a):\n    return a / 0\ntry:\n    f(7)\nexcept ZeroDivisionError:\n    x = 1\n"
        recorded = record(code, questions=[Question(0, "a", line=2)])
        assert of_line(recorded, 2) == [Answer(0, ("7",), 7.0)]

    def test_what_did_not_come_is_said(self, record: Record) -> None:
        code = "x = torch.ones(1, requires_grad=True)\nif x is None:\n    y = 1\n1 / 0\nz = 2\n"
        asked = [
            Question(0, "y", line=3),
            Question(1, "z", line=5),
            Question(2, "z", line=77),
            Question(3, "grad_inputs", node="ExpBackward0"),
            Question(4, "x.item()"),
        ]
        recorded = record(code, questions=asked)
        problems = {each.question: each.problem for each in recorded.result.answers}
        assert problems == {
            0: "line 3 has not run",
            1: "line 5 has not run",
            2: "line 77 has not run",
            3: "no ExpBackward0 has run in a backward pass",
            4: "",
        }

    def test_what_came_after_the_recording_has_no_answer(self, record: Record) -> None:
        code = "for n in range(50):\n    x = n\nlast = 1\nend = 2\n"
        questions = [Question(0, "last", line=3), Question(1, "x")]
        recorded = record(code, limits=Limits(snapshots=20), questions=questions)
        assert answer(recorded).problem == "line 3 has not run while the step was recorded"
        assert answer(recorded, 1).number == 49

    def test_a_step_that_does_not_compile_has_the_variables_of_before(self, record: Record) -> None:
        recorded = record("x = 5")
        recorded.step("x = = 3", questions=[Question(0, "x"), Question(1, "x", line=1)])
        assert answer(recorded).number == 5

    def test_a_second_step_has_questions_of_its_own(self, record: Record) -> None:
        recorded = record(LOOP, questions=[Question(0, "turn", line=5)])
        recorded.step("turn += 40", questions=[Question(0, "turn", line=1)])
        assert answer(recorded).number == 42
        recorded.step("turn += 1")
        assert not moments(recorded.snapshots)


VALUES = {
    "'text'": Answer(0, ("text",)),
    "''": Answer(0, ("",)),
    "True": Answer(0, ("True",)),
    "None": Answer(0, ("None",)),
    "3": Answer(0, ("3",), 3.0),
    "-2.5": Answer(0, ("-2.5",), -2.5),
    "float('inf')": Answer(0, ("inf",), math.inf),
    "1e400": Answer(0, ("inf",), math.inf),
    "10 ** 400": Answer(0, ("1" + "0" * 400,)),
    "2j": Answer(0, ("2j",)),
    "['a', 1, None]": Answer(0, ("a", "1", "None")),
    "(1.0, torch.ones(1))": Answer(0, ("1.0", "tensor([1.])")),
    "[]": Answer(0),
    "torch.Size([2, 3])": Answer(0, ("torch.Size([2, 3])",)),
    "torch.tensor([[2.5]])": Answer(0, ("tensor([[2.5000]])",), 2.5),
    "torch.tensor(3)": Answer(0, ("tensor(3)",), 3.0),
    "torch.tensor(True)": Answer(0, ("tensor(True)",)),
    "torch.tensor(2j)": Answer(0, ("tensor(0.+2.j)",)),
    "torch.arange(3.0)": Answer(0, ("tensor([0., 1., 2.])",)),
    "torch.float32": Answer(0, ("torch.float32",)),
    "numpy.float32(0.5)": Answer(0, ("0.5",), 0.5),
    "numpy.bool_(True)": Answer(0, ("True",)),
    "{'a': 1}": Answer(0, ("{'a': 1}",)),
    "'\\ud800'": Answer(0, ("\\ud800",)),
    "type('Text', (str,), {'__str__': lambda s: 'other'})('own')": Answer(0, ("other",)),
    "  1 + 1\n": Answer(0, ("2",), 2.0),
}


@pytest.mark.parametrize("expression", VALUES)
def test_values_are_as_they_are_printed(record: Record, expression: str) -> None:
    setup = "import numpy, torch"
    assert answer(record("x = 1", setup, questions=[Question(0, expression)])) == VALUES[expression]


def test_nan_is_a_number(record: Record) -> None:
    found = answer(record("x = 1", questions=[Question(0, "torch.tensor([float('nan')])")]))
    assert found.texts == ("tensor([nan])",)
    assert found.number is not None
    assert math.isnan(found.number)


def test_a_tensor_without_a_number_has_a_text(record: Record) -> None:
    code = "def f(t):\n    y = t * 2\n    return y\nz = torch.func.vmap(f)(torch.ones(2))\n"
    found = answer(record(code, questions=[Question(0, "y", line=2)]))
    assert "BatchedTensor" in found.texts[0]
    assert found.number is None


QUIET = {
    "random numbers": "torch.rand(3).sum() + random.random() + numpy.random.rand()",
    "seeds": "(torch.manual_seed(5), random.seed(5), numpy.random.seed(5))",
    "output": "print('seen') or sys.stderr.write('seen')",
    "warnings": "(warnings.warn('seen'), torch.ones(1, requires_grad=True).exp().grad)",
    "a pass": "torch.enable_grad()(lambda: torch.autograd.grad((w * w).sum(), w))()",
    "a pass over the same nodes": (
        "torch.enable_grad()(lambda: torch.autograd.grad(z.sum(), w, retain_graph=True))()"
    ),
    "a function of the step": "scaled(w * 3)",
    "a name": "(turn := 77, [z := 5])",
    "a global": "globals().update(turn=9, other=3)",
    "grad mode": "torch.set_grad_enabled(False)",
    "a trace function": "sys.settrace(lambda *_: None)",
    "no trace function": "sys.settrace(None)",
    "no builtins": "vars(__import__('builtins')).clear()",
    "a builtin": "vars(__import__('builtins')).update(len=3, print=4)",
    "an alarm": "signal.signal(signal.SIGALRM, signal.SIG_IGN) and signal.alarm(1)",
    "an exception": "1 / 0",
    "an exit": "sys.exit(3)",
    "an interruption": "(_ for _ in ()).throw(KeyboardInterrupt())",
    "no end of the stack": "(lambda f: f(f))(lambda f: f(f))",
    "a fork": "os.fork()",
    "no memory": "bytearray(2 ** 62)",
    "no expression": "x = 3",
    "no text": "type('Odd', (), {'__str__': lambda self: 1 / 0})()",
    "an exit in a text": "type('Odd', (), {'__str__': lambda self: exit()})()",
    "no text of an exception": (
        "(_ for _ in ()).throw(type('E', (Exception,), {'__str__': lambda self: exit()})())"
    ),
}
"""Expressions that would show in a run, if they could."""

PROBLEMS = {
    "an exception": "raises ZeroDivisionError: division by zero",
    "an exit": "ends the program",
    "an interruption": "raises KeyboardInterrupt",
    "no end of the stack": "raises RecursionError: maximum recursion depth exceeded",
    "a fork": "starts another process",
    "no memory": "raises MemoryError",
    "no expression": "is no Python: invalid syntax",
    "no text": "raises ZeroDivisionError: division by zero",
    "an exit in a text": "ends the program",
    "no text of an exception": "raises E",
    "no builtins": "raises NameError",
    "a builtin": "raises TypeError",
}

SETUP = "import numpy, os, random, signal, sys, torch, warnings"
WATCHED = (
    LOOP.replace("loss.backward()", "loss.backward(retain_graph=True)")
    + "noise = torch.rand(2).tolist(), random.random(), numpy.random.rand()\n"
    + "for turn in range(2):\n    warnings.warn('once')\n"
    + "alarm = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)[0] > 0\n"
    + "names = sorted(globals())\nversions = w._version, z._version, loss._version\n"
    + "enabled = torch.is_grad_enabled(), len('abc')\nloss.backward()\n"
)


@pytest.mark.parametrize("kind", QUIET)
@pytest.mark.parametrize("moment", [{"line": 3}, {"line": 5}, {"node": "MulBackward0"}, {}])
def test_the_step_is_recorded_as_without_questions(
    record: Record, kind: str, moment: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    handler, alarm = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    plain = record(WATCHED, SETUP)
    printed = capfd.readouterr()
    asked = record(WATCHED, SETUP, questions=[Question(0, QUIET[kind], **moment)])
    assert capfd.readouterr() == printed
    assert seen(asked) == seen(plain)
    if kind in PROBLEMS:
        assert answer(asked).problem.startswith(PROBLEMS[kind])
    elif kind != "a pass over the same nodes" or "node" in moment:  # else: it may be freed
        assert answer(asked).problem == ""
    assert signal.getsignal(signal.SIGALRM) is handler
    assert bool(signal.getitimer(signal.ITIMER_REAL)[0]) == bool(alarm[0])


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """Garbage goes when a program asks for it."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("seed", range(12))
def test_a_random_program_computes_the_same_with_questions(
    record: Record, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    code = Program(seed).text
    lines = range(1, code.count("\n") + 1)
    asked = "[torch.rand(2).sum(), print(a), a.grad, (a.detach().clone() * 2).requires_grad_()]"
    names = ("MulBackward0", "AccumulateGrad", "SumBackward0", "AddBackward0", "TwiceBackward")
    questions = [Question(n, asked, line=line) for n, line in enumerate(lines)]
    questions += [Question(500 + n, "grad_inputs", node=name) for n, name in enumerate(names)]
    found, printed = [], []
    for options in ({}, {"questions": questions}):
        gc.collect()
        capsys.readouterr()
        recorded = record(None)
        recorded.step(code, **options)
        found.append(seen(recorded))
        printed.append(capsys.readouterr())
        rng = torch.get_rng_state()
    assert found[0] == found[1]
    assert printed[0] == printed[1]
    assert torch.equal(rng, torch.get_rng_state())
    assert len(moments(recorded.snapshots)) > 20


def test_no_tensor_of_an_answer_lives_on(record: Record) -> None:
    code = (
        "import weakref\nrefs = []\ndef f(x):\n    y = x * 2\n    return 1\n"
        "f(torch.ones(3, requires_grad=True))\nalive = [ref() is not None for ref in refs]\n"
    )
    asked = "refs.append(weakref.ref(y)) or y + 1"
    recorded = record(code, questions=[Question(0, asked, line=4)])
    assert answer(recorded).problem == ""
    assert recorded.variables["alive"] == [False]


class TestBounds:
    """A record of an answer is one that the client takes."""

    def test_a_long_text_is_cut(self, record: Record) -> None:
        found = answer(record("x = 1", questions=[Question(0, "'é' * 10 ** 7")]))
        assert found.texts == ("é" * (ANSWER_CHARACTERS - 2) + " …",)

    def test_texts_of_half_characters_are_cut(self, record: Record) -> None:
        (text,) = answer(record("x = 1", questions=[Question(0, "'\\ud800' * 10 ** 4")])).texts
        assert len(text) == ANSWER_CHARACTERS

    def test_a_long_list_is_refused(self, record: Record) -> None:
        asked = [Question(0, f"[1] * {ANSWER_ITEMS}"), Question(1, f"[1] * {ANSWER_ITEMS + 1}")]
        recorded = record("x = 1", questions=asked)
        assert len(answer(recorded).texts) == ANSWER_ITEMS
        assert (
            answer(recorded, 1).problem == "raises ValueError: 101 items are too many for an answer"
        )

    def test_all_answers_together_fit_in_a_record(self, record: Record) -> None:
        asked = [Question(n, "['😀' * 10 ** 4] * 100") for n in range(5_000)]
        recorded = record("x = 1", questions=asked)
        assert len(recorded.result.answers) == MOST_QUESTIONS
        assert answer(recorded, 0).texts
        assert answer(recorded, 999).problem == "the answers of the step are too long"
        assert len(encode(ResultRecord(recorded.result))) < RECORD_BYTES / 4

    def test_a_long_reason_is_cut(self, record: Record) -> None:
        asked = Question(0, "(_ for _ in ()).throw(ValueError('é\\n' * 10 ** 6))")
        problem = answer(record("x = 1", questions=[asked])).problem
        assert len(problem) <= REASON_CHARACTERS
        assert "\n" not in problem


HANG = {
    "a loop": "[0 for _ in iter(int, 1)]",
    "a sleep": "time.sleep(1e6)",
    "a loop that catches": "stubborn()",
    "an endless text": "type('Odd', (), {'__str__': lambda self: stubborn()})()",
    "a flood": "[print('x' * 1000) for _ in iter(int, 1)]",
    "a wait": "threading.Event().wait()",
}
STUBBORN = """
import threading, time, torch
def stubborn():
    for n in range(5):
        try:
            while True: pass
        except BaseException: pass
    while True: pass
"""


class TestTime:
    """An answer that does not come is a problem of the question, not of the step."""

    @pytest.mark.parametrize("kind", HANG)
    def test_an_answer_without_end_is_stopped_and_the_step_goes_on(
        self, record: Record, kind: str
    ) -> None:
        asked = [Question(0, HANG[kind], line=5), Question(1, "turn", line=6)]
        recorded = record(LOOP, STUBBORN, questions=asked)
        assert answer(recorded).problem == "takes longer than 1 s"
        assert answer(recorded, 1).number == 0
        assert recorded.result.ok
        assert recorded.variables["w"].grad.item() == 324.0

    def test_many_answers_without_end_take_no_longer(
        self, record: Record, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("autograd_tutor.kernel.questions.QUESTION_SECONDS", 0.4)
        asked = [Question(n, "time.sleep(1e6)") for n in range(100)]
        recorded = record(LOOP, STUBBORN, questions=asked)
        assert answer(recorded, 0).problem == "takes longer than 0.2 s"
        assert answer(recorded, 99).problem == "was not evaluated: others have taken too long"

    def test_the_snippets_own_alarm_goes_off_afterwards(
        self, record: Record, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("autograd_tutor.kernel.questions.QUESTION_SECONDS", 0.4)
        code = (
            "rang = []\nbefore = signal.signal(signal.SIGALRM, lambda *_: rang.append(1))\n"
            "_ = signal.setitimer(signal.ITIMER_REAL, 0.05)\nx = 1\n"
            "while not rang: pass\n_ = signal.signal(signal.SIGALRM, before)\n"
        )
        asked = [Question(0, "time.sleep(1e6)", line=4)]
        recorded = record(code, "import signal, time", questions=asked)
        assert answer(recorded).problem == "takes longer than 0.2 s"
        assert recorded.result.ok, recorded.result.error

    @pytest.mark.parametrize("moment", [{"line": 5}, {"node": "MulBackward0"}, {"line": 3}])
    @pytest.mark.parametrize("expression", ["stop()", "caught(stop)"])
    def test_a_step_whose_time_is_up_in_an_answer_ends_there(
        self, record: Record, moment: dict[str, Any], expression: str
    ) -> None:
        recorded = record(None)
        recorded.variables["stop"] = recorded.recorder.interrupt
        code = (
            "def caught(f):\n    try:\n        f()\n    except BaseException:\n        pass\n"
            f"{LOOP}after = 1\n"
        )
        moved = {key: at + 5 if key == "line" else at for key, at in moment.items()}
        asked = [Question(0, expression, **moved), Question(1, "1")]
        recorded.step(code, questions=asked)
        result = recorded.result
        assert result.error is not None
        assert result.error.type == "TimeLimit"
        assert result.error.line == (15 if "node" in moment else 11 if moment["line"] == 3 else 10)
        assert "after" not in recorded.variables
        assert answer(recorded, 1).problem == "was not evaluated: the time of the step was up"


def test_a_pass_on_another_thread_asks_nothing(record: Record) -> None:
    code = (
        "import threading\nw = torch.ones(1, requires_grad=True)\n"
        "thread = threading.Thread(target=lambda: (w * 2).exp().backward())\n"
        "thread.start()\nthread.join()\n(w * 3).backward()\n"
    )
    asked = [Question(0, "1", node="ExpBackward0"), Question(1, "w.grad.item() > 0")]
    recorded = record(code, questions=asked)
    assert answer(recorded).problem == "was not evaluated: it is about another thread"
    assert answer(recorded, 1).texts == ("True",)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session:
        session.wait_ready()
        yield session


@pytest.mark.parametrize("sandboxed", [False, True])
def test_answers_come_with_a_run(session: Session, sandboxed: bool) -> None:
    run = session.start(PATIENT, sandboxed=sandboxed)
    asked = (
        Question(0, "w.item()", line=1),
        Question(1, "grad_inputs[0]", node="MulBackward0"),
        Question(2, "open('/etc/passwd').read() and 1 / 0"),
        Question(3, "__import__('os').write(1, b'seen') and print('seen')", line=1),
        Question(4, "__import__('os').fork()", line=1),
        Question(5, "__import__('time').sleep(1e6)", line=2),
    )
    code = "w = torch.ones(1, requires_grad=True)\nprint('own')\n(w * 3).backward()\n"
    outcome = session.step(run, code, questions=asked)
    again = session.step(run, "print(w.grad)", 1, questions=(Question(0, "w.grad.item()"),))
    session.kernel.kill(run)
    assert outcome.result is not None, outcome.ended
    assert outcome.result.ok
    found = {each.question: each for _, _, each in moments(outcome.snapshots)}
    assert found[0].number == 1.0
    assert found[1].texts == ("tensor([3.])",)
    assert found[3].problem == ""
    assert found[4].problem
    assert found[5].problem == "takes longer than 1 s"
    assert outcome.result.answers[0].problem.startswith("raises ")
    assert outcome.stdout == "own\n"
    assert again.result is not None
    assert again.result.answers == (Answer(0, ("3.0",), 3.0),)


SURROUNDED = {
    "a vmap": (
        "def f(t):\n    y = t * 2\n    return y.sum()\n"
        "z = torch.func.vmap(f, randomness='same')(torch.ones(2, 3))\n",
        {"line": 2},
    ),
    "a gradient of torch.func": (
        "def f(t):\n    y = t * 2\n    return y.sum()\nz = torch.func.grad(f)(torch.ones(3))\n",
        {"line": 2},
    ),
    "a trace of torch.jit": (
        "import warnings\nwarnings.simplefilter('ignore')\ndef f(t):\n    y = t * 2\n"
        "    return y.sum()\nz = str(torch.jit.trace(f, torch.ones(3)).graph)\n",
        {"line": 4},
    ),
    "a mode": (
        "from torch.utils._python_dispatch import TorchDispatchMode\ncalled = []\n"
        "class Log(TorchDispatchMode):\n"
        "    def __torch_dispatch__(self, f, types, args=(), kwargs=None):\n"
        "        called.append(str(f))\n        return f(*args, **(kwargs or {}))\n"
        "with Log():\n    y = torch.ones(3) * 2\nz = 1\n",
        {"line": 8},
    ),
    "recorded warnings": (
        "import warnings\nwith warnings.catch_warnings(record=True) as log:\n"
        "    warnings.simplefilter('always')\n    y = torch.ones(1)\nz = len(log)\n",
        {"line": 4},
    ),
    "warnings as errors": (
        "import warnings\nwith warnings.catch_warnings():\n"
        "    warnings.simplefilter('error')\n    y = torch.ones(1)\nz = 1\n",
        {"line": 4},
    ),
    "a custom backward": (
        "class Twice(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
        "        return x * 2\n    @staticmethod\n    def backward(ctx, g):\n        y = g * 2\n"
        "        return y\nw = torch.ones(2, requires_grad=True)\n"
        "Twice.apply(w).sum().backward()\nz = w.grad\n",
        {"line": 7},
    ),
    "a hook": (
        "def hook(g):\n    y = g * 2\n    return y\nw = torch.ones(2, requires_grad=True)\n"
        "v = w * 3\n_ = v.register_hook(hook)\nv.sum().backward()\nz = w.grad\n",
        {"line": 2},
    ),
    "a generator": (
        "def items():\n    for y in (torch.ones(1), torch.ones(2)):\n        yield y\n"
        "z = [t.sum() for t in items()]\n",
        {"line": 3},
    ),
    "inference mode": ("with torch.inference_mode():\n    y = torch.ones(2)\nz = 1\n", {"line": 2}),
}


@pytest.mark.parametrize("kind", SURROUNDED)
def test_what_surrounds_a_line_does_not_notice_its_question(record: Record, kind: str) -> None:
    code, moment = SURROUNDED[kind]
    plain = record(code)
    assert plain.result.ok
    asked = "(__import__('warnings').warn('seen'), torch.rand(2) * 3, y.sum() * 2, y.shape)[3:]"
    recorded = record(code, questions=[Question(0, asked, **moment)])
    assert seen(recorded) == seen(plain)
    assert answer(recorded).problem == ""
    assert answer(recorded).texts[0].startswith("torch.Size([")


BROKEN = {
    "random": "import random\nrandom.getstate = None\n",
    "signal": "import signal\nsignal.signal = signal.setitimer = signal.getsignal = None\n",
    "torch": "before = torch.get_rng_state\ntorch.get_rng_state = 3\n",
    "warnings": "import warnings\nwarnings.filters = None\n",
    "output": "import sys\nsys.stdout = sys.stderr = None\n",
    "print options": "torch.set_printoptions(precision=1)\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_snippet_that_breaks_what_is_needed_is_recorded(
    record: Record, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import random
    import sys
    import warnings

    for module, names in {
        random: ("getstate",),
        signal: ("signal", "setitimer", "getsignal"),
        torch: ("get_rng_state",),
        warnings: ("filters",),
        sys: ("stdout", "stderr"),
    }.items():
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))
    code = f"{BROKEN[kind]}x = 1\ny = x + 1\n"
    recorded = record(code, questions=[Question(0, "x", line=code.count("\n") - 1)])
    monkeypatch.undo()
    assert recorded.result.ok
    assert recorded.result.truncated is None
    assert recorded.final.values["y"] == "2"
    assert answer(recorded).number == 1 or answer(recorded).problem.startswith("was not evaluated")
