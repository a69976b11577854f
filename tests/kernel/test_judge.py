"""What is said of an exercise, by checks, known mistakes and hidden code, hostile ones too."""

from __future__ import annotations

import gc
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from msgspec.structs import replace
from process_session import PATIENT, Session
from recorded import Record, Recorded

from autograd_tutor.kernel.judge import NOT_JUDGED
from autograd_tutor.limits.kernel import ANSWER_CHARACTERS
from autograd_tutor.recording.questions import Check, Judge, Mistake, Verdict

SETUP = """
import torch
def trail(tensor):
    found, node = [], tensor.grad_fn
    while node is not None:
        found.append(type(node).__name__)
        node = node.next_functions[0][0] if node.next_functions else None
    return found
theta = torch.ones(3, requires_grad=True)
"""


def verdict(record: Record, code: str, judge: Judge, setup: str = SETUP, **more: Any) -> Verdict:
    """What is said of the code; the run is recorded as without a judge, twice the same."""
    code = textwrap.dedent(code)
    recorded = record(code, setup, judge=judge, **more)
    found = recorded.result.verdict
    assert found is not None
    plain = record(code, setup, **more)
    assert seen(recorded) == seen(plain)
    again = record(code, setup, judge=judge, **more)
    assert again.result.verdict == found
    return found


def seen(recorded: Recorded) -> list[Any]:
    result = replace(recorded.result, verdict=None, seconds=0.0)
    snapshots: list[Any] = [replace(each, nodes=()) for each in recorded.snapshots]
    return [*snapshots, [node.name for s in recorded.snapshots for node in s.nodes], result]


def checked(*checks: tuple[str, str], **more: Any) -> Judge:
    return Judge(tuple(Check(that, say) for that, say in checks), **more)


SHRINK = checked(
    ("w.is_leaf", "w has a grad_fn: {w.grad_fn.name()}."),
    ("abs(w.item() - 0.8 ** 5) < 1e-6", "w is {w.item():.4f}, and should be 0.3277."),
    mistakes=(
        Mistake("never-cleared", "w.item() < 0", "w has run past zero, to {w.item():.2f}."),
        Mistake("grad-mode", "'in-place' in str(error)", "An update belongs in no_grad: {error}"),
        Mistake("printed", "'0.3277' in output", "Printing {output.strip()} is no training."),
        Mistake("typed", "'0.3277' in code", "Writing 0.3277 is no training."),
        Mistake("nothing", "'loss' not in globals()", "There is no loss yet."),
    ),
)
TRAINING = """
w = torch.tensor([1.0], requires_grad=True)
for turn in range(5):
    loss = (w * w / 2).sum()
    {clear}
    loss.backward()
    with torch.{mode}():
        w -= {rate} * w.grad
"""


def training(clear: str = "w.grad = None", mode: str = "no_grad", rate: float = 0.2) -> str:
    return TRAINING.format(clear=clear, mode=mode, rate=rate)


