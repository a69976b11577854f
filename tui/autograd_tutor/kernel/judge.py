"""Judges an exercise once the learner's code has run: what is said of it, and whether it is solved.

Everything of the judge runs beside the recording, and the run's variables are as before afterwards.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from autograd_tutor.kernel.answers import bounded_text
from autograd_tutor.kernel.aside import TIME_IS_UP, Aside, evaluated, line, reason
from autograd_tutor.kernel.interrupts import Interrupts, OutOfTime
from autograd_tutor.kernel.protected import Protected
from autograd_tutor.limits.kernel import JUDGE_SECONDS
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.questions import Judge, Verdict
from autograd_tutor.recording.wire import StepRequest

_BRACES = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
_OF_RUN = {"error", "output", "code"}
"""The names in a condition that are of this run, whatever the code has come to."""
NOT_JUDGED = "the time was up before the code was judged"
_UNDONE = " after your code has run."


def judgement_of(
    request: StepRequest, protected: Protected, interrupts: Interrupts
) -> Judgement | None:
    """What judges a step that is an exercise; None for any other step."""
    if request.judge is None:
        return None
    protected.begin()
    return Judgement(request, request.judge, protected, interrupts)


class Judgement:
    """Follows the learner's code, then judges it once."""

    def __init__(
        self, request: StepRequest, judge: Judge, protected: Protected, interrupts: Interrupts
    ) -> None:
        self._request = request
        self._judge = judge
        self._protected = protected
        self._variables = protected.variables
        seconds = min(JUDGE_SECONDS, request.limits.seconds / 2)
        self._aside = Aside(interrupts, seconds, seconds)
        self._output: list[str] = []
        self._error: BaseException | None = None
        self._raised = False
        """Whether the learner's code has raised, and not only the probe."""
        self._problem = ""
        """The first one of the lesson itself."""

    def following(self, emit: Callable[[Snapshot], None]) -> Callable[[Snapshot], None]:
        """`emit`, as the output in what passes through it is read."""

        def followed(snapshot: Snapshot) -> None:
            self._output.append(snapshot.stdout)
            emit(snapshot)

        return followed

    def note(self, error: BaseException) -> None:
        """The learner's code has raised this. Its frames are let go, with their tensors."""
        self._error = error
        _drop_tracebacks(error)

    def verdict(self) -> Verdict:
        """What is said of the code. Prints nothing, and leaves all variables as they are."""
        before = self._variables.copy()
        try:
            return self._judged()
        finally:
            for name in self._variables.keys() - before.keys():
                del self._variables[name]
            self._variables.update(before)
            self._error = None

    def _judged(self) -> Verdict:
        if isinstance(self._error, OutOfTime):
            return Verdict(False)
        if self._aside.over:
            return Verdict(False, problem=NOT_JUDGED)
        self._protected.restore()
        self._raised = self._error is not None
        failed = "" if self._raised else self._probe()
        for known in self._judge.mistakes:
            if self._holds(known.when, f"the condition of mistake {known.id}"):
                say = self._said(known.say, of_mistake=True)
                return Verdict(False, say, mistake=known.id, problem=self._problem)
        if self._raised or failed:
            return Verdict(False, failed, problem=self._problem)
        return self._checked()

    def _probe(self) -> str:
        """Run the hidden code; what is said of the learner's where that fails."""
        if not self._judge.probe.strip():
            return ""
        outcome = self._aside.run(self._run_probe)
        if outcome.problem:
            self._note_problem("the probe", outcome.problem)
            return f"The test of your code {outcome.problem}."
        return outcome.result or ""

    def _run_probe(self) -> str:
        try:
            exec(compile(self._judge.probe, "<lesson>", "exec", dont_inherit=True), self._variables)
        except (OutOfTime, SyntaxError, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - whatever the learner's code raises
            said = self._failure(error)
            self.note(error)
            return said
        return ""

    def _holds(self, condition: str, what: str) -> bool:
        """Whether a mistake is recognised: not where its condition raises."""
        outcome = self._aside.run(partial(self._condition, condition))
        if outcome.problem:
            self._note_problem(what, outcome.problem)
        return bool(outcome.result)

    def _condition(self, condition: str) -> bool:
        tree = ast.parse(condition.strip(), "<lesson>", "eval")
        if self._raised:  # the variables may be those of earlier steps
            names = {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
            if not names & _OF_RUN:
                return False
        try:
            return bool(evaluated(condition, self._names(tree, of_mistake=True)))
        except Exception:  # noqa: BLE001 - it is about code that has done something else
            return False

    def _checked(self) -> Verdict:
        for index, check in enumerate(self._judge.checks):
            if self._aside.over:
                return Verdict(False, problem=self._problem or NOT_JUDGED)
            outcome = self._aside.run(partial(self._check, check.that))
            if outcome.problem:
                self._note_problem(f"check {index + 1}", outcome.problem)
            elif outcome.result is None:
                continue
            say = outcome.result or self._said(check.say)
            return Verdict(False, say, check=index, problem=self._problem)
        return Verdict(True, problem=self._problem)

    def _check(self, expression: str) -> str | None:
        """None where it is true, what is said where the learner's code makes it fail, else ``."""
        tree = ast.parse(expression.strip(), "<lesson>", "eval")
        try:
            return None if evaluated(expression, self._names(tree)) else ""
        except Exception as error:
            if _line_in(error, self._request.filename):
                return self._failure(error)
            if (said := _missing(error, tree)) is None:
                raise
            return said

    def _said(self, text: str, of_mistake: bool = False) -> str:
        outcome = self._aside.run(partial(self._filled_in, text, of_mistake))
        if outcome.result is None:
            self._note_problem(f"the text {text[:40]!r}", outcome.problem)
            return bounded_text(_BRACES.sub(_without, text))
        return outcome.result

    def _filled_in(self, text: str, of_mistake: bool) -> str:
        quotes = "'''" if '"""' in text or text.endswith('"') else '"""'
        whole = f"rf{quotes}{text} {quotes}"  # a quote may be the last character
        tree = ast.parse(whole, "<lesson>", "eval")
        return bounded_text(evaluated(whole, self._names(tree, of_mistake))[:-1])

    def _names(self, tree: ast.AST, of_mistake: bool = False) -> dict[str, Any]:
        """The variables and what else may be asked for, which comes first `of_mistake`.

        A builtin that is called is Python's, unless there was a variable of that name before.
        """
        called = (each.func for each in ast.walk(tree) if isinstance(each, ast.Call))
        names = {each.id for each in called if isinstance(each, ast.Name)}
        own = vars(builtins)
        more = {name: own[name] for name in names.difference(self._protected.names) if name in own}
        variables = self._variables | more
        output = "".join(self._output)
        given = {"output": output, "code": self._request.code, "error": self._error}
        return variables | given if of_mistake else given | variables

    def _failure(self, error: BaseException) -> str:
        number = _line_in(error, self._request.filename) - self._request.first_line + 1
        where = f" (line {number} of your code)" if number > 0 else ""
        why = reason(error).removeprefix("raises ")
        return f"The test of your code failed: {why}{where}"

    def _note_problem(self, what: str, problem: str) -> None:
        if not self._problem and problem != TIME_IS_UP:
            self._problem = line(f"{what} {problem}")


def _missing(error: Exception, tree: ast.AST) -> str | None:
    """What the learner has not made, where a check fails for that."""
    if isinstance(error, NameError) and error.name:
        return f"`{error.name}` is not defined{_UNDONE}"
    if isinstance(error, AttributeError) and error.name:
        for each in ast.walk(tree):
            if isinstance(each, ast.Attribute) and each.attr == error.name:
                of = ast.unparse(each.value)
                if error.obj is None:
                    return f"`{of}` is None{_UNDONE}"
                return f"`{of}` has no attribute `{error.name}`{_UNDONE}"
    return None


def _line_in(error: BaseException, filename: str) -> int:
    """The innermost line of the file that an exception has come through; 0: none."""
    found, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == filename:
            found = trace.tb_lineno
        trace = trace.tb_next
    return found


def _drop_tracebacks(error: BaseException) -> None:
    """Also those of the exceptions that led to it."""
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            each.__traceback__ = None
            waiting += [led for led in (each.__cause__, each.__context__) if led is not None]


def _without(found: re.Match[str]) -> str:
    return {"{{": "{", "}}": "}"}.get(found[0], "…")
