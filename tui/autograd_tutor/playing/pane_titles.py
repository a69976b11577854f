"""What the panes are called, and which of them a text names."""

from __future__ import annotations

import re

from autograd_tutor.messages import _, chosen

PANES = (_("Explanation"), _("Code"), _("Tensors"), _("Graph"), _("Gradients"))
"""The titles of the panes, by their numbers."""
_ENGLISH = ("Explanation", "Code", "Tensors", "Graph", "Gradients")


def panes_named(text: str) -> list[int]:
    """The panes that a text names, the first one first, as indices of `PANES`; not the first pane.

    A lesson may be in English while the panes are not. Where they are not, its emphasis says that a
    pane is meant: in German every noun is written as a title is.
    """
    found = {}
    edge = r"\*\*" if chosen() else r"\b"
    for index, titles in enumerate(zip(PANES, _ENGLISH, strict=True)):
        at = re.search(f"{edge}({'|'.join(titles)}){edge}", text)
        if index and at:
            found[index] = at.start()
    return sorted(found, key=found.__getitem__)
