"""How the locals of functions are named: `f().t` is the `t` of a call of `f`."""

from __future__ import annotations

_CALL = "()."


def local_prefix(function: str) -> str:
    """What the names of a function's locals begin with."""
    return function + _CALL


def is_local(name: str) -> bool:
    """Whether a name is that of a function's local, or of what one holds."""
    return _CALL in name


def prefer_global(first: str, name: str) -> str:
    """Of two names of the same thing, the first; but a local's only where both are."""
    return name if is_local(first) and not is_local(name) else first
