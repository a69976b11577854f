"""Measurements of torch: in a process that imports it first, then in a fork for each of them."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


def apart(module: str, *arguments: object) -> Any:
    """Run a module of the bench as a process of its own; returns the JSON that it prints.

    Raises CalledProcessError, with what it wrote to standard error, if it fails.
    """
    tests = str(Path(__file__).parents[1])
    path = os.pathsep.join(filter(None, (tests, os.environ.get("PYTHONPATH"))))
    answer = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    return json.loads(answer.stdout)


def import_torch() -> None:
    """Import torch as the zygote does, before any fork: the collector skips what is imported."""
    gc.disable()
    import torch  # noqa: F401

    gc.freeze()
    gc.enable()


def in_fork(measure: Callable[[], Any]) -> Any:
    """Call `measure` in a fork of this process, with one thread; its result, sent as JSON.

    Raises RuntimeError if it fails.
    """
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            import torch

            torch.set_num_threads(1)
            with os.fdopen(write, "wb") as pipe:
                pipe.write(json.dumps(measure()).encode())
        finally:
            if (error := sys.exc_info()[1]) is not None:
                traceback.print_exception(error)
            sys.stderr.flush()
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(pid, 0)
    if not answer:
        raise RuntimeError("a fork ended without an answer")
    return json.loads(answer)
