"""Evaluates what a lesson asks about a run so that the run does not notice."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

_IGNORE_ALL = ("ignore", None, Warning, None, 0)


class _Nowhere(io.StringIO):
    """Takes a flood of output without keeping it."""

    def write(self, text: str) -> int:
        return len(text)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """What is done inside prints nothing, warns of nothing and uses up no random numbers.

    `warnings.catch_warnings` would let Python forget which warnings it has shown already.
    """
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()
    filters: Any = warnings.filters
    warnings.filters = [_IGNORE_ALL]
    nowhere = _Nowhere()
    try:
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
            yield
    finally:
        warnings.filters = filters
        torch.set_rng_state(before[0])
        random.setstate(before[1])
        np.random.set_state(before[2])
