"""Reads a calculation as it stands on the screen, and computes it with torch.

It knows the signs alone, nothing of the expression the text was made of: a product with a
comparison is a product with 1 or 0, so that `inf · (0 > 0)` is nan as in any arithmetic.
"""

from __future__ import annotations

import ast
import math
import re
from functools import reduce
from typing import Any

import torch
from torch import Tensor

_SIGNS = {"·": "*", "−": "-", "ᵀ": ".t()", "≤": "<=", "≥": ">=", "√": "sqrt", "σ": "sigmoid"}
_SIGNS |= {"Σ": "total", "π": "pi", "^": "**"}
_SIGNS |= {digit: f"**{power}" for power, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_SHAPED = re.compile(r"(.*), (expanded|reshaped|summed) to (\([\d, ]*\))")


def value_of(text: str, dim: int | None = None) -> Tensor:
    """What the text comes to. `dim`: what a sum Σ runs over; all of it if None.

    Raises SyntaxError, NameError or TypeError for a text that is no calculation.
    """
    shaped = _SHAPED.fullmatch(text)
    if shaped is not None:
        shape = ast.literal_eval(shaped[3])
        value = value_of(shaped[1], dim)
        if value.numel() == math.prod(shape):  # one number is written without brackets
            return value.reshape(shape)
        return getattr(value, _SHAPES[shaped[2]])(shape)
    names = {name: getattr(torch, name) for name in _FUNCTIONS}
    names |= {"inf": tensor(math.inf), "nan": tensor(math.nan), "pi": tensor(math.pi)}
    names |= {"tensor": tensor, "where": _where, "total": lambda x: _total(x, dim)}
    names |= {"shared": lambda x, chosen: _shared(x, chosen, dim)}
    names |= {
        "others": lambda x: _others(x, dim),
        "power": _power,
        "equal": _equal,
        "max": torch.maximum,
    }
    tree = _AsTorch().visit(ast.parse(_in_python(_without_definitions(text)), mode="eval"))
    made = eval(compile(ast.fix_missing_locations(tree), text, "eval"), names)
    return tensor(made)


def _without_definitions(text: str) -> str:
    """With what names are defined as in their places."""
    text, *defined = re.split(", ([a-z]) = ", text)
    for name, value in zip(defined[::2], defined[1::2], strict=True):
        text = re.sub(rf"\b{name}\b", f"({value})", text)
    return text


_LIST = r"(\[(?:[^\[\]]|\[[^\[\]]*\])*\]|\((?:[^()]|\([^()]*\))*\)|[-\w.+]+)"
_INNER = r"((?:[^()]|\([^()]*\))*)"
_PHRASES = (
    (re.compile(rf"\({_INNER} where {_INNER}, shared if several\)"), r"shared(\1, \2)"),
    (re.compile(r"(.*) where (.*), shared if several"), r"shared(\1, \2)"),
    (re.compile(rf"{_LIST} is (nan|finite)"), r"is\2(\1)"),
    (re.compile(rf"\(product of the others in {_LIST}\)"), r"others(\1)"),
)
_SHAPES = {"expanded": "expand", "reshaped": "reshape", "summed": "sum_to_size"}
_FUNCTIONS = ("sqrt", "sigmoid", "exp", "log", "sin", "cos", "sinh", "cosh", "tanh", "floor")
_FUNCTIONS += ("trunc", "clamp", "outer", "sign", "absolute", "xlogy", "isnan", "isfinite", "conj")


def tensor(value: Any) -> Tensor:
    """Numbers, lists of them and tensors as float64."""
    if isinstance(value, list):
        return torch.stack([tensor(each) for each in value])
    return torch.as_tensor(value).double()


def _where(condition: Tensor, yes: Any, no: Any) -> Tensor:
    return torch.where(tensor(condition) != 0, tensor(yes), tensor(no))


def _total(value: Tensor, dim: int | None) -> Tensor:
    return value.sum() if dim is None else value.sum(dim, True)


def _shared(value: Tensor, condition: Tensor, dim: int | None) -> Tensor:
    return torch.where(condition, value, 0) / _total(condition, dim)


def _equal(left: Tensor, right: Tensor) -> Tensor:
    """To the digits that are shown."""
    return torch.isclose(tensor(left), tensor(right), 1e-4, 0)


def _power(base: Any, exponent: Any) -> Tensor:
    """With one number as exponent: torch takes roots for some."""
    base, exponent = tensor(base), tensor(exponent)
    return base ** (exponent.item() if exponent.numel() == 1 else exponent)


def _others(value: Tensor, dim: int | None) -> Tensor:
    if value.ndim == 0:
        return torch.ones_like(value)
    if dim is None:
        return _others(value.reshape(-1), 0).reshape(value.shape)
    rows = value.movedim(dim, -1)
    each = [torch.cat((rows[..., :at], rows[..., at + 1 :]), -1) for at in range(rows.shape[-1])]
    return torch.stack([rest.prod(-1) for rest in each], -1).movedim(-1, dim)


def _in_python(text: str) -> str:
    for words, spelled in _PHRASES:
        text = words.sub(spelled, text)
    text = re.sub(r"\|([^|]*)\|", r"absolute(\1)", text)
    for sign, spelled in _SIGNS.items():
        text = text.replace(sign, spelled)
    return re.sub(r"(?<![<>=])=(?!=)", "==", text)


class _AsTorch(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> Any:
        return ast.Call(ast.Name("tensor", ast.Load()), [node], [])

    def visit_List(self, node: ast.List) -> Any:
        inner = ast.List([self.visit(each) for each in node.elts], ast.Load())
        return ast.Call(ast.Name("tensor", ast.Load()), [inner], [])

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        sides = [self.visit(each) for each in (node.left, node.right)]
        if isinstance(node.op, ast.Pow):
            return ast.Call(ast.Name("power", ast.Load()), sides, [])
        return ast.BinOp(sides[0], node.op, sides[1])

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        parts = [self.visit(each) for each in (node.test, node.body, node.orelse)]
        return ast.Call(ast.Name("where", ast.Load()), parts, [])

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        sign = ast.BitAnd() if isinstance(node.op, ast.And) else ast.BitOr()
        first, *others = [self.visit(each) for each in node.values]
        return reduce(lambda left, right: ast.BinOp(left, sign, right), others, first)

    def visit_Compare(self, node: ast.Compare) -> Any:
        sides = [self.visit(each) for each in (node.left, *node.comparators)]
        made: ast.expr | None = None
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            each: ast.expr = ast.Compare(left, [op], [right])
            if isinstance(op, ast.Eq):
                each = ast.Call(ast.Name("equal", ast.Load()), [left, right], [])
            made = each if made is None else ast.BinOp(made, ast.BitAnd(), each)
        return made
