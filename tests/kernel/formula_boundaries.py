"""Runs of torch at points where a derivative jumps, has no value, or is a limit.

Every operation with a formula is listed: with its points, or among those whose derivative is the
same everywhere. A point is the operation's inputs and the gradient that arrives at its outputs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from formula_cases import CASES, Case, I
from surveyed_cases import SURVEYED as SURVEYED_CASES
from torch import Tensor

INF, NAN = math.inf, math.nan
SPECIAL = (0.0, -0.0, 1.0, -1.0, INF, -INF, NAN)
"""What every function of one element is run at."""

ARRIVING = (1.0, 0.0)
"""The gradients that arrive: 0 is what an operation behind sends from where it chose another."""


def named(names: str) -> frozenset[str]:
    """A list of names with space between them."""
    return frozenset(names.split())


Points = dict[str, Case]
"""By what the point is: `x=0.0, grad=1.0`."""


def tensor(values: Any, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.tensor(values, dtype=dtype).requires_grad_()


def constant(values: Any) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def arriving(made: Any, grad: float) -> Any:
    """The outputs, each element of which will get that gradient."""
    for output in [made] if isinstance(made, Tensor) else made:
        if output.requires_grad:
            output.register_hook(lambda given: torch.full_like(given, grad))
    return made


def at(label: str, make: Case, grads: Iterable[float] = ARRIVING) -> Points:
    """One point, with each of the gradients."""
    return {f"{label}, grad={grad}": lambda grad=grad: arriving(make(), grad) for grad in grads}


def points(function: Callable[..., Any], *given: Any, grads: Iterable[float] = ARRIVING) -> Points:
    """The function of each tensor in `given`; a tuple is several arguments."""
    found: Points = {}
    for each in given:
        values = each if isinstance(each, tuple) else (each,)
        label = ", ".join(map(str, values))
        found |= at(label, lambda values=values: function(*map(tensor, values)), grads)
    return found


def unary(function: Callable[[Tensor], Any], *more: float) -> Points:
    """A function of one element: at each special number, and beside an ordinary one."""
    values = (*SPECIAL, *more)
    alone = points(function, *[[value] for value in values])
    return alone | points(function, *[[value, 0.5] for value in values], grads=(1.0,))


def binary(function: Callable[..., Any], *more: tuple[float, float]) -> Points:
    """A function of two elements at all pairs of special numbers; at some, beside others too."""
    pairs = (*product((*SPECIAL, 2.0), repeat=2), *more)
    beside = (*product((0.0, 1.0, NAN), repeat=2), *more)
    alone = points(function, *[([x], [y]) for x, y in pairs])
    return alone | points(function, *[([x, 0.5], [y, 3.0]) for x, y in beside], grads=(1.0,))


ROWS: tuple[list[float], ...] = (
    [0.0, 0.0, 0.0],
    [0.0, -0.0],
    [2.0, 2.0],
    [1.0, 2.0, 2.0],
    [3.0, 0.0, 2.0],
    [0.0, 2.0, 0.0, 3.0],
    [3.0, 4.0, -0.0],
    [-1.0, 1.0],
    [5.0],
    [0.0],
    [INF, 1.0],
    [-INF, 1.0],
    [INF, INF],
    [-INF, -INF],
    [INF, -INF],
    [INF, 0.0],
    [NAN, 1.0],
    [1.0, NAN, NAN],
)
"""What reductions are run of."""


def rows(function: Callable[[Tensor], Any], *more: list[float]) -> Points:
    """A reduction of each row."""
    return points(function, *ROWS, *more)


def matrices(function: Callable[[Tensor], Any]) -> Points:
    """A reduction along the last dimension, of two rows with something special in one or both."""
    pairs = ([[0.0, 2.0], [3.0, 4.0]], [[0.0, 0.0], [3.0, 4.0]], [[1.0, 1.0], [2.0, 2.0]])
    return points(function, *[(pair,) for pair in pairs], ([[0.0, 2.0, 3.0], [0.0, 0.0, 1.0]],))


def reduced(loss: Callable[..., Any], pairs: Iterable[tuple[float, float]]) -> Points:
    """The mean of a loss of each pair, beside an ordinary one; of some also the other reductions.

    The target has a gradient, where torch has one for it.
    """
    found: Points = {}
    for number, (x, y) in enumerate(pairs):
        for reduction in ("mean", "sum", "none") if number % 8 == 0 else ("mean",):
            found |= at(
                f"x={x}, target={y}, {reduction}",
                lambda x=x, y=y, reduction=reduction: loss(
                    tensor([x, 0.5]), tensor([y, 0.25]), reduction=reduction
                ),
            )
    return found


def fixed(target: Callable[..., Any]) -> Callable[..., Any]:
    """A loss whose target has no gradient."""
    return lambda x, y, reduction: target(x, y.detach(), reduction=reduction)


ELEMENTS: dict[str, Points] = {
    "AddBackward0": binary(torch.add),
    "SubBackward0": binary(torch.sub),
    "RsubBackward0": binary(torch.rsub),
    "RsubBackward1": unary(lambda x: 1 - x),
    "MulBackward0": binary(torch.mul),
    "MulBackward1": unary(lambda x: torch.ops.aten.mul.Scalar(x, 0.0))
    | {
        f"inf times {key}": case
        for key, case in unary(lambda x: torch.ops.aten.mul.Scalar(x, INF)).items()
    },
    "DivBackward0": binary(torch.div),
    "DivBackward1": unary(lambda x: torch.ops.aten.div.Scalar(x, 0.0)),
    "DivBackward2": binary(lambda x, y: torch.div(x, y, rounding_mode="floor"))
    | {
        f"unrounded {key}": case
        for key, case in binary(lambda x, y: torch.div(x, y, rounding_mode=None)).items()
    },
    "NegBackward0": unary(torch.neg),
    "AbsBackward0": unary(torch.abs),
    "ReciprocalBackward0": unary(torch.reciprocal),
    "AddcmulBackward0": points(
        torch.addcmul, *[([1.0], [x], [y]) for x, y in product(SPECIAL, repeat=2)]
    ),
    "AddcdivBackward0": points(
        torch.addcdiv, *[([1.0], [x], [y]) for x, y in product(SPECIAL, repeat=2)]
    ),
    "LerpBackward0": binary(lambda x, y: torch.lerp(x, y, 0.5))
    | {f"weight 0, {k}": v for k, v in binary(lambda x, y: torch.lerp(x, y, 0.0)).items()}
    | {f"weight 1, {k}": v for k, v in binary(lambda x, y: torch.lerp(x, y, 1.0)).items()},
    "LerpBackward1": points(
        torch.lerp,
        *[([x], [y], [w]) for x, y in product((0.0, 1.0, INF, NAN), repeat=2) for w in (0.0, 1.0)],
    ),
    "RemainderBackward0": unary(lambda x: x % 2, 2.0, 4.0, -2.0),
    "RemainderBackward1": binary(torch.remainder, (4.0, 2.0), (-4.0, 2.0)),
    "FmodBackward0": unary(lambda x: x.fmod(2), 2.0, -2.0),
    "FmodBackward1": binary(torch.fmod, (4.0, 2.0), (-4.0, 2.0)),
    "FloorBackward0": unary(torch.floor),
    "CeilBackward0": unary(torch.ceil),
    "RoundBackward0": unary(torch.round, 0.5),
    "TruncBackward0": unary(torch.trunc),
    "SignBackward0": unary(torch.sign),
    "FracBackward0": unary(torch.frac),
    "HypotBackward0": binary(torch.hypot),
    "Deg2RadBackward0": unary(torch.deg2rad),
    "Rad2DegBackward0": unary(torch.rad2deg),
    "WhereBackward0": binary(lambda x, y: torch.where(x >= y, x, y)),
    "ClampBackward0": points(
        torch.clamp,
        *[([x], [low], [high]) for x, low, high in product((0.0, 1.0, INF, NAN), repeat=3)],
    ),
    "ClampBackward1": unary(lambda x: x.clamp(-1, 1))
    | {f"both 0: {k}": v for k, v in unary(lambda x: x.clamp(0, 0)).items()}
    | {f"crossed: {k}": v for k, v in unary(lambda x: x.clamp(1, -1)).items()}
    | {f"min alone: {k}": v for k, v in unary(lambda x: x.clamp(min=0)).items()}
    | {f"max alone: {k}": v for k, v in unary(lambda x: x.clamp(max=0)).items()}
    | {f"nan: {k}": v for k, v in unary(lambda x: x.clamp(NAN, 1)).items()},
    "ClampMinBackward0": unary(lambda x: x.clamp_min(0)),
    "ClampMinBackward1": binary(torch.clamp_min),
    "ClampMaxBackward0": unary(lambda x: x.clamp_max(0)),
    "ClampMaxBackward1": binary(torch.clamp_max),
    "MaximumBackward0": binary(torch.maximum),
    "MinimumBackward0": binary(torch.minimum),
    "FmaxBackward0": binary(torch.fmax),
    "FminBackward0": binary(torch.fmin),
    "NanToNumBackward0": unary(torch.nan_to_num),
    "MaskedFillBackward0": unary(lambda x: x.masked_fill(x == 0, INF)),
    "MaskedFillBackward1": points(
        lambda x, y: x.masked_fill(x == 0, y), *[([0.0, 1.0, x], x) for x in SPECIAL]
    ),
}

EXPONENTS = (0, 0.0, 0.5, 1, 1.5, 2, 3, 2.0, -1, -0.5, INF, -INF, NAN)
BASES = (0.0, 0.5, 1.0, 2.0, -2.0, INF, -INF, NAN)
LIMITS = ((1.0, None), (0.5, 0.5), (0.0, 0.0))

FUNCTIONS: dict[str, Points] = {
    "PowBackward0": {
        f"exponent {exponent}: {key}": case
        for exponent in EXPONENTS
        for key, case in unary(lambda x, e=exponent: x**e).items()
    },
    "PowBackward1": binary(torch.pow, (0.0, 0.5), (-2.0, 2.0), (-2.0, 0.5), (-2.0, 3.0)),
    "PowBackward2": {
        f"base {base}: {key}": case
        for base in BASES
        for key, case in unary(lambda x, b=base: b**x).items()
    },
    "SqrtBackward0": unary(torch.sqrt),
    "RsqrtBackward0": unary(torch.rsqrt),
    "ExpBackward0": unary(torch.exp, 1000.0),
    "Exp2Backward0": unary(torch.exp2, 2000.0),
    "Expm1Backward0": unary(torch.expm1),
    "LogBackward0": unary(torch.log),
    "Log2Backward0": unary(torch.log2),
    "Log10Backward0": unary(torch.log10),
    "Log1PBackward0": unary(torch.log1p),
    "SinBackward0": unary(torch.sin),
    "CosBackward0": unary(torch.cos),
    "TanBackward0": unary(torch.tan, math.pi / 2),
    "AsinBackward0": unary(torch.asin, 2.0),
    "AcosBackward0": unary(torch.acos, 2.0),
    "AtanBackward0": unary(torch.atan),
    "SinhBackward0": unary(torch.sinh, 1000.0),
    "CoshBackward0": unary(torch.cosh, 1000.0),
    "AsinhBackward0": unary(torch.asinh),
    "AcoshBackward0": unary(torch.acosh),
    "AtanhBackward0": unary(torch.atanh, 2.0),
    "Atan2Backward0": binary(torch.atan2),
    "SincBackward0": unary(torch.sinc),
    "ErfBackward0": unary(torch.erf),
    "ErfcBackward0": unary(torch.erfc),
    "ErfinvBackward0": unary(torch.erfinv, 2.0),
    "LgammaBackward0": unary(torch.lgamma, -2.0, 2.0),
    "DigammaBackward0": unary(torch.digamma, -2.0, 2.0),
    "PolygammaBackward0": unary(lambda x: torch.polygamma(1, x), -2.0)
    | {f"n = 2: {k}": v for k, v in unary(lambda x: torch.polygamma(2, x), -2.0).items()},
    "XlogyBackward0": binary(torch.xlogy),
    "LogaddexpBackward0": binary(torch.logaddexp),
    "Logaddexp2Backward0": binary(torch.logaddexp2),
    "LogitBackward0": unary(torch.logit, 2.0)
    | {f"eps 0.25: {k}": v for k, v in unary(lambda x: x.logit(0.25), 0.25, 0.75).items()}
    | {f"eps 0: {k}": v for k, v in unary(lambda x: x.logit(0.0)).items()},
}

ACTIVATIONS: dict[str, Points] = {
    "ReluBackward0": unary(torch.relu),
    "SigmoidBackward0": unary(torch.sigmoid, 1000.0),
    "TanhBackward0": unary(torch.tanh),
    "SoftplusBackward0": unary(F.softplus, 20.0, 21.0)
    | {f"beta 2: {k}": v for k, v in unary(lambda x: F.softplus(x, 2.0), 10.0, 11.0).items()}
    | {f"threshold 0: {k}": v for k, v in unary(lambda x: F.softplus(x, 1, 0)).items()},
    "GeluBackward0": unary(F.gelu, 100.0)
    | {f"tanh: {k}": v for k, v in unary(lambda x: F.gelu(x, approximate="tanh")).items()},
    "SiluBackward0": unary(F.silu, 1000.0, -1000.0),
    "EluBackward0": unary(F.elu, -1000.0) | {f"selu: {k}": v for k, v in unary(F.selu).items()},
    "CeluBackward0": unary(F.celu, -1000.0),
    "LeakyReluBackward0": unary(F.leaky_relu)
    | {f"slope 0: {k}": v for k, v in unary(lambda x: F.leaky_relu(x, 0.0)).items()},
    "HardtanhBackward0": unary(F.hardtanh) | {f"6: {k}": v for k, v in unary(F.relu6, 6.0).items()},
    "HardsigmoidBackward0": unary(F.hardsigmoid, 3.0, -3.0),
    "HardswishBackward0": unary(F.hardswish, 3.0, -3.0),
    "LogSigmoidBackward0": unary(F.logsigmoid, 1000.0, -1000.0),
    "PreluKernelBackward0": points(F.prelu, *[([x], [w]) for x, w in product(SPECIAL, repeat=2)]),
    "SoftshrinkBackward0": unary(F.softshrink, 0.5, -0.5)
    | {f"lambd 0: {k}": v for k, v in unary(lambda x: F.softshrink(x, 0.0)).items()},
    "HardshrinkBackward0": unary(F.hardshrink, 0.5, -0.5)
    | {f"lambd 0: {k}": v for k, v in unary(lambda x: F.hardshrink(x, 0.0)).items()},
    "ThresholdBackward0": unary(lambda x: F.threshold(x, 1.0, 20.0)),
    "MishBackward0": unary(F.mish, 1000.0, -1000.0),
    "GluBackward0": points(lambda x: F.glu(x, 0), *[[x, y] for x, y in product(SPECIAL, repeat=2)]),
    "RreluWithNoiseBackward0": unary(lambda x: F.rrelu(x, training=True))
    | {f"evaluated: {k}": v for k, v in unary(F.rrelu).items()},
    "NativeDropoutBackward0": unary(lambda x: torch.native_dropout(x, 0.5, True)[0])
    | {f"p 0: {k}": v for k, v in unary(lambda x: torch.native_dropout(x, 0.0, True)[0]).items()}
    | {f"p 1: {k}": v for k, v in unary(lambda x: torch.native_dropout(x, 1.0, True)[0]).items()}
    | {
        f"not training: {k}": v
        for k, v in unary(lambda x: torch.native_dropout(x, 0.5, False)[0]).items()
    },
}

ORDERS = (0, 0.5, 1, 1.5, 2, 3, INF, -INF, -1)


def norms(function: Callable[[Tensor, float], Any]) -> Points:
    """Rows by every kind of norm."""
    return {
        f"p = {order}: {key}": case
        for order in ORDERS
        for key, case in rows(lambda x, p=order: function(x, p)).items()
    }


REDUCTIONS: dict[str, Points] = {
    "SumBackward0": rows(torch.sum),
    "SumBackward1": matrices(lambda x: x.sum(-1)),
    "NansumBackward0": rows(torch.nansum),
    "MeanBackward0": rows(torch.mean),
    "MeanBackward1": matrices(lambda x: x.mean(-1)),
    "ProdBackward0": rows(torch.prod),
    "ProdBackward1": matrices(lambda x: x.prod(-1)) | rows(lambda x: x.prod(0)),
    "VarBackward0": rows(torch.var) | rows(lambda x: x.var(0, correction=0), [1.0, 1.0, 1.0]),
    "StdBackward0": rows(torch.std) | matrices(lambda x: x.std(-1)),
    "VarMeanBackward0": rows(torch.var_mean),
    "StdMeanBackward0": rows(torch.std_mean) | matrices(lambda x: torch.std_mean(x, -1)),
    "LinalgVectorNormBackward0": norms(torch.linalg.vector_norm)
    | matrices(lambda x: x.norm(dim=-1)),
    "DistBackward0": {
        f"p = {order}: {key}": case
        for order in ORDERS[1:]
        for key, case in points(
            lambda x, y, p=order: torch.dist(x, y, p),
            ([1.0, 2.0], [1.0, 2.0]),
            ([1.0, 2.0], [1.0, 3.0]),
            ([1.0, 2.0], [2.0, 3.0]),
            ([INF, 2.0], [INF, 3.0]),
            ([NAN, 2.0], [1.0, 3.0]),
            ([1.0], [1.0]),
        ).items()
    },
    "AmaxBackward0": rows(torch.amax) | matrices(lambda x: x.amax(-1)),
    "AminBackward0": rows(torch.amin) | matrices(lambda x: x.amin(-1)),
    "MaxBackward1": rows(torch.max),
    "MinBackward1": rows(torch.min),
    "MedianBackward0": rows(torch.median, [1.0, 2.0, 2.0, 3.0]),
    "NanmedianBackward0": rows(torch.nanmedian, [NAN, NAN]),
    "MaxBackward0": rows(lambda x: x.max(0)[0]) | matrices(lambda x: x.max(-1)[0]),
    "MinBackward0": rows(lambda x: x.min(0)[0]),
    "MedianBackward1": rows(lambda x: x.median(0)[0]),
    "NanmedianBackward1": rows(lambda x: x.nanmedian(0)[0]),
    "KthvalueBackward0": rows(lambda x: x.kthvalue(1, 0)[0]),
    "ModeBackward0": rows(lambda x: x.mode(0)[0]),
    "SortBackward0": rows(lambda x: x.sort(0)[0]),
    "TopkBackward0": rows(lambda x: x.topk(1, 0)[0]),
    "LogsumexpBackward0": rows(lambda x: x.logsumexp(0)) | matrices(lambda x: x.logsumexp(-1)),
    "CumsumBackward0": rows(lambda x: x.cumsum(0)),
    "CumprodBackward0": rows(lambda x: x.cumprod(0), [2.0, 0.0, 3.0, 4.0], [0.0, 2.0, 0.0])
    | matrices(lambda x: x.cumprod(-1)),
    "LogcumsumexpBackward0": rows(lambda x: x.logcumsumexp(0)),
    "CummaxBackward0": rows(lambda x: x.cummax(0)[0]),
    "CumminBackward0": rows(lambda x: x.cummin(0)[0]),
    "TraceBackward0": points(torch.trace, *[([[x, 1.0], [2.0, y]],) for x, y in ((0.0, INF),)]),
}

SINGULAR = ([[0.0]], [[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]])
ORDINARY = ([[1.0, 2.0], [3.0, 4.0]], [[INF, 1.0], [1.0, 1.0]], [[NAN, 1.0], [1.0, 1.0]])
OPERANDS: tuple[Any, ...] = ([[0.0, 0.0], [0.0, 0.0]], [[0.0, 1.0], [INF, -1.0]], [[NAN, 0.0]])


def squares(function: Callable[[Tensor], Any], *given: Any) -> Points:
    return points(function, *[(each,) for each in given])


MATRICES: dict[str, Points] = {
    "MmBackward0": points(
        torch.mm, *[(x, y) for x in OPERANDS for y in OPERANDS if len(x[0]) == len(y)]
    ),
    "MvBackward0": points(torch.mv, *[(x, y) for x in OPERANDS for y in ([0.0, INF], [0.0, 0.0])]),
    "DotBackward0": points(torch.dot, *product(([0.0, INF], [NAN, 0.0], [0.0, 0.0]), repeat=2)),
    "VdotBackward0": points(torch.vdot, *product(([0.0, INF], [NAN, 0.0], [0.0, 0.0]), repeat=2)),
    "LinalgInvExBackward0": squares(torch.linalg.inv, *ORDINARY)
    | squares(lambda x: torch.linalg.inv_ex(x)[0], *SINGULAR),
    "LinalgDetBackward0": squares(torch.det, *SINGULAR, *ORDINARY),
    "LinalgSlogdetBackward0": squares(lambda x: torch.linalg.slogdet(x)[1], *SINGULAR, *ORDINARY),
    "LinalgSolveExBackward0": squares(
        lambda x: torch.linalg.solve_ex(x, tensor([1.0] * len(x)))[0],
        *SINGULAR[:1],
        *SINGULAR[1:],
        *ORDINARY,
    ),
    "LinalgCrossBackward0": points(
        torch.linalg.cross, *product(([0.0, 0.0, 0.0], [INF, 1.0, 0.0], [NAN, 1.0, 1.0]), repeat=2)
    ),
}

PAIRS = tuple(product(SPECIAL, repeat=2))
PROBABILITIES = tuple(product((0.0, 1.0, 0.5), repeat=2))


def normal(layer: Callable[[Tensor], Any]) -> Points:
    """A normalising layer of equal values, zeros, infinities and nan."""
    given = ([[1.0, 1.0]], [[0.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]], [[INF, 1.0]], [[NAN, 1.0]])
    return points(layer, *[(each,) for each in given])


LOSSES: dict[str, Points] = {
    "SoftmaxBackward0": rows(lambda x: x.softmax(0)) | matrices(lambda x: x.softmax(-1)),
    "LogSoftmaxBackward0": rows(lambda x: x.log_softmax(0)),
    "NllLossBackward0": {
        f"targets {targets}, {reduction}: {key}": case
        for targets in ((0, 1), (0, -100), (-100, -100))
        for reduction in ("mean", "sum", "none")
        for key, case in points(
            lambda x, t=targets, r=reduction: F.nll_loss(x, I(*t), reduction=r),
            ([[0.0, -INF], [-INF, 0.0]],),
            ([[NAN, 1.0], [1.0, INF]],),
        ).items()
    }
    | {
        f"weight {weight}: {key}": case
        for weight in ((0.0, 1.0), (0.0, 0.0), (INF, 1.0))
        for key, case in points(
            lambda x, w=weight: F.nll_loss(x, I(0, 1), weight=constant(w)),
            ([[0.0, -INF], [-INF, 0.0]],),
        ).items()
    },
    "NllLoss2DBackward0": points(
        lambda x: F.nll_loss(x, torch.tensor([[[0, -100]]])), ([[[[0.0, 1.0]], [[-INF, NAN]]]],)
    )
    | {
        f"ignored: {key}": case
        for key, case in points(
            lambda x: F.nll_loss(x, torch.tensor([[[-100]]])), ([[[[0.0]], [[-INF]]]],)
        ).items()
    },
    "MseLossBackward0": reduced(F.mse_loss, PAIRS),
    "SmoothL1LossBackward0": reduced(F.smooth_l1_loss, PAIRS)
    | {
        f"beta {beta}: {key}": case
        for beta in (0.0, 0.5)
        for key, case in reduced(
            lambda x, y, reduction, b=beta: F.smooth_l1_loss(x, y, beta=b, reduction=reduction),
            ((1.0, 0.5), (0.5, 1.0), (1.0, 1.0), (INF, 1.0)),
        ).items()
    },
    "HuberLossBackward0": reduced(F.huber_loss, PAIRS)
    | {
        f"delta 0.5: {key}": case
        for key, case in reduced(
            lambda x, y, reduction: F.huber_loss(x, y, delta=0.5, reduction=reduction),
            ((1.0, 0.5), (0.5, 1.0), (1.0, 1.0), (INF, 1.0)),
        ).items()
    },
    "BinaryCrossEntropyBackward0": reduced(F.binary_cross_entropy, PROBABILITIES),
    "BinaryCrossEntropyWithLogitsBackward0": reduced(
        F.binary_cross_entropy_with_logits, product((*SPECIAL, 1000.0), (0.0, 1.0, 0.5))
    ),
    "SoftMarginLossBackward0": reduced(
        fixed(F.soft_margin_loss), product((*SPECIAL, 1000.0), (0.0, 1.0, -1.0))
    ),
}

LAYERS: dict[str, Points] = {
    "NativeLayerNormBackward0": normal(
        lambda x: F.layer_norm(x, x.shape[1:], torch.ones_like(x[0]).requires_grad_())
    )
    | {
        f"eps 0: {key}": case
        for key, case in normal(lambda x: F.layer_norm(x, x.shape[1:], eps=0.0)).items()
    },
    "NativeBatchNormBackward0": points(
        lambda x: F.batch_norm(x, None, None, tensor([1.0]), tensor([0.0]), training=True),
        ([[1.0], [1.0]],),
        ([[0.0], [0.0]],),
        ([[INF], [1.0]],),
        ([[NAN], [1.0]],),
    )
    | {
        f"evaluated, variance {var}: {key}": case
        for var in (0.0, 1.0)
        for key, case in points(
            lambda x, v=var: F.batch_norm(
                x, constant([0.0]), constant([v]), tensor([1.0]), tensor([0.0]), eps=0.0
            ),
            ([[1.0], [0.0]],),
        ).items()
    },
    "NativeGroupNormBackward0": normal(lambda x: F.group_norm(x, 1))
    | {
        f"eps 0: {key}": case for key, case in normal(lambda x: F.group_norm(x, 1, eps=0.0)).items()
    },
    "MaxPool2DWithIndicesBackward0": points(
        lambda x: F.max_pool2d(x, (1, 2)),
        ([[[[1.0, 1.0]]]],),
        ([[[[0.0, -0.0]]]],),
        ([[[[NAN, 1.0]]]],),
        ([[[[-INF, -INF]]]],),
    ),
    "MaxPool3DWithIndicesBackward0": points(
        lambda x: F.max_pool3d(x, (1, 1, 2)), ([[[[[1.0, 1.0]]]]],), ([[[[[NAN, 1.0]]]]],)
    ),
    "AdaptiveMaxPool2DBackward0": points(
        lambda x: F.adaptive_max_pool2d(x, 1), ([[[[1.0, 1.0]]]],), ([[[[NAN, 1.0]]]],)
    ),
    "ScaledDotProductFlashAttentionForCpuBackward0": {
        f"mask {mask}: {key}": case
        for mask in (None, (0.0, -INF), (-INF, -INF))
        for key, case in points(
            lambda q, k, v, m=mask: F.scaled_dot_product_attention(
                q, k, v, attn_mask=None if m is None else constant([m, m])
            ),
            *[([[[[x], [1.0]]]], [[[[1.0], [y]]]], [[[[1.0], [2.0]]]]) for x, y in PAIRS[:3]],
        ).items()
    },
}


def named_norms(function: Callable[[Tensor, float], Any]) -> Points:
    """Two rows by every kind of norm, one of them 0."""
    return {
        f"p = {order}: {key}": case
        for order in ORDERS
        for key, case in matrices(lambda x, p=order: function(x, p)).items()
    }


def scattered(function: Callable[..., Any], ways: str) -> Points:
    """Elements reduced at an index, with ties, zeros and nan."""
    given = (
        ([1.0, 2.0], [1.0, 2.0, 2.0]),
        ([0.0, 2.0], [1.0, 0.0, 2.0]),
        ([1.0, 0.0], [0.0, 0.0, 0.0]),
        ([NAN, 1.0], [1.0, 1.0, NAN]),
    )
    return {
        f"{way}, include_self={own}: {key}": case
        for way in ways.split()
        for own in (True, False)
        for key, case in points(
            lambda x, y, w=way, o=own: function(x, 0, I(0, 0, 1), y, w, include_self=o), *given
        ).items()
    }


def slopes(function: Callable[[Tensor], Tensor], *more: float) -> Points:
    """The gradient of a function of one element, as a graph of its own."""

    def run(values: list[float]) -> Any:
        x = tensor(values)
        made = function(x)
        seed = torch.ones_like(made).requires_grad_()
        return torch.autograd.grad(made, x, seed, create_graph=True)[0]

    found: Points = {}
    for value in (*SPECIAL, *more):
        found |= at(f"slope at {value}", lambda value=value: run([value, 0.5]))
    return found


def complexes(function: Callable[[Tensor], Any]) -> Points:
    return {
        f"{value}, grad={grad}": lambda value=value, grad=grad: arriving(
            function(torch.tensor([value], dtype=torch.complex128).requires_grad_()), grad
        )
        for value in (0j, 1 + 0j, -1 + 0j, 1j)
        for grad in ARRIVING
    }


def embedded(mode: str) -> Points:
    return at(
        f"{mode} of an empty bag",
        lambda: F.embedding_bag(
            I(0, 0, 1), tensor([[1.0, 2.0], [1.0, 2.0]]), torch.tensor([0, 0, 2]), mode=mode
        ),
    )


SURVEYED: dict[str, Points] = {
    "SafeSoftmaxBackward0": rows(lambda x: torch.ops.aten._safe_softmax(x, 0)),
    "NormBackward0": norms(lambda x, p: torch.ops.aten.norm.Scalar(x, p)),
    "NormBackward1": named_norms(lambda x, p: torch.ops.aten.norm.ScalarOpt_dim(x, p, [1], True)),
    "NormBackward2": norms(lambda x, p: torch.ops.aten.norm.ScalarOpt_dtype(x, p, dtype=x.dtype)),
    "NormBackward3": named_norms(
        lambda x, p: torch.ops.aten.norm.ScalarOpt_dim_dtype(x, p, [1], True, dtype=x.dtype)
    ),
    "RenormBackward0": points(
        lambda x: x.renorm(2, 0, 5.0), *[([[3.0, 4.0], row],) for row in ([0.0, 0.0], [6.0, 8.0])]
    ),
    "WeightNormInterfaceBackward0": points(
        lambda v, g: torch._weight_norm(v, g, 0),
        ([[0.0, 0.0], [3.0, 4.0]], [[1.0], [0.0]]),
        ([[INF, 1.0]], [[1.0]]),
        ([[NAN, 1.0]], [[1.0]]),
    ),
    "PdistBackward0": {
        f"p = {p}: {key}": case
        for p in (0.5, 1.0, 1.5, 2.0, 3.0, INF)
        for key, case in points(
            lambda x, p=p: F.pdist(x, p), ([[1.0, 2.0], [1.0, 2.0], [1.0, 3.0]],)
        ).items()
    },
    "CdistBackward0": {
        f"p = {p}: {key}": case
        for p in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, INF)
        for key, case in points(
            lambda x, y, p=p: torch.cdist(x, y, p=p),
            ([[1.0, 2.0]], [[1.0, 2.0], [1.0, 3.0], [2.0, 3.0]]),
        ).items()
    },
    "EuclideanDistBackward0": points(
        lambda x, y: torch.cdist(x, y, compute_mode="use_mm_for_euclid_dist"),
        ([[1.0, 2.0]], [[1.0, 2.0], [1.0, 3.0]]),
    ),
    "AngleBackward0": complexes(torch.angle) | unary(torch.angle),
    "SgnBackward0": complexes(torch.sgn),
    "PolarBackward0": points(torch.polar, *[([x], [y]) for x in (0.0, 1.0, -1.0) for y in (0.0,)]),
    "SpecialEntrBackward0": unary(torch.special.entr),
    "SpecialErfcxBackward0": unary(torch.special.erfcx),
    "I0Backward0": unary(torch.i0),
    "SpecialI0EBackward0": unary(torch.special.i0e),
    "SpecialI1Backward0": unary(torch.special.i1),
    "SpecialI1EBackward0": unary(torch.special.i1e),
    "SpecialLogNdtrBackward0": unary(torch.special.log_ndtr, 40.0, -40.0),
    "SpecialNdtriBackward0": unary(torch.special.ndtri),
    "SpecialXlog1PyBackward0": binary(torch.special.xlog1py),
    "SpecialXlog1PyBackward1": unary(lambda x: torch.special.xlog1py(0.0, x)),
    "SpecialXlog1PyBackward2": unary(lambda x: torch.special.xlog1py(x, 0.0))
    | {f"other -1: {k}": v for k, v in unary(lambda x: torch.special.xlog1py(x, -1.0)).items()},
    "XlogyBackward1": unary(lambda x: torch.xlogy(0.0, x)),
    "XlogyBackward2": unary(lambda x: torch.xlogy(x, 1.0))
    | {f"other 0: {k}": v for k, v in unary(lambda x: torch.xlogy(x, 0.0)).items()},
    "MvlgammaBackward0": unary(lambda x: torch.mvlgamma(x, 1)),
    "SpecialZetaBackward0": points(
        lambda x: torch.special.zeta(constant([1.0, 2.0]), x), [0.0, 0.0], [1.0, INF], [-1.0, NAN]
    ),
    "SpecialZetaBackward1": unary(lambda x: torch.special.zeta(2.0, x)),
    "IgammaBackward0": unary(lambda x: torch.igamma(constant([1.0]), x)),
    "IgammacBackward0": unary(lambda x: torch.igammac(constant([1.0]), x)),
    "CopysignBackward0": binary(torch.copysign),
    "CopysignBackward1": unary(lambda x: torch.copysign(x, -0.0)),
    "LdexpBackward0": unary(lambda x: torch.ldexp(x, constant([1.0])), 2.0)
    | points(lambda x: torch.ldexp(constant([1.0]), x), *[[value] for value in SPECIAL])
    | {f"integers: {k}": v for k, v in unary(lambda x: torch.ldexp(x, I(-1))).items()},
    "FrexpBackward0": unary(lambda x: torch.frexp(x)[0]),
    "MultiMarginLossBackward0": points(
        lambda x: F.multi_margin_loss(x, I(0)), *[([[1.0, x, 2.0]],) for x in SPECIAL]
    ),
    "MultilabelMarginLossBackward0": points(
        lambda x: F.multilabel_margin_loss(x, torch.tensor([[0, -1, -1]])),
        *[([[1.0, x, 2.0]],) for x in SPECIAL],
    ),
    "ScatterReduceBackward0": scattered(torch.scatter_reduce, "sum mean prod amax amin"),
    "IndexReduceBackward0": scattered(torch.index_reduce, "mean prod amax amin"),
    "SegmentReduceBackward0": {
        f"{way}: {key}": case
        for way in ("sum", "mean", "prod", "max", "min")
        for key, case in points(
            lambda x, w=way: torch.segment_reduce(x, w, lengths=I(1, 2)),
            [1.0, 2.0, 2.0],
            [0.0, 0.0, 2.0],
            [NAN, NAN, 1.0],
        ).items()
    },
    "AminmaxBackward0": rows(lambda x: x.aminmax()) | matrices(lambda x: x.aminmax(dim=-1)),
    "EmbeddingBagBackward0": embedded("sum") | embedded("mean") | embedded("max"),
    "TanhBackwardBackward0": slopes(torch.tanh),
    "SigmoidBackwardBackward0": slopes(torch.sigmoid),
    "ThresholdBackwardBackward0": slopes(torch.relu),
    "GeluBackwardBackward0": slopes(F.gelu),
    "SoftplusBackwardBackward0": slopes(F.softplus, 20.0, 21.0),
    "LeakyReluBackwardBackward0": slopes(F.leaky_relu),
    "LogSigmoidBackwardBackward0": slopes(F.logsigmoid),
    "HardtanhBackwardBackward0": slopes(F.hardtanh),
    "SoftmaxBackwardDataBackward0": slopes(lambda x: x.softmax(0)),
    "LogSoftmaxBackwardDataBackward0": slopes(lambda x: x.log_softmax(0)),
}
"""Of the operations that the survey of common code found."""

POINTS: dict[str, Points] = {
    **ELEMENTS,
    **FUNCTIONS,
    **ACTIVATIONS,
    **REDUCTIONS,
    **MATRICES,
    **LOSSES,
    **LAYERS,
    **SURVEYED,
}


PRODUCTS = named(
    """
    BmmBackward0 AddmmBackward0 BaddbmmBackward0 AddbmmBackward0 AddmvBackward0 AddrBackward0
    ConvolutionBackward0
    """
)
"""As `MmBackward0`: sums of products."""

LINEAR = named(
    """
    AddBackward1 SubBackward1
    ViewBackward0 UnsafeViewBackward0 ReshapeAliasBackward0 SqueezeBackward0 SqueezeBackward1
    SqueezeBackward2 SqueezeBackward3 SqueezeBackward4 UnsqueezeBackward0 UnsqueezeBackward1
    CloneBackward0 AliasBackward0 ToCopyBackward0 ExpandBackward0 TBackward0 TransposeBackward0
    PermuteBackward0 RepeatBackward0 FlipBackward0 RollBackward0 Rot90Backward0 TrilBackward0
    TriuBackward0 DiagonalBackward0 DiagEmbedBackward0 UnfoldBackward0 AsStridedBackward0
    ConstantPadNdBackward0 ReflectionPad1DBackward0 ReflectionPad2DBackward0
    ReplicationPad1DBackward0 ReplicationPad2DBackward0 ViewAsComplexBackward0
    ViewAsRealBackward0 ConjBackward0 PixelShuffleBackward0
    SliceBackward0 SelectBackward0 IndexBackward0 IndexSelectBackward0 GatherBackward0
    TakeBackward0 MaskedSelectBackward0 ScatterBackward0 ScatterBackward1 ScatterAddBackward0
    IndexAddBackward0 IndexCopyBackward0 IndexFillBackward0 IndexPutBackward0
    MaskedScatterBackward0 CatBackward0 StackBackward0 SplitBackward0 SplitWithSizesBackward0
    UnbindBackward0 EmbeddingBackward0
    AvgPool2DBackward0 AvgPool3DBackward0 AdaptiveAvgPool2DBackward0 UpsampleNearest1DBackward0
    UpsampleNearest2DBackward0 Im2ColBackward0 Col2ImBackward0
    AccumulateGrad CopySlices CopyBackwards ZeroBackward0 FillBackward0 FillBackward1
    FillBackward2 FillBackward3
    """
)
"""Their gradient does not depend on the numbers that went in."""

SURVEYED_LINEAR = named(
    """
    UnsafeSplitBackward0 UnsafeSplitWithSizesBackward0 PackPaddedSequenceBackward0
    ChannelShuffleBackward0 PixelUnshuffleBackward0 AdaptiveMaxPool3DBackward0
    FractionalMaxPool2DBackward0 FractionalMaxPool3DBackward0 AdaptiveAvgPool3DBackward0
    MaxUnpool2DBackward0 MaxUnpool3DBackward0 FftR2CBackward0 FftC2CBackward0 FftC2RBackward0
    ConjPhysicalBackward0 NegViewBackward0 ComplexBackward0 TransposeBackward1
    IndexFillBackward1 PutBackward0 SelectScatterBackward0 SliceScatterBackward0
    DiagonalScatterBackward0 BlockDiagBackward0 TBackward1 UpsampleNearest3DBackward0
    UpsampleNearestExact1DBackward0 UpsampleNearestExact2DBackward0
    UpsampleNearestExact3DBackward0 UpsampleLinear1DBackward0 UpsampleBilinear2DBackward0
    UpsampleBilinear2DAaBackward0 UpsampleBicubic2DBackward0 UpsampleBicubic2DAaBackward0
    UpsampleTrilinear3DBackward0 AffineGridGeneratorBackward0 ReflectionPad3DBackward0
    ReplicationPad3DBackward0 RoundBackward1 NormalBackward0 NormalBackward1 NormalBackward2
    NormalBackward3 PoissonBackward0 UniformBackward0 ExponentialBackward0 CauchyBackward0
    LogNormalBackward0 GeometricBackward0 BernoulliBackward0 BernoulliBackward2
    MaxPool2DWithIndicesBackwardBackward0 AvgPool2DBackwardBackward0 NllLossBackwardBackward0
    IndexPutImplBackward0 SliceBackwardBackward0 SelectBackwardBackward0
    DiagonalBackwardBackward0 EmbeddingDenseBackwardBackward0 UnfoldBackwardBackward0
    LuUnpackBackward0 AsStridedBackward1 EqBackward0 NeBackward0 GtBackward0 GeBackward0
    LtBackward0 LeBackward0
    """
)
"""As those, of the operations that the survey of common code found."""

WITHOUT_EDGES = named(
    """
    TrilinearBackward0 CtcLossBackward0 LinalgEighBackward0 LinalgMatrixExpBackward0
    LinalgSolveTriangularBackward0 TriangularSolveBackward0 LinalgCholeskyExBackward0
    CholeskyBackward0 CholeskySolveBackward0 CholeskyInverseBackward0 LinalgPinvBackward0
    GridSampler2DBackward0 GridSampler3DBackward0 StandardGammaBackward0
    MseLossBackwardBackward0
    """
)
"""Smooth wherever torch computes them at all; where it does not, it raises an error."""

NO_SIMPLE_FORMULA = named(
    """
    MkldnnRnnLayerBackward0 LinalgSvdBackward0 LinalgEigBackward0 LinalgQrBackward0
    LinalgLuBackward0 LinalgLuFactorExBackward0 LinalgLuSolveBackward0
    LinalgHouseholderProductBackward0 OrmqrBackward0 LinalgLstsqBackward0 SparseAddmmBackward0
    ToSparseBackward1 ToDenseBackward0 ConvolutionBackwardBackward0
    NativeLayerNormBackwardBackward0
    """
)
"""For them a sentence is shown in place of a formula."""

SAME_EVERYWHERE = PRODUCTS | LINEAR | SURVEYED_LINEAR | WITHOUT_EDGES | NO_SIMPLE_FORMULA

THROUGH_A_SOLVER = named(
    """
    LinalgDetBackward0 LinalgSlogdetBackward0 LinalgSolveExBackward0 CholeskyInverseBackward0
    LinalgSolveTriangularBackward0 TriangularSolveBackward0 CholeskySolveBackward0
    TrilinearBackward0 EuclideanDistBackward0 FftC2RBackward0
    """
)
"""What becomes of an infinity in a solver, or in a product of matrices, is a matter of its order of
steps, not of a formula."""


COMPOSED: dict[str, Points] = {
    "cosine similarity": points(
        lambda x, y: F.cosine_similarity(x, y, dim=0), *product(([0.0, 0.0], [3.0, 4.0]), repeat=2)
    ),
    "normalize": rows(lambda x: F.normalize(x, dim=0)),
    "kl divergence": points(
        lambda x, y: F.kl_div(x, y, reduction="sum"), *product(([0.0, -INF], [0.0, 1.0]), repeat=2)
    ),
    "l1": points(F.l1_loss, *product(([1.0, 1.0], [1.0, INF]), repeat=2)),
    "pairwise distance": points(
        lambda x, y: F.pairwise_distance(x, y, eps=0.0), ([[1.0, 2.0]], [[1.0, 2.0]])
    ),
    "triplet": points(F.triplet_margin_loss, ([[1.0, 2.0]], [[1.0, 2.0]], [[1.0, 2.0]])),
    "poisson nll": points(
        lambda x, y: F.poisson_nll_loss(x, y.detach(), log_input=False),
        *product(([0.0, 1.0], [1.0, 0.0]), repeat=2),
    ),
    "masked softmax": points(
        lambda x: x.masked_fill(x > 0, -INF).softmax(-1), [0.0, 1.0], [1.0, 1.0]
    ),
    "entropy": rows(lambda x: -(x.softmax(0) * x.log_softmax(0)).sum()),
    "safe logarithm": points(lambda x: torch.where(x > 0, x.log(), 0.0), [0.0, 1.0], [-1.0, 0.0]),
    "softplus by hand": unary(lambda x: x.exp().log1p(), 1000.0),
    "length": points(lambda x: (x * x).sum().sqrt(), [0.0, 0.0], [3.0, 4.0]),
}
"""Combinations of which every node is looked at."""

ORDINARY = CASES | SURVEYED_CASES


def arrivals(name: str) -> Points:
    """The ordinary cases of real numbers of an operation, where 0, an infinity or nan arrives."""
    return {
        f"case {number}, grad={grad}": lambda case=case, grad=grad: arriving(real(case()), grad)
        for number, case in enumerate(ORDINARY[name])
        for grad in (0.0, INF, NAN)
        if not (grad == INF and name in THROUGH_A_SOLVER)
    }


def real(made: Any) -> Any:
    """The outputs without those that are complex: their infinities have a part that is nan."""
    if isinstance(made, Tensor):
        return [] if made.is_complex() else made
    return [output for output in made if not output.is_complex()]
