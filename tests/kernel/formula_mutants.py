"""Every small change of a formula: of its syntax tree, and of its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from copy import deepcopy

SWAPPED: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Div,),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Eq: (ast.Gt, ast.GtE),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
RING = ("exp", "log", "sqrt", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "abs", "sign")
"""Functions of which each is exchanged for the next."""


def tree_mutants(tree: ast.expr) -> Iterator[ast.expr]:
    """The tree with one node changed, or with the other sign."""
    yield ast.UnaryOp(ast.USub(), tree)
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)})
    for at, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.expr):
            for other in changed(node, names):
                yield replaced(tree, at, other)


def replaced(tree: ast.expr, at: int, other: ast.expr) -> ast.expr:
    copy = deepcopy(tree)
    node = [*ast.walk(copy)][at]
    if at == 0:
        return other
    for parent in ast.walk(copy):
        for field, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, field, other)
            elif isinstance(value, list) and any(each is node for each in value):
                setattr(parent, field, [other if each is node else each for each in value])
    return copy


def changed(node: ast.expr, names: list[str]) -> Iterator[ast.expr]:
    """What a node is changed into."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            yield from (ast.BinOp(left, other(), right) for other in SWAPPED[type(op)])
            yield from (left, right)
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for at, op in enumerate(ops):
                for other in SWAPPED[type(op)]:
                    yield ast.Compare(left, [*ops[:at], other(), *ops[at + 1 :]], comparators)
        case ast.BoolOp(op=op, values=values):
            yield from (ast.BoolOp(other(), values) for other in SWAPPED[type(op)])
            yield from values
        case ast.Constant(value=int() | float() as number):
            yield ast.Constant(number + 1)
        case ast.IfExp(test=test, body=body, orelse=other):
            yield from (ast.IfExp(test, other, body), body, other)
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            yield value
        case ast.Name(id=name):
            yield from (ast.Name(other) for other in names if other != name)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            yield from arguments
            if len(arguments) == 2:
                yield ast.Call(node.func, arguments[::-1], [])
            if name in RING:
                following = RING[(RING.index(name) + 1) % len(RING)]
                yield ast.Call(ast.Name(following), arguments, [])


TOKEN = re.compile(r"\d+(?:\.\d+)?|[A-Za-z]\w*|\S")
SIGNS = {"+": "−", "−": "+", "·": "/", "/": "·", "@": "·", "²": "³", "³": "²", ">": "<"}
SIGNS |= {"<": ">", "≥": "<", "≤": ">", "=": ">", "×": "·", "^": "·", "if": "where"}


def text_mutants(text: str) -> Iterator[str]:
    """The text with one number, word or sign left out or exchanged."""
    words = sorted(set(re.findall(r"[A-Za-z]\w*", text)))
    for found in TOKEN.finditer(text):
        token, before, after = found[0], text[: found.start()], text[found.end() :]
        yield before + after
        if token in SIGNS:
            yield before + SIGNS[token] + after
        if token[0].isdigit() and token.isascii():
            yield f"{before}{float(token) + 1:g}{after}"
        if token in words:
            yield from (before + other + after for other in words if other != token)
