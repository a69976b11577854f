"""The value of a formula at one node that ran, in torch.

A formula is a syntax tree of the table's language (`formulas/expression.py`); its names are those
of one input of the node.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

import torch
from formula_own_words import OWN_NAMES as KNOWN_NAMES
from formula_own_words import OWN_WORDS as KNOWN_WORDS
from formula_words import WORDS, Names, NoMeaning, Word
from surveyed_words import SURVEYED_NAMES, SURVEYED_WORDS
from torch import Tensor

OWN_NAMES: Mapping[str, Callable[[Any], Any]] = {**KNOWN_NAMES, **SURVEYED_NAMES}
OWN_WORDS: Mapping[str, Mapping[str, Word]] = {**KNOWN_WORDS, **SURVEYED_WORDS}

FACTORS = ("weight", "pos_weight", "per_sample_weights", "correction")
"""What is 1 where it was not given."""


class Scope:
    """The names at one input of a node, and the words as they are meant there."""

    def __init__(self, node: str, names: Names) -> None:
        """`names`: what was saved. A weight that was not given is 1."""
        unset = {name: 1 for name in FACTORS if name in names and names[name] is None}
        self.names = {**names, **unset}
        self.names |= OWN_NAMES.get(node, dict)(self.names)
        self.node = node

    def renamed(self, others: Names) -> Scope:
        """The same with other values for some names."""
        other = copy(self)
        other.names = {**self.names, **others}
        return other

    def value(self, tree: ast.expr) -> Any:
        """Raises NoMeaning, or what torch raises where shapes and types do not fit."""
        match tree:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Name(id="pi" | "inf" | "nan" as name):
                return getattr(math, name)
            case ast.Name(id=name):
                return self._named(name)
            case ast.Subscript(value=ast.Name(id="grads"), slice=ast.Constant(value=int() as at)):
                return self.names["grads"][at]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self.value(operand)
                return tuple(-each for each in value) if isinstance(value, tuple) else -value
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return torch.logical_not(torch.as_tensor(self.value(operand)))
            case ast.BinOp(left=left, op=op, right=right):
                return OPERATORS[type(op)](self.value(left), self.value(right))
            case ast.BoolOp(op=logical, values=[first, *others]):
                value = self.value(first)
                for each in others:
                    value = LOGICAL[type(logical)](value, self.value(each))
                return value
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                sides = [self.value(each) for each in (left, *comparators)]
                pairs = zip(ops, sides, sides[1:], strict=False)
                found = [COMPARED[type(op)](first, second) for op, first, second in pairs]
                return found[0] if len(found) == 1 else operator.and_(*found)
            case ast.IfExp(test=test, body=body, orelse=other):
                return torch.where(self.value(test), self.value(body), self.value(other))
            case ast.Attribute(value=value, attr="H"):
                return transposed(self.value(value), "mH")
            case ast.Attribute(value=value, attr="mT" | "mH" as attribute):
                return transposed(self.value(value), attribute)
            case ast.Call(func=ast.Name(id="by_tanh"), args=[inner]):
                return self.renamed({"form": "tanh"}).value(inner)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._word(name)(self.names, *map(self.value, arguments))
        raise NoMeaning(ast.unparse(tree))

    def _named(self, name: str) -> Any:
        found = self.names.get(name)
        if found is None:
            raise NoMeaning(name)
        return found

    def _word(self, name: str) -> Word:
        word = OWN_WORDS.get(self.node, {}).get(name) or WORDS.get(name)
        if word is None:
            raise NoMeaning(name)
        return word


OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
}

LOGICAL: Mapping[type[ast.boolop], Callable[[Any, Any], Any]] = {
    ast.And: operator.and_,
    ast.Or: operator.or_,
}

COMPARED: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
}


def transposed(x: Tensor, attribute: str) -> Tensor:
    """A vector is its own transpose."""
    return x if x.ndim < 2 else getattr(x, attribute)
