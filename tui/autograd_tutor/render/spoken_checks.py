"""Findings, and checks of gradients, without the signs that their rows begin with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from autograd_tutor.analysis.checked import Verdict
from autograd_tutor.messages import _
from autograd_tutor.render import checked_rows
from autograd_tutor.render.findings import finding_rows
from autograd_tutor.render.rows import Row

_VERDICTS: Mapping[Verdict, str] = {
    "agrees": _("agrees"),
    "rounding": _("rounding"),
    "kink": _("a kink"),
    "cut": _("cut"),
    "differs": _("differs"),
    "unknown": _("unknown"),
}
_OF_CHECKS: Mapping[str, str] = {
    checked_rows.SIGNS[verdict][0]: word for verdict, word in _VERDICTS.items()
}
_OF_FINDINGS = frozenset(sign for sign, _unused in finding_rows.SIGNS.values())


def checked_in_words(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of a check: in its table the verdict is a word, behind the numbers."""
    for each in rows:
        word = _OF_CHECKS.get(each.text[:1])
        if word is None:
            yield each
        elif each.text[1:3] == "  ":
            yield Row(((" ", ""), *_without(each, 1), (f"  {word}", "")))
        else:
            yield Row(((f"{word[:1].upper()}{word[1:]}: ", ""), *_without(each, 2)))


def found_in_words(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows of findings, whose own words say how certain they are."""
    for each in rows:
        is_signed = each.text[:1] in _OF_FINDINGS and each.text[1:2] == " "
        plain = Row(_without(each, 2) if is_signed else each.spans)
        yield Row(tuple((text.replace(" · ", ", "), style) for text, style in plain.spans))


def _without(line: Row, count: int) -> tuple[tuple[str, str], ...]:
    (text, style), *others = line.spans
    return ((text[count:], style), *others)
