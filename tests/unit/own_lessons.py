"""Lessons of the learner's own."""

from __future__ import annotations

from pathlib import Path

TEXT = """\
format: 1
title: {title}
summary: About it
steps:
  - {{id: a, title: b, explain: c, code: x = 1}}
"""


def write(path: Path, title: str = "Mine") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT.format(title=title))
    return path
