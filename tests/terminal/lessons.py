"""Lessons written for the end-to-end tests; their numbers are worked out by hand."""

from __future__ import annotations

from pathlib import Path

from autograd_tutor.course import library
from autograd_tutor.progress import Progress

WALK = """\
format: 1
title: A walk
summary: Values that stand nowhere in the snippet.
setup: import torch
steps:
  - id: squares
    title: Squares
    explain: The first explanation.
    code: |
      x = torch.arange(1, 4) * 37.0
      x.requires_grad_()
      total = (x * x).sum()
      total.backward()
  - id: more
    title: More
    explain: The second explanation.
    code: |
      more = total + 1
"""
"""x is 37, 74, 111; total is 37² (1 + 4 + 9) = 19166; x.grad is 74, 148, 222; more is 19167."""

SPIN = """\
format: 1
title: Without end
summary: A loop that never ends.
setup: import torch
steps:
  - id: spin
    title: Spin
    explain: This never ends.
    code: |
      x = torch.ones(3) * 41 + 2
      while True: pass
"""
"""x is 43."""

HOSTILE = r"""
format: 1
title: Hostile
summary: Escape sequences in output, values, names and errors.
setup: |
  import torch
  class Evil:
      def __repr__(self):
          return "\x1b]0;pwned-repr\x07\x1b[3Jrepr"
steps:
  - id: hostile
    title: Hostile
    explain: An explanation of its own.
    code: |
      print("\x1b]0;pwned-print\x07\x1b[6mred\x9b5n")
      evil = Evil()
      names = {"\x1b]0;pwned-key\x07": torch.ones(2) * 43}
      raise ValueError("\x1b]0;pwned-error\x07\x1b[?1005hfailed")
"""


def write(folder: Path, name: str, text: str) -> str:
    """Write a lesson file; returns its path as the command line takes it."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def skip_questions(home: Path, lesson_id: str) -> str:
    """Skip all that a lesson of the course asks, so that it can be walked freely."""
    progress = Progress.open(home / "state" / "autograd-tutor")
    for step in library.find(lesson_id).steps:
        for number in range(len(step.predictions)):
            progress.note_skip(lesson_id, step.id, number)
    progress.close()
    assert progress.unsaved is None
    return lesson_id


def finish(home: Path, lesson: str) -> None:
    """Note that all of a lesson of the course is done."""
    progress = Progress.open(home / "state" / "autograd-tutor")
    for step in library.find(lesson).steps:
        if step.exercise is not None:
            progress.note_solved(lesson, step.id)
            continue
        progress.finish(lesson, step.id)
        for number in range(len(step.predictions)):
            progress.note_skip(lesson, step.id, number)
    progress.close()
