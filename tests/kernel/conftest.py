"""What the tests of the recorder share: a run is put right after each."""

from __future__ import annotations

import inspect
import linecache
import random
import resource
import sys
import traceback
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from process_session import NAMESPACES_GIVEN
from recorded import Record, Recorded
from verified import Verify, verifying

from autograd_tutor.kernel import categories
from autograd_tutor.kernel.recorder import RunRecorder
from autograd_tutor.recording.invocation import Invocation
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.window import Window

collect_ignore = [] if NAMESPACES_GIVEN else ["test_isolation.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not NAMESPACES_GIVEN:
        terminalreporter.section("no namespaces here: only kernels without are tested")


@pytest.fixture
def record() -> Iterator[Record]:
    """Record a snippet in a new run: `record(code, setup=…, script=…, limits=…, window=…, …)`."""
    main, hook, threads = sys.modules["__main__"], sys.breakpointhook, torch.get_num_threads()
    options = dict(vars(torch._tensor_str.PRINT_OPTS))
    default = torch.get_default_dtype()
    rng = torch.get_rng_state(), random.getstate(), np.random.get_state()
    traced = sys.gettrace()
    hidden = traceback.walk_stack, inspect.getouterframes, warnings._showwarnmsg  # type: ignore[attr-defined]
    stack = resource.getrlimit(resource.RLIMIT_STACK)
    finders = list(sys.meta_path)
    own = set(categories.SNIPPET_MODULES), set(categories._packages)

    def run(code: str | None, setup: str = "import torch", **chosen: Any) -> Recorded:
        snapshots: list[Snapshot] = []
        recorder = RunRecorder(
            snapshots.append,
            lambda: "",
            chosen.pop("script", None),
            invocation=(
                invocation := Invocation(
                    window=chosen.pop("window", Window()), follow=chosen.pop("follow", ())
                )
            ),
        )
        recorded = Recorded(recorder, snapshots, invocation)
        recorded.recorder.seed(0)
        assert recorded.recorder.setup(setup) is None
        if code is not None:
            recorded.step(code, **chosen)
        return recorded

    yield run
    sys.modules["__main__"] = main
    sys.breakpointhook = hook
    traceback.walk_stack, inspect.getouterframes, warnings._showwarnmsg = hidden  # type: ignore[attr-defined]
    linecache.clearcache()
    sys.meta_path[:] = finders
    for kept, names in zip((categories.SNIPPET_MODULES, categories._packages), own, strict=True):
        kept.intersection_update(names)
    categories.TYPES.clear()
    resource.setrlimit(resource.RLIMIT_STACK, stack)
    torch.set_grad_enabled(True)
    torch.set_num_threads(threads)
    torch.set_default_dtype(default)
    vars(torch._tensor_str.PRINT_OPTS).update(options)
    torch.set_rng_state(rng[0])
    random.setstate(rng[1])
    np.random.set_state(rng[2])
    assert sys.gettrace() is traced


@pytest.fixture(scope="module")
def verify() -> Iterator[Verify]:
    """Check the gradients of a snippet: `verify(code, call=…, line=…)`."""
    with verifying() as verify:
        yield verify
