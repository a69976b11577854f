"""Complex numbers and Fourier transforms."""

from __future__ import annotations

from autograd_tutor.formulas.formula import at, either, op

FORMULAS = (
    op(
        "FftC2CBackward0",
        "Fourier transform, or its inverse",
        "fft(self)",
        self="transformed_back(grad)",
    ),
    op(
        "FftR2CBackward0",
        "Fourier transform of real numbers",
        "fft(self)",
        self="real(transformed_back(filled_up(grad)))",
    ),
    op(
        "FftC2RBackward0",
        "inverse Fourier transform to real numbers",
        "irfft(self)",
        self="two_for_pairs(transformed_back(grad))",
    ),
    op(
        "AngleBackward0",
        "angle of a complex number",
        "angle(self)",
        self=either(
            "0 if self == 0 else grad * turned(self) / abs(self)**2", at("is_real(self)", "0")
        ),
    ),
    op(
        "SgnBackward0",
        "direction of a complex number",
        "self / |self|",
        self="0 if self == 0 else (grad - result * real(grad / result)) / abs(self)",
    ),
    op("ConjPhysicalBackward0", "complex conjugate, as a copy", "conj(self)", self="conj(grad)"),
    op("NegViewBackward0", "negative, as a view", "−self", self="-grad"),
    op(
        "PolarBackward0",
        "complex numbers from length and angle",
        "abs · exp(i · angle)",
        abs="real(conj(grad) * sign(result))",
        angle="real(conj(grad) * turned(result))",
    ),
    op(
        "ComplexBackward0",
        "complex numbers from real and imaginary part",
        "real + i · imag",
        real="real(grad)",
        imag="imag(grad)",
    ),
)