class TestOrder:
    """Known mistakes first, then the checks in their order; what is said has the run's numbers."""

    def test_a_solution_is_solved(self, record: Record) -> None:
        assert verdict(record, training(), SHRINK) == Verdict(True)

    def test_the_first_check_that_fails_is_said(self, record: Record) -> None:
        found = verdict(record, training(rate=0.1), SHRINK)
        assert found == Verdict(False, "w is 0.5905, and should be 0.3277.", check=1)
        found = verdict(record, training() + "w = w * 1", SHRINK)
        assert found == Verdict(False, "w has a grad_fn: MulBackward0.", check=0)

    def test_a_known_mistake_comes_before_the_checks(self, record: Record) -> None:
        found = verdict(record, training(clear="pass", rate=0.5), SHRINK)
        assert found.mistake == "never-cleared"
        assert found.say.startswith("w has run past zero, to -")
        assert (found.solved, found.check, found.problem) == (False, None, "")

    def test_a_mistake_is_recognised_by_what_the_code_raised(self, record: Record) -> None:
        found = verdict(record, training(mode="enable_grad"), SHRINK)
        assert found.mistake == "grad-mode"
        assert "in-place operation" in found.say

    def test_a_mistake_is_recognised_by_what_was_printed_and_by_the_text(
        self, record: Record
    ) -> None:
        assert verdict(record, training() + "x = 0.3277", SHRINK).mistake == "typed"
        recorded = record(None, SETUP)
        printed = iter(["0.3277\n"])
        recorded.recorder._drain = lambda: next(printed, "")
        recorded.step(training(), judge=SHRINK)
        assert recorded.result.verdict is not None
        assert recorded.result.verdict.say == "Printing 0.3277 is no training."

    def test_the_first_of_two_mistakes_is_said(self, record: Record) -> None:
        judge = checked(
            ("False", "no"),
            mistakes=(
                Mistake("a", "1 / 0", "a"),
                Mistake("b", "x == 3", "b"),
                Mistake("c", "x > 2", "c"),
            ),
        )
        assert verdict(record, "x = 3", judge) == Verdict(False, "b", mistake="b")
        assert verdict(record, "x = 4", judge) == Verdict(False, "c", mistake="c")
        assert verdict(record, "x = 0", judge) == Verdict(False, "no", check=0)

    @pytest.mark.parametrize("code", ["y = torch.mean(theta", "y = torch.maen(theta)"])
    def test_what_an_earlier_step_made_is_no_mistake_of_code_that_raised(
        self, record: Record, code: str
    ) -> None:
        known = (Mistake("added", "'AddBackward0' in trail(y)", "something is added"),)
        earlier = f"{SETUP}y = theta + 5\n"
        judge = checked(("True", "never"), mistakes=known)
        assert verdict(record, code, judge, earlier) == Verdict(False)
        assert verdict(record, "y = theta + 1", judge, earlier).mistake == "added"

    @pytest.mark.parametrize(
        "code", ["x = 1\n1 / 0", "x = = 3", "exit()", "raise KeyboardInterrupt"]
    )
    def test_code_that_raised_has_only_its_exception(self, record: Record, code: str) -> None:
        judge = checked(("True", "never"), probe="1 / 0", mistakes=(Mistake("m", "x == 2", "s"),))
        assert verdict(record, code, judge) == Verdict(False)

    @pytest.mark.parametrize(
        ("code", "kind"), [("1 / 0", "ZeroDivisionError"), ("x = = 3", "SyntaxError")]
    )
    def test_any_exception_can_be_a_mistake(self, record: Record, code: str, kind: str) -> None:
        judge = checked(mistakes=(Mistake("m", f"isinstance(error, {kind})", "{type(error)}"),))
        assert verdict(record, code, judge).say == f"<class '{kind}'>"

    def test_an_exercise_without_checks_is_solved(self, record: Record) -> None:
        assert verdict(record, "x = 1", Judge(())) == Verdict(True)

    def test_any_true_value_is_true(self, record: Record) -> None:
        judge = checked(("torch.ones(1)", "a"), ("[1]", "b"), ("''", "c"))
        assert verdict(record, "x = 1", judge) == Verdict(False, "c", check=2)


class TestProbe:
    """Hidden code that runs after the learner's, and is not recorded."""

    JUDGE = checked(
        ("grad.item() == 12", "The slope at 2 is {grad.item():g}, not 12."),
        probe="x = torch.tensor(2.0, requires_grad=True)\n(grad,) = torch.autograd.grad(f(x), x)",
        mistakes=(
            Mistake("squared", "grad.item() == 4", "That is the square."),
            Mistake("nothing", "f(torch.ones(1)) is None", "f returns nothing."),
        ),
    )

    def test_checks_and_mistakes_use_its_names(self, record: Record) -> None:
        assert verdict(record, "f = lambda t: t ** 3", self.JUDGE) == Verdict(True)
        found = verdict(record, "def f(t):\n    return t * 5", self.JUDGE)
        assert found == Verdict(False, "The slope at 2 is 5, not 12.", check=0)
        assert verdict(record, "def f(t):\n    return t * t", self.JUDGE).mistake == "squared"

    def test_where_it_fails_a_known_mistake_says_more(self, record: Record) -> None:
        assert verdict(record, "def f(t):\n    t ** 3", self.JUDGE).say == "f returns nothing."

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("x = 1", "NameError: name 'f' is not defined"),
            (
                "def f():\n    return 3",
                "TypeError: f() takes 0 positional arguments but 1 was given",
            ),
            (
                "def f(t):\n    y = t * 2\n    return y.nope()",
                "AttributeError: 'Tensor' object has no attribute 'nope' (line 3 of your code)",
            ),
            (
                "def g(t):\n    return t / nope\ndef f(t):\n    return g(t)",
                "NameError: name 'nope' is not defined (line 2 of your code)",
            ),
        ],
    )
    def test_where_it_fails_that_is_the_learners(
        self, record: Record, code: str, said: str
    ) -> None:
        found = verdict(record, code, self.JUDGE)
        assert found == Verdict(False, f"The test of your code failed: {said}")

    def test_a_function_that_exits_is_said(self, record: Record) -> None:
        found = verdict(record, "def f(t):\n    exit()", self.JUDGE)
        assert (found.solved, found.say) == (False, "The test of your code ends the program.")

    def test_lines_are_counted_in_the_learners_code(self, record: Record) -> None:
        code = "def f(t):\n    return t.nope"
        found = verdict(record, code, self.JUDGE, first_line=30, filename="a.py")
        assert found.say.endswith("(line 2 of your code)")

    def test_it_changes_what_the_learners_functions_see(self, record: Record) -> None:
        judge = checked(("seen == 7", "It saw {seen}."), probe="rate = 7\nseen = f()")
        code = "rate = 3\ndef f():\n    return rate"
        assert verdict(record, code, judge) == Verdict(True)

    def test_it_leaves_the_variables_as_they_were(self, record: Record) -> None:
        judge = checked(("made", "no"), probe="made = 1\nw = 5\ndel x\ntorch = 3")
        recorded = record("w = 1\nx = 2", SETUP, judge=judge)
        assert recorded.result.verdict == Verdict(True)
        variables = recorded.variables
        assert (variables["w"], variables["x"], variables["torch"]) == (1, 2, torch)
        assert "made" not in variables
        recorded.step("y = torch.ones(1)")
        assert recorded.result.ok
        assert [set(each.tensors) | set(each.values) for each in recorded.snapshots] == [
            set(),
            {"y"},
        ]


