"""Runs at the edges of conditions, for the nodes that the survey of common code found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from formula_cases import Case, D, I, V
from formula_edges import INF, NAN, M, receiving
from torch import Tensor

ATEN = torch.ops.aten
Norm = Callable[[Tensor, float], Tensor]


def of_norm(norm: Norm) -> list[Case]:
    def at_infinity(p: float, *rows: tuple[float, ...]) -> Tensor:
        made = norm(M(*rows), p)
        return receiving(made, *(INF, 1.0)[: made.numel()])

    return [
        *(lambda p=p: norm(V(0, 0), p) for p in (2, 2.0, 3)),
        *(lambda p=p: norm(M((0, 0), (3, 4), (0, NAN)), p) for p in (2, 2.0)),
        *(lambda p=p: norm(M((NAN, -1), (-2, 3), (0, 4)), p) for p in (INF, -INF)),
        *(lambda p=p: norm(M((0, 4), (-2, 3)), p) for p in (INF, -INF)),
        *(lambda p=p: at_infinity(p, (0, -1), (2, -3)) for p in (INF, -INF)),
        *(lambda p=p: at_infinity(p, (2, -1), (2, -3)) for p in (1, 3)),
        *(lambda p=p: norm(V(0, 4, -1), p) for p in (0.5, 1.5)),
        lambda: norm(V(NAN, 1), 3),
    ]


def with_nan(reduce: Callable[..., Tensor], *kinds: str) -> list[Case]:
    """Reductions of numbers of which one is nan."""
    return [
        lambda x=x, y=y, i=i, w=w: reduce(V(x, 2), 0, I(0, 0, 1), V(y, 2, 3), w, include_self=i)
        for x, y in ((NAN, 3), (2, NAN))
        for i in (True, False)
        for w in kinds
    ]


def extremes(*grads: float) -> Any:
    """The two extremes of some numbers, to which these gradients arrive."""
    made = V(1, 2, 3).aminmax()
    return [receiving(each, grad) for each, grad in zip(made, grads, strict=True)]


SURVEYED_EDGES: dict[str, list[Case]] = {
    "NormBackward0": of_norm(ATEN.norm.Scalar),
    "NormBackward1": [
        *of_norm(lambda x, p: ATEN.norm.ScalarOpt_dim(x, p, [-1], False)),
        lambda: ATEN.norm.ScalarOpt_dim(M((0, 0), (3, -4)), 3, [-1], False),
    ],
    "NormBackward2": of_norm(lambda x, p: ATEN.norm.ScalarOpt_dtype(x, p, dtype=D)),
    "NormBackward3": [
        *of_norm(lambda x, p: ATEN.norm.ScalarOpt_dim_dtype(x, p, [-1], False, dtype=D)),
        lambda: ATEN.norm.ScalarOpt_dim_dtype(M((0, 0), (3, -4)), 3, [-1], False, dtype=D),
    ],
    "AngleBackward0": [lambda: V(NAN, 2, 0).angle()],
    "AminmaxBackward0": [lambda: extremes(INF, 1), lambda: extremes(1, NAN)],
    "SpecialXlog1PyBackward0": [
        lambda: torch.special.xlog1py(V(0, 0, 0, 0, 2, 2, 2), V(-1, 2, -0.5, -2, 3, -1, -2)),
        lambda: receiving(torch.special.xlog1py(V(1, 1, 1), V(-1, 2, -2)), 0, 1, 0),
        lambda: torch.special.xlog1py(V(0, 2), V(2, -1)),
        lambda: receiving(torch.special.xlog1py(V(2, 2), V(2, -1)), 0, 1),
        *(lambda x=x: torch.special.xlog1py(V(0), V(x)) for x in (-1, -0.5)),
    ],
    "SpecialXlog1PyBackward2": [
        *(lambda y=y: torch.special.xlog1py(V(0, 2, -1), y) for y in (-1.0, -2.0, -0.5)),
        *(
            lambda y=y: receiving(torch.special.xlog1py(V(0, 2, -1), y), 1, 0, 2)
            for y in (-1.0, -2.0)
        ),
    ],
    "XlogyBackward2": [
        *(lambda y=y: torch.xlogy(V(0, 2, -1), y) for y in (0.0, -1.0, 0.5)),
        *(lambda y=y: receiving(torch.xlogy(V(0, 2, -1), y), 1, 0, 2) for y in (0.0, -1.0)),
    ],
    "CopysignBackward0": [
        lambda: torch.copysign(V(0, 1, -2), V(-1, -1, 1)),
        lambda: torch.copysign(V(0, -2), V(-1, 1)),
        lambda: torch.copysign(V(0, 2), V(-1, 1)),
    ],
    "CopysignBackward1": [
        lambda: torch.copysign(V(0, -2), -1.0),
        lambda: torch.copysign(V(0, 2), -1.0),
    ],
    "SpecialI1Backward0": [
        lambda: torch.special.i1(V(0, -2)),
        lambda: torch.special.i1(V(0, 2)),
        lambda: torch.special.i1(V(NAN, 2)),
    ],
    "SpecialI1EBackward0": [
        lambda: torch.special.i1e(V(0, -2)),
        lambda: torch.special.i1e(V(0, 2)),
        lambda: torch.special.i1e(V(NAN, 2)),
        lambda: torch.special.i1e(V(2)),
    ],
    "SegmentReduceBackward0": [
        lambda w=w: torch.segment_reduce(V(NAN, 2, 1, 3), w, lengths=I(2, 2))
        for w in ("max", "min", "sum")
    ],
    "ScatterReduceBackward0": with_nan(torch.scatter_reduce, "prod", "sum", "mean"),
    "IndexReduceBackward0": with_nan(torch.index_reduce, "prod", "mean"),
}
