"""What findings say, by key, or by key and form (`cut/detach`); `{…}` are a finding's facts."""

from __future__ import annotations

from collections.abc import Mapping

from autograd_tutor.render.findings.wording import Words
from autograd_tutor.render.findings.words import training

WORDS: Mapping[str, Words] = training.WORDS