class TestUndefined:
    """A check that fails since something is not there is said in plain words."""

    @pytest.mark.parametrize(
        ("code", "check", "said"),
        [
            ("x = 1", "w.item() == 1", "`w` is not defined after your code has run."),
            ("w = torch.ones(1)", "w.grad.item()", "`w.grad` is None after your code has run."),
            ("w = None", "w.item() == 1", "`w` is None after your code has run."),
            ("w = 3", "w.item() == 1", "`w` has no attribute `item` after your code has run."),
            (
                "w = torch.nn.Linear(1, 1)",
                "w.shift is None",
                "`w` has no attribute `shift` after your code has run.",
            ),
            (
                "def f(x):\n    return x.nope",
                "f(1)",
                "The test of your code failed: AttributeError: 'int' object has no attribute 'nope'"
                " (line 2 of your code)",
            ),
        ],
    )
    def test_what_is_missing_is_said(
        self, record: Record, code: str, check: str, said: str
    ) -> None:
        judge = checked(("True", "no"), (check, "It is {w.item()}."))
        assert verdict(record, code, judge) == Verdict(False, said, check=1)

    def test_any_other_exception_is_the_lessons_problem(self, record: Record) -> None:
        judge = checked(("w.item() == 1", "w is {w.item():.2f}, and should be {1}."))
        found = verdict(record, "w = torch.ones(2)", judge)
        assert (found.solved, found.check) == (False, 0)
        assert found.say == "w is …, and should be …."
        assert found.problem == (
            "check 1 raises RuntimeError: a Tensor with 2 elements cannot be converted to Scalar"
        )


SAYINGS = {
    "plain": "plain",
    "{w:.1f} {{w}} {w!r}": "2.5 {w} 2.5",
    '"{d["a"]}" and \'{d["a"]}\'': "\"1\" and '1'",
    "ends with {'a'}\"": 'ends with a"',
    '"""': '"""',
    "two\nlines {w}": "two\nlines 2.5",
    r"a \n {w}": r"a \n 2.5",
    "{[n for n in (1, 2) if n > w - 1]}": "[2]",
    "{sum(d.values())} {max(1, 2)}": "1 2",
    "": "",
}


@pytest.mark.parametrize("text", SAYINGS)
def test_what_is_said_is_an_f_string(record: Record, text: str) -> None:
    found = verdict(record, "w, d = 2.5, {'a': 1}", checked(("False", text)))
    assert found == Verdict(False, SAYINGS[text], check=0)


