"""Small programs of what common code is made of: models, losses, layers and tensor functions.

Each gives its outputs; the graph behind them shows which nodes common code meets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from formula_cases import C, D, I, K, P, R, V
from torch import Tensor, nn
from torch.distributions import (
    Beta,
    Dirichlet,
    Gamma,
    Laplace,
    MultivariateNormal,
    Normal,
    StudentT,
)
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.checkpoint import checkpoint

Program = Callable[[], Any]


def R32(*shape: int) -> Tensor:
    return torch.randn(shape).requires_grad_()


def bits(*shape: int) -> Tensor:
    return torch.randint(2, shape).double()


def classes(*shape: int) -> Tensor:
    return torch.randint(3, shape)


def positive(size: int) -> Tensor:
    """A symmetric matrix with a square root."""
    root = R(size, size)
    return root @ root.mT + torch.eye(size, dtype=D)


def mapped(functions: str, given: Callable[[], Tensor], module: Any = torch) -> dict[str, Program]:
    """Each function of that name, of one tensor."""
    return {name: lambda name=name: getattr(module, name)(given()) for name in functions.split()}


def packed(kind: Any) -> Program:
    def run() -> Any:
        sequences = pack_padded_sequence(R32(3, 2, 4), torch.tensor([3, 2]))
        return pad_packed_sequence(kind(4, 3)(sequences)[0])[0]

    return run


RECURRENT: dict[str, Program] = {
    "lstm": lambda: nn.LSTM(4, 3, batch_first=True)(R32(2, 3, 4))[0],
    "lstm of two layers, both ways": lambda: nn.LSTM(4, 3, 2, bidirectional=True)(R32(3, 2, 4))[0],
    "lstm with projection": lambda: nn.LSTM(4, 3, proj_size=2)(R32(3, 2, 4))[0],
    "gru": lambda: nn.GRU(4, 3)(R32(3, 2, 4))[0],
    "rnn": lambda: nn.RNN(4, 3)(R32(3, 2, 4))[0],
    "relu rnn": lambda: nn.RNN(4, 3, nonlinearity="relu")(R32(3, 2, 4))[0],
    "lstm cell": lambda: nn.LSTMCell(4, 3)(R32(2, 4))[0],
    "gru cell": lambda: nn.GRUCell(4, 3)(R32(2, 4)),
    "rnn cell": lambda: nn.RNNCell(4, 3)(R32(2, 4)),
    "packed lstm": packed(nn.LSTM),
    "packed gru": packed(nn.GRU),
    "packed rnn": packed(nn.RNN),
    "padded sequences": lambda: pad_sequence([R(2), R(3)]),
}


def attention(
    *, backend: Any = None, causal: bool = False, mask: Any = None, **options: Any
) -> Any:
    def run() -> Tensor:
        q, k, v = R32(1, 2, 3, 4), R32(1, 2, 3, 4), R32(1, 2, 3, 4)
        given = mask() if mask is not None else None
        if backend is None:
            return F.scaled_dot_product_attention(q, k, v, given, is_causal=causal, **options)
        with sdpa_kernel(backend):
            return F.scaled_dot_product_attention(q, k, v, given, is_causal=causal, **options)

    return run


def encoder(**options: Any) -> Tensor:
    return nn.TransformerEncoder(
        nn.TransformerEncoderLayer(4, 2, 8, batch_first=True, **options), 2
    )(R32(2, 3, 4))


TRANSFORMERS: dict[str, Program] = {
    "encoder": encoder,
    "encoder, norm first, gelu": lambda: encoder(norm_first=True, activation="gelu"),
    "encoder without dropout": lambda: encoder(dropout=0.0),
    "decoder": lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8), 1)(
        R32(3, 2, 4), R32(3, 2, 4)
    ),
    "transformer": lambda: nn.Transformer(4, 2, 1, 1, 8)(R32(3, 2, 4), R32(3, 2, 4)),
    "attention module": lambda: nn.MultiheadAttention(4, 2)(*[R32(3, 2, 4)] * 3)[0],
    "attention module with weights": lambda: nn.MultiheadAttention(4, 2)(*[R32(3, 2, 4)] * 3)[1],
    "attention module with a mask": lambda: nn.MultiheadAttention(4, 2, batch_first=True)(
        *[R32(2, 3, 4)] * 3, attn_mask=torch.ones(3, 3).triu(1).bool(), need_weights=False
    )[0],
    "attention module with bias in k and v": lambda: nn.MultiheadAttention(
        4, 2, add_bias_kv=True, add_zero_attn=True
    )(*[R32(3, 2, 4)] * 3)[0],
    "attention module with sizes of its own": lambda: nn.MultiheadAttention(4, 2, kdim=5, vdim=6)(
        R32(3, 2, 4), R32(3, 2, 5), R32(3, 2, 6)
    )[0],
    "attention": attention(),
    "causal attention": attention(causal=True),
    "attention with a mask of floats": attention(mask=lambda: torch.randn(3, 3)),
    "attention with a mask of bools": attention(mask=lambda: torch.ones(3, 3).tril().bool()),
    "attention with a learned bias": attention(mask=lambda: R32(3, 3)),
    "attention with dropout": attention(dropout_p=0.5),
    "attention with scale": attention(scale=0.5),
    "attention by plain operations": attention(backend=SDPBackend.MATH),
    "causal attention by plain operations": attention(backend=SDPBackend.MATH, causal=True),
    "attention of three dimensions": lambda: F.scaled_dot_product_attention(
        R32(2, 3, 4), R32(2, 3, 4), R32(2, 3, 4)
    ),
    "grouped attention": lambda: F.scaled_dot_product_attention(
        R32(1, 4, 3, 4), R32(1, 2, 3, 4), R32(1, 2, 3, 4), enable_gqa=True
    ),
    "positions and tokens": lambda: nn.Embedding(5, 4)(I(0, 1, 2)) + nn.Embedding(3, 4)(I(0, 1, 2)),
}


def image(channels: int = 2, size: int = 6, dims: int = 2) -> Tensor:
    return R32(2, channels, *[size] * dims)


CONVOLUTIONS: dict[str, Program] = {
    "1-d net": lambda: nn.Sequential(
        nn.Conv1d(2, 4, 3), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten()
    )(image(dims=1)),
    "2-d net": lambda: nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3, groups=4),
        nn.GroupNorm(2, 4),
        nn.SiLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(4, 3),
    )(image()),
    "3-d net": lambda: nn.Sequential(
        nn.Conv3d(2, 2, 2), nn.BatchNorm3d(2), nn.ELU(), nn.MaxPool3d(2)
    )(image(size=5, dims=3)),
    "transposed": lambda: nn.Sequential(
        nn.ConvTranspose2d(2, 4, 2, stride=2), nn.InstanceNorm2d(4), nn.LeakyReLU(0.2)
    )(image()),
    "transposed, 1-d": lambda: nn.ConvTranspose1d(2, 3, 2)(image(dims=1)),
    "transposed, 3-d": lambda: nn.ConvTranspose3d(2, 3, 2)(image(size=3, dims=3)),
    "evaluated batch norm": lambda: nn.BatchNorm2d(2).eval()(image()),
    "instance norm with affine": lambda: nn.InstanceNorm1d(2, affine=True)(image(dims=1)),
    "instance norm with running numbers": lambda: nn.InstanceNorm2d(2, track_running_stats=True)(
        image()
    ),
    "layer norm": lambda: nn.LayerNorm([2, 6])(image(dims=1)),
    "rms norm": lambda: nn.RMSNorm(6)(image(dims=1)),
    "local response norm": lambda: nn.LocalResponseNorm(2)(image()),
    "weight norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(3, 2))(R32(2, 3)),
    "spectral norm": lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 2))(R32(2, 3)),
    "orthogonal": lambda: nn.utils.parametrizations.orthogonal(nn.Linear(3, 3))(R32(2, 3)),
    "orthogonal by Cayley": lambda: nn.utils.parametrizations.orthogonal(
        nn.Linear(3, 3), orthogonal_map="cayley"
    )(R32(2, 3)),
    "orthogonal by Householder": lambda: nn.utils.parametrizations.orthogonal(
        nn.Linear(3, 2), orthogonal_map="householder"
    )(R32(2, 3)),
    "bilinear": lambda: nn.Bilinear(3, 4, 2)(R32(2, 3), R32(2, 4)),
    "dropout of channels": lambda: nn.Dropout2d()(image()),
    "alpha dropout": lambda: nn.AlphaDropout()(R32(2, 3)),
    "channel shuffle": lambda: F.channel_shuffle(image(4), 2),
    "pixel shuffle": lambda: F.pixel_shuffle(image(4), 2),
    "pixel unshuffle": lambda: F.pixel_unshuffle(image(), 2),
    "fold": lambda: F.fold(R(1, 8, 9), (4, 4), (2, 2)),
    "unfold": lambda: F.unfold(image(), 2),
    "residual": lambda: nn.Sequential(nn.Conv2d(2, 2, 1))(image()) + image(),
    "channels last": lambda: nn.Conv2d(2, 3, 3)(image().to(memory_format=torch.channels_last)),
    "padding modes": lambda: nn.Conv2d(2, 2, 3, padding=1, padding_mode="circular")(image()),
    "half": lambda: nn.Conv2d(2, 2, 1).bfloat16()(image().bfloat16()),
}


def unpooled(dims: int) -> Program:
    pool = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[dims]
    unpool = {1: F.max_unpool1d, 2: F.max_unpool2d, 3: F.max_unpool3d}[dims]
    return lambda: unpool(*pool(image(size=4, dims=dims), 2, return_indices=True), 2)


POOLING: dict[str, Program] = {
    "max 1-d": lambda: F.max_pool1d(image(dims=1), 2),
    "max 1-d with indices": lambda: F.max_pool1d(image(dims=1), 2, return_indices=True)[0],
    "max 2-d": lambda: F.max_pool2d(image(), 2),
    "max 3-d": lambda: F.max_pool3d(image(size=4, dims=3), 2),
    "mean 1-d": lambda: F.avg_pool1d(image(dims=1), 2),
    "mean 2-d": lambda: F.avg_pool2d(image(), 2),
    "mean 3-d": lambda: F.avg_pool3d(image(size=4, dims=3), 2),
    "adaptive max 1-d": lambda: F.adaptive_max_pool1d(image(dims=1), 2),
    "adaptive max 2-d": lambda: F.adaptive_max_pool2d(image(), 2),
    "adaptive max 3-d": lambda: F.adaptive_max_pool3d(image(size=4, dims=3), 2),
    "adaptive mean 1-d": lambda: F.adaptive_avg_pool1d(image(dims=1), 2),
    "adaptive mean 2-d": lambda: F.adaptive_avg_pool2d(image(), 2),
    "adaptive mean 3-d": lambda: F.adaptive_avg_pool3d(image(size=4, dims=3), 2),
    "norm 1-d": lambda: F.lp_pool1d(image(dims=1), 2, 2),
    "norm 2-d": lambda: F.lp_pool2d(image(), 2, 2),
    "fractional 2-d": lambda: F.fractional_max_pool2d(image(), 2, output_size=3),
    "fractional 3-d": lambda: F.fractional_max_pool3d(image(dims=3), 2, output_size=3),
    "undone 1-d": unpooled(1),
    "undone 2-d": unpooled(2),
    "undone 3-d": unpooled(3),
}

EMBEDDINGS: dict[str, Program] = {
    "embedding": lambda: nn.Embedding(5, 4)(I(0, 1, 1)),
    "embedding with padding": lambda: nn.Embedding(5, 4, padding_idx=0)(I(0, 1)),
    "embedding with a largest norm": lambda: nn.Embedding(5, 4)(I(0, 1)).renorm(2, 0, 1.0),
    "sparse embedding": lambda: nn.Embedding(5, 4, sparse=True)(I(0, 1)),
    **{
        f"bag, {mode}": lambda mode=mode: nn.EmbeddingBag(5, 4, mode=mode)(
            I(0, 1, 2, 3), torch.tensor([0, 2])
        )
        for mode in ("sum", "mean", "max")
    },
    "bag with weights": lambda: nn.EmbeddingBag(5, 4, mode="sum")(
        I(0, 1, 2, 3), torch.tensor([0, 2]), torch.randn(4).requires_grad_()
    ),
}

LOSSES: dict[str, Program] = {
    "cross entropy": lambda: F.cross_entropy(R(4, 3), classes(4)),
    "cross entropy with smoothing": lambda: F.cross_entropy(
        R(4, 3), classes(4), label_smoothing=0.1
    ),
    "cross entropy of probabilities": lambda: F.cross_entropy(R(4, 3), R(4, 3).softmax(-1)),
    "cross entropy of pixels": lambda: F.cross_entropy(R(2, 3, 2, 2), classes(2, 2, 2)),
    "cross entropy of sequences": lambda: F.cross_entropy(R(2, 3, 4), classes(2, 4)),
    "nll": lambda: F.nll_loss(R(4, 3).log_softmax(-1), classes(4)),
    "gaussian nll": lambda: F.gaussian_nll_loss(R(4), R(4), P(4)),
    "poisson nll": lambda: F.poisson_nll_loss(R(4), P(4)),
    "poisson nll, full": lambda: F.poisson_nll_loss(R(4), P(4) + 2, full=True),
    "poisson nll, no log": lambda: F.poisson_nll_loss(P(4), P(4), log_input=False),
    "mse": lambda: F.mse_loss(R(4), R(4)),
    "mse with weights": lambda: F.mse_loss(R(4), R(4), weight=P(4).detach()),
    "l1": lambda: F.l1_loss(R(4), R(4)),
    "smooth l1": lambda: F.smooth_l1_loss(R(4), R(4)),
    "huber": lambda: F.huber_loss(R(4), R(4)),
    "bce": lambda: F.binary_cross_entropy(P(4), bits(4)),
    "bce with logits": lambda: F.binary_cross_entropy_with_logits(R(4), bits(4)),
    "kl divergence": lambda: F.kl_div(R(4, 3).log_softmax(-1), P(4, 3)),
    "kl divergence, batchmean": lambda: F.kl_div(R(4, 3), P(4, 3), reduction="batchmean"),
    "kl divergence of logs": lambda: F.kl_div(
        R(4, 3), R(4, 3), log_target=True, reduction="batchmean"
    ),
    "hinge embedding": lambda: F.hinge_embedding_loss(R(4), bits(4) * 2 - 1),
    "cosine embedding": lambda: F.cosine_embedding_loss(R(4, 3), R(4, 3), bits(4) * 2 - 1),
    "margin ranking": lambda: F.margin_ranking_loss(R(4), R(4), bits(4) * 2 - 1),
    "multi-margin": lambda: F.multi_margin_loss(R(4, 3), classes(4)),
    "multi-label margin": lambda: F.multilabel_margin_loss(R(2, 3), torch.tensor([[0, 1, -1]] * 2)),
    "multi-label soft margin": lambda: F.multilabel_soft_margin_loss(R(2, 3), bits(2, 3)),
    "soft margin": lambda: F.soft_margin_loss(R(4), bits(4) * 2 - 1),
    "triplet": lambda: F.triplet_margin_loss(R(4, 3), R(4, 3), R(4, 3)),
    "triplet with distance": lambda: F.triplet_margin_with_distance_loss(
        R(4, 3), R(4, 3), R(4, 3), swap=True
    ),
    "ctc": lambda: F.ctc_loss(
        R(5, 2, 4).log_softmax(-1), torch.tensor([[1, 2], [2, 3]]), I(5, 5), I(2, 2)
    ),
    "adaptive softmax": lambda: (
        nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2, 4])(R32(3, 4), I(0, 3, 5)).loss
    ),
    "cosine similarity": lambda: F.cosine_similarity(R(2, 3), R(2, 3)),
    "pairwise distance": lambda: F.pairwise_distance(R(2, 3), R(2, 3)),
    "distances of all": lambda: F.pdist(R(4, 3)),
    "distances between": lambda: torch.cdist(R(4, 3), R(5, 3)),
    "distances between, by products": lambda: torch.cdist(R(30, 3), R(30, 3)),
    "distances between, p = 1": lambda: torch.cdist(R(4, 3), R(5, 3), p=1),
    "info nce": lambda: F.cross_entropy(
        F.normalize(R(4, 3)) @ F.normalize(R(4, 3)).T / 0.1, torch.arange(4)
    ),
    "focal": lambda: (
        (1 - R(4, 3).softmax(-1).gather(1, classes(4)[:, None])) ** 2
        * F.cross_entropy(R(4, 3), classes(4), reduction="none")[:, None]
    ).mean(),
    "dice": lambda: 1 - 2 * (P(4) * bits(4)).sum() / (P(4) + bits(4)).sum(),
}

_PLAIN = """
    relu relu6 elu selu celu leaky_relu gelu silu mish hardswish hardsigmoid hardtanh hardshrink
    softshrink tanhshrink softsign softplus logsigmoid sigmoid tanh rrelu softmin
