"""Sums, products, quotients, and what picks, limits or rounds elements."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, either, elementwise, op, times, when


def _flat(node: str, operation: str, forward: str) -> Formula:
    return op(node, f"{operation} (flat between the steps)", forward, self="0")


def _unless_rounded(expression: str) -> Input:
    """A quotient with the setting `rounding_mode`."""
    return either(
        f"unless_rounded({expression})",
        when(expression, rounding_mode="None"),
        when("0", rounding_mode=("'floor'", "'trunc'")),
    )


FORMULAS = (
    elementwise(
        "AddBackward0", "sum", "self + alpha · other", self="grad", other=times("grad", "alpha")
    ),
    op("AddBackward1", "sum with a number", "self + alpha · other", self="grad"),
    elementwise(
        "SubBackward0",
        "difference",
        "self − alpha · other",
        self="grad",
        other=times("-grad", "alpha"),
    ),
    op("SubBackward1", "difference to a number", "self − alpha · other", self="grad"),
    elementwise(
        "RsubBackward0",
        "difference, the other way round",
        "other − alpha · self",
        self=times("-grad", "alpha"),
        other="grad",
    ),
    op(
        "RsubBackward1", "number minus tensor", "other − alpha · self", self=times("-grad", "alpha")
    ),
    elementwise(
        "MulBackward0",
        "element-wise product",
        "self · other",
        self="grad * conj(other)",
        other="grad * conj(self)",
    ),
    op("MulBackward1", "product with a number", "self · other", self="grad * other"),
    elementwise(
        "DivBackward0",
        "element-wise quotient",
        "self / other",
        self="grad / conj(other)",
        other="-grad * conj(self) / conj(other)**2",
    ),
    op("DivBackward1", "quotient by a number", "self / other", self="grad / other"),
    elementwise(
        "DivBackward2",
        "quotient, rounded if so wished",
        "round(self / other)",
        self=_unless_rounded("grad / conj(other)"),
        other=_unless_rounded("-grad * conj(self) / conj(other)**2"),
    ),
    op("NegBackward0", "negative", "−self", self="-grad"),
    op("AbsBackward0", "absolute value", "|self|", self="grad * sign(self)"),
    op("ReciprocalBackward0", "reciprocal", "1 / self", self="-grad * conj(result)**2"),
    elementwise(
        "AddcmulBackward0",
        "sum with a product",
        "self + value · tensor1 · tensor2",
        self="grad",
        tensor1=times("grad * conj(tensor2)", "value"),
        tensor2=times("grad * conj(tensor1)", "value"),
    ),
    elementwise(
        "AddcdivBackward0",
        "sum with a quotient",
        "self + value · tensor1 / tensor2",
        self="grad",
        tensor1=times("grad / conj(tensor2)", "value"),
        tensor2=times("-grad * conj(tensor1) / conj(tensor2)**2", "value"),
    ),
    elementwise(
        "LerpBackward0",
        "point between two",
        "self + weight · (end − self)",
        self="grad * (1 - weight)",
        end="grad * weight",
    ),
    elementwise(
        "LerpBackward1",
        "point between two, element by element",
        "self + weight · (end − self)",
        self="grad * (1 - conj(weight))",
        end="grad * conj(weight)",
        weight="grad * conj(end - self)",
    ),
    op("RemainderBackward0", "remainder of a division by a number", "self mod other", self="grad"),
    elementwise(
        "RemainderBackward1",
        "remainder, with the sign of the divisor",
        "self − floor(self / other) · other",
        self="grad",
        other="-grad * (self // other)",
    ),
    op("FmodBackward0", "remainder of a division by a number", "self mod other", self="grad"),
    elementwise(
        "FmodBackward1",
        "remainder, with the sign of the dividend",
        "self − trunc(self / other) · other",
        self="grad",
        other="-grad * trunc(self / other)",
    ),
    _flat("FloorBackward0", "rounding down", "floor(self)"),
    _flat("CeilBackward0", "rounding up", "ceil(self)"),
    _flat("RoundBackward0", "rounding to the nearest integer", "round(self)"),
    _flat("TruncBackward0", "rounding towards 0", "trunc(self)"),
    _flat("SignBackward0", "sign", "sign(self)"),
    op("FracBackward0", "fractional part", "self − trunc(self)", self="grad"),
    elementwise(
        "HypotBackward0",
        "length of the hypotenuse",
        "√(self² + other²)",
        self="grad * self / result",
        other="grad * other / result",
    ),
    op("Deg2RadBackward0", "degrees to radians", "self · π / 180", self="grad * pi / 180"),
    op("Rad2DegBackward0", "radians to degrees", "self · 180 / π", self="grad * 180 / pi"),
)
