"""What a check of gradients has shown, as JSON."""

from __future__ import annotations

import math
from typing import Any

from autograd_tutor.analysis.checked import (
    Judged,
    agrees,
    judge_function,
    judge_leaf,
    number_of,
    rounding,
)
from autograd_tutor.recording.checks import Checked, CheckedEntry, CheckedFunction, CheckedLeaf

Object = dict[str, Any]


def checked_fields(checked: Checked, first_line: int) -> Object:
    """The object of one check; lines are counted as the file counts. NaN and inf are strings."""
    return {
        "agrees": agrees(checked),
        "problem": checked.problem or None,
        "detail": checked.detail or None,
        "pass": checked.call,
        "line": number_of(checked, first_line) if checked.line else None,
        "root": checked.root or None,
        "value": _number(checked.value),
        "functions": [_function(each, first_line) for each in checked.functions],
        "leaves": [_leaf(each, checked) for each in checked.leaves],
        "unchecked": checked.unchecked,
        "file": checked.file or None,
        "passes": checked.passes,
        "lines": [each + first_line - 1 for each in checked.lines],
        "single": list(checked.single),
        "left": list(checked.left),
    }


def _leaf(leaf: CheckedLeaf, checked: Checked) -> Object:
    judged, rounded = judge_leaf(leaf, checked), rounding(leaf, checked)
    return {
        "name": leaf.name or None,
        "shape": list(leaf.shape),
        "dtype": leaf.dtype,
        "reached": leaf.reached,
        "problem": leaf.problem or None,
        **_judged(judged),
        "rounding": rounded.kind,
        "difference": _number(leaf.difference),
        "entries": [
            {
                "index": list(entry.index),
                "verdict": verdict,
                "grad": _number(entry.grad),
                "double": _number(entry.double),
                "slope": _number(entry.slope),
                "below": _number(entry.below),
                "above": _number(entry.above),
                "cut": _number(entry.cut),
                "problem": entry.problem or None,
            }
            for entry, verdict in zip(leaf.entries, judged.entries, strict=False)
        ],
    }


def _function(function: CheckedFunction, first_line: int) -> Object:
    return {
        "name": function.name,
        "line": number_of(function, first_line),
        "file": function.file or None,
        "problem": function.problem or None,
        "detail": function.detail or None,
        "inputs": [
            {
                "name": given.name,
                "shape": list(given.shape),
                **_judged(judged),
                "entries": [_of_function(each) for each in given.entries],
            }
            for given, judged in zip(function.inputs, judge_function(function), strict=True)
        ],
    }


def _of_function(entry: CheckedEntry) -> Object:
    return {
        "index": list(entry.index),
        "grad": _number(entry.grad),
        "slope": _number(entry.slope),
        "other_grad": _number(entry.other),
        "other_slope": _number(entry.double),
    }


def _judged(judged: Judged) -> Object:
    factor = _number(judged.factor) if judged.off in ("sign", "factor") else None
    return {"verdict": judged.verdict, "off": judged.off or None, "factor": factor}


def _number(value: float | None) -> float | str | None:
    if value is None or math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
