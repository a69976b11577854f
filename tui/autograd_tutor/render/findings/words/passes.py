"""Passes over graphs that are gone, or that have been passed before."""

from __future__ import annotations

from autograd_tutor.render.findings.wording import Words

WORDS: dict[str, Words] = {}
