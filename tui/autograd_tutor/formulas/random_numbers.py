"""Random numbers: nothing is sent through them, but for samples that follow their parameter."""

from __future__ import annotations

from autograd_tutor.formulas.formula import Formula, op


def _random(node: str, operation: str, *names: str) -> Formula:
    return op(node, operation, "a random number", **dict.fromkeys(names or ("self",), "0"))


FORMULAS = (
    _random("NormalBackward0", "overwritten with normal random numbers"),
    _random("NormalBackward1", "normal random numbers around a mean", "mean"),
    _random("NormalBackward2", "normal random numbers of a spread", "std"),
    _random("NormalBackward3", "normal random numbers of a mean and a spread", "mean", "std"),
    _random("PoissonBackward0", "Poisson random numbers"),
    _random("UniformBackward0", "overwritten with uniform random numbers"),
    _random("ExponentialBackward0", "overwritten with exponential random numbers"),
    _random("CauchyBackward0", "overwritten with Cauchy random numbers"),
    _random("LogNormalBackward0", "overwritten with log-normal random numbers"),
    _random("GeometricBackward0", "overwritten with geometric random numbers"),
    _random("BernoulliBackward0", "random zeros and ones"),
    _random("BernoulliBackward2", "overwritten with random zeros and ones"),
    op(
        "StandardGammaBackward0",
        "gamma random numbers",
        "a sample of Gamma(self)",
        self="grad * sample_slope(result, self)",
    ),
)
