"""What differs between two moments of a run."""

from __future__ import annotations

from typing import Any

from autograd_tutor.kernel.conditions import Conditions
from autograd_tutor.kernel.graph import Found
from autograd_tutor.kernel.own_references import Reference
from autograd_tutor.kernel.readings import Reading
from autograd_tutor.recording.evidence import Evidence
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.picture import Picture


class Change:
    """What differs from the state sent before; `RecordedState.commit` says that it was sent."""

    __slots__ = (
        "arrays",
        "conditions",
        "evidence",
        "found",
        "gone",
        "has_locals",
        "held",
        "leaves",
        "pictures",
        "readings",
        "tensors",
        "texts",
        "values",
    )

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        """Tensors that are new or have changed."""
        self.values: dict[str, str] = {}
        """The texts of other values that are new or have changed."""
        self.gone: tuple[str, ...] = ()
        """Names, of tensors or other values, that are gone."""
        self.has_locals = False
        """Whether there are locals of functions among all that has a name."""
        self.arrays: dict[str, int] | None = None
        """The storages of all NumPy arrays, where that has changed."""
        self.held: tuple[str, ...] = ()
        """Names of values that hold nothing but tensors now, which have names of their own."""
        self.found = Found()
        """Nodes that are new, and what they keep."""
        self.conditions: Conditions | None = None
        """Modes, optimizers and training flags, where they were looked at."""
        self.evidence: Evidence | None = None
        """What differs in these, and what optimizers did; None: nothing."""
        self.pictures: dict[str, Picture] = {}
        """Of large tensors."""
        self.leaves: dict[str, Reference[Any] | None] = {}
        """Of `tensors`, those that are leaves requiring grad; None for the others."""
        self.readings: dict[str, Reading] = {}
        """Of all tensors, whether changed or not."""
        self.texts: dict[str, tuple[Any, str]] = {}
        """Of all other values: something quick to compare that decides the text, and the text."""


UNCHANGED = Change()
"""Nothing differs. Not to be changed."""
