"""Evaluates what a step is expected to hold at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd_tutor.kernel.categories import Category, type_info_of
from autograd_tutor.kernel.failure import describe
from autograd_tutor.kernel.interrupts import Interrupts, OutOfTime
from autograd_tutor.kernel.plotted import FunctionPlotter
from autograd_tutor.kernel.torch_print import text_of_tensor
from autograd_tutor.kernel.undisturbed import undisturbed
from autograd_tutor.kernel.values import text_of
from autograd_tutor.limits.kernel import REASON_CHARACTERS
from autograd_tutor.recording.model import FailedExpectation
from autograd_tutor.recording.plots import PlottedFunction
from autograd_tutor.recording.questions import Verdict


class Asked(NamedTuple):
    """What a lesson wants to know when a step has ended; as in `StepResult`."""

    failed: tuple[FailedExpectation, ...] = ()
    plotted: PlottedFunction | None = None
    verdict: Verdict | None = None


def ask(
    expect: Sequence[str],
    plotter: FunctionPlotter | None,
    namespace: dict[str, Any],
    interrupts: Interrupts,
) -> Asked:
    """Evaluate what is expected, then the function that is to be drawn."""
    failed = failed_expectations(expect, namespace, interrupts)
    return Asked(failed, None if plotter is None else plotter.plotted(namespace, interrupts))


def failed_expectations(
    expressions: Sequence[str], namespace: dict[str, Any], interrupts: Interrupts
) -> tuple[FailedExpectation, ...]:
    """Those that are not true; printing nothing and using up no random numbers.

    `interrupts` is unblocked while an expression is evaluated.
    """
    failed: list[FailedExpectation] = []
    if not expressions:
        return ()
    with undisturbed():
        for index, expression in enumerate(expressions):
            reason = why_not(expression, namespace, interrupts)
            if reason is not None:
                failed.append(FailedExpectation(index, expression, reason))
    return tuple(failed)


def why_not(expression: str, namespace: dict[str, Any], interrupts: Interrupts) -> str | None:
    """Why an expectation does not hold; None if it does."""
    try:
        interrupts.unblock()
        reason = _evaluate(expression, namespace)
        interrupts.blocked = True
    except OutOfTime:
        interrupts.blocked = True
        return "took too long"
    except BaseException as error:  # noqa: BLE001 - any failure is the reason
        interrupts.blocked = True
        described = describe(error, "<expect>", ())
        return f"{described.type}: {described.message}"[:REASON_CHARACTERS]
    return reason


def _evaluate(expression: str, namespace: dict[str, Any]) -> str | None:
    value = eval(compile(expression.strip(), "<expect>", "eval"), namespace)
    if value:
        return None
    is_tensor = type_info_of(value).category is Category.TENSOR
    return f"is {text_of_tensor(value) if is_tensor else text_of(value)}"[:REASON_CHARACTERS]
