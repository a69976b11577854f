"""What was not recorded before a moment, in words."""

from __future__ import annotations

from autograd_tutor.analysis.turns import Gap, turns_of
from autograd_tutor.messages import _, plural
from autograd_tutor.recording.trace import Trace


def left_out_text(trace: Trace, index: int) -> str:
    """What ran before the moment at `index` and was not recorded, in a sentence; empty: nothing."""
    left_out = trace.snapshots[index].left_out
    if left_out is None:
        return ""
    gap = turns_of(trace).gaps.get(index)
    what = _("Lines before this one") if gap is None else _turns(trace, gap)
    if not left_out.passes:
        return _("{what} are not recorded; what they changed shows here.").format(what=what)
    passes = plural("{n} backward pass", "{n} backward passes", left_out.passes)
    passes = passes.format(n=left_out.passes)
    return _("{what}, with {passes}, are not recorded; what they changed shows here.").format(
        what=what, passes=passes
    )


def left_out_short(trace: Trace, index: int) -> str:
    """The same in a few words."""
    gap = turns_of(trace).gaps.get(index)
    if gap is None:
        return _("Not all before is recorded.")
    if gap.first == gap.last:
        return _("Turn {first:,} is not recorded.").format(first=gap.first)
    return _("Turns {first:,} to {last:,} are not recorded.").format(first=gap.first, last=gap.last)


def _turns(trace: Trace, gap: Gap) -> str:
    header = trace.place(gap.header)
    if gap.first == gap.last:
        return _("The lines of turn {first:,} of the loop in line {header}").format(
            first=gap.first, header=header
        )
    return _("Turns {first:,} to {last:,} of the loop in line {header}").format(
        first=gap.first, last=gap.last, header=header
    )