"""

ACTIVATIONS: dict[str, Program] = {
    **mapped(_PLAIN, lambda: R(2, 4), F),
    "prelu": lambda: F.prelu(R(2, 3), P(3)),
    "glu": lambda: F.glu(R(2, 4)),
    "threshold": lambda: F.threshold(R(4), 0.1, 20.0),
    "softmax": lambda: R(2, 4).softmax(-1),
    "log softmax": lambda: R(2, 4).log_softmax(-1),
    "softmax over channels": lambda: nn.Softmax2d()(image()),
    "gumbel softmax": lambda: F.gumbel_softmax(R(2, 4)),
    "hard gumbel softmax": lambda: F.gumbel_softmax(R(2, 4), hard=True),
    "normalize": lambda: F.normalize(R(2, 4)),
    "rrelu, evaluated": lambda: F.rrelu(R(4), training=False),
    "relu in place": lambda: F.relu_(R(4).clone()),
    "sigmoid in place": lambda: R(4).clone().sigmoid_(),
}


def rotated() -> Tensor:
    """Complex numbers of length 1."""
    return torch.polar(P(2, 3), R(2, 3))


FOURIER: dict[str, Program] = {
    **mapped("fft ifft rfft ihfft fft2 ifft2 rfft2 fftn rfftn", lambda: R(3, 4), torch.fft),
    **mapped("irfft hfft irfft2 irfftn", lambda: R(3, 4, dtype=C), torch.fft),
    "fft shift": lambda: torch.fft.fftshift(R(4)),
    "spectrum": lambda: torch.fft.rfft(R(8)).abs() ** 2,
    "fft, ortho, longer": lambda: torch.fft.fft(R(4), n=6, norm="ortho").abs(),
    "stft": lambda: torch.stft(
        R(2, 16), 8, 4, window=torch.hann_window(8, dtype=D), return_complex=True
    ).abs(),
    "istft": lambda: torch.istft(
        torch.stft(R(16), 8, 4, window=torch.ones(8, dtype=D), return_complex=True),
        8,
        4,
        window=torch.ones(8, dtype=D),
    ),
}

COMPLEX: dict[str, Program] = {
    "angle": lambda: R(3, dtype=C).angle(),
    "angle of real": lambda: R(3).angle(),
    "abs": lambda: R(3, dtype=C).abs(),
    "sgn": lambda: R(3, dtype=C).sgn(),
    "real": lambda: R(3, dtype=C).real,
    "imag": lambda: R(3, dtype=C).imag,
    "conj": lambda: R(3, dtype=C).conj() * R(3, dtype=C),
    "resolve conj": lambda: R(3, dtype=C).conj().resolve_conj(),
    "conj physical": lambda: torch.conj_physical(R(3, dtype=C)),
    "as real": lambda: torch.view_as_real(R(3, dtype=C)),
    "as complex": lambda: torch.view_as_complex(R(3, 2)),
    "polar": rotated,
    "complex": lambda: torch.complex(R(3), R(3)),
    "rotary": lambda: torch.view_as_real(torch.view_as_complex(R(2, 3, 2)) * rotated()).flatten(1),
    "matrix": lambda: (R(2, 2, dtype=C) @ R(2, 2, dtype=C)).mH,
    "imag of conj": lambda: R(3, dtype=C).conj().imag,
}

LINALG: dict[str, Program] = {
    "svd": lambda: torch.linalg.svd(R(3, 2), full_matrices=False),
    "svdvals": lambda: torch.linalg.svdvals(R(3, 2)),
    "eigh": lambda: torch.linalg.eigh(positive(3)),
    "eigvalsh": lambda: torch.linalg.eigvalsh(positive(3)),
    "eig": lambda: torch.linalg.eigvals(R(3, 3)).abs(),
    "eig, vectors": lambda: torch.linalg.eig(R(3, 3))[1].abs(),
    "qr": lambda: torch.linalg.qr(R(3, 2)),
    "lu": lambda: torch.linalg.lu(R(3, 3))[1:],
    "lu factor": lambda: torch.linalg.lu_factor(R(3, 3))[0],
    "lu solve": lambda: torch.linalg.lu_solve(*torch.linalg.lu_factor(R(3, 3)), R(3, 2)),
    "solve": lambda: torch.linalg.solve(R(3, 3), R(3, 2)),
    "solve triangular": lambda: torch.linalg.solve_triangular(
        positive(3).tril(), R(3, 2), upper=False
    ),
    "triangular solve": lambda: torch.triangular_solve(R(3, 2), positive(3).triu())[0],
    "cholesky": lambda: torch.linalg.cholesky(positive(3)),
    "cholesky, old": lambda: torch.cholesky(positive(3)),
    "cholesky solve": lambda: torch.cholesky_solve(R(3, 2), torch.linalg.cholesky(positive(3))),
    "cholesky inverse": lambda: torch.cholesky_inverse(torch.linalg.cholesky(positive(3))),
    "det": lambda: torch.linalg.det(R(3, 3)),
    "slogdet": lambda: torch.linalg.slogdet(R(3, 3))[1],
    "logdet": lambda: torch.logdet(positive(3)),
    "inverse": lambda: torch.linalg.inv(R(3, 3)),
    "pinv": lambda: torch.linalg.pinv(R(3, 2)),
    "hermitian pinv": lambda: torch.linalg.pinv(positive(3), hermitian=True),
    "lstsq": lambda: torch.linalg.lstsq(R(4, 2), R(4, 1))[0],
    "matrix exp": lambda: torch.linalg.matrix_exp(R(3, 3)),
    "matrix power": lambda: torch.linalg.matrix_power(R(3, 3), 5),
    "multi dot": lambda: torch.linalg.multi_dot([R(2, 3), R(3, 4), R(4, 2)]),
    "householder product": lambda: torch.linalg.householder_product(R(3, 2), R(2)),
    "ormqr": lambda: torch.ormqr(R(3, 2), R(2), R(3, 2)),
    "vander": lambda: torch.linalg.vander(R(3)),
    "cond": lambda: torch.linalg.cond(R(3, 3)),
    "nuclear norm": lambda: torch.linalg.matrix_norm(R(3, 2), "nuc"),
    "spectral": lambda: torch.linalg.matrix_norm(R(3, 2), 2),
    "matrix norm 1": lambda: torch.linalg.matrix_norm(R(3, 2), 1),
    "norm": lambda: R(3).norm(),
    "norm 3": lambda: R(3).norm(3),
    "norm 0": lambda: R(3).norm(0),
    "norm over rows": lambda: R(2, 3).norm(dim=-1, keepdim=True),
    "norm of inf": lambda: R(3).norm(math.inf),
    "frobenius": lambda: torch.linalg.norm(R(2, 3)),
    "cross": lambda: torch.linalg.cross(R(2, 3), R(2, 3)),
    "trace": lambda: R(3, 3).trace(),
    "kron": lambda: torch.kron(R(2, 2), R(2, 2)),
    "tensordot": lambda: torch.tensordot(R(2, 3), R(3, 2), 1),
    "inner": lambda: torch.inner(R(3), R(3)),
    "outer": lambda: torch.outer(R(3), R(2)),
    "chain matmul": lambda: R(2, 3) @ R(3, 4) @ R(4),
    "mv": lambda: R(2, 3) @ R(3),
    "addmv": lambda: torch.addmv(R(2), R(2, 3), R(3)),
    "addr": lambda: torch.addr(R(2, 3), R(2), R(3)),
    "baddbmm": lambda: torch.baddbmm(R(2, 3, 5), R(2, 3, 4), R(2, 4, 5)),
    "low rank": lambda: torch.pca_lowrank(R(4, 3), 2),
    "cov": lambda: torch.cov(R(2, 4)),
    "corrcoef": lambda: torch.corrcoef(R(2, 4)),
    "tensorsolve": lambda: torch.linalg.tensorsolve(R(2, 3, 6), R(2, 3)),
    "lobpcg": lambda: torch.lobpcg(positive(9), 2)[0],
}

INDEXING: dict[str, Program] = {
    "index add": lambda: R(3, 2).index_add(0, I(0, 1), R(2, 2)),
    "index copy": lambda: R(3, 2).index_copy(0, I(0, 1), R(2, 2)),
    "index fill": lambda: R(3, 2).index_fill(0, I(0), 1.0),
    "index fill of tensor": lambda: R(3, 2).index_fill(0, I(0), R()),
    "index put": lambda: R(3, 2).index_put((I(0, 1),), R(2, 2)),
    "index reduce, mean": lambda: R(3, 2).index_reduce(0, I(0, 1, 0), R(3, 2), "mean"),
    "index reduce, prod": lambda: R(3, 2).index_reduce(0, I(0, 1, 0), R(3, 2), "prod"),
    "index reduce, amax": lambda: R(3, 2).index_reduce(0, I(0, 1, 0), R(3, 2), "amax"),
    "scatter": lambda: R(2, 3).scatter(1, torch.tensor([[0], [1]]), R(2, 1)),
    "scatter of a number": lambda: R(2, 3).scatter(1, torch.tensor([[0], [1]]), 1.0),
    "scatter add": lambda: R(2, 3).scatter_add(1, torch.tensor([[0], [1]]), R(2, 1)),
    "scatter, reduced": lambda: R(2, 3).scatter(
        1, torch.tensor([[0], [1]]), R(2, 1).detach(), reduce="add"
    ),
    **{
        f"scatter reduce, {way}": lambda way=way: R(3).scatter_reduce(0, I(0, 0, 1), R(3), way)
        for way in ("sum", "mean", "prod", "amax", "amin")
    },
    "gather": lambda: R(2, 3).gather(1, torch.tensor([[0], [1]])),
    "take": lambda: R(2, 3).take(I(0, 4)),
    "take along dim": lambda: R(2, 3).take_along_dim(torch.tensor([[0], [1]]), 1),
    "masked fill": lambda: R(2, 3).masked_fill(K(2, 3) > 0, 0.0),
    "masked select": lambda: R(2, 3).masked_select(K(2, 3) > 0),
    "masked scatter": lambda: R(2, 3).masked_scatter(K(2, 3) > 0, R(6)),
    "put": lambda: R(2, 3).put(I(0, 4), R(2)),
    "put, added": lambda: R(2, 3).put(I(0, 4), R(2), accumulate=True),
    "index": lambda: R(3, 2)[I(0, 2)],
    "index with mask": lambda: R(3, 2)[K(3) > -9],
    "index select": lambda: R(3, 2).index_select(0, I(0, 2)),
    "slice set": lambda: set_slice(R(3, 2).clone()),
    "select scatter": lambda: R(3, 2).select_scatter(R(2), 0, 1),
    "slice scatter": lambda: R(3, 2).slice_scatter(R(2, 2), 0, 1),
    "diagonal scatter": lambda: R(3, 3).diagonal_scatter(R(3)),
    "as strided scatter": lambda: R(3, 3).as_strided_scatter(R(3), (3,), (4,)),
    "fill diagonal": lambda: R(3, 3).clone().fill_diagonal_(0.0),
    "nonzero where": lambda: torch.where(K(3) > 0, R(3), R(3)),
    "segment reduce": lambda: torch.segment_reduce(R(4), "sum", lengths=I(1, 3)),
    "bucket by one hot": lambda: F.one_hot(I(0, 2), 3).double() @ R(3, 2),
    "repeat interleave": lambda: R(3).repeat_interleave(2),
    "repeat interleave by counts": lambda: R(3).repeat_interleave(I(1, 2, 1)),
    "tril indices": lambda: R(3, 3)[torch.tril_indices(3, 3).unbind()],
    "combinations": lambda: torch.combinations(R(3)),
    "cartesian": lambda: torch.cartesian_prod(R(2), R(2)),
}


def set_slice(given: Tensor) -> Tensor:
    given[0] = R(2)
    given[1, 0] = 2.0
    return given


SHAPES: dict[str, Program] = {
    "roll": lambda: R(2, 3).roll(1, 0),
    "flip": lambda: R(2, 3).flip(0),
    "fliplr": lambda: R(2, 3).fliplr(),
    "rot90": lambda: R(2, 3).rot90(),
    "unfold": lambda: R(6).unfold(0, 2, 1),
    "chunk": lambda: R(6).chunk(3),
    "split": lambda: R(6).split(2),
    "split by sizes": lambda: R(6).split([2, 4]),
    "unsafe split": lambda: torch.unsafe_split(R(6), 2),
    "unsafe split by sizes": lambda: torch.unsafe_split_with_sizes(R(6), [2, 4]),
    "unsafe chunk": lambda: torch.unsafe_chunk(R(6), 3),
    "tensor split": lambda: torch.tensor_split(R(6), 3),
    "unbind": lambda: R(2, 3).unbind(),
    "stack": lambda: torch.stack([R(2), R(2)]),
    "cat": lambda: torch.cat([R(2), R(2)]),
    "hstack": lambda: torch.hstack([R(2), R(2)]),
    "meshgrid": lambda: torch.meshgrid(R(2), R(3), indexing="ij"),
    "block diag": lambda: torch.block_diag(R(2, 2), R(1, 1)),
    "einsum": lambda: torch.einsum("bij,bjk->bik", R(2, 3, 4), R(2, 4, 3)),
    "einsum of vectors": lambda: torch.einsum("i,j->ij", R(2), R(3)),
    "einsum with a trace": lambda: torch.einsum("ii->", R(3, 3)),
    "diag": lambda: R(3).diag(),
    "diagonal": lambda: R(3, 3).diagonal(),
    "diagflat": lambda: torch.diagflat(R(3)),
    "tril": lambda: R(3, 3).tril(),
    "permute": lambda: R(2, 3, 4).permute(2, 0, 1),
    "movedim": lambda: R(2, 3, 4).movedim(0, -1),
    "swapaxes": lambda: R(2, 3).swapaxes(0, 1),
    "expand": lambda: R(3).expand(2, 3),
    "repeat": lambda: R(3).repeat(2, 1),
    "squeeze": lambda: R(1, 3).squeeze(),
    "unsqueeze": lambda: R(3)[:, None],
    "unflatten": lambda: R(6).unflatten(0, (2, 3)),
    "view as": lambda: R(6).view_as(K(2, 3)),
    "reshape": lambda: R(2, 3).T.reshape(6),
    "to": lambda: R(3).float(),
    "type": lambda: R(3).type(torch.float32),
    "contiguous": lambda: R(2, 3).T.contiguous(),
    "clone": lambda: R(3).clone(),
    "as strided": lambda: R(6).as_strided((2, 2), (2, 1)),
    "sort": lambda: R(4).sort()[0],
    "argsort gather": lambda: R(4).gather(0, K(4).argsort()),
    "topk": lambda: R(4).topk(2)[0],
    "kthvalue": lambda: R(4).kthvalue(2)[0],
    "mode": lambda: R(4).mode()[0],
    "median": lambda: R(4).median(),
    "quantile": lambda: R(4).quantile(0.3),
    "unique": lambda: V(1, 2, 1).unique(),
    "renorm": lambda: R(2, 3).renorm(2, 0, 1.0),
    "trapezoid": lambda: torch.trapezoid(R(4)),
    "diff": lambda: R(4).diff(),
    "gradient": lambda: torch.gradient(R(4)),
    "cummax": lambda: R(4).cummax(0)[0],
    "cummin": lambda: R(4).cummin(0)[0],
    "cumsum": lambda: R(4).cumsum(0),
    "cumprod": lambda: R(4).cumprod(0),
    "logcumsumexp": lambda: R(4).logcumsumexp(0),
    "cumulative trapezoid": lambda: torch.cumulative_trapezoid(R(4)),
    "aminmax": lambda: R(4).aminmax(),
    "histc of counts": lambda: R(4).sum(),
    "sparse": lambda: torch.sparse.mm(torch.eye(3, dtype=D).to_sparse(), R(3, 2)),
    "to sparse": lambda: R(3, 3).to_sparse().to_dense(),
}


def sampled(dims: int, mode: str, padding: str = "zeros") -> Program:
    def run() -> Tensor:
        given = torch.rand(2, *[3] * dims, dims) * 2 - 1
        grid = given.requires_grad_()
        return F.grid_sample(image(dims=dims), grid, mode, padding, align_corners=False)

    return run


def resized(mode: str, dims: int, **options: Any) -> Program:
    return lambda: F.interpolate(image(dims=dims), scale_factor=2, mode=mode, **options)


RESIZING: dict[str, Program] = {
    **{f"nearest {dims}-d": resized("nearest", dims) for dims in (1, 2, 3)},
    **{f"nearest-exact {dims}-d": resized("nearest-exact", dims) for dims in (1, 2, 3)},
    "linear": resized("linear", 1),
    "bilinear": resized("bilinear", 2),
    "bilinear, aligned": resized("bilinear", 2, align_corners=True),
    "bilinear, antialiased": resized("bilinear", 2, antialias=True),
    "bicubic": resized("bicubic", 2),
    "bicubic, antialiased": resized("bicubic", 2, antialias=True),
    "trilinear": resized("trilinear", 3),
    "area": resized("area", 2),
    "sampled": sampled(2, "bilinear"),
    "sampled, nearest": sampled(2, "nearest"),
    "sampled, bicubic": sampled(2, "bicubic"),
    "sampled 3-d": sampled(3, "bilinear"),
    "affine grid": lambda: F.affine_grid(R(1, 2, 3), [1, 1, 3, 3], align_corners=False),
    "affine grid 3-d": lambda: F.affine_grid(R(1, 3, 4), [1, 1, 3, 3, 3], align_corners=False),
    **{
        f"pad {mode} {dims}-d": lambda mode=mode, dims=dims: F.pad(
            image(dims=dims), [1] * 2 * dims, mode
        )
        for mode in ("constant", "reflect", "replicate", "circular")
        for dims in (1, 2, 3)
    },
}

_SPECIAL = """
    digamma entr erf erfc erfcx erfinv exp2 expit expm1 gammaln i0 i0e i1 i1e
    log1p log_ndtr logit ndtr ndtri psi sinc
