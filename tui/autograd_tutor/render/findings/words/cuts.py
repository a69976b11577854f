"""Cuts: ways from a loss to a parameter that lead nowhere."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {}
