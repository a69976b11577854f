"""A lesson whose kernel is stuck, or works on unasked, says so, and F5 runs it again."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from autograd_tutor import linux
from terminal.conftest import Start
from terminal.lessons import SPIN, write
from terminal.program import wait_until_gone

pytestmark = [
    pytest.mark.starts,
    pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc"),
]

UNASKED = """\
format: 1
title: Unasked
summary: A thread goes on.
limits: {seconds: 1}
steps:
  - id: thread
    title: A thread
    explain: It never ends.
    code: |
      import threading
      def spin():
          while True: pass
      thread = threading.Thread(target=spin, daemon=True).start()
      x = 44.0
"""


def test_a_thread_that_goes_on_is_ended(start: Start, home: Path) -> None:
    terminal = start(write(home, "unasked", UNASKED))
    terminal.wait_for("It never ends.")
    terminal.press("end")
    terminal.wait_for("went on working")
    terminal.press("f5")
    terminal.wait_for(lambda shown: "went on working" not in shown.text)
    terminal.wait_for("went on working")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    wait_until_gone(home)


def test_a_kernel_that_is_stopped_is_replaced(start: Start, home: Path) -> None:
    terminal = start(write(home, "spin", SPIN))
    terminal.wait_for("This never ends.")
    terminal.press("right")
    terminal.wait_for("43, 43")
    for pid in linux.descendants(terminal.process.pid):
        os.kill(pid, signal.SIGSTOP)
    terminal.wait_for("no longer answers")
    terminal.press("f5")
    terminal.wait_for(lambda shown: "no longer answers" not in shown.text)
    terminal.press("right")
    terminal.wait_for("43, 43")
    terminal.press("ctrl+q")
    assert terminal.wait_end() == 0
    wait_until_gone(home)
