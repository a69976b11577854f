"""The soak: whether the program holds, over thousands of trials of what may happen to it."""

from __future__ import annotations

import sys
from pathlib import Path

_TESTS = Path(__file__).parents[1]
sys.path += [str(_TESTS / "unit"), str(_TESTS / "kernel")]  # what tests share
