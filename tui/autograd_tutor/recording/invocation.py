"""How a script was started: what `python` would have been given, and what torch was set to."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from autograd_tutor.limits.scripts import (
    ARGUMENT_CHARACTERS,
    DEVICE_CHARACTERS,
    MODULE_CHARACTERS,
    MOST_ARGUMENTS,
    MOST_FOLLOWED_NAMES,
    MOST_THREADS,
)
from autograd_tutor.recording.window import Window

Module = Annotated[str, Meta(max_length=MODULE_CHARACTERS)]
Argument = Annotated[str, Meta(max_length=ARGUMENT_CHARACTERS)]


class Invocation(Struct, frozen=True, array_like=True):
    """How a script was started; the defaults are those of a lesson."""

    arguments: Annotated[tuple[Argument, ...], Meta(max_length=MOST_ARGUMENTS)] = ()
    """Those of its own: `sys.argv[1:]`. Text that UTF-8 can say: no lone surrogates."""
    module: Module = ""
    """`pkg.mod`, where it was started as `python -m pkg.mod`; `pkg.__main__` of a package."""
    threads: Annotated[int, Meta(ge=1, le=MOST_THREADS)] = 1
    """How many torch may use for one operation."""
    device: Annotated[str, Meta(max_length=DEVICE_CHARACTERS)] = ""
    """Where tensors are made unless the script says otherwise; ``: on the CPU."""

    window: Window = Window()
    """Which part of a step is recorded."""
    follow: Annotated[tuple[Module, ...], Meta(max_length=MOST_FOLLOWED_NAMES)] = ()
    """Modules and packages whose functions are stepped into."""

    @property
    def package(self) -> str:
        """The package of the module; `` where there is none."""
        return self.module.rpartition(".")[0]