@pytest.mark.parametrize(
    ("text", "said", "problem"),
    [
        ("w is {nope}.", "w is ….", "raises NameError: name 'nope' is not defined"),
        ("w is {w:q} {{}}.", "w is … {}.", "raises ValueError: Unknown format code 'q'"),
        ("w is {w", "w is {w", "is no Python: "),
        ("w is {exit()}", "w is …", "ends the program"),
        ("w is {'}'", "w is …'", "is no Python: "),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_said_without(
    record: Record, text: str, said: str, problem: str
) -> None:
    found = verdict(record, "w = 2.5", checked(("False", text)))
    assert (found.solved, found.check, found.say) == (False, 0, said)
    assert problem in found.problem


def test_a_long_text_is_cut(record: Record) -> None:
    found = verdict(record, "w = 'é' * 10 ** 6", checked(("False", "{w}")))
    assert len(found.say) <= ANSWER_CHARACTERS
    assert verdict(record, "w = 1", checked(("False", "é" * 10**6))).say.endswith("…")


HOSTILE = {
    "exit()": "check 1 ends the program",
    "1 / 0": "check 1 raises ZeroDivisionError: division by zero",
    "torch.ones(2) == torch.ones(2)": "check 1 raises RuntimeError: Boolean value of Tensor",
    "w =": "check 1 is no Python: invalid syntax",
    "(_ for _ in ()).throw(KeyboardInterrupt())": "check 1 raises KeyboardInterrupt",
    "(lambda f: f(f))(lambda f: f(f))": "check 1 raises RecursionError",
    "__import__('os').fork() and False": "check 1 starts another process",
    "type('Odd', (), {'__bool__': lambda self: exit()})()": "check 1 ends the program",
}


@pytest.mark.parametrize("check", HOSTILE)
def test_a_check_that_is_none_counts_as_failed(record: Record, check: str) -> None:
    found = verdict(record, "w = 1", checked((check, "w is {w}.")))
    assert found.problem.startswith(HOSTILE[check])
    assert replace(found, problem="") == Verdict(False, "w is 1.", check=0)


def test_what_a_judge_prints_warns_and_draws_is_not_seen(
    record: Record, capfd: pytest.CaptureFixture[str]
) -> None:
    noisy = "print('seen') or __import__('warnings').warn('seen') or torch.rand(1) >= 0"
    judge = checked((noisy, ""), probe=noisy, mistakes=(Mistake("m", f"not ({noisy})", ""),))
    recorded = record("w = torch.rand(1)", SETUP, judge=judge)
    assert recorded.result.verdict == Verdict(True)
    recorded.step("w = torch.rand(1).item()")
    plain = record("w = torch.rand(1)", SETUP)
    plain.step("w = torch.rand(1).item()")
    assert recorded.variables["w"] == plain.variables["w"]
    assert capfd.readouterr() == ("", "")


REPLACED = {
    "a module": "torch = 3",
    "a module that is gone": "del torch",
    "a function of the setup": "def trail(tensor):\n    return 5",
    "a function that is a number": "trail = 5",
    "a builtin": "abs = len",
    "another builtin": "len = sum = 3",
    "all names": "globals().update({name: 5 for name in list(globals()) if name[0] != '_'})",
    "a class of the setup": "Point = 3",
}


@pytest.mark.parametrize("kind", REPLACED)
def test_checks_use_what_they_are_made_for(record: Record, kind: str) -> None:
    judge = checked(
        ("trail(made) == ['MulBackward0', 'AccumulateGrad']", "trail is {trail(made)}."),
        ("abs(torch.tensor(-2.0).item()) == 2 and len([sum([1, 2])]) == 1", "{len(trail(made))}"),
        ("isinstance(Point(), Point)", "no point"),
        probe="made = torch.ones(1, requires_grad=True) * 2",
    )
    setup = SETUP + "class Point: pass\n"
    assert verdict(record, REPLACED[kind], judge, setup) == Verdict(True)


def test_what_the_learner_defines_is_what_is_judged(record: Record) -> None:
    judge = checked(("double(2) == 4 and Layer().n == 1 and m.bias is None", "{double(2)}"))
    code = """
        def double(x):
            return x * 2
        class Layer:
            n = 1
        m = torch.nn.Linear(1, 1, bias=False)
    """
    assert verdict(record, code, judge) == Verdict(True)
    recorded = record(
        "def double(x):\n    return x\nclass Layer: pass\nm = torch.nn.Linear(1, 1)", SETUP
    )
    recorded.step(textwrap.dedent(code), judge=judge)
    assert recorded.result.verdict == Verdict(True)


def test_a_function_of_an_earlier_step_is_there_for_the_checks(record: Record) -> None:
    recorded = record("def double(x):\n    return x * 2", SETUP)
    recorded.step("double = 5", judge=checked(("double(2) == 4", "{double}")))
    assert recorded.result.verdict == Verdict(True)
    recorded.step("double", judge=checked(("double == 5", "{double}")))
    assert recorded.result.verdict == Verdict(True)


@pytest.mark.parametrize("name", ["input", "sum", "id", "list"])
def test_a_variable_with_the_name_of_a_builtin_is_a_variable(record: Record, name: str) -> None:
    judge = checked((f"{name}.shape == (2,)", f"{{{name}}}"))
    assert verdict(record, f"{name} = torch.ones(2)", judge) == Verdict(True)


@pytest.mark.parametrize("name", ["output", "code", "error"])
def test_checks_see_the_learners_variables_of_any_name(record: Record, name: str) -> None:
    judge = checked(
        (f"{name} == 3", f"{name} is {{{name}}}."),
        mistakes=(Mistake("m", f"{name} == 4", "never"),),
    )
    assert verdict(record, f"{name} = 3", judge) == Verdict(True)
    assert verdict(record, f"{name} = 4", judge).say == f"{name} is 4."


def test_checks_may_ask_for_what_the_code_printed_and_raised(record: Record) -> None:
    judge = checked(("error is None and 'x' in code and not output", "{error}"))
    assert verdict(record, "x = 3", judge) == Verdict(True)


def test_builtins_that_the_code_has_deleted_are_there(record: Record) -> None:
    recorded = record("import builtins\ndel builtins.abs", SETUP, judge=checked(("abs(-1)", "no")))
    assert recorded.result.verdict == Verdict(True)


class TestTime:
    """All of a judge has one time, and the step's own deadline holds."""

    @pytest.fixture
    def _short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("autograd_tutor.kernel.judge.JUDGE_SECONDS", 0.3)

    @pytest.mark.usefixtures("_short")
    def test_a_check_that_does_not_end_fails(self, record: Record) -> None:
        judge = checked(("f()", "f gives {f()}, and should give 3."), ("True", ""))
        found = verdict(record, "def f():\n    while True: pass", judge)
        assert found.say == "f gives …, and should give 3."
        assert (found.solved, found.check) == (False, 0)
        assert found.problem == "check 1 takes longer than 0.3 s"

    @pytest.mark.usefixtures("_short")
    def test_a_probe_that_does_not_end_is_said(self, record: Record) -> None:
        judge = checked(("True", ""), probe="f()")
        found = verdict(record, "def f():\n    while True: pass", judge)
        assert found.say == "The test of your code takes longer than 0.3 s."
        assert not found.solved

    @pytest.mark.usefixtures("_short")
    def test_after_a_condition_that_does_not_end_nothing_is_solved(self, record: Record) -> None:
        mistakes = (Mistake("m", "__import__('time').sleep(1e6)", ""),)
        found = verdict(record, "x = 1", checked(("True", ""), mistakes=mistakes))
        assert found == Verdict(False, problem="the condition of mistake m takes longer than 0.3 s")

    def test_code_whose_time_was_up_is_not_solved(self, record: Record) -> None:
        recorded = record(None, SETUP)
        recorded.variables["stop"] = recorded.recorder.interrupt
        mistakes = (Mistake("m", "True", "said"),)
        recorded.step("stop()", judge=checked(("True", ""), mistakes=mistakes))
        assert recorded.result.verdict == Verdict(False)
        recorded.step(
            "try:\n    stop()\nexcept BaseException:\n    pass", judge=checked(("True", ""))
        )
        assert recorded.result.verdict == Verdict(False, problem=NOT_JUDGED)

    def test_a_deadline_that_comes_meanwhile_ends_it(self, record: Record) -> None:
        recorded = record(None, SETUP)
        recorded.variables["stop"] = recorded.recorder.interrupt
        judge = checked(("stop()", "not stopped"), ("True", ""))
        recorded.step("x = 1", judge=judge)
        found = recorded.result.verdict
        assert found is not None
        assert not found.solved
        assert recorded.result.ok
        recorded.step("x = 2", judge=checked(("x == 2", "")))
        assert recorded.result.verdict == Verdict(True)


def test_what_the_code_raised_holds_no_tensors(record: Record) -> None:
    code = """
        import weakref
        def f(x):
            y = x * 2
            refs.append(weakref.ref(y))
            try:
                1 / 0
            except ZeroDivisionError as first:
                raise ValueError from first
        f(theta)
    """
    setup = SETUP + "refs = []\n"
    dead = "all(ref() is None for ref in refs) and refs"
    mistakes = (Mistake("m", f"type(error) is ValueError and {dead}", "{error.__cause__!r}"),)
    gc.disable()
    try:
        found = verdict(record, code, checked(mistakes=mistakes), setup)
    finally:
        gc.enable()
    assert found.say == "ZeroDivisionError('division by zero')"


AFFINE = """
class Affine(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.{scale}
        {shift}
m = Affine()
"""
PARAMETER, BUFFER = "nn.Parameter(torch.ones(1))", "self.register_buffer('shift', torch.zeros(1))"
AFFINE_JUDGE = checked(
    ("[n for n, _ in m.named_parameters()] == ['scale']", "Listed: {dict(m.named_parameters())}."),
    ("'shift' in m.state_dict()", "The state has {list(m.state_dict())}, no shift."),
    mistakes=(
        Mistake(
            "not-listed",
            "m.scale.requires_grad and not isinstance(m.scale, torch.nn.Parameter)",
            "scale asks for gradients, but no module lists it.",
        ),
        Mistake("both", "isinstance(m.shift, torch.nn.Parameter)", "shift would be trained, too."),
    ),
)


@pytest.mark.parametrize(
    ("scale", "shift", "expected"),
    [
        (PARAMETER, BUFFER, Verdict(True)),
        ("ones(1, requires_grad=True)", BUFFER, "not-listed"),
        (PARAMETER, f"self.shift = torch.{PARAMETER}", "both"),
        (PARAMETER, "self.shift = torch.zeros(1)", "The state has ['scale'], no shift."),
        ("ones(1)", "pass", "Listed: {}."),
    ],
)
def test_an_exercise_on_modules(
    record: Record, scale: str, shift: str, expected: Verdict | str
) -> None:
    found = verdict(record, AFFINE.format(scale=scale, shift=shift), AFFINE_JUDGE)
    assert expected in (found, found.mistake, found.say)


GOAL = "['MeanBackward0', 'ExpBackward0', 'MulBackward0', 'AccumulateGrad']"
GRAPH_JUDGE = checked(
    (f"trail(y) == {GOAL}", "From y down there are {', '.join(trail(y))}."),
    mistakes=(
        Mistake("order", "trail(y)[0] == 'MulBackward0'", "The top row is the last operation."),
        Mistake("cut-off", "y.grad_fn is None", "y has no history."),
    ),
)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("y = torch.exp(theta * 2).mean()", Verdict(True)),
        ("y = theta.sum()", "From y down there are SumBackward0, AccumulateGrad."),
        ("y = torch.exp(theta).mean() * 2", "order"),
        ("y = torch.exp(theta.detach() * 2).mean()", "cut-off"),
        (f"def trail(y): return {GOAL}\ny = theta.sum()", "From y down there are SumBackward0, "
         "AccumulateGrad."),
    ],
)  # fmt: skip
def test_an_exercise_on_graphs(record: Record, code: str, expected: Verdict | str) -> None:
    found = verdict(record, code, GRAPH_JUDGE)
    assert expected in (found, found.mistake, found.say)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session:
        session.wait_ready()
        yield session


