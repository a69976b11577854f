"""Evaluates what a lesson asks about a run so that the run does not notice."""

from __future__ import annotations

import contextlib
import io
import random
import warnings
from collections.abc import Iterator

import numpy as np
import torch


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """What is done inside prints nothing, warns of nothing and uses up no random numbers."""
    before = torch.get_rng_state(), random.getstate(), np.random.get_state()
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
    torch.set_rng_state(before[0])
    random.setstate(before[1])
    np.random.set_state(before[2])
