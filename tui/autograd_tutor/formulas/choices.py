"""Element-wise choices: where, clamp, the larger or the smaller of two."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant

_ABOVE = ("grad · (self ≥ min)", "grad * (self >= min)")
_BELOW = ("grad · (self ≤ max)", "grad * (self <= max)")
_BETWEEN = Input(
    "self",
    "grad · (min ≤ self ≤ max)",
    "grad * ((min <= self) & (self <= max))",
    (Variant((("min", "None"),), *_BELOW), Variant((("max", "None"),), *_ABOVE)),
)


def _larger(name: str, sign: str, other: str) -> Input:
    """The one of two that was taken; both get half where they are equal."""
    taken = f"({name} {sign} {other})"
    return Input(
        name,
        f"grad · {taken}, half if equal",
        f"grad * ({taken} + ({name} == {other}) / 2)",
    )


FORMULAS = (
    Formula(
        "WhereBackward0",
        "choice, element by element",
        "self if condition else other",
        (
            Input("self", "grad if condition else 0", "torch.where(condition, grad, 0)"),
            Input("other", "0 if condition else grad", "torch.where(condition, 0, grad)"),
        ),
    ),
    Formula(
        "ClampBackward0",
        "limits from tensors",
        "min(max(self, min), max)",
        (
            _BETWEEN,
            Input(
                "min",
                "grad · (self < min < max)",
                "grad * ((self < min) & (min < max))",
                (
                    Variant(
                        (("max", "None"),),
                        "grad · (self < min)",
                        "grad * (self < min)",
                    ),
                ),
            ),
            Input(
                "max",
                "grad · (self > max or max < min)",
                "grad * ((self > max) | (max < min))",
                (
                    Variant(
                        (("min", "None"),),
                        "grad · (self > max)",
                        "grad * (self > max)",
                    ),
                ),
            ),
        ),
    ),
    Formula("ClampBackward1", "limits", "min(max(self, min), max)", (_BETWEEN,)),
    Formula("ClampMinBackward0", "lower limit", "max(self, min)", (Input("self", *_ABOVE),)),
    Formula(
        "ClampMinBackward1",
        "lower limit from a tensor",
        "max(self, min)",
        (Input("self", *_ABOVE), Input("min", "grad · (self < min)", "grad * (self < min)")),
    ),
    Formula("ClampMaxBackward0", "upper limit", "min(self, max)", (Input("self", *_BELOW),)),
    Formula(
        "ClampMaxBackward1",
        "upper limit from a tensor",
        "min(self, max)",
        (Input("self", *_BELOW), Input("max", "grad · (self > max)", "grad * (self > max)")),
    ),
    Formula(
        "MaximumBackward0",
        "the larger of two, element by element",
        "max(self, other)",
        (_larger("self", ">", "other"), _larger("other", ">", "self")),
    ),
    Formula(
        "MinimumBackward0",
        "the smaller of two, element by element",
        "min(self, other)",
        (_larger("self", "<", "other"), _larger("other", "<", "self")),
    ),
    Formula(
        "FmaxBackward0",
        "the larger of two; a number rather than nan",
        "max(self, other)",
        (
            Input(
                "self",
                "grad if self was taken, else 0",
                "grad * ((self >= other) | other.isnan())",
            ),
            Input(
                "other",
                "grad if other was taken, else 0",
                "grad * ~((self >= other) | other.isnan())",
            ),
        ),
    ),
    Formula(
        "FminBackward0",
        "the smaller of two; a number rather than nan",
        "min(self, other)",
        (
            Input(
                "self",
                "grad if self was taken, else 0",
                "grad * ((self <= other) | other.isnan())",
            ),
            Input(
                "other",
                "grad if other was taken, else 0",
                "grad * ~((self <= other) | other.isnan())",
            ),
        ),
    ),
    Formula(
        "NanToNumBackward0",
        "nan and infinities replaced by numbers",
        "self if finite else a number",
        (Input("self", "grad if self is finite, else 0", "grad * self.isfinite()"),),
    ),
    Formula(
        "MaskedFillBackward0",
        "a number where the mask is true",
        "value if mask else self",
        (Input("self", "0 if mask else grad", "torch.where(mask, 0, grad)"),),
    ),
    Formula(
        "MaskedFillBackward1",
        "a 0-dim tensor where the mask is true",
        "value if mask else self",
        (
            Input("self", "0 if mask else grad", "torch.where(mask, 0, grad)"),
            Input("value", "grad if mask else 0", "torch.where(mask, grad, 0)"),
        ),
    ),
)
