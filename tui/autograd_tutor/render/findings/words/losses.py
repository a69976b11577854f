"""Losses of shapes, scores or sizes that they are not made for."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {}
