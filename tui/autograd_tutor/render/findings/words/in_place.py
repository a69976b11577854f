"""Tensors that were changed after a node had kept them, and memory that is shared."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {}
