"""Element-wise choices: where, clamp, the larger or the smaller of two."""

from __future__ import annotations

from autograd_tutor.formulas.formula import either, elementwise, op, when

_ABOVE = "grad if self >= min else 0"
_BELOW = "grad if self <= max else 0"
_BETWEEN = either(
    "grad if min <= self <= max else 0", when(_BELOW, min="None"), when(_ABOVE, max="None")
)
_UNDER_MIN = "grad if self < min else 0"
_OVER_MAX = "grad if self > max else 0"

FORMULAS = (
    elementwise(
        "WhereBackward0",
        "choice, element by element",
        "self if condition else other",
        self="grad if condition else 0",
        other="0 if condition else grad",
    ),
    elementwise(
        "ClampBackward0",
        "limits from tensors",
        "min(max(self, min), max)",
        self=_BETWEEN,
        min=either("grad if self < min < max else 0", when(_UNDER_MIN, max="None")),
        max=either("grad if self > max or max < min else 0", when(_OVER_MAX, min="None")),
    ),
    op("ClampBackward1", "limits", "min(max(self, min), max)", self=_BETWEEN),
    op("ClampMinBackward0", "lower limit", "max(self, min)", self=_ABOVE),
    elementwise(
        "ClampMinBackward1",
        "lower limit from a tensor",
        "max(self, min)",
        self=_ABOVE,
        min=_UNDER_MIN,
    ),
    op("ClampMaxBackward0", "upper limit", "min(self, max)", self=_BELOW),
    elementwise(
        "ClampMaxBackward1",
        "upper limit from a tensor",
        "min(self, max)",
        self=_BELOW,
        max=_OVER_MAX,
    ),
    elementwise(
        "MaximumBackward0",
        "the larger of two, element by element",
        "max(self, other)",
        self="grad / 2 if self == other else 0 if self < other else grad",
        other="grad / 2 if self == other else 0 if other < self else grad",
    ),
    elementwise(
        "MinimumBackward0",
        "the smaller of two, element by element",
        "min(self, other)",
        self="grad / 2 if self == other else 0 if self > other else grad",
        other="grad / 2 if self == other else 0 if other > self else grad",
    ),
    elementwise(
        "FmaxBackward0",
        "the larger of two; a number rather than nan",
        "max(self, other)",
        self="grad if is_taken(self) else 0",
        other="grad if is_taken(other) else 0",
    ),
    elementwise(
        "FminBackward0",
        "the smaller of two; a number rather than nan",
        "min(self, other)",
        self="grad if is_taken(self) else 0",
        other="grad if is_taken(other) else 0",
    ),
    op(
        "NanToNumBackward0",
        "nan and infinities replaced by numbers",
        "self if finite else a number",
        self="grad if is_finite(self) else 0",
    ),
    elementwise(
        "MaskedFillBackward0",
        "a number where the mask is true",
        "value if mask else self",
        self="0 if mask else grad",
    ),
    elementwise(
        "MaskedFillBackward1",
        "a 0-dim tensor where the mask is true",
        "value if mask else self",
        self="0 if mask else grad",
        value="grad if mask else 0",
    ),
)
