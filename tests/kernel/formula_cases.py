"""Runs of torch for every node that a formula is known of: what makes the node, several times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

D = torch.float64
C = torch.complex128
Case = Callable[[], Any]


def R(*shape: int, dtype: torch.dtype | None = None) -> Tensor:
    """Random numbers of both signs."""
    return torch.randn(shape, dtype=dtype or D).requires_grad_()


def P(*shape: int) -> Tensor:
    """Random numbers between 0.1 and 0.9."""
    return (torch.rand(shape, dtype=D) * 0.8 + 0.1).requires_grad_()


def V(*values: float) -> Tensor:
    """These numbers."""
    return torch.tensor(values, dtype=D).requires_grad_()


def K(*shape: int) -> Tensor:
    """Random numbers without gradient."""
    return torch.randn(shape, dtype=D)


def I(*places: int) -> Tensor:  # noqa: E743
    """Indices."""
    return torch.tensor(places)


def edited(edit: Callable[[Tensor], Any], *shape: int) -> Tensor:
    """A tensor after an in-place edit."""
    copy = R(*shape).clone()
    edit(copy)
    return copy


def unary(function: Callable[[Tensor], Tensor], values: Case | None = None) -> list[Case]:
    """The function of a matrix and of a scalar."""
    make = values or (lambda: R(2, 3))
    return [lambda: function(make()), lambda: function(make()[0, 0])]


def tied(function: Callable[[Tensor], Any]) -> list[Case]:
    """A reduction over elements that are all different, and over some that are equal."""
    return [
        lambda: function(R(3, 4)),
        lambda: function(torch.tensor([[1.0, 2, 2], [3, 1, 3]], dtype=D).requires_grad_()),
    ]


def pixels() -> Tensor:
    return R(2, 4, 6, 6)


ARITHMETIC: dict[str, list[Case]] = {
    "AddBackward0": [
        lambda: R(2, 3) + R(2, 3),
        lambda: torch.add(R(2, 3), R(3), alpha=2),
        lambda: R(2, 1) + R(1, 3),
        lambda: R(2) + 3,
        lambda: K(2) + R(2),
    ],
    "AddBackward1": [lambda: torch.ops.aten.add.Scalar(R(2, 3), 2.0)],
    "SubBackward0": [
        lambda: R(2, 1) - R(3),
        lambda: torch.sub(R(), R(2, 3), alpha=2.5),
        lambda: R(2) - 1,
    ],
    "SubBackward1": [lambda: torch.ops.aten.sub.Scalar(R(2, 3), 2.0)],
    "RsubBackward0": [
        lambda: torch.rsub(R(2, 1), R(3)),
        lambda: torch.rsub(R(2), R(2), alpha=3),
    ],
    "RsubBackward1": [lambda: 3 - R(2, 3), lambda: torch.rsub(R(2), 1, alpha=3)],
    "MulBackward0": [
        lambda: R(2, 3) * R(2, 3),
        lambda: R(2, 1) * R(3),
        lambda: R() * R(2, 2),
        lambda: R(2, 3) * 3,
        lambda: 2.5 * R(1),
        lambda: R(2, dtype=C) * R(2, dtype=C),
        lambda: R(2) * R(2, dtype=C),
    ],
    "MulBackward1": [lambda: torch.ops.aten.mul.Scalar(R(2, 3), 2.0)],
    "DivBackward0": [
        lambda: R(2, 3) / R(2, 3),
        lambda: R(2, 1) / R(3),
        lambda: R(2, 3) / 4,
        lambda: R(2, dtype=C) / R(2, dtype=C),
    ],
    "DivBackward1": [lambda: torch.ops.aten.div.Scalar(R(2, 3), 2.0)],
    "DivBackward2": [
        lambda: torch.div(R(2, 1), R(3), rounding_mode=None),
        lambda: torch.div(R(2, 1), R(3), rounding_mode="floor"),
        lambda: torch.div(R(2, 1), R(3), rounding_mode="trunc"),
    ],
    "NegBackward0": unary(torch.neg),
    "AbsBackward0": [*unary(torch.abs), lambda: R(3, dtype=C).abs()],
    "ReciprocalBackward0": [*unary(torch.reciprocal), lambda: R(2, dtype=C).reciprocal()],
    "AddcmulBackward0": [
        lambda: torch.addcmul(R(2, 3), R(3), R(3)),
        lambda: torch.addcmul(R(3), R(2, 1), R(3), value=2.5),
    ],
    "AddcdivBackward0": [
        lambda: torch.addcdiv(R(2, 3), R(3), P(3)),
        lambda: torch.addcdiv(R(3), R(2, 1), P(3), value=2.5),
    ],
    "LerpBackward0": [lambda: torch.lerp(R(2, 1), R(3), 0.3)],
    "LerpBackward1": [lambda: torch.lerp(R(2, 1), R(3), P(2, 1))],
    "RemainderBackward0": [lambda: R(2, 3) % 2],
    "RemainderBackward1": [lambda: R(2, 1) % R(3), lambda: torch.remainder(R(2), R(2))],
    "FmodBackward0": [lambda: R(2, 3).fmod(2)],
    "FmodBackward1": [lambda: R(2, 1).fmod(R(3))],
    "FloorBackward0": unary(torch.floor),
    "CeilBackward0": unary(torch.ceil),
    "RoundBackward0": unary(torch.round),
    "TruncBackward0": unary(torch.trunc),
    "SignBackward0": unary(torch.sign),
    "FracBackward0": unary(torch.frac),
    "HypotBackward0": [lambda: torch.hypot(R(2, 1), R(3))],
    "Deg2RadBackward0": unary(torch.deg2rad),
    "Rad2DegBackward0": unary(torch.rad2deg),
    "WhereBackward0": [
        lambda: torch.where(K(2, 3) > 0, R(2, 3), R(3)),
        lambda: torch.where(K(2, 1) > 0, R(3), R()),
        lambda: torch.where(K(2) > 0, R(2), 0.0),
    ],
    "ClampBackward0": [
        lambda: torch.clamp(R(2, 9), -P(9), P(2, 1)),
        lambda: torch.clamp(R(2, 1), R(2, 9), R(2, 9)),
        lambda: torch.clamp(R(2, 9), min=R(9)),
        lambda: torch.clamp(R(2, 9), max=R(9)),
        lambda: torch.clamp(V(1, 2, 3, 4, 0), V(1, 2, 5, 4, 1), V(4, 2, 3, 4, 1)),
        lambda: torch.clamp(V(1, 2, 3), min=V(1, 3, 2)),
        lambda: torch.clamp(V(1, 2, 3), max=V(1, 3, 2)),
    ],
    "ClampBackward1": [
        lambda: R(2, 9).clamp(-0.5, 0.5),
        lambda: R(9).clamp(min=0),
        lambda: R(9).clamp(max=0.25),
        lambda: V(1, 2, 3).clamp(1, 2),
        lambda: V(-1, 0, 1).clamp(min=0),
        lambda: V(-1, 0, 1).clamp(max=0),
    ],
    "ClampMinBackward0": [lambda: R(9).clamp_min(0), lambda: V(-1, 0, 1).clamp_min(0)],
    "ClampMinBackward1": [
        lambda: torch.clamp_min(R(2, 1), R(9)),
        lambda: torch.clamp_min(V(1, 2, 3), V(1, 3, 2)),
    ],
    "ClampMaxBackward0": [lambda: R(9).clamp_max(0), lambda: V(-1, 0, 1).clamp_max(0)],
    "ClampMaxBackward1": [
        lambda: torch.clamp_max(R(2, 1), R(9)),
        lambda: torch.clamp_max(V(1, 2, 3), V(1, 3, 2)),
    ],
    "MaximumBackward0": [
        lambda: torch.maximum(R(2, 1), R(3)),
        lambda: torch.maximum(V(1, 2, 3), V(1, 3, 2)),
    ],
    "MinimumBackward0": [
        lambda: torch.minimum(R(2, 1), R(3)),
        lambda: torch.minimum(V(1, 2, 3), V(1, 3, 2)),
    ],
    "FmaxBackward0": [
        lambda: torch.fmax(R(2, 1), R(3)),
        lambda: torch.fmax(V(1, 2, 3), V(1, 3, 2)),
    ],
    "FminBackward0": [
        lambda: torch.fmin(R(2, 1), R(3)),
        lambda: torch.fmin(V(1, 2, 3), V(1, 3, 2)),
    ],
    "NanToNumBackward0": [lambda: (R(3) / torch.tensor([1.0, 0, 2])).nan_to_num()],
    "MaskedFillBackward0": [lambda: R(3).masked_fill(K(2, 1) > 0, 5.0)],
    "MaskedFillBackward1": [lambda: R(3).masked_fill(K(2, 1) > 0, R())],
}

ELEMENTARY: dict[str, list[Case]] = {
    "PowBackward0": [
        lambda: R(2, 3) ** 2,
        lambda: R(2, 3) ** 3,
        lambda: P(2) ** -0.5,
        lambda: R(2).square(),
        lambda: torch.float_power(R(2), 2),
        lambda: R(2) ** 0,
        lambda: torch.float_power(R(2), 0.0),
        lambda: R(2, dtype=C) ** 2,
        lambda: R(2, dtype=C) ** 3,
    ],
    "PowBackward1": [lambda: P(2, 1) ** P(3), lambda: P(2) ** R(2)],
    "PowBackward2": [lambda: 2 ** R(2, 3), lambda: 0.5 ** R()],
    "SqrtBackward0": [*unary(torch.sqrt, lambda: P(2, 3)), lambda: R(2, dtype=C).sqrt()],
    "RsqrtBackward0": unary(torch.rsqrt, lambda: P(2, 3)),
    "ExpBackward0": [*unary(torch.exp), lambda: R(2, dtype=C).exp()],
    "Exp2Backward0": unary(torch.exp2),
    "Expm1Backward0": unary(torch.expm1),
    "LogBackward0": [*unary(torch.log, lambda: P(2, 3)), lambda: R(2, dtype=C).log()],
    "Log2Backward0": unary(torch.log2, lambda: P(2, 3)),
    "Log10Backward0": unary(torch.log10, lambda: P(2, 3)),
    "Log1PBackward0": unary(torch.log1p, lambda: P(2, 3)),
    "SinBackward0": [*unary(torch.sin), lambda: R(2, dtype=C).sin()],
    "CosBackward0": [*unary(torch.cos), lambda: R(2, dtype=C).cos()],
    "TanBackward0": unary(torch.tan),
    "AsinBackward0": unary(torch.asin, lambda: P(2, 3)),
    "AcosBackward0": unary(torch.acos, lambda: P(2, 3)),
    "AtanBackward0": unary(torch.atan),
    "SinhBackward0": unary(torch.sinh),
    "CoshBackward0": unary(torch.cosh),
    "AsinhBackward0": unary(torch.asinh),
    "AcoshBackward0": unary(torch.acosh, lambda: P(2, 3) + 1),
    "AtanhBackward0": unary(torch.atanh, lambda: P(2, 3)),
    "Atan2Backward0": [lambda: torch.atan2(R(2, 1), R(3))],
    "SincBackward0": [*unary(torch.sinc), lambda: torch.zeros(2, dtype=D).requires_grad_().sinc()],
    "ErfBackward0": unary(torch.erf),
    "ErfcBackward0": unary(torch.erfc),
    "ErfinvBackward0": unary(torch.erfinv, lambda: P(2, 3)),
    "LgammaBackward0": unary(torch.lgamma, lambda: P(2, 3)),
    "DigammaBackward0": unary(torch.digamma, lambda: P(2, 3)),
    "PolygammaBackward0": [lambda: torch.polygamma(1, P(3)), lambda: torch.polygamma(2, P(3))],
    "XlogyBackward0": [lambda: torch.xlogy(R(2, 1), P(3))],
    "LogaddexpBackward0": [lambda: torch.logaddexp(R(2, 1), R(3))],
    "Logaddexp2Backward0": [lambda: torch.logaddexp2(R(2, 1), R(3))],
    "LogitBackward0": [
        lambda: P(2, 3).logit(),
        lambda: P(2, 9).logit(0.25),
        lambda: V(0.25, 0.5, 0.75, 0.9).logit(0.25),
    ],
}

ELUS = (
    F.elu,
    F.selu,
    lambda x: F.elu(x, alpha=0.5),
    lambda x: torch.ops.aten.elu(x, 1.0, 2.0),
)

ACTIVATIONS: dict[str, list[Case]] = {
    "ReluBackward0": [
        *unary(torch.relu),
        lambda: V(-1, 0, 0.5, 2).relu(),
        lambda: edited(torch.relu_, 3),
    ],
    "SigmoidBackward0": [*unary(torch.sigmoid), lambda: R(2, dtype=C).sigmoid()],
    "TanhBackward0": [*unary(torch.tanh), lambda: R(2, dtype=C).tanh()],
    "SoftplusBackward0": [
        *unary(F.softplus),
        lambda: F.softplus(R(9), beta=3, threshold=1),
        lambda: F.softplus(R(9), beta=2),
        lambda: F.softplus(R(9), threshold=0),
        lambda: F.softplus(V(-1, 0, 0.5, 2), beta=2, threshold=1),
    ],
    "GeluBackward0": [*unary(F.gelu), lambda: F.gelu(R(2, 3), approximate="tanh")],
    "SiluBackward0": unary(F.silu),
    "EluBackward0": [
        *[lambda f=f, x=x: f(x()) for f in ELUS for x in (lambda: R(9), lambda: V(-1, 0, 2))],
    ],
    "CeluBackward0": [
        lambda: F.celu(R(9)),
        lambda: F.celu(R(9), alpha=0.5),
        lambda: F.celu(V(-1, 0, 2), alpha=0.5),
    ],
    "LeakyReluBackward0": [
        lambda: F.leaky_relu(R(9)),
        lambda: F.leaky_relu(V(-1, 0, 2), 0.3),
    ],
    "HardtanhBackward0": [
        lambda: F.hardtanh(R(9)),
        lambda: F.relu6(R(9)),
        lambda: F.hardtanh(V(-2, -1, 0, 1, 2), -1, 1),
    ],
    "HardsigmoidBackward0": [
        lambda: F.hardsigmoid(R(9) * 3),
        lambda: F.hardsigmoid(V(-4, -3, 0, 3, 4)),
    ],
    "HardswishBackward0": [
        lambda: F.hardswish(R(19) * 3),
        lambda: F.hardswish(V(-4, -3, 0, 3, 4)),
    ],
    "LogSigmoidBackward0": unary(F.logsigmoid),
    "PreluKernelBackward0": [
        lambda: F.prelu(R(2, 3), R(1)),
        lambda: F.prelu(R(2, 3, 4), R(3)),
        lambda: F.prelu(V(-1, 0, 2), R(1)),
    ],
    "SoftshrinkBackward0": [
        lambda: F.softshrink(R(9)),
        lambda: F.softshrink(V(-2, -1, 0, 1, 2), 1),
    ],
    "HardshrinkBackward0": [
        lambda: F.hardshrink(R(9)),
        lambda: F.hardshrink(V(-2, -1, 0, 1, 2), 1),
    ],
    "ThresholdBackward0": [
        lambda: F.threshold(R(9), 0.1, 20),
        lambda: F.threshold(V(0, 1, 2), 1, 20),
    ],
    "MishBackward0": unary(F.mish),
    "GluBackward0": [lambda: F.glu(R(2, 4)), lambda: F.glu(R(2, 4), 0)],
    "RreluWithNoiseBackward0": [
        lambda: F.rrelu(R(9), training=True),
        lambda: F.rrelu(R(9)),
        lambda: F.rrelu(V(-1, 0, 1)),
    ],
    "NativeDropoutBackward0": [
        lambda: torch.native_dropout(R(9), 0.5, True)[0],
        lambda: torch.native_dropout(R(2, 9), 0.25, True)[0],
    ],
}

REDUCTIONS: dict[str, list[Case]] = {
    "SumBackward0": [lambda: R(2, 3).sum(), lambda: R().sum()],
    "SumBackward1": [
        lambda: R(2, 3).sum(-1),
        lambda: R(2, 3, 4).sum((0, -1)),
        lambda: R(2, 3).sum(0, keepdim=True),
    ],
    "NansumBackward0": [
        lambda: (R(2, 2) * torch.tensor([1.0, float("nan")])).nansum(),
        lambda: R(2, 3).nansum(-1),
    ],
    "MeanBackward0": [lambda: R(2, 3).mean()],
    "MeanBackward1": [
        lambda: R(2, 3).mean(-1),
        lambda: R(2, 3, 4).mean((0, -1), keepdim=True),
        lambda: F.adaptive_avg_pool2d(R(1, 2, 4, 4), 1),
    ],
    "ProdBackward0": [lambda: R(2, 3).prod()],
    "ProdBackward1": [lambda: R(2, 3).prod(1), lambda: R(2, 3).prod(-2, keepdim=True)],
    "VarBackward0": [
        lambda: R(2, 3).var(),
        lambda: R(2, 3).var(-1, keepdim=True),
        lambda: R(2, 3).var(-1),
        lambda: R(2, 3).var((0, 1), correction=0),
    ],
    "StdBackward0": [
        lambda: R(2, 3).std(),
        lambda: R(2, 3).std(-1),
        lambda: R(3, 4).std(0, correction=0, keepdim=True),
    ],
    "VarMeanBackward0": [
        lambda: torch.var_mean(R(2, 3), 1),
        lambda: torch.var_mean(R(2, 3), -1)[0],
        lambda: torch.var_mean(R(2, 3), correction=0)[1],
    ],
    "StdMeanBackward0": [
        lambda: torch.std_mean(R(2, 3), 1),
        lambda: torch.std_mean(R(2, 3), -1, keepdim=True)[0],
        lambda: torch.std_mean(R(2, 3), correction=0)[1],
    ],
    "LinalgVectorNormBackward0": [
        lambda: R(2, 3).norm(),
        lambda: R(2, 3).norm(1),
        lambda: R(2, 3).norm(2, dim=-1, keepdim=True),
        lambda: R(2, 3).norm(2, dim=-1),
        lambda: torch.linalg.vector_norm(R(2, 3), 3, dim=0),
        lambda: torch.linalg.vector_norm(R(2, 3), 4, dim=1),
        lambda: V(-1, 0, 2).norm(1),
        lambda: V(-3, 0, 2).norm(float("inf")),
        lambda: torch.linalg.vector_norm(R(2, 3), 2.0),
        lambda: torch.linalg.vector_norm(R(2, 3), 1.0, dim=1),
        lambda: torch.linalg.vector_norm(R(2, 3), float("inf"), dim=1),
        lambda: torch.linalg.vector_norm(R(9).round(), float("inf")),
        lambda: torch.linalg.vector_norm(R(2, 3), -float("inf")),
        lambda: torch.linalg.matrix_norm(R(2, 3)),
    ],
    "DistBackward0": [
        lambda: torch.dist(R(2, 1), R(3)),
        lambda: torch.dist(R(3), R(3), 3),
        lambda: torch.dist(V(1, 2, 3), V(0, 4, 5), 1),
        lambda: torch.dist(V(1, 2, 3), V(0, 4, 5), 1.0),
        lambda: torch.dist(V(1, 2, 3), V(1, 4, 2), 1),
        lambda: torch.dist(R(3), R(3), float("inf")),
        lambda: torch.dist(V(1, -5, 3), V(1, 4, 5), float("inf")),
        lambda: torch.dist(V(1, 5, 3), V(1, -4, 5), float("inf")),
        lambda: torch.dist(V(1, 2, 3), V(1, 4, 5), float("inf")),
        lambda: torch.dist(V(4, 2, 3), V(1, 3, 4), -float("inf")),
    ],
    "AmaxBackward0": [
        *tied(torch.amax),
        *tied(lambda x: x.amax(-1)),
        *tied(lambda x: x.amax((0, 1), keepdim=True)),
    ],
    "AminBackward0": [
        *tied(torch.amin),
        *tied(lambda x: x.amin(-1)),
        *tied(lambda x: x.amin(0, keepdim=True)),
    ],
    "MaxBackward1": tied(torch.max),
    "MinBackward1": tied(torch.min),
    "MedianBackward0": tied(torch.median),
    "NanmedianBackward0": tied(torch.nanmedian),
    "MaxBackward0": [*tied(lambda x: x.max(-1)[0]), lambda: R(2, 3).max(0, keepdim=True)[0]],
    "MinBackward0": [*tied(lambda x: x.min(-1)[0]), lambda: R(2, 3).min(0, keepdim=True)[0]],
    "MedianBackward1": [lambda: R(2, 3).median(-1)[0], lambda: R(2, 3).median(0, True)[0]],
    "NanmedianBackward1": [lambda: R(2, 3).nanmedian(-1)[0]],
    "KthvalueBackward0": [lambda: R(2, 3).kthvalue(2, -1)[0]],
    "ModeBackward0": tied(lambda x: x.mode(-1)[0]),
    "SortBackward0": [lambda: R(2, 3).sort(-1)[0], lambda: R(3, 2).sort(0, descending=True)[0]],
    "TopkBackward0": [lambda: R(2, 5).topk(2)[0], lambda: R(5, 2).topk(3, 0, largest=False)[0]],
    "LogsumexpBackward0": [
        lambda: R(2, 3).logsumexp(-1),
        lambda: R(2, 3).logsumexp((0, 1), keepdim=True),
    ],
    "CumsumBackward0": [lambda: R(2, 3).cumsum(-1), lambda: R(3, 2).cumsum(0)],
    "CumprodBackward0": [lambda: R(2, 3).cumprod(-1), lambda: R(3, 2).cumprod(0)],
    "LogcumsumexpBackward0": [lambda: R(2, 3).logcumsumexp(-1)],
    "CummaxBackward0": [lambda: R(2, 9).cummax(-1)[0], lambda: R(9, 2).cummax(0)[0]],
    "CumminBackward0": [lambda: R(2, 9).cummin(-1)[0]],
    "TraceBackward0": [lambda: R(3, 3).trace(), lambda: R(2, 3).trace()],
}

MATRICES: dict[str, list[Case]] = {
    "MmBackward0": [
        lambda: R(2, 3) @ R(3, 4),
        lambda: F.linear(R(2, 3), R(4, 3)),
        lambda: R(2, 3, dtype=C) @ R(3, 4, dtype=C),
        lambda: R(5, 2, 3) @ R(3, 4),
        lambda: K(2, 3) @ R(3, 1),
    ],
    "BmmBackward0": [lambda: torch.bmm(R(2, 3, 4), R(2, 4, 5)), lambda: R(2, 1, 4) @ R(4, 2, 4, 5)],
    "MvBackward0": [lambda: R(2, 3) @ R(3), lambda: R(2, 3, dtype=C) @ R(3, dtype=C)],
    "DotBackward0": [lambda: R(3) @ R(3), lambda: torch.dot(R(3, dtype=C), R(3, dtype=C))],
    "VdotBackward0": [
        lambda: torch.vdot(R(3), R(3)),
        lambda: torch.vdot(R(3, dtype=C), R(3, dtype=C)),
    ],
    "AddmmBackward0": [
        lambda: F.linear(R(2, 3), R(4, 3), R(4)),
        lambda: torch.addmm(R(3), R(2, 4), R(4, 3), beta=0.5, alpha=2),
        lambda: torch.addmm(R(2, 1), R(2, 4), R(4, 3)),
    ],
    "BaddbmmBackward0": [
        lambda: torch.baddbmm(R(3, 5), R(2, 3, 4), R(2, 4, 5)),
        lambda: torch.baddbmm(R(2, 3, 5), R(2, 3, 4), R(2, 4, 5), beta=0.5, alpha=2),
    ],
    "AddbmmBackward0": [
        lambda: torch.addbmm(R(3, 5), R(2, 3, 4), R(2, 4, 5)),
        lambda: torch.addbmm(R(5), R(2, 3, 4), R(2, 4, 5), beta=0.5, alpha=2),
    ],
    "AddmvBackward0": [
        lambda: torch.addmv(R(1), R(2, 3), R(3)),
        lambda: torch.addmv(R(2), R(2, 3), R(3), beta=0.5, alpha=2),
    ],
    "AddrBackward0": [
        lambda: torch.addr(R(3), R(2), R(3)),
        lambda: torch.addr(R(2, 3), R(2), R(3), beta=0.5, alpha=2),
    ],
    "LinalgInvExBackward0": [
        lambda: torch.linalg.inv(R(3, 3)),
        lambda: torch.linalg.inv(R(2, 3, 3)),
        lambda: torch.linalg.inv(R(3, 3, dtype=C)),
    ],
    "LinalgDetBackward0": [lambda: torch.det(R(3, 3)), lambda: torch.det(R(2, 3, 3))],
    "LinalgSlogdetBackward0": [
        lambda: torch.linalg.slogdet(R(3, 3))[1],
        lambda: torch.linalg.slogdet(R(2, 3, 3))[1],
    ],
    "LinalgSolveExBackward0": [
        lambda: torch.linalg.solve(R(3, 3), R(3, 2)),
        lambda: torch.linalg.solve(R(2, 3, 3), R(2, 3, 2)),
        lambda: torch.linalg.solve(R(3, 3), R(2, 3), left=False),
    ],
    "LinalgCrossBackward0": [
        lambda: torch.linalg.cross(R(2, 3), R(2, 3)),
        lambda: torch.linalg.cross(R(3, 2), R(3, 1), dim=0),
        lambda: torch.linalg.cross(R(1, 3), R(2, 3)),
    ],
}

SHAPES: dict[str, list[Case]] = {
    "ViewBackward0": [
        lambda: R(2, 3).view(6),
        lambda: R(2, 3).reshape(3, 2),
        lambda: R(2, 3).flatten(),
    ],
    "UnsafeViewBackward0": [lambda: R(2, 3).T.reshape(6), lambda: R(2, 3, 4) @ R(4, 5)],
    "ReshapeAliasBackward0": [lambda: torch.ops.aten._reshape_alias(R(2, 3), (3, 2), (2, 1))],
    "SqueezeBackward0": [lambda: R(1, 3).squeeze()],
    "SqueezeBackward1": [lambda: R(1, 3).squeeze(0), lambda: R(3, 1).squeeze(-1)],
    "SqueezeBackward2": [lambda: R(1, 3, 1).squeeze((0, -1))],
    "SqueezeBackward3": [lambda: R(1, 3).clone().squeeze_()],
    "SqueezeBackward4": [lambda: R(1, 3).clone().squeeze_(0), lambda: R(2) @ R(2, 3)],
    "UnsqueezeBackward0": [lambda: R(2, 3).unsqueeze(-1), lambda: R(3)[None]],
    "UnsqueezeBackward1": [lambda: R(2, 3).clone().unsqueeze_(1)],
    "CloneBackward0": [lambda: R(2, 3).clone(), lambda: R(2, 3).T.contiguous()],
    "AliasBackward0": [lambda: torch.ops.aten.alias(R(2, 3))],
    "ToCopyBackward0": [
        lambda: R(2, 3).float(),
        lambda: R(2, 3).to(torch.float16),
        lambda: R(2).to(C),
    ],
    "ExpandBackward0": [
        lambda: R(3).expand(2, 3),
        lambda: R(2, 1).expand(4, 2, 3),
        lambda: R().expand(2),
    ],
    "TBackward0": [lambda: R(2, 3).t(), lambda: R(3).t()],
    "TransposeBackward0": [lambda: R(2, 3, 4).transpose(0, -1), lambda: R(2, 3).mT],
    "PermuteBackward0": [lambda: R(2, 3, 4).permute(2, 0, 1), lambda: R(2, 3, 4).permute(-1, 0, 1)],
    "RepeatBackward0": [
        lambda: R(2, 3).repeat(2, 1),
        lambda: R(3).repeat(4, 2),
        lambda: R(2).tile(3),
    ],
    "FlipBackward0": [lambda: R(2, 3).flip(0), lambda: R(2, 3).flip(0, -1)],
    "RollBackward0": [lambda: R(2, 3).roll(1), lambda: R(2, 3).roll((1, -1), (0, -1))],
    "Rot90Backward0": [lambda: R(2, 3).rot90(), lambda: R(2, 3, 4).rot90(3, (0, -1))],
    "TrilBackward0": [lambda: R(3, 3).tril(), lambda: R(2, 3, 4).tril(-1)],
    "TriuBackward0": [lambda: R(3, 3).triu(), lambda: R(2, 3, 4).triu(1)],
    "DiagonalBackward0": [
        lambda: R(2, 3).diagonal(),
        lambda: R(2, 3, 4).diagonal(1, 0, -1),
        lambda: R(3, 3).diag(),
    ],
    "DiagEmbedBackward0": [lambda: R(3).diag(), lambda: R(2, 3).diag_embed(1, 0, -1)],
    "UnfoldBackward0": [lambda: R(6).unfold(0, 2, 2), lambda: R(2, 6).unfold(-1, 3, 1)],
    "AsStridedBackward0": [
        lambda: R(2, 3).as_strided((2, 2), (3, 1)),
        lambda: R(6).as_strided((3, 3), (1, 1), 1),
    ],
    "ConstantPadNdBackward0": [
        lambda: F.pad(R(2, 3), (1, 2)),
        lambda: F.pad(R(2, 3), (-1, 2, 1, 0), value=3.0),
    ],
    "ReflectionPad1DBackward0": [lambda: F.pad(R(2, 4), (1, 2), mode="reflect")],
    "ReflectionPad2DBackward0": [lambda: F.pad(R(2, 4, 4), (1, 2, 0, 1), mode="reflect")],
    "ReplicationPad1DBackward0": [lambda: F.pad(R(2, 4), (1, 2), mode="replicate")],
    "ReplicationPad2DBackward0": [lambda: F.pad(R(2, 4, 4), (1, 2, 0, 1), mode="replicate")],
    "ViewAsComplexBackward0": [lambda: torch.view_as_complex(R(3, 2))],
    "ViewAsRealBackward0": [lambda: torch.view_as_real(R(3, dtype=C))],
    "ConjBackward0": [lambda: R(3, dtype=C).conj()],
    "PixelShuffleBackward0": [lambda: F.pixel_shuffle(R(1, 4, 2, 2), 2)],
}

INDEXING: dict[str, list[Case]] = {
    "SliceBackward0": [
        lambda: R(2, 3)[:, 1:],
        lambda: R(5)[::2],
        lambda: R(5)[-3:-1],
        lambda: R(2, 3).narrow(1, 0, 2),
    ],
    "SelectBackward0": [lambda: R(2, 3)[0], lambda: R(2, 3).select(1, -1), lambda: R(2, 3)[:, 1]],
    "IndexBackward0": [
        lambda: R(3, 2)[I(0, 2, 0)],
        lambda: R(2, 3)[I(0, 1), I(0, 0)],
        lambda: R(2, 3)[:, I(0, -1)],
        lambda: R(2, 3)[K(2, 3) > 0],
    ],
    "IndexSelectBackward0": [lambda: R(2, 3).index_select(1, I(0, 0, 2))],
    "GatherBackward0": [
        lambda: R(2, 3).gather(1, torch.tensor([[0, 0], [1, 2]])),
        lambda: R(2, 3).take_along_dim(torch.tensor([[0], [1]]), -1),
    ],
    "TakeBackward0": [lambda: R(2, 3).take(I(0, 5, 0))],
    "MaskedSelectBackward0": [
        lambda: R(2, 3).masked_select(K(2, 3) > 0),
        lambda: R(3).masked_select(K(2, 3) > 0),
    ],
    "ScatterBackward0": [lambda: R(2, 3).scatter(1, torch.tensor([[0], [1]]), R(2, 1))],
    "ScatterBackward1": [lambda: R(2, 3).scatter(1, torch.tensor([[0], [1]]), 2.0)],
    "ScatterAddBackward0": [
        lambda: R(2, 3).scatter_add(1, torch.tensor([[0, 0], [1, 2]]), R(2, 2))
    ],
    "IndexAddBackward0": [
        lambda: R(3, 2).index_add(0, I(1, 1), R(2, 2)),
        lambda: R(3, 2).index_add(0, I(1, 2), R(2, 2), alpha=3),
    ],
    "IndexCopyBackward0": [lambda: R(3, 2).index_copy(0, I(1), R(1, 2))],
    "IndexFillBackward0": [lambda: R(3, 2).index_fill(0, I(1), 2.0)],
    "IndexPutBackward0": [
        lambda: R(3, 2).index_put((I(1, 0),), R(2)),
        lambda: R(3, 2).index_put((I(1, 1),), R(2, 2), accumulate=True),
        lambda: edited(lambda x: x.__setitem__(K(2, 3) > 0, 1.0), 2, 3),
    ],
    "MaskedScatterBackward0": [lambda: R(2, 3).masked_scatter(K(2, 3) > 0, R(2, 3))],
    "CatBackward0": [
        lambda: torch.cat([R(2, 3), R(1, 3), R(4, 3)]),
        lambda: torch.cat([R(2, 3), R(2, 1)], -1),
        lambda: torch.cat([R(2), K(3)]),
    ],
    "StackBackward0": [
        lambda: torch.stack([R(2, 3), R(2, 3)]),
        lambda: torch.stack([R(2), K(2), R(2)], -1),
    ],
    "SplitBackward0": [lambda: R(2, 3).split(2, 1), lambda: R(2, 5).chunk(3, -1)[0]],
    "SplitWithSizesBackward0": [
        lambda: R(2, 3).split([1, 2], -1),
        lambda: R(5).split([1, 2, 2])[1],
    ],
    "UnbindBackward0": [lambda: R(2, 3).unbind(-1), lambda: R(2, 3).unbind()[1]],
    "EmbeddingBackward0": [
        lambda: F.embedding(I(0, 1, 0), R(3, 2)),
        lambda: F.embedding(torch.tensor([[0, 1], [2, 1]]), R(3, 2), padding_idx=1),
    ],
    "AccumulateGrad": [lambda: R(2, 3) * 2],
    "CopySlices": [lambda: edited(lambda x: x[0].mul_(2), 2, 3)],
    "CopyBackwards": [lambda: edited(lambda x: x.copy_(R(3)), 2, 3)],
    "ZeroBackward0": [lambda: edited(lambda x: x.zero_(), 3)],
    "FillBackward0": [lambda: torch.ops.aten.fill.Scalar(R(3), 2.0)],
    "FillBackward1": [lambda: torch.ops.aten.fill.Tensor(R(3), R())],
    "FillBackward2": [lambda: edited(lambda x: x.fill_(2.0), 3)],
    "FillBackward3": [lambda: edited(lambda x: x.fill_(R()), 3)],
}


def reduced(loss: Callable[..., Tensor], *make: Case, **options: Any) -> list[Case]:
    """A loss with each of its reductions."""

    def case(reduction: str) -> Case:
        return lambda: loss(*[each() for each in make], reduction=reduction, **options)

    return [case(reduction) for reduction in ("mean", "sum", "none")]


M, Q = (lambda: R(4, 3)), (lambda: P(4, 3))
EDGES = lambda: Q().round()  # noqa: E731
CLASSES = lambda: I(0, 2, 1, -100)  # noqa: E731
SIGNS = lambda: K(4, 3).sign() * 2  # noqa: E731
WEIGHT, SMALL = torch.tensor([0.5, 1, 2], dtype=D), torch.tensor([3.0, 1, 2], dtype=D)
LOGITS = F.binary_cross_entropy_with_logits

LOSSES: dict[str, list[Case]] = {
    "SoftmaxBackward0": [
        lambda: R(2, 3).softmax(-1),
        lambda: R(2, 3).softmax(0),
        lambda: R(3).softmax(0),
    ],
    "LogSoftmaxBackward0": [lambda: R(2, 3).log_softmax(-1), lambda: R(3).log_softmax(0)],
    "NllLossBackward0": [
        *reduced(F.nll_loss, M, CLASSES),
        *reduced(F.nll_loss, M, CLASSES, weight=WEIGHT),
        lambda: F.cross_entropy(R(4, 3), I(0, 1, 2, 0)),
        lambda: F.nll_loss(R(3), torch.tensor(1)),
    ],
    "NllLoss2DBackward0": [
        *reduced(F.nll_loss, lambda: R(2, 3, 2, 2), lambda: torch.randint(3, (2, 2, 2))),
        *reduced(
            F.nll_loss,
            lambda: R(2, 3, 2, 2),
            lambda: torch.randint(3, (2, 2, 2)),
            weight=WEIGHT,
            ignore_index=1,
        ),
    ],
    "MseLossBackward0": reduced(F.mse_loss, M, M),
    "SmoothL1LossBackward0": [
        *reduced(F.smooth_l1_loss, M, M),
        *reduced(F.smooth_l1_loss, M, M, beta=0.3),
    ],
    "HuberLossBackward0": [*reduced(F.huber_loss, M, M), *reduced(F.huber_loss, M, M, delta=0.3)],
    "BinaryCrossEntropyBackward0": [
        *reduced(F.binary_cross_entropy, Q, Q),
        *reduced(F.binary_cross_entropy, lambda: V(0, 1, 0.5), lambda: V(1, 0, 0.25)),
        *reduced(F.binary_cross_entropy, EDGES, Q, weight=WEIGHT),
        *reduced(F.binary_cross_entropy, Q, Q, weight=WEIGHT),
    ],
    "BinaryCrossEntropyWithLogitsBackward0": [
        *reduced(LOGITS, M, Q),
        *reduced(LOGITS, M, Q, weight=WEIGHT),
        *reduced(LOGITS, M, Q, pos_weight=SMALL),
        *reduced(LOGITS, M, Q, pos_weight=SMALL, weight=WEIGHT),
    ],
    "SoftMarginLossBackward0": reduced(F.soft_margin_loss, M, SIGNS),
}


def batch_norm(training: bool, *shape: int, affine: bool = True) -> Tensor:
    size = shape[1]
    scale = (R(size), R(size)) if affine else (None, None)
    return F.batch_norm(R(*shape), K(size), P(size).detach(), *scale, training=training)


def attention(**options: Any) -> Tensor:
    return F.scaled_dot_product_attention(R(1, 2, 3, 4), R(1, 2, 3, 4), R(1, 2, 3, 4), **options)


LAYERS: dict[str, list[Case]] = {
    "NativeLayerNormBackward0": [
        lambda: F.layer_norm(R(2, 3), (3,), R(3), R(3)),
        lambda: F.layer_norm(R(2, 3, 4), (3, 4), R(3, 4), R(3, 4)),
        lambda: F.layer_norm(R(2, 3), (3,)),
    ],
    "NativeBatchNormBackward0": [
        lambda: batch_norm(True, 4, 3),
        lambda: batch_norm(False, 4, 3),
        lambda: batch_norm(True, 4, 3, 2, 2),
        lambda: batch_norm(False, 4, 3, 2),
        lambda: batch_norm(True, 4, 3, affine=False),
    ],
    "NativeGroupNormBackward0": [
        lambda: F.group_norm(R(2, 4, 3), 2, R(4), R(4)),
        lambda: F.group_norm(R(2, 4, 3, 2), 4, R(4), R(4)),
        lambda: F.group_norm(R(2, 4, 3), 2),
    ],
    "ConvolutionBackward0": [
        lambda: F.conv1d(R(2, 4, 6), R(3, 4, 2), R(3)),
        lambda: F.conv2d(pixels(), R(4, 2, 3, 3), R(4), stride=2, padding=1, groups=2),
        lambda: F.conv2d(pixels(), R(2, 4, 3, 3), padding="same"),
        lambda: F.conv2d(pixels(), R(2, 4, 2, 2), stride=3, dilation=2),
        lambda: F.conv3d(R(1, 2, 3, 3, 3), R(1, 2, 2, 2, 2)),
        lambda: F.conv_transpose2d(R(2, 4, 3, 3), R(4, 3, 2, 2), R(3)),
        lambda: F.conv_transpose2d(
            R(2, 4, 3, 3), R(4, 3, 3, 3), stride=2, padding=1, output_padding=1
        ),
    ],
    "MaxPool2DWithIndicesBackward0": [
        lambda: F.max_pool2d(pixels(), 2),
        lambda: F.max_pool2d(pixels(), 3, stride=1, padding=1),
    ],
    "MaxPool3DWithIndicesBackward0": [lambda: F.max_pool3d(R(1, 2, 4, 4, 4), 2)],
    "AdaptiveMaxPool2DBackward0": [lambda: F.adaptive_max_pool2d(pixels(), 2)],
    "AvgPool2DBackward0": [
        lambda: F.avg_pool2d(pixels(), 2),
        lambda: F.avg_pool2d(pixels(), 3, stride=1, padding=1, count_include_pad=False),
    ],
    "AvgPool3DBackward0": [lambda: F.avg_pool3d(R(1, 2, 4, 4, 4), 2)],
    "AdaptiveAvgPool2DBackward0": [lambda: F.adaptive_avg_pool2d(pixels(), 2)],
    "UpsampleNearest1DBackward0": [lambda: F.interpolate(R(1, 2, 4), 8)],
    "UpsampleNearest2DBackward0": [lambda: F.interpolate(R(1, 2, 4, 4), scale_factor=2)],
    "Im2ColBackward0": [lambda: F.unfold(R(1, 2, 4, 4), 2, padding=1)],
    "Col2ImBackward0": [lambda: F.fold(R(1, 8, 9), (4, 4), (2, 2))],
    "ScaledDotProductFlashAttentionForCpuBackward0": [
        lambda: attention(),
        lambda: attention(is_causal=True),
        lambda: attention(scale=0.7),
        lambda: attention(attn_mask=K(3, 3)),
    ],
}

CASES: dict[str, list[Case]] = {
    **ARITHMETIC,
    **ELEMENTARY,
    **ACTIVATIONS,
    **REDUCTIONS,
    **MATRICES,
    **SHAPES,
    **INDEXING,
    **LOSSES,
    **LAYERS,
}
