"""The texts of values that are no tensors, as the receiver knows them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_tutor.kernel import opaque_tensors
from autograd_tutor.kernel.categories import Category, type_info_of
from autograd_tutor.kernel.change import Change
from autograd_tutor.kernel.identity import Identities
from autograd_tutor.kernel.scope import Scope
from autograd_tutor.kernel.values import text_of, text_of_module

_TEXT_BYTES = 150
"""About what a text takes in the receiver's memory besides its characters, with its name."""

OMITTED = "…"
"""The name of the value that says what is not recorded. No variable can have it."""

_PLAIN, _OPAQUE = Category.PLAIN, Category.OPAQUE


class RecordedValues:
    """The values as the receiver knows them. Holds only those alive that have no parts."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self.texts: dict[str, tuple[Any, str]] = {}
        """As in `Change`."""
        self._arrays: dict[str, int] = {}
        self.bytes_sent = 0
        """About how many bytes of the receiver's memory all texts that were sent take."""

    def diff(self, scope: Scope, change: Change) -> None:
        """Put into `change` what differs from what was sent."""
        self._diff_values(scope, change)
        self._diff_modules(scope, change)

    def commit(self, change: Change) -> None:
        """The change that `diff` has found was sent."""
        self.texts = change.texts
        for text in change.values.values():
            self.bytes_sent += _TEXT_BYTES + len(text)
        if change.arrays is not None:
            self._arrays = change.arrays

    def _diff_values(self, scope: Scope, change: Change) -> None:
        before, now = self.texts, change.texts
        arrays: dict[str, int] = {}
        for name, value in scope.values.items():
            known = before.get(name)
            info = type_info_of(value)
            category = info.category
            # Where comparing this is quicker than making the text.
            key = value if category is _PLAIN else info if category is _OPAQUE else None
            if known is not None and key is not None and known[0] is key:
                now[name] = known
                continue
            if info.type is np.ndarray:
                arrays[name] = self._identities.of_array(value)
            try:
                text = text_of(value)
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - one value that cannot be read hides no other
                text = opaque_tensors.HIDDEN_TEXT
            now[name] = (key, text)
            if known is None or known[1] != text:
                change.values[name] = text
        if arrays != self._arrays:
            change.arrays = arrays
        if scope.note:
            now[OMITTED] = (None, scope.note)
            if before.get(OMITTED) != now[OMITTED]:
                change.values[OMITTED] = scope.note

    def _diff_modules(self, scope: Scope, change: Change) -> None:
        for name, key in scope.modules.items():
            known = self.texts.get(name)
            if known is not None and type(known[0]) is tuple and known[0] == key:
                change.texts[name] = known
                continue
            text = text_of_module(*key)
            change.texts[name] = (key, text)
            change.values[name] = text
