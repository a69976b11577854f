"""Names as they are shown: escaped where a terminal or an encoder could not take them, and cut."""

from __future__ import annotations

from functools import lru_cache

from autograd_tutor.limits.kernel import NAME_CHARACTERS


@lru_cache(4096)
def shown(name: str) -> str:
    """A part of a name: an identifier as it is, anything else escaped."""
    return name if name.isidentifier() and len(name) <= NAME_CHARACTERS else _escaped(name)


def key_text(key: object) -> str | None:
    """A key of a dict as it is written between brackets; None for one that is not plain."""
    if type(key) is str:
        text = key if key.isprintable() and '"' not in key and "\\" not in key else _escaped(key)
        return f'"{text[:NAME_CHARACTERS]}"'
    # Types are compared by identity: a metaclass of the snippet may have an __eq__.
    if type(key) is int:
        return repr(key) if key.bit_length() < 200 else None
    if key is None or type(key) is bool or type(key) is float:
        return repr(key)
    if type(key) is tuple and all(
        type(part) is int or type(part) is str or type(part) is bool for part in key
    ):
        return ", ".join(str(key_text(part)) for part in key[:8])
    return None


def _escaped(name: str) -> str:
    text = name[:NAME_CHARACTERS].encode("unicode_escape").decode("ascii")
    return text.replace('"', '\\"')