@pytest.mark.parametrize("sandboxed", [False, True])
def test_a_verdict_comes_with_a_run(session: Session, sandboxed: bool) -> None:
    judge = checked(
        ("__import__('socket').socket() is None", "w is {w}"),
        probe="__import__('os').write(1, b'seen')",
        mistakes=(Mistake("told", "output == 'own\\n'", "It printed {output!r}."),),
    )
    run = session.start(PATIENT, SETUP, sandboxed=sandboxed)
    told = session.step(run, "w = 1\nprint('own')", judge=judge)
    checked_too = session.step(run, "w = 2", 1, judge=judge)
    session.kernel.kill(run)
    assert told.result is not None, told.ended
    assert checked_too.result is not None, checked_too.ended
    assert told.stdout == "own\n"
    assert checked_too.stdout == ""
    assert checked_too.result.refused == ()
    assert told.result.verdict == Verdict(False, "It printed 'own\\n'.", mistake="told")
    found = checked_too.result.verdict
    assert found is not None
    assert (found.say, found.check) == ("w is 2", 0)
    assert found.problem.startswith("check 1 raises Permission") == sandboxed


def test_code_without_end_has_a_verdict(session: Session) -> None:
    for seconds in (0.5, 2.0, 8.0):
        run = session.start(PATIENT)
        limits = replace(PATIENT, seconds=seconds)
        judge = checked(("True", ""))
        outcome = session.step(run, "while True: pass", limits=limits, judge=judge)
        session.kernel.kill(run)
        if outcome.result is not None:
            break
    assert outcome.result is not None
    assert outcome.result.verdict == Verdict(False)
