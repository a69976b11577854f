"""Which variables there are: those of the module, and the locals of the functions that run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from autograd_tutor.kernel.tracer import Activation
from autograd_tutor.limits.kernel import MOST_FRAMES

_NO_VARIABLE = ("", ".")
"""How names begin that are no variables: `.0` is what a comprehension iterates over."""
_OF_DYNAMO = re.compile(r"_\d+(_c\d+)?$")
"""How the variables end that Dynamo adds to a module; they begin with two underscores."""


@lru_cache(4096)
def is_variable(name: str) -> bool:
    """Whether it is the name of a variable that a snippet has set itself."""
    if name[:2] == "__":
        return not (name[-2:] == "__" or _OF_DYNAMO.search(name))
    return name[:1] not in _NO_VARIABLE


def locals_of(activation: Activation) -> list[tuple[str, Any]]:
    """The local variables of a call that runs."""
    frame = activation.frame
    return [] if frame is None else list(frame.f_locals.items())


def running_functions(stack: Iterable[Activation]) -> list[Activation]:
    """The functions that run, outermost first; of one that calls itself only the latest call."""
    found: dict[str, Activation] = {}
    for activation in list(stack)[: -MOST_FRAMES - 1 : -1]:
        if activation.function:
            found.setdefault(activation.function, activation)
    return list(found.values())[::-1]
