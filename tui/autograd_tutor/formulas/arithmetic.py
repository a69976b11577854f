"""Sums, products, quotients, and what picks, limits or rounds elements."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, Input, Variant

_FLAT = "flat between the steps"


def _once(name: str, text: str, expression: str, factor: str) -> Input:
    """A formula times a saved number that is nearly always 1."""
    plain = Variant(((factor, "1"),), text, expression)
    return Input(name, f"{text} · {factor}", f"{expression} * {factor}", (plain,))


def _step(node: str, operation: str, forward: str) -> Formula:
    zero = Input("self", "0", "torch.zeros_like(grad)")
    return Formula(node, f"{operation} ({_FLAT})", forward, (zero,))


def _unless_rounded(name: str, text: str, expression: str) -> Input:
    zero = "torch.zeros_like(grad)"
    exact = Variant((("rounding_mode", "None"),), text, expression)
    rounded = tuple(
        Variant((("rounding_mode", mode),), "0", zero) for mode in ("'floor'", "'trunc'")
    )
    either = f"{expression} if rounding_mode is None else {zero}"
    return Input(name, f"{text}, 0 if rounded", either, (exact, *rounded))


_GRAD = Input("self", "grad", "grad")

FORMULAS = (
    Formula(
        "AddBackward0",
        "sum",
        "self + alpha · other",
        (_GRAD, _once("other", "grad", "grad", "alpha")),
    ),
    Formula("AddBackward1", "sum with a number", "self + alpha · other", (_GRAD,)),
    Formula(
        "SubBackward0",
        "difference",
        "self − alpha · other",
        (_GRAD, _once("other", "−grad", "-grad", "alpha")),
    ),
    Formula("SubBackward1", "difference to a number", "self − alpha · other", (_GRAD,)),
    Formula(
        "RsubBackward0",
        "difference, the other way round",
        "other − alpha · self",
        (_once("self", "−grad", "-grad", "alpha"), Input("other", "grad", "grad")),
    ),
    Formula(
        "RsubBackward1",
        "number minus tensor",
        "other − alpha · self",
        (_once("self", "−grad", "-grad", "alpha"),),
    ),
    Formula(
        "MulBackward0",
        "element-wise product",
        "self · other",
        (
            Input("self", "grad · other", "grad * other.conj()"),
            Input("other", "grad · self", "grad * self.conj()"),
        ),
    ),
    Formula(
        "MulBackward1",
        "product with a number",
        "self · other",
        (Input("self", "grad · other", "grad * other"),),
    ),
    Formula(
        "DivBackward0",
        "element-wise quotient",
        "self / other",
        (
            Input("self", "grad / other", "grad / other.conj()"),
            Input("other", "−grad · self / other²", "-grad * self.conj() / other.conj()**2"),
        ),
    ),
    Formula(
        "DivBackward1",
        "quotient by a number",
        "self / other",
        (Input("self", "grad / other", "grad / other"),),
    ),
    Formula(
        "DivBackward2",
        "quotient, rounded if so wished",
        "round(self / other)",
        (
            _unless_rounded("self", "grad / other", "grad / other"),
            _unless_rounded("other", "−grad · self / other²", "-grad * self / other**2"),
        ),
    ),
    Formula("NegBackward0", "negative", "−self", (Input("self", "−grad", "-grad"),)),
    Formula(
        "AbsBackward0",
        "absolute value",
        "|self|",
        (Input("self", "grad · sign(self)", "grad * self.sgn()"),),
    ),
    Formula(
        "ReciprocalBackward0",
        "reciprocal",
        "1 / self",
        (Input("self", "−grad · result²", "-grad * result.conj()**2"),),
    ),
    Formula(
        "AddcmulBackward0",
        "sum with a product",
        "self + value · tensor1 · tensor2",
        (
            _GRAD,
            _once("tensor1", "grad · tensor2", "grad * tensor2.conj()", "value"),
            _once("tensor2", "grad · tensor1", "grad * tensor1.conj()", "value"),
        ),
    ),
    Formula(
        "AddcdivBackward0",
        "sum with a quotient",
        "self + value · tensor1 / tensor2",
        (
            _GRAD,
            _once("tensor1", "grad / tensor2", "grad / tensor2", "value"),
            _once(
                "tensor2",
                "−grad · tensor1 / tensor2²",
                "-grad * tensor1 / tensor2**2",
                "value",
            ),
        ),
    ),
    Formula(
        "LerpBackward0",
        "point between two",
        "self + weight · (end − self)",
        (
            Input("self", "grad · (1 − weight)", "grad * (1 - weight)"),
            Input("end", "grad · weight", "grad * weight"),
        ),
    ),
    Formula(
        "LerpBackward1",
        "point between two, element by element",
        "self + weight · (end − self)",
        (
            Input("self", "grad · (1 − weight)", "grad * (1 - weight)"),
            Input("end", "grad · weight", "grad * weight"),
            Input("weight", "grad · (end − self)", "grad * (end - self)"),
        ),
    ),
    Formula(
        "RemainderBackward0",
        "remainder of a division by a number",
        "self mod other",
        (_GRAD,),
    ),
    Formula(
        "RemainderBackward1",
        "remainder, with the sign of the divisor",
        "self − floor(self / other) · other",
        (_GRAD, Input("other", "−grad · floor(self / other)", "-grad * (self / other).floor()")),
    ),
    Formula(
        "FmodBackward0",
        "remainder of a division by a number",
        "self mod other",
        (_GRAD,),
    ),
    Formula(
        "FmodBackward1",
        "remainder, with the sign of the dividend",
        "self − trunc(self / other) · other",
        (_GRAD, Input("other", "−grad · trunc(self / other)", "-grad * (self / other).trunc()")),
    ),
    _step("FloorBackward0", "rounding down", "floor(self)"),
    _step("CeilBackward0", "rounding up", "ceil(self)"),
    _step("RoundBackward0", "rounding to the nearest integer", "round(self)"),
    _step("TruncBackward0", "rounding towards 0", "trunc(self)"),
    _step("SignBackward0", "sign", "sign(self)"),
    Formula("FracBackward0", "fractional part", "self − trunc(self)", (_GRAD,)),
    Formula(
        "HypotBackward0",
        "length of the hypotenuse",
        "√(self² + other²)",
        (
            Input("self", "grad · self / result", "grad * self / result"),
            Input("other", "grad · other / result", "grad * other / result"),
        ),
    ),
    Formula(
        "Deg2RadBackward0",
        "degrees to radians",
        "self · π / 180",
        (Input("self", "grad · π / 180", "grad * math.pi / 180"),),
    ),
    Formula(
        "Rad2DegBackward0",
        "radians to degrees",
        "self · 180 / π",
        (Input("self", "grad · 180 / π", "grad * 180 / math.pi"),),
    ),
)
