"""Runs of torch where a formula has another form for certain values, or none at all.

Each is at the edge of the condition: some of its numbers are just beyond it.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from formula_cases import Case, D, V
from torch import Tensor

INF, NAN = math.inf, math.nan


def M(*rows: tuple[float, ...]) -> Tensor:
    """A matrix of these numbers."""
    return torch.tensor(rows, dtype=D).requires_grad_()


def receiving(made: Tensor, *grads: float) -> Tensor:
    """The tensor, to which these gradients arrive."""
    made.register_hook(lambda grad: torch.tensor(grads, dtype=grad.dtype).reshape(grad.shape))
    return made


def batch_norm(variance: float, eps: float, training: bool = False) -> Any:
    constants = (torch.tensor([value], dtype=D) for value in (0.0, variance))
    return torch.batch_norm(
        M((1.0,), (0.0,)), V(1.0), V(0.0), *constants, training, 0.0, eps, False
    )


SINGULAR = ((1.0, 2.0), (2.0, 4.0))
REGULAR = ((1.0, 2.0), (3.0, 4.0))

EDGES: dict[str, list[Case]] = {
    "PowBackward1": [
        lambda: V(0, 2, 3, 0) ** V(0, 0, 3, 1),
        lambda: V(0, 0, 2) ** V(0, -1, 2),
        lambda: V(0, 2) ** V(-1, -1),
        *[lambda e=e: V(0) ** V(e) for e in (0, 0.5, 1)],
    ],
    "PowBackward2": [
        lambda: receiving(0.0 ** V(0, 2, -1, -2, NAN), 1, 1, 1, -2, 1),
        lambda: (-2.0) ** V(2, 3),
        lambda: 1.0 ** V(2),
    ],
    "Atan2Backward0": [
        lambda: torch.atan2(V(0, 2, 0, 3, -1), V(0, 0, 2, -1, 3)),
        *[lambda y=y, x=x: torch.atan2(V(0, y), V(0, x)) for y, x in ((NAN, 0), (0, NAN))],
        *[lambda y=y, x=x: torch.atan2(V(y), V(x)) for y, x in ((0, 0), (0, 2), (1, 0), (2, 0))],
        lambda: torch.atan2(V(0, 1), V(2, 0)),
    ],
    "XlogyBackward0": [
        lambda: torch.xlogy(V(0, 0, 0, 0, 2, 2, 2), V(0, 2, 0.5, -1, 3, 0, -1)),
        lambda: receiving(torch.xlogy(V(1, 1, 1), V(0, 2, -1)), 0, 1, 0),
        lambda: torch.xlogy(V(0, 2), V(2, 0)),
        lambda: receiving(torch.xlogy(V(2, 2), V(2, 0)), 0, 1),
        *[lambda x=x: torch.xlogy(V(0), V(x)) for x in (0, 0.5)],
    ],
    "LogitBackward0": [
        lambda: V(-0.5, 0.3, -0.0, 1.0).logit(),
        lambda: V(2, 0.3).logit(),
        lambda: V(-0.0, 0.4, 1.0).logit(),
        lambda: V(0.4, 1.0).logit(),
        lambda: V(-0.0, 0.4, 1.0, -1.0, 2.0).logit(0.0),
        lambda: V(0.4, 1.0, -1.0, 2.0).logit(0.0),
        lambda: V(-0.0, 0.4, 1.0).logit(0.25),
    ],
    "NativeDropoutBackward0": [
        lambda: torch.native_dropout(V(1, 2), 1.0, True)[0],
        *[
            lambda g=g: receiving(torch.native_dropout(V(1, 2), 0.5, False)[0], g, g)
            for g in (2.5, -2.5)
        ],
        lambda: torch.native_dropout(V(1, 2), 0.0, True)[0],
        lambda: receiving(torch.native_dropout(V(1, 2, 3, 4), 0.5, True)[0], 0, INF, 0, INF),
    ],
    "ProdBackward0": [lambda: V(3, 0, 2).prod(), lambda: M((0, 2), (0, 3)).prod()],
    "ProdBackward1": [
        lambda: M((0, 2), (3, 4)).prod(1),
        lambda: M((0, 2, 5), (3, 4, 0)).prod(0, keepdim=True),
    ],
    "StdBackward0": [
        lambda: V(2, 2).std(),
        lambda: M((1, 1, 1), (1, 2, 4)).std(1),
        lambda: M((1, 1), (1, 2)).std(0, keepdim=True, correction=0),
    ],
    "StdMeanBackward0": [
        lambda: torch.std_mean(V(2, 2)),
        lambda: torch.std_mean(M((1, 1, 1), (1, 2, 4)), 1),
    ],
    "LinalgVectorNormBackward0": [
        *[lambda p=p: torch.linalg.vector_norm(V(0, 0), p) for p in (2, 2.0, 3)],
        *[
            lambda kept=kept: M((0, 0), (3, 4), (0, NAN)).norm(dim=1, keepdim=kept)
            for kept in (True, False)
        ],
        *[
            lambda p=p: torch.linalg.vector_norm(M((NAN, -1), (-2, 3), (0, 4)), p, 1)
            for p in (INF, -INF)
        ],
        *[
            lambda p=p: receiving(torch.linalg.vector_norm(M((0, -1), (2, -3)), p, 1), INF, 1)
            for p in (INF, -INF)
        ],
        *[
            lambda p=p: receiving(torch.linalg.vector_norm(M((2, -1), (2, -3)), p, 1), INF, 1)
            for p in (1, 3)
        ],
        *[lambda p=p: torch.linalg.vector_norm(V(0, 4, -1), p) for p in (0.5, 1.5)],
        lambda: torch.linalg.vector_norm(M((0, 0), (3, -4)), 3, 1),
        lambda: torch.linalg.vector_norm(V(NAN, 1), 3),
    ],
    "DistBackward0": [
        *[lambda p=p: torch.dist(V(NAN, 2), V(1, 3), p) for p in (INF, -INF, 2)],
        *[
            lambda p=p: receiving(torch.dist(V(1, 2, 3), V(1.5, 3, 1), p), INF)
            for p in (INF, -INF, 1, 2)
        ],
        *[lambda p=p: torch.dist(V(1, 2, 3), V(1, 3, 1), p) for p in (0.5, 1.5)],
        lambda: torch.dist(V(1, 2), V(1, 2), 2),
    ],
    "AmaxBackward0": [lambda: receiving(M((0, -1, 0), (2, -3, 4)).amax(1), -INF, 1)],
    "AminBackward0": [lambda: receiving(M((0, -1, 0), (2, -3, -3)).amin(1), 1, -INF)],
    "MaxBackward1": [lambda: V(1, NAN, NAN).max()],
    "MinBackward1": [lambda: V(1, NAN, NAN).min()],
    "MedianBackward0": [lambda: V(1, NAN, NAN).median()],
    "NanmedianBackward0": [lambda: V(NAN, NAN).nanmedian(), lambda: V(NAN, 1).nanmedian()],
    "CumprodBackward0": [
        lambda: V(3, 0, 2).cumprod(0),
        lambda: M((0, 2, 3), (3, 4, 0)).cumprod(1),
        lambda: V(INF, 0).cumprod(0),
        lambda: V(INF, 2).cumprod(0),
    ],
    "LogcumsumexpBackward0": [lambda: receiving(V(1, 2, 3).logcumsumexp(0), 1, NAN, 2)],
    "LinalgDetBackward0": [lambda: torch.det(M(*SINGULAR))],
    "LinalgSlogdetBackward0": [lambda: torch.linalg.slogdet(M(*SINGULAR))[1]],
    "LinalgSolveExBackward0": [
        lambda: torch.linalg.solve(M(*REGULAR), V(1, 2)),
        lambda: torch.linalg.solve(M(*REGULAR), M((1, 2), (3, 5))),
        lambda: torch.linalg.solve_ex(M(*SINGULAR), V(1, 1))[0],
        lambda: torch.linalg.solve_ex(M(*SINGULAR), M((1, 2), (3, 4)))[0],
    ],
    "NativeBatchNormBackward0": [
        *[lambda v=v, e=e: batch_norm(v, e) for v in (0.0, 0.5) for e in (0.0, 0.5)],
        lambda: batch_norm(0.0, 0.0, training=True),
    ],
}
"""By the name of the node."""
