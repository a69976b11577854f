"""Lessons for the commands, and what they print taken apart."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

SQUARE = """\
format: 1
title: A square
summary: What a square's slope is.
steps:
  - id: square
    title: The square
    explain: |
      L(θ) = **θ²**
    code: |
      import torch
      w = torch.nn.Parameter(torch.tensor([3.0, float("nan")]))
      def f(t):
          return t * t
      loss = f(w)
      loss.sum().backward()
      print("done", 7 * 6)
    expect:
      - w.grad[0] == 6
  - id: raise
    title: A failure that is meant
    explain: It fails.
    code: |
      torch.ones(2) @ torch.ones(3)
    raises: RuntimeError
"""

FAILS = """\
format: 1
title: Fails
summary: In its second step.
steps:
  - {id: one, title: One, explain: One., code: n = 1, expect: [n == 2]}
  - {id: two, title: Two, explain: Two., code: "\\nn / 0"}
  - {id: three, title: Three, explain: Three., code: n = 3}
"""

Result = subprocess.CompletedProcess[str]
Run = Callable[..., Result]


def one_step(code: str, limits: str = "{}", setup: str = "pass") -> str:
    step = json.dumps({"id": "only", "title": "Only", "explain": "Only.", "code": code})
    head = "format: 1\ntitle: One\nsummary: One.\n"
    return f"{head}limits: {limits}\nsetup: {json.dumps(setup)}\nsteps: [{step}]\n"


def objects(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def of_type(output: str, kind: str) -> list[dict[str, Any]]:
    return [each for each in objects(output) if each["type"] == kind]
