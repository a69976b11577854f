"""How much of a run was looked at for mistakes, in words."""

from __future__ import annotations

from collections.abc import Sequence

from autograd_tutor.analysis.coverage import Coverage, LeftOut
from autograd_tutor.limits.interface import MOST_NAMED_MODULES
from autograd_tutor.messages import _, count, plural


def nothing_found(covered: Coverage) -> str:
    """That there is no finding; of a run that failed or was recorded in part, in what that is."""
    if covered.is_whole:
        return _("No known mistake was found.")
    return _("No known mistake was found in what was recorded.")


def coverage_lines(covered: Coverage) -> list[str]:
    """What failed, and what was not recorded; nothing where there is nothing."""
    lines = [
        _("Step {step} failed: what comes after it did not run.").format(step=step + 1)
        for step in covered.failed
    ]
    if covered.is_empty:
        return [*lines, _("Nothing was recorded.")]
    lines += [
        _("Step {step} is recorded up to a limit only.").format(step=step + 1)
        for step in covered.cut_off
    ]
    return lines + [_left_out(each) for each in covered.left_out]


def unfollowed_line(modules: Sequence[str]) -> str:
    """That functions of modules of one's own were not stepped into, and what does; or ``."""
    if not modules:
        return ""
    named = [*modules[:MOST_NAMED_MODULES], *(["…"] if len(modules) > MOST_NAMED_MODULES else [])]
    roots = dict.fromkeys(each.partition(".")[0] for each in modules[:MOST_NAMED_MODULES])
    option = " ".join(word for each in roots for word in ("--follow", each))
    return _("Not stepped into: {modules} ({option}).").format(
        modules=", ".join(named), option=option
    )


def _left_out(each: LeftOut) -> str:
    what = (
        _("{turns} of the loop in line {line}").format(
            turns=count(each.turns, "turn"), line=each.loop
        )
        if each.turns
        else _("lines")
    )
    if not each.passes:
        return _("Not recorded: {what}.").format(what=what)
    passes = plural("{n} backward pass", "{n} backward passes", each.passes)
    return _("Not recorded: {what}, with {passes}.").format(
        what=what, passes=passes.format(n=each.passes)
    )
