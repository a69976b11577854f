"""A folded repeat in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from autograd_tutor.analysis.repeats import Repeat
from autograd_tutor.limits.interface import MOST_BLOCK_NAMES
from autograd_tutor.messages import _, count
from autograd_tutor.recording.model import Node
from autograd_tutor.render.sanitize import sanitize_line


def repeat_text(repeat: Repeat, order: Sequence[int], nodes: Mapping[int, Node]) -> str:
    """A folded repeat in words: `×18 of 4 nodes  TanhBackward0, AddmmBackward0, …`.

    The operations of the block, each once; its leaves only if it has nothing else.
    """
    block = order[repeat.start : repeat.start + repeat.period]
    names = dict.fromkeys(nodes[number].name for number in block if number in nodes)
    shown = [name for name in names if name != "AccumulateGrad"] or list(names)
    more = ", …" if len(shown) > MOST_BLOCK_NAMES else ""
    size = count(repeat.period, "node")
    return _("×{times} of {size}  {shown}{more}").format(
        times=repeat.times,
        size=size,
        shown=sanitize_line(", ".join(shown[:MOST_BLOCK_NAMES])),
        more=more,
    )