"""
_ELEMENTARY = """
    abs acos acosh asin asinh atan atanh ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2
    expm1 floor frac i0 lgamma log log10 log1p log2 logit nan_to_num neg rad2deg
    reciprocal round rsqrt sgn sigmoid sign sin sinc sinh sqrt square tan tanh trunc mean sum prod
    std var amax amin
"""

FUNCTIONS: dict[str, Program] = {
    **{
        f"special {name}": case
        for name, case in mapped(_SPECIAL, lambda: P(3), torch.special).items()
    },
    **mapped(_ELEMENTARY, lambda: P(3)),
    "acosh": lambda: torch.acosh(P(3) + 1),
    "xlogy": lambda: torch.special.xlogy(P(3), P(3)),
    "xlog1py": lambda: torch.special.xlog1py(P(3), P(3)),
    "multigammaln": lambda: torch.special.multigammaln(P(3) + 2, 2),
    "polygamma": lambda: torch.special.polygamma(1, P(3)),
    "zeta": lambda: torch.special.zeta(torch.tensor(2.0, dtype=D), P(3) + 1),
    "gammainc": lambda: torch.special.gammainc(P(3).detach(), P(3)),
    "gammaincc": lambda: torch.special.gammaincc(P(3).detach(), P(3)),
    "igamma": lambda: torch.igamma(P(3).detach(), P(3)),
    "logsumexp": lambda: R(2, 3).logsumexp(-1),
    "logaddexp": lambda: torch.logaddexp(R(3), R(3)),
    "logaddexp2": lambda: torch.logaddexp2(R(3), R(3)),
    "atan2": lambda: torch.atan2(R(3), R(3)),
    "hypot": lambda: torch.hypot(R(3), R(3)),
    "copysign": lambda: torch.copysign(R(3), R(3)),
    "copysign of a number": lambda: torch.copysign(R(3), -1.0),
    "heaviside": lambda: torch.heaviside(K(3), K(3)) * R(3),
    "ldexp": lambda: torch.ldexp(R(3), I(1, 2, 3)),
    "frexp": lambda: torch.frexp(R(3))[0],
    "nextafter": lambda: torch.nextafter(K(3), K(3)) * R(3),
    "remainder": lambda: R(3) % 2,
    "remainder of tensors": lambda: torch.remainder(R(3), R(3)),
    "number modulo tensor": lambda: torch.remainder(3.0, R(3)),
    "fmod": lambda: torch.fmod(R(3), 2),
    "floor divide": lambda: R(3) // 2,
    "number minus": lambda: 1 - R(3),
    "number divided": lambda: 1 / R(3),
    "number to a power": lambda: 2 ** R(3),
    "power": lambda: P(3) ** R(3),
    "cube": lambda: R(3) ** 3,
    "lerp": lambda: torch.lerp(R(3), R(3), 0.5),
    "lerp of tensors": lambda: torch.lerp(R(3), R(3), P(3)),
    "addcmul": lambda: torch.addcmul(R(3), R(3), R(3)),
    "addcdiv": lambda: torch.addcdiv(R(3), R(3), P(3)),
    "clamp": lambda: R(3).clamp(-1, 1),
    "clip": lambda: R(3).clip(0),
    "maximum": lambda: torch.maximum(R(3), R(3)),
    "minimum": lambda: torch.minimum(R(3), R(3)),
    "where": lambda: torch.where(K(3) > 0, R(3), 0.0),
    "round to decimals": lambda: torch.round(R(3), decimals=2),
    "max along": lambda: R(2, 3).max(-1)[0],
    "mean along": lambda: R(2, 3).mean(0, keepdim=True),
    "nansum": lambda: R(3).nansum(),
    "nanmean": lambda: R(3).nanmean(),
    "nanmedian": lambda: R(3).nanmedian(),
    "var mean": lambda: torch.var_mean(R(3)),
    "std mean": lambda: torch.std_mean(R(3)),
    "masked softmax": lambda: R(3).masked_fill(K(3) > 9, -math.inf).softmax(0),
    "count": lambda: (R(3) > 0).double() * R(3),
    "in place": lambda: R(3).clone().mul_(2).add_(R(3)).div_(3).sub_(1).neg_().exp_(),
    "in place more": lambda: R(3).clone().clamp_(0).sqrt_().pow_(2).abs_().copy_(R(3)).zero_(),
    "float power": lambda: torch.float_power(P(3), 2.5),
    "cast and back": lambda: R(3).half().double(),
    "geometric": lambda: torch.special.softmax(R(3), 0),
    "bernoulli": lambda: torch.bernoulli(P(3).detach()) * R(3),
    "normal of tensors": lambda: torch.normal(R(3), 1.0),
    "poisson": lambda: torch.poisson(P(3)),
    "dropout": lambda: F.dropout(R(3)),
    "native dropout": lambda: torch.native_dropout(R(3), 0.5, True)[0],
    "multinomial": lambda: P(3)[torch.multinomial(P(3).detach(), 1)],
    "rsub": lambda: torch.rsub(R(3), R(3)),
    "true divide": lambda: R(3) / R(3),
    "div, floored": lambda: torch.div(R(3), R(3), rounding_mode="floor"),
    "cosine": lambda: torch.cosine_similarity(R(2, 3), R(2, 3)),
    "dist": lambda: torch.dist(R(3), R(3)),
    "grid": lambda: torch.linspace(0, 1, 3) * R32(3),
    "straight through": lambda: (R(3).round() - R(3)).detach() + R(3),
    "softplus of beta": lambda: F.softplus(R(3), 2),
}

DISTRIBUTIONS: dict[str, Program] = {
    "normal": lambda: Normal(R(3), P(3)).rsample(),
    "normal, log prob": lambda: Normal(R(3), P(3)).log_prob(K(3)),
    "gamma": lambda: Gamma(P(3), P(3)).rsample(),
    "gamma, log prob": lambda: Gamma(P(3), P(3)).log_prob(P(3).detach()),
    "dirichlet": lambda: Dirichlet(P(3)).rsample(),
    "beta": lambda: Beta(P(3), P(3)).rsample(),
    "beta, log prob": lambda: Beta(P(3), P(3)).log_prob(P(3).detach()),
    "laplace": lambda: Laplace(R(3), P(3)).rsample(),
    "student": lambda: StudentT(P(3) + 2, R(3), P(3)).rsample(),
    "multivariate": lambda: MultivariateNormal(R(3), positive(3)).rsample(),
    "multivariate, log prob": lambda: MultivariateNormal(R(3), positive(3)).log_prob(K(3)),
    "kl": lambda: torch.distributions.kl_divergence(Normal(R(3), P(3)), Normal(R(3), P(3))),
    "categorical": lambda: torch.distributions.Categorical(logits=R(2, 3)).log_prob(I(0, 1)),
    "bernoulli": lambda: torch.distributions.Bernoulli(logits=R(3)).log_prob(bits(3)),
    "relaxed": lambda: torch.distributions.RelaxedOneHotCategorical(
        V(0.5)[0], logits=R(3)
    ).rsample(),
    "vae": lambda: vae(),
}


def vae() -> Tensor:
    hidden = nn.Linear(4, 6)(R32(2, 4))
    mean, log_var = hidden.chunk(2, -1)
    sample = mean + (log_var / 2).exp() * torch.randn(2, 3)
    kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum()
    return F.mse_loss(nn.Linear(3, 4)(sample), torch.randn(2, 4)) + kl


def trained(make: Callable[[Any], Any]) -> Program:
    """A loss after one step of an optimizer."""

    def run() -> Tensor:
        model = nn.Linear(3, 1)
        optimizer = make(model.parameters())
        given, expected = torch.randn(4, 3), torch.randn(4, 1)

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = F.mse_loss(model(given), expected)
            loss.backward()
            return loss

        optimizer.step(closure)
        return F.mse_loss(model(given), expected)

    return run


def penalized() -> Tensor:
    """A penalty on a gradient, whose graph is that of a backward pass."""
    given = R(4, 3)
    score = nn.Linear(3, 1).double()(given).tanh().sum()
    (slope,) = torch.autograd.grad(score, given, create_graph=True)
    return ((slope.norm(dim=1) - 1) ** 2).mean()


def doubled(function: Callable[[Tensor], Tensor], make: Program) -> Program:
    """The graph of a gradient."""

    def run() -> Tensor:
        given = make()
        (slope,) = torch.autograd.grad(function(given).pow(2).sum(), given, create_graph=True)
        return slope

    return run


TRAINING: dict[str, Program] = {
    "checkpoint": lambda: checkpoint(lambda x: x.sin().exp(), R(3), use_reentrant=False),
    "reentrant checkpoint": lambda: checkpoint(lambda x: x.sin(), R(3), use_reentrant=True),
    "lbfgs": trained(lambda parameters: torch.optim.LBFGS(parameters)),
    "sgd": trained(lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9)),
    "adam": trained(lambda parameters: torch.optim.Adam(parameters)),
    "adam, foreach": trained(lambda parameters: torch.optim.Adam(parameters, foreach=True)),
    "adam, fused": trained(lambda parameters: torch.optim.AdamW(parameters, fused=True)),
    "foreach": lambda: torch._foreach_mul([R(3), R(2)], 2.0),
    "penalty": penalized,
    **{
        f"second derivative, {name}": doubled(getattr(torch, name), lambda: R(2, 3))
        for name in ("sigmoid", "tanh", "relu", "exp", "sin")
    },
    "second derivative, gelu": doubled(F.gelu, lambda: R(3)),
    "second derivative, softplus": doubled(F.softplus, lambda: R(3)),
    "second derivative, softmax": doubled(lambda x: x.softmax(-1), lambda: R(3)),
    "second derivative, log softmax": doubled(lambda x: x.log_softmax(-1), lambda: R(3)),
    "second derivative, conv": doubled(lambda x: F.conv2d(x, R(2, 2, 2, 2)), lambda: R(1, 2, 4, 4)),
    "second derivative, max pool": doubled(lambda x: F.max_pool2d(x, 2), lambda: R(1, 2, 4, 4)),
    "second derivative, layer norm": doubled(lambda x: F.layer_norm(x, (3,)), lambda: R(2, 3)),
    "second derivative, mse": doubled(lambda x: F.mse_loss(x, K(3)), lambda: R(3)),
    "second derivative, nll": doubled(lambda x: F.nll_loss(x, I(0, 1)), lambda: R(2, 3)),
    "second derivative, index": doubled(lambda x: x[I(0, 0)], lambda: R(3)),
    "second derivative, slice": doubled(lambda x: x[1:], lambda: R(3)),
    "mlp": lambda: nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))(R32(2, 3)),
    "averaged": lambda: torch.stack([R(3).mean(), R(3).mean()]).mean(),
    "clipped loss": lambda: torch.min(R(3) * 2, R(3).clamp(0.8, 1.2) * 2).mean(),
}

PROGRAMS: dict[str, Program] = {
    f"{group}: {name}": program
    for group, programs in {
        "recurrent": RECURRENT,
        "transformer": TRANSFORMERS,
        "convolution": CONVOLUTIONS,
        "pooling": POOLING,
        "embedding": EMBEDDINGS,
        "loss": LOSSES,
        "activation": ACTIVATIONS,
        "fourier": FOURIER,
        "complex": COMPLEX,
        "linalg": LINALG,
        "indexing": INDEXING,
        "shape": SHAPES,
        "resizing": RESIZING,
        "function": FUNCTIONS,
        "distribution": DISTRIBUTIONS,
        "training": TRAINING,
    }.items()
    for name, program in programs.items()
}
