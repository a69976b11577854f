"""NaN and inf in words: `! 1,600 of 1,600 nan`, the same wherever a number stands for a tensor."""

from __future__ import annotations

from autograd_tutor.analysis.nan_origin import Maker, Origin
from autograd_tutor.messages import _
from autograd_tutor.recording.model import Tensor
from autograd_tutor.recording.nonfinite import NonFinite, nonfinite
from autograd_tutor.render import signs
from autograd_tutor.render.rows import Span


def nonfinite_text(found: NonFinite) -> str:
    """`3 of 12 nan`, `2 nan and 1 inf of 12`, `3 nan in a sample of 65,536`.

    Of a single element only `nan`.
    """
    kinds = kinds_text(found)
    if found.is_sample:
        return _("{kinds} in a sample of {examined:,}").format(kinds=kinds, examined=found.examined)
    if found.nan and found.inf:
        return _("{kinds} of {total:,}").format(kinds=kinds, total=found.total)
    kind = "nan" if found.nan else "inf"
    return (
        kind
        if found.total == 1
        else _("{nan:,} of {total:,} {kind}").format(
            nan=found.nan + found.inf, total=found.total, kind=kind
        )
    )


def kinds_text(found: NonFinite) -> str:
    """`3 nan`, `2 nan and 1 inf`."""
    counts = {"nan": found.nan, "inf": found.inf}
    return _(" and ").join([f"{number:,} {kind}" for kind, number in counts.items() if number])


def short_text(found: NonFinite) -> str:
    """`all nan`, `12 inf` or `40% nan` in at most 7 characters: of NaN, else of inf."""
    kind = "nan" if found.nan else "inf"
    number = found.nan or found.inf
    if number == found.examined:
        return kind if number == 1 else _("all {kind}").format(kind=kind)
    if number < 1000 and not found.is_sample:
        return f"{number} {kind}"
    share = 100 * number // found.examined
    return f"{share}% {kind}" if share else f"<1% {kind}"


def mark(found: NonFinite | None, ahead: str = "", behind: str = "") -> list[Span]:
    """What is said of a tensor before anything else, between blanks; nothing if it is finite."""
    if found is None or not found.any:
        return []
    return [
        (f"{ahead}{signs.NONFINITE} ", "failure"),
        (f"{nonfinite_text(found)}{behind}", "failure strong"),
    ]


def marked(tensor: Tensor | None, text: str) -> str:
    """A tensor's text in a sentence: `! 1 of 2 nan, [6, nan]`; `! nan`."""
    return marked_text(nonfinite(tensor), text)


def marked_text(found: NonFinite | None, text: str) -> str:
    """The same of a tensor in which that was found."""
    if found is None:
        return text
    counts = "" if found.total == 1 else f"{nonfinite_text(found)}, "
    return f"{signs.NONFINITE} {counts}{text}"


def origin_text(origin: Origin) -> str:
    """What was made, and of what: `! makes 3 nan of finite gradients`."""
    made = f"{signs.NONFINITE} {_MAKERS[origin.maker]} {kinds_text(origin.made)}"
    source = "inf" if origin.of_inf else _("finite gradients")
    held = [
        _("{name} holds {found}").format(name=name, found=nonfinite_text(found))
        for name, found in origin.saved
    ]
    saved = (
        _("; saved in the forward pass, {held}").format(held=_(" and ").join(held)) if held else ""
    )
    return _("{made} of {source}{saved}").format(made=made, source=source, saved=saved)


def origin_span(origin: Origin | None) -> list[Span]:
    """The same in a row beside a name, without counts: `! makes nan`."""
    if origin is None:
        return []
    kind = "nan" if origin.made.nan else "inf"
    return [(f"{signs.NONFINITE} {_MAKERS[origin.maker]} {kind}", "failure strong"), ("  ", "")]


_MAKERS = {
    Maker.NODE: _("makes"),
    Maker.SUM: _("the sum makes"),
    Maker.HOOK: _("a hook makes"),
    Maker.ACCUMULATION: _("adding to .grad makes"),
}
