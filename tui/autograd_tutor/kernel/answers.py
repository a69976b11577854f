"""Turns the value of a question's answer into texts and a number, as torch and Python print it."""

from __future__ import annotations

import numbers
from typing import Any, NamedTuple

import numpy as np
import torch

from autograd_tutor.limits.kernel import ANSWER_CHARACTERS, ANSWER_ITEMS
from autograd_tutor.recording.printable import encodable


class AnswerValue(NamedTuple):
    """The fields of an `Answer` that has a value."""

    texts: tuple[str, ...]
    number: float | None


def answer_value(value: Any) -> AnswerValue:
    """A text is itself, a list or tuple each of its items, anything else its `str`.

    Lists and tuples of other classes are something else: a `torch.Size` is one text. Runs code of
    the value, and raises whatever that raises; ValueError for a list that is too long.
    """
    if type(value) is list or type(value) is tuple:
        if len(value) > ANSWER_ITEMS:
            raise ValueError(f"{len(value):,} items are too many for an answer")
        return AnswerValue(tuple([bounded_text(item) for item in value]), None)
    return AnswerValue((bounded_text(value),), _number(value))


def bounded_text(value: Any) -> str:
    """The value's `str`, cut to ANSWER_CHARACTERS."""
    text = str.__str__(str(value))
    cut = text if len(text) <= ANSWER_CHARACTERS else text[: ANSWER_CHARACTERS - 2] + " …"
    return encodable(cut)[:ANSWER_CHARACTERS]


def _number(value: Any) -> float | None:
    if isinstance(value, torch.Tensor):
        try:
            is_one = value.numel() == 1 and value.dtype != torch.bool
            value = value.item() if is_one else None
        except Exception:  # noqa: BLE001 - one of a batch, say: its text is all that there is
            return None
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
