"""Runs of torch for the nodes that the survey of common code found."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import formula_cases
import torch
import torch.nn.functional as F
from formula_cases import C, Case, D, I, K, P, R, V
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence

INF = math.inf
POWERS = (2, 2.0, 1, 1.0, 1.5, 3, INF, -INF)


def pixels(dims: int = 2, size: int = 6, channels: int = 2) -> Tensor:
    return R(2, channels, *[size] * dims)


def positive(size: int) -> Tensor:
    """A symmetric matrix with a square root."""
    root = R(size, size)
    return root @ root.mT + torch.eye(size, dtype=root.dtype)


def ones(*shape: int) -> Tensor:
    return torch.ones(shape, dtype=D).requires_grad_()


def some_equal() -> tuple[Tensor, Tensor]:
    """Rows of two matrices: one is in both, another shares an element with it."""
    rows = torch.tensor([[0.0, 1, 2], [0, 2, 4]], dtype=D)
    return rows[:1].clone().requires_grad_(), rows.requires_grad_()


def zero_and_one() -> Tensor:
    return V(0, 1)


def bagged(mode: str, **options: Any) -> Case:
    offsets = torch.tensor([0, 2, 4])
    return lambda: F.embedding_bag(I(0, 1, 2, 2, 1), R(4, 3), offsets, mode=mode, **options)


def unpooled(dims: int) -> Case:
    pool = (F.max_pool1d, F.max_pool2d, F.max_pool3d)[dims - 1]
    unpool = (F.max_unpool1d, F.max_unpool2d, F.max_unpool3d)[dims - 1]
    return lambda: unpool(*pool(pixels(dims, 4), 2, return_indices=True), 2)


def resized(mode: str, dims: int, **options: Any) -> list[Case]:
    """Twice as large, and smaller."""
    return [
        lambda: F.interpolate(pixels(dims, 4), scale_factor=2, mode=mode, **options),
        lambda: F.interpolate(pixels(dims, 4), size=[3] * dims, mode=mode, **options),
    ]


def sampled(dims: int, mode: str, padding: str = "zeros") -> Case:
    def run() -> Tensor:
        given = pixels(dims, 4)
        grid = (torch.rand(2, *[3] * dims, dims, dtype=given.dtype) * 2 - 1).requires_grad_()
        return F.grid_sample(given, grid, mode, padding, align_corners=False)

    return run


def slope(function: Callable[[Tensor], Tensor], make: Case) -> Case:
    """The gradient of a function, as a graph of its own."""

    def run() -> Tensor:
        given = make()
        made = function(given)
        seed = torch.randn_like(made).requires_grad_()
        return torch.autograd.grad(made, given, seed, create_graph=True)[0]

    return run


def compared(method: str) -> Case:
    return lambda: getattr(R(3).clone(), method)(0.0)


def old(case: Case) -> Case:
    """A function that torch is about to drop, and says so."""

    def run() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return case()

    return run


WITHOUT_FORMULA: dict[str, list[Case]] = {
    "MkldnnRnnLayerBackward0": [lambda: torch.nn.LSTM(4, 3)(torch.randn(3, 2, 4))[0]],
    "LinalgSvdBackward0": [lambda: torch.linalg.svdvals(R(3, 2))],
    "LinalgEigBackward0": [lambda: torch.linalg.eigvals(R(3, 3))],
    "LinalgQrBackward0": [lambda: torch.linalg.qr(R(3, 2))],
    "LinalgLuBackward0": [lambda: torch.linalg.lu(R(3, 3))[1:]],
    "LinalgLuFactorExBackward0": [lambda: torch.linalg.lu_factor(R(3, 3))[0]],
    "LinalgLuSolveBackward0": [
        lambda: torch.linalg.lu_solve(*torch.linalg.lu_factor(positive(3)), R(3, 2))
    ],
    "LinalgHouseholderProductBackward0": [lambda: torch.linalg.householder_product(R(3, 2), R(2))],
    "OrmqrBackward0": [lambda: torch.ormqr(R(3, 2), R(2), R(3, 2))],
    "LinalgLstsqBackward0": [lambda: torch.linalg.lstsq(R(4, 2), R(4, 1))[0]],
    "SparseAddmmBackward0": [
        lambda: torch.sparse.mm(torch.eye(3, dtype=formula_cases.D).to_sparse(), R(3, 2))
    ],
    "ToSparseBackward1": [lambda: R(3, 3).to_sparse().to_dense()],
    "ToDenseBackward0": [lambda: R(3, 3).to_sparse().to_dense()],
    "ConvolutionBackwardBackward0": [slope(lambda x: F.conv1d(x, R(2, 2, 2)), lambda: R(1, 2, 4))],
    "NativeLayerNormBackwardBackward0": [slope(lambda x: F.layer_norm(x, (3,)), lambda: R(2, 3))],
}
"""Nodes of which a sentence says what their backward does."""

SURVEYED: dict[str, list[Case]] = {
    **WITHOUT_FORMULA,
    "UnsafeSplitBackward0": [
        lambda: torch.unsafe_split(R(6), 2),
        lambda: torch.unsafe_split(R(2, 5), 2, -1),
        lambda: torch.unsafe_chunk(R(6), 3)[1],
    ],
    "UnsafeSplitWithSizesBackward0": [
        lambda: torch.unsafe_split_with_sizes(R(6), [2, 4]),
        lambda: torch.unsafe_split_with_sizes(R(2, 3), [1, 2], -1)[1],
    ],
    "SafeSoftmaxBackward0": [
        lambda: torch.ops.aten._safe_softmax(R(2, 3), -1),
        lambda: torch.ops.aten._safe_softmax(torch.full((2, 3), -INF, dtype=D).requires_grad_(), 0),
    ],
    "PackPaddedSequenceBackward0": [
        lambda: pack_padded_sequence(R(3, 2, 4), torch.tensor([3, 2]))[0],
        lambda: pack_padded_sequence(R(2, 3, 4), torch.tensor([3, 1]), batch_first=True)[0],
        lambda: pack_padded_sequence(R(3, 2, 4), torch.tensor([1, 3]), enforce_sorted=False)[0],
    ],
    "WeightNormInterfaceBackward0": [
        lambda: torch._weight_norm(R(2, 3), R(2, 1), 0),
        lambda: torch._weight_norm(R(2, 3, 2), R(1, 1, 2), 2),
    ],
    "TrilinearBackward0": [lambda: F.bilinear(R(2, 3), R(2, 4), R(5, 3, 4))],
    "ChannelShuffleBackward0": [
        lambda: F.channel_shuffle(pixels(channels=4), 2),
        lambda: F.channel_shuffle(pixels(channels=6), 3),
    ],
    "PixelUnshuffleBackward0": [lambda: F.pixel_unshuffle(pixels(), 2)],
    "AdaptiveMaxPool3DBackward0": [lambda: F.adaptive_max_pool3d(pixels(3, 4), 2)],
    "FractionalMaxPool2DBackward0": [lambda: F.fractional_max_pool2d(pixels(), 2, output_size=3)],
    "FractionalMaxPool3DBackward0": [lambda: F.fractional_max_pool3d(pixels(3), 2, output_size=3)],
    "AdaptiveAvgPool3DBackward0": [
        lambda: F.adaptive_avg_pool3d(pixels(3, 4), 2),
        lambda: F.adaptive_avg_pool3d(pixels(3, 5), 2),
    ],
    "MaxUnpool2DBackward0": [unpooled(1), unpooled(2)],
    "MaxUnpool3DBackward0": [unpooled(3)],
    "RenormBackward0": [
        *(lambda p=p, dim=dim: R(4, 3).renorm(p, dim, 1.5) for p, dim in ((2, 0), (3, 1), (1, 0))),
        lambda: torch.tensor([[3.0, 4], [6, 8], [1, 0]], dtype=D).requires_grad_().renorm(2, 0, 5),
    ],
    "EmbeddingBagBackward0": [
        bagged("sum"),
        bagged("mean"),
        bagged("max"),
        bagged("sum", padding_idx=2),
        bagged("mean", padding_idx=2),
        lambda: F.embedding_bag(
            I(0, 1, 2, 2, 1), R(4, 3), torch.tensor([0, 2, 4]), mode="sum", per_sample_weights=R(5)
        ),
    ],
    "MultiMarginLossBackward0": [
        lambda: F.multi_margin_loss(R(4, 3), I(0, 2, 1, 0)),
        lambda: F.multi_margin_loss(R(4, 3), I(0, 2, 1, 0), p=2, margin=0.5),
        lambda: F.multi_margin_loss(
            R(4, 3), I(0, 2, 1, 0), reduction="sum", weight=torch.tensor([0.5, 1, 2], dtype=D)
        ),
        lambda: F.multi_margin_loss(R(4, 3), I(0, 2, 1, 0), reduction="none"),
        lambda: F.multi_margin_loss(R(3), torch.tensor(1)),
    ],
    "MultilabelMarginLossBackward0": [
        lambda: F.multilabel_margin_loss(R(2, 4), torch.tensor([[0, 2, -1, 1], [3, -1, 0, 0]])),
        lambda: F.multilabel_margin_loss(
            R(2, 4), torch.tensor([[0, 2, -1, 1], [3, -1, 0, 0]]), reduction="none"
        ),
        lambda: F.multilabel_margin_loss(
            R(2, 4), torch.tensor([[0, 2, -1, 1], [3, -1, 0, 0]]), reduction="sum"
        ),
        lambda: F.multilabel_margin_loss(R(4), torch.tensor([0, 2, -1, 1])),
    ],
    "CtcLossBackward0": [
        lambda: F.ctc_loss(
            R(5, 2, 4).log_softmax(-1), torch.tensor([[1, 2], [2, 3]]), I(5, 5), I(2, 2)
        ),
        lambda: F.ctc_loss(
            R(5, 2, 4).log_softmax(-1),
            torch.tensor([[1, 2], [2, 3]]),
            I(5, 4),
            I(2, 1),
            reduction="none",
        ),
    ],
    "NormBackward0": [
        lambda p=p: torch.ops.aten.norm.Scalar(R(2, 3), p)
        for p in (2, 2.0, 1, 1.0, 3, INF, -INF, 0.5)
    ],
    "NormBackward1": [
        lambda p=p: torch.ops.aten.norm.ScalarOpt_dim(R(2, 3), p, [1], False)
        for p in (2, 2.0, 1, 1.0, 3, INF, -INF)
    ]
    + [
        lambda: F.pairwise_distance(R(2, 3), R(2, 3)),
        lambda: torch.ops.aten.norm.ScalarOpt_dim(R(2, 3), 1.5, [0], True),
    ],
    "NormBackward2": [
        *(lambda p=p: torch.ops.aten.norm.ScalarOpt_dtype(R(2, 3), p, dtype=D) for p in POWERS),
        *(lambda p=p: torch.ops.aten.norm.ScalarOpt_dtype(V(0, 1), p, dtype=D) for p in (1, INF)),
    ],
    "NormBackward3": [
        *(
            lambda p=p, x=x: torch.ops.aten.norm.ScalarOpt_dim_dtype(x(), p, [-1], False, dtype=D)
            for p, x in [
                *((p, lambda: R(2, 3)) for p in POWERS),
                (1, zero_and_one),
                (INF, zero_and_one),
            ]
        ),
    ],
    "PdistBackward0": [
        lambda: F.pdist(R(4, 3)),
        lambda: F.pdist(R(4, 3), 1),
        lambda: F.pdist(R(4, 3), 3),
        lambda: F.pdist(R(4, 3), INF),
    ],
    "CdistBackward0": [
        *(
            lambda p=p: torch.cdist(R(4, 3), R(5, 3), p=p)
            for p in (2.0, 1.0, 3.0, INF, 1.5, 0.5, 0.0)
        ),
        *(lambda p=p: torch.cdist(*some_equal(), p=p) for p in (2.0, 1.0, 1.5, INF)),
        lambda: torch.cdist(R(2, 4, 3), R(2, 5, 3)),
    ],
    "EuclideanDistBackward0": [
        lambda: torch.cdist(R(30, 3), R(30, 3)),
        lambda: torch.cdist(*some_equal(), compute_mode="use_mm_for_euclid_dist"),
    ],
    "FftR2CBackward0": [
        lambda: torch.fft.fft(R(4)),
        lambda: torch.fft.rfft(R(5)),
        lambda: torch.fft.rfft(R(2, 6), norm="ortho"),
        lambda: torch.fft.rfft2(R(3, 4)),
        lambda: torch.fft.rfft(R(4, 2), dim=0),
        lambda: torch.fft.ihfft(R(4)),
    ],
    "FftC2CBackward0": [
        lambda: torch.fft.fft(R(4, dtype=C)),
        lambda: torch.fft.ifft(R(2, 3, dtype=C)),
        lambda: torch.fft.fft2(R(2, 3, dtype=C), norm="ortho"),
    ],
    "FftC2RBackward0": [
        lambda: torch.fft.irfft(R(3, dtype=C)),
        lambda: torch.fft.irfft(R(3, dtype=C), n=5),
        lambda: torch.fft.irfft(R(2, 4, dtype=C), norm="ortho"),
        lambda: torch.fft.irfft(R(4, 2, dtype=C), dim=0),
        lambda: torch.fft.irfft2(R(3, 3, dtype=C)),
        lambda: torch.fft.hfft(R(3, dtype=C)),
    ],
    "AngleBackward0": [
        lambda: R(3, dtype=C).angle(),
        lambda: R(3).angle(),
        lambda: torch.zeros(2, dtype=C).requires_grad_().angle(),
    ],
    "SgnBackward0": [
        lambda: R(3, dtype=C).sgn(),
        lambda: torch.zeros(2, dtype=C).requires_grad_().sgn(),
    ],
    "ConjPhysicalBackward0": [lambda: torch.conj_physical(R(3, dtype=C))],
    "NegViewBackward0": [lambda: R(3, dtype=C).conj().imag, lambda: torch._neg_view(R(3))],
    "PolarBackward0": [
        lambda: torch.polar(P(2, 3), R(2, 3)),
        lambda: torch.polar(torch.zeros(2, dtype=D).requires_grad_(), R(2)),
    ],
    "ComplexBackward0": [lambda: torch.complex(R(3), R(3))],
    "TransposeBackward1": [
        lambda: R(2, 3).clone().transpose_(0, 1),
        lambda: R(2, 3, 4).clone().transpose_(0, -1),
    ],
    "LinalgEighBackward0": [
        lambda: torch.linalg.eigh(positive(3)),
        lambda: torch.linalg.eigvalsh(positive(3)),
        lambda: torch.linalg.eigh(positive(3))[1],
    ],
    "LinalgMatrixExpBackward0": [
        lambda: torch.linalg.matrix_exp(R(3, 3)),
        lambda: torch.linalg.matrix_exp(R(2, 2, 2)),
    ],
    "LinalgSolveTriangularBackward0": [
        lambda: torch.linalg.solve_triangular(positive(3).tril(), R(3, 2), upper=False),
        lambda: torch.linalg.solve_triangular(R(3, 3), R(3, 2), upper=True, unitriangular=True),
        lambda: torch.linalg.solve_triangular(positive(3), R(2, 3), upper=True, left=False),
    ],
    "TriangularSolveBackward0": [
        old(lambda: torch.triangular_solve(R(3, 2), positive(3).triu())[0]),
        old(lambda: torch.triangular_solve(R(3, 2), positive(3), upper=False, transpose=True)[0]),
    ],
    "LinalgCholeskyExBackward0": [
        lambda: torch.linalg.cholesky(positive(3)),
        lambda: torch.linalg.cholesky(positive(3), upper=True),
        lambda: torch.linalg.cholesky(torch.stack([positive(3), positive(3)])),
    ],
    "CholeskyBackward0": [
        old(lambda: torch.cholesky(positive(3))),
        old(lambda: torch.cholesky(positive(3), upper=True)),
    ],
    "CholeskySolveBackward0": [
        lambda: torch.cholesky_solve(R(3, 2), torch.linalg.cholesky(positive(3))),
        lambda: torch.cholesky_solve(
            R(3, 2), torch.linalg.cholesky(positive(3), upper=True), upper=True
        ),
    ],
    "CholeskyInverseBackward0": [
        lambda: torch.cholesky_inverse(torch.linalg.cholesky(positive(3))),
        lambda: torch.cholesky_inverse(torch.linalg.cholesky(positive(3), upper=True), upper=True),
    ],
    "LinalgPinvBackward0": [
        lambda: torch.linalg.pinv(R(3, 2)),
        lambda: torch.linalg.pinv(R(2, 3)),
        lambda: torch.linalg.pinv(R(3, 3)),
        lambda: torch.linalg.pinv(positive(3), hermitian=True),
    ],
    "IndexFillBackward1": [
        lambda: R(3, 2).index_fill(0, I(0, 2), R()),
        lambda: R(3, 2).index_fill(1, I(1), R()),
    ],
    "PutBackward0": [
        lambda: R(2, 3).put(I(0, 4), R(2)),
        lambda: R(2, 3).put(I(0, 4), R(2), accumulate=True),
    ],
    "SelectScatterBackward0": [
        lambda: R(3, 2).select_scatter(R(2), 0, 1),
        lambda: R(3, 2).select_scatter(R(3), -1, -1),
    ],
    "SliceScatterBackward0": [
        lambda: R(3, 2).slice_scatter(R(2, 2), 0, 1),
        lambda: R(5).slice_scatter(R(2), 0, 0, 4, 2),
    ],
    "DiagonalScatterBackward0": [
        lambda: R(3, 3).diagonal_scatter(R(3)),
        lambda: R(3, 3).diagonal_scatter(R(2), 1),
    ],
    "ScatterReduceBackward0": [
        lambda w=w, i=i, make=make: make(3).scatter_reduce(
            0, I(0, 0, 1), make(3), w, include_self=i
        )
        for make, kinds in ((R, ("sum", "mean", "prod", "amax", "amin")), (ones, ("amax", "amin")))
        for w in kinds
        for i in (True, False)
    ],
    "IndexReduceBackward0": [
        old(
            lambda w=w, i=i, make=make: make(3, 2).index_reduce(
                0, I(0, 0, 1), make(3, 2), w, include_self=i
            )
        )
        for make, kinds in ((R, ("mean", "prod", "amax", "amin")), (ones, ("amax", "amin")))
        for w in kinds
        for i in (True, False)
    ],
    "SegmentReduceBackward0": [
        lambda: torch.segment_reduce(R(4), "sum", lengths=I(1, 3)),
        lambda: torch.segment_reduce(R(4), "mean", lengths=I(1, 3)),
        lambda: torch.segment_reduce(R(4), "max", lengths=I(1, 3)),
        lambda: torch.segment_reduce(R(4), "min", lengths=I(1, 3)),
        lambda: torch.segment_reduce(R(4), "prod", lengths=I(1, 3)),
    ],
    "BlockDiagBackward0": [
        lambda: torch.block_diag(R(2, 2), R(1, 3)),
        lambda: torch.block_diag(R(2), R(), R(2, 1)),
    ],
    "AminmaxBackward0": [
        lambda: R(4).aminmax(),
        lambda: R(2, 3).aminmax(dim=1),
        lambda: R(2, 3).aminmax(dim=0, keepdim=True)[1],
        lambda: V(1, 2, 2, 1).aminmax(),
    ],
    "TBackward1": [lambda: R(2, 3).clone().t_(), lambda: R(3).clone().t_()],
    "UpsampleNearest3DBackward0": resized("nearest", 3),
    "UpsampleNearestExact1DBackward0": resized("nearest-exact", 1),
    "UpsampleNearestExact2DBackward0": resized("nearest-exact", 2),
    "UpsampleNearestExact3DBackward0": resized("nearest-exact", 3),
    "UpsampleLinear1DBackward0": resized("linear", 1) + resized("linear", 1, align_corners=True),
    "UpsampleBilinear2DBackward0": resized("bilinear", 2)
    + resized("bilinear", 2, align_corners=True),
    "UpsampleBilinear2DAaBackward0": resized("bilinear", 2, antialias=True),
    "UpsampleBicubic2DBackward0": resized("bicubic", 2),
    "UpsampleBicubic2DAaBackward0": resized("bicubic", 2, antialias=True),
    "UpsampleTrilinear3DBackward0": resized("trilinear", 3),
    "GridSampler2DBackward0": [
        sampled(2, "bilinear"),
        sampled(2, "nearest"),
        sampled(2, "bicubic"),
        sampled(2, "bilinear", "border"),
    ],
    "GridSampler3DBackward0": [sampled(3, "bilinear"), sampled(3, "nearest")],
    "AffineGridGeneratorBackward0": [
        lambda: F.affine_grid(R(2, 2, 3), [2, 1, 3, 4], align_corners=False),
        lambda: F.affine_grid(R(1, 3, 4), [1, 1, 3, 2, 3], align_corners=True),
    ],
    "ReflectionPad3DBackward0": [lambda: F.pad(R(1, 2, 3, 3, 3), (1, 2, 0, 1, 1, 0), "reflect")],
    "ReplicationPad3DBackward0": [lambda: F.pad(R(1, 2, 3, 3, 3), (1, 2, 0, 1, 1, 0), "replicate")],
    "SpecialEntrBackward0": [lambda: torch.special.entr(P(3))],
    "SpecialErfcxBackward0": [lambda: torch.special.erfcx(R(3))],
    "I0Backward0": [lambda: torch.i0(R(3)), lambda: torch.special.i0(R(3))],
    "SpecialI0EBackward0": [lambda: torch.special.i0e(R(3))],
    "SpecialI1Backward0": [lambda: torch.special.i1(R(3)), lambda: torch.special.i1(V(0, 1))],
    "SpecialI1EBackward0": [lambda: torch.special.i1e(R(3)), lambda: torch.special.i1e(V(0, 1))],
    "SpecialLogNdtrBackward0": [lambda: torch.special.log_ndtr(R(3))],
    "SpecialNdtriBackward0": [lambda: torch.special.ndtri(P(3))],
    "SpecialXlog1PyBackward0": [
        lambda: torch.special.xlog1py(R(3), P(3)),
        lambda: torch.special.xlog1py(R(2, 3), P(3)),
        lambda: torch.special.xlog1py(R(3), P(2, 3)),
        lambda: torch.special.xlog1py(V(0, 0, 1, 0, 2), V(-1, -2, 0, 0.5, -1)),
    ],
    "SpecialXlog1PyBackward1": [lambda: torch.special.xlog1py(2.0, P(3))],
    "SpecialXlog1PyBackward2": [
        lambda: torch.special.xlog1py(R(3), 0.5),
        *(lambda y=y: torch.special.xlog1py(V(0, 2, -1), y) for y in (-1.0, -2.0)),
    ],
    "XlogyBackward1": [lambda: torch.xlogy(2.0, P(3))],
    "XlogyBackward2": [
        lambda: torch.xlogy(R(3), 0.5),
        *(lambda y=y: torch.xlogy(V(0, 2, -1), y) for y in (0.0, -1.0)),
    ],
    "MvlgammaBackward0": [
        lambda: torch.mvlgamma(P(3) + 2, 2),
        lambda: torch.mvlgamma(P(2, 3) + 3, 3),
    ],
    "SpecialZetaBackward0": [
        lambda: torch.special.zeta(torch.tensor([[2.0], [3.0]], dtype=D), P(2) + 1)
    ],
    "SpecialZetaBackward1": [lambda: torch.special.zeta(2.0, P(2) + 1)],
    "IgammaBackward0": [lambda: torch.igamma(P(2, 3).detach(), P(3))],
    "IgammacBackward0": [lambda: torch.igammac(P(2, 3).detach(), P(3))],
    "CopysignBackward0": [
        lambda: torch.copysign(R(3), R(3)),
        lambda: torch.copysign(R(2, 3), R(3)),
        lambda: torch.copysign(R(3), R(2, 3)),
        lambda: torch.copysign(V(0, 1), V(-1, -1)),
    ],
    "CopysignBackward1": [
        lambda: torch.copysign(R(3), -1.0),
        lambda: torch.copysign(V(0, 1), -1.0),
    ],
    "LdexpBackward0": [
        lambda: torch.ldexp(R(3), I(1, -2, 3)),
        lambda: torch.ldexp(R(2, 3), R(3)),
        lambda: torch.ldexp(R(3), R(2, 3)),
    ],
    "FrexpBackward0": [lambda: torch.frexp(R(3))[0]],
    "RoundBackward1": [lambda: torch.round(R(3), decimals=2)],
    "NormalBackward0": [lambda: R(3).clone().normal_()],
    "NormalBackward1": [lambda: torch.normal(R(3), 1.0)],
    "NormalBackward2": [lambda: torch.normal(0.0, P(3))],
    "NormalBackward3": [lambda: torch.normal(R(3), P(3))],
    "PoissonBackward0": [lambda: torch.poisson(P(3))],
    "UniformBackward0": [lambda: R(3).clone().uniform_()],
    "ExponentialBackward0": [lambda: R(3).clone().exponential_()],
    "CauchyBackward0": [lambda: R(3).clone().cauchy_()],
    "LogNormalBackward0": [lambda: R(3).clone().log_normal_()],
    "GeometricBackward0": [lambda: R(3).clone().geometric_(0.5)],
    "BernoulliBackward0": [lambda: torch.bernoulli(P(3))],
    "BernoulliBackward2": [lambda: R(3).clone().bernoulli_(0.5)],
    "StandardGammaBackward0": [lambda: torch.distributions.Gamma(P(3), P(3)).rsample()],
    "TanhBackwardBackward0": [slope(torch.tanh, lambda: R(2, 3))],
    "SigmoidBackwardBackward0": [slope(torch.sigmoid, lambda: R(2, 3))],
    "ThresholdBackwardBackward0": [
        slope(torch.relu, lambda: R(9)),
        slope(lambda x: F.threshold(x, 0.1, 2.0), lambda: R(9)),
    ],
    "GeluBackwardBackward0": [
        slope(F.gelu, lambda: R(9)),
        slope(lambda x: F.gelu(x, approximate="tanh"), lambda: R(9)),
    ],
    "SoftplusBackwardBackward0": [
        slope(F.softplus, lambda: R(9)),
        slope(lambda x: F.softplus(x, 3, 1), lambda: R(9)),
        slope(lambda x: F.softplus(x, 2, 1), lambda: V(0, 0.5, 1)),
    ],
    "LeakyReluBackwardBackward0": [slope(F.leaky_relu, lambda: V(0, 1, -1))],
    "LogSigmoidBackwardBackward0": [slope(F.logsigmoid, lambda: R(9))],
    "HardtanhBackwardBackward0": [
        slope(F.hardtanh, lambda: R(9)),
        slope(lambda x: F.hardtanh(x, -2, 1), lambda: V(-3, -2, 0, 1, 2)),
    ],
    "SoftmaxBackwardDataBackward0": [slope(lambda x: x.softmax(-1), lambda: R(2, 3))],
    "LogSoftmaxBackwardDataBackward0": [slope(lambda x: x.log_softmax(-1), lambda: R(2, 3))],
    "MaxPool2DWithIndicesBackwardBackward0": [
        slope(lambda x: F.max_pool2d(x, 2), lambda: R(1, 2, 4, 4))
    ],
    "AvgPool2DBackwardBackward0": [slope(lambda x: F.avg_pool2d(x, 2), lambda: R(1, 2, 4, 4))],
    "MseLossBackwardBackward0": [
        slope(lambda x, r=r, t=t: F.mse_loss(x, t(2, 3), reduction=r), lambda: R(2, 3))
        for r in ("mean", "sum", "none")
        for t in (K, R)
    ],
    "NllLossBackwardBackward0": [
        slope(lambda x, r=r, w=w: F.nll_loss(x, I(0, 1), w, reduction=r), lambda: R(2, 3))
        for r in ("mean", "sum", "none")
        for w in (None, torch.tensor([0.5, 2, 3], dtype=D))
    ],
    "IndexPutImplBackward0": [
        slope(lambda x: x[I(0, 0)], lambda: R(3)),
        lambda: torch._index_put_impl_(R(3).clone(), (I(0, 1),), R(2), False),
        lambda: torch._index_put_impl_(R(3).clone(), (I(0, 1),), R(2), True),
    ],
    "SliceBackwardBackward0": [
        slope(lambda x: x[1:], lambda: R(3)),
        slope(lambda x: x[::2], lambda: R(5)),
    ],
    "SelectBackwardBackward0": [
        slope(lambda x: x[1], lambda: R(3, 2)),
        slope(lambda x: x[:, -1], lambda: R(3, 2)),
    ],
    "DiagonalBackwardBackward0": [slope(lambda x: x.diagonal(1), lambda: R(3, 3))],
    "EmbeddingDenseBackwardBackward0": [
        slope(lambda w: F.embedding(I(0, 1, 0), w), lambda: R(3, 2)),
        slope(lambda w: F.embedding(I(0, 1, 0), w, padding_idx=1), lambda: R(3, 2)),
    ],
    "UnfoldBackwardBackward0": [
        slope(lambda x: x.unfold(0, 2, 1), lambda: R(5)),
        slope(lambda x: x.unfold(-1, 3, 2), lambda: R(2, 7)),
    ],
    "LuUnpackBackward0": [
        lambda: torch.lu_unpack(*torch.linalg.lu_factor(R(3, 3)))[1:],
        lambda: torch.lu_unpack(*torch.linalg.lu_factor(R(3, 3)))[2],
    ],
    "AsStridedBackward1": [lambda: R(2, 3).clone().as_strided_((2, 2), (3, 1))],
    "EqBackward0": [compared("eq_")],
    "NeBackward0": [compared("ne_")],
    "GtBackward0": [compared("gt_")],
    "GeBackward0": [compared("ge_")],
    "LtBackward0": [compared("lt_")],
    "LeBackward0": [compared("le_")],
}

CASES: dict[str, list[Case]] = formula_cases.CASES | SURVEYED
"""Runs for every node that a formula is known of."""
