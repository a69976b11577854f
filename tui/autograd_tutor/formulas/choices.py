"""Element-wise choices: where, clamp, the larger or the smaller of two."""

from __future__ import annotations

from autograd_tutor.formulas.formula import either, elementwise, op, when

_ABOVE = "grad * (self >= min)"
_BELOW = "grad * (self <= max)"
_BETWEEN = either("grad * (min <= self <= max)", when(_BELOW, min="None"), when(_ABOVE, max="None"))

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
        min=either("grad * (self < min < max)", when("grad * (self < min)", max="None")),
        max=either("grad * (self > max or max < min)", when("grad * (self > max)", min="None")),
    ),
    op("ClampBackward1", "limits", "min(max(self, min), max)", self=_BETWEEN),
    op("ClampMinBackward0", "lower limit", "max(self, min)", self=_ABOVE),
    elementwise(
        "ClampMinBackward1",
        "lower limit from a tensor",
        "max(self, min)",
        self=_ABOVE,
        min="grad * (self < min)",
    ),
    op("ClampMaxBackward0", "upper limit", "min(self, max)", self=_BELOW),
    elementwise(
        "ClampMaxBackward1",
        "upper limit from a tensor",
        "min(self, max)",
        self=_BELOW,
        max="grad * (self > max)",
    ),
    elementwise(
        "MaximumBackward0",
        "the larger of two, element by element",
        "max(self, other)",
        self="half_if_equal(grad * (self > other))",
        other="half_if_equal(grad * (other > self))",
    ),
    elementwise(
        "MinimumBackward0",
        "the smaller of two, element by element",
        "min(self, other)",
        self="half_if_equal(grad * (self < other))",
        other="half_if_equal(grad * (other < self))",
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
