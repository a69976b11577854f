"""How recorded names are written in an expression of Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from typing import NamedTuple

from autograd_tutor.analysis.diagnosis.naming import wholes
from autograd_tutor.analysis.watch import is_watched
from autograd_tutor.messages import _
from autograd_tutor.recording.trace import Trace

_MODULE_NUMBER = re.compile(r"(?<=[A-Za-z_\])])\.(\d+)\b")
"""In the name of a module's parameter: the 0 of `model.0.weight`, which Python does not read."""
_INDEX = re.compile(r"\[(\d+)\]")


class Variable(NamedTuple):
    """A name in an expression, and the recorded names that it may stand for, locals first."""

    spelled: str
    names: tuple[str, ...]


def readable(text: str) -> str:
    """The same expression as Python reads it: `model[0].weight` for `model.0.weight`."""
    return _MODULE_NUMBER.sub(r"[\1]", text)


def spelled(node: ast.expr) -> str | None:
    """How a recorded name is written that this may be; None of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        base = spelled(node.value)
        return None if base is None else f"{base}.{node.attr}"
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        base, key = spelled(node.value), node.slice.value
        if base is None or not isinstance(key, (int, str)):
            return None
        return f'{base}["{key}"]' if isinstance(key, str) else f"{base}[{key}]"
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        base = spelled(node.func)
        return None if base is None else f"{base}()"
    return None


def recorded(spelling: str, names: Collection[str]) -> tuple[str, ...]:
    """The recorded names that a spelling stands for, those of functions' locals first."""
    spellings = {spelling, _INDEX.sub(r".\1", spelling)}
    found = [
        name
        for name in names
        if name in spellings or any(name.endswith(f"().{each}") for each in spellings)
    ]
    return tuple(sorted(found, key=lambda name: name in spellings))


def name_at(trace: Trace, index: int, typed: str) -> str:
    """The recorded name of what a text names at a snapshot, as the code that runs there has it.

    A local of the function that runs goes before a global, and that before a local of another
    function that has not ended. The text itself where it names nothing.
    """
    own = typed.removesuffix(".grad")
    state = trace.state(index)
    names = {readable(name): name for name in (*state.values, *state.tensors)}
    nearest = [readable(each) for each in wholes(trace, index, own)]
    found = [names[each] for each in nearest if each in names]
    found += reversed(recorded(own, names.values()))
    return f"{found[0]}{typed[len(own) :]}" if found else typed


def why_unknown(name: str, names: Collection[str], so_far: bool) -> str:
    """Why an expression cannot use a name; `so_far`: more names may come."""
    part = next((each for each in names if is_watched(each, (name,))), None)
    if part is not None:
        text = _("`{name}` is not recorded as a whole; take a part, as `{part}`.")
        return text.format(name=name, part=part)
    close = _close(name, names)
    hint = _("; did you mean `{close}`?").format(close=close) if close else "."
    text = _("No moment so far has a variable `{name}`{hint}")
    if not so_far:
        text = _("No moment has a variable `{name}`{hint}")
    return text.format(name=name, hint=hint)


def _close(name: str, names: Collection[str]) -> str:
    """The most similar of the names; `` where none is."""
    from difflib import get_close_matches

    shorter = {each.rpartition("().")[2]: each for each in names}
    return next(iter(get_close_matches(name, shorter, 1)), "")
