"""The walls between the processes: the interface never loads torch, the kernel never Textual."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys

import pytest

import autograd_tutor

INTERFACE = sorted(
    module.name
    for module in pkgutil.walk_packages(autograd_tutor.__path__, "autograd_tutor.")
    if not module.name.startswith(("autograd_tutor.kernel", "autograd_tutor.inside"))
    and not module.name.endswith("__main__")
)


def loaded_after(*modules: str) -> set[str]:
    """The top-level packages in a fresh interpreter that has imported `modules`."""
    script = (
        "import importlib, json, sys\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        "print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


def test_the_interface_loads_no_torch() -> None:
    loaded = loaded_after(*INTERFACE)

    assert not loaded & {"torch", "numpy"}
    assert "textual" in loaded, "the test imported everything there is"


LAYERS = (
    "client", "recording", "formulas", "analysis", "playing", "render", "course", "progress",
    "dialogue", "plain", "listing", "check", "record_command", "results", "terms",
    "transfer", "opening", "cli",
)  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS)
def test_only_the_screens_load_textual(layer: str) -> None:
    package = f"autograd_tutor.{layer}"
    names = [name for name in INTERFACE if name == package or name.startswith(f"{package}.")]

    assert names
    assert not loaded_after(*names) & {"torch", "numpy", "textual"}


def test_lists_load_nothing_of_recordings() -> None:
    script = (
        "import sys, autograd_tutor.listing, autograd_tutor.results\n"
        "print([name for name in sys.modules if name.startswith('autograd_tutor.analysis')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


def test_the_client_loads_no_more_than_it_needs() -> None:
    assert not loaded_after("autograd_tutor.client") & {"rich", "yaml", "click", "asyncio"}


def test_the_kernel_loads_neither_textual_nor_rich() -> None:
    loaded = loaded_after("autograd_tutor.kernel.zygote", "autograd_tutor.kernel.run")

    assert "torch" in loaded
    assert not loaded & {"textual", "rich", "click", "yaml"}
