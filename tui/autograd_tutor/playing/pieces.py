"""A solution's lines in another order, for the learner to put in order."""

from __future__ import annotations

import io
import random
import tokenize
from collections.abc import Sequence

_TRIES = 100


def pieces_of(solution: str) -> tuple[str, ...]:
    """The solution's lines in its own order, each with its indentation; without blank lines.

    A statement, or the head of one, is one piece however many lines it takes; a comment is part of
    what follows it.
    """
    lines = solution.splitlines()
    found, begin = [], 0
    for token in tokenize.generate_tokens(io.StringIO(solution).readline):
        if token.type == tokenize.NEWLINE:
            found.append(lines[begin : token.start[0]])
            begin = token.start[0]
    if begin < len(lines) and found:
        found[-1] += lines[begin:]
    stripped = ["\n".join(line for line in each if line.strip()) for each in found]
    return tuple([each for each in stripped if each])


def shuffled(pieces: Sequence[str], seed: str) -> tuple[str, ...]:
    """The pieces in an order that is not theirs; always the same one of a seed.

    As they are, where no other order differs: pieces that are alike can stand for each other.
    """
    order, drawn = list(pieces), random.Random(seed)
    for _ in range(_TRIES):
        drawn.shuffle(order)
        if order != list(pieces):
            break
    return tuple(order)


def joined(pieces: Sequence[str]) -> str:
    """The pieces as code."""
    return "".join(f"{piece}\n" for piece in pieces)
