"""Gradients that vanish, explode, or are exactly 0."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {}
