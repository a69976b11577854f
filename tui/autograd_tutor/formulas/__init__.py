"""The local derivative of every operation that is known, and how it is read. Pure."""

from autograd_tutor.formulas.formula import Formula, Input, Variant
from autograd_tutor.formulas.table import FORMULAS, formula_of

__all__ = ["FORMULAS", "Formula", "Input", "Variant", "formula_of"]
