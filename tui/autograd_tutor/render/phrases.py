"""English that is in facts and records, in the learner's language."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograd_tutor.messages import _


def phrase(text: str, known: Mapping[str, str]) -> str:
    """A text by that of the patterns that it is, with its groups put in; else as it is."""
    for pattern, words in known.items():
        if found := re.fullmatch(pattern, text):
            return words.format(**found.groupdict())
    return text


def note_words(note: str) -> str:
    """Why saved tensors of a node are not shown, or are not what they were."""
    return phrase(
        note,
        {
            "its saved tensors are not read: that would run saved_tensors_hooks, as "
            "checkpointing has": _(
                "its saved tensors are not read: that would run saved_tensors_hooks, as "
                "checkpointing has"
            ),
            "its saved tensors are not read: that might run saved_tensors_hooks": _(
                "its saved tensors are not read: that might run saved_tensors_hooks"
            ),
            "its saved tensors were freed, or changed in place since they were saved": _(
                "its saved tensors were freed, or changed in place since they were saved"
            ),
            r"(?P<names>.+) was changed in place since it was saved; shown is what it holds now": _(
                "{names} was changed in place since it was saved; shown is what it holds now"
            ),
        },
    )
