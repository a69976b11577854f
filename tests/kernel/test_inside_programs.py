"""Programs that record themselves, each in a process of its own: scripts, a notebook, two ranks."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from autograd_tutor.recording import file
from autograd_tutor.recording.trace import Trace

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "tui"


def python(
    folder: Path, *arguments: str, given: str = "", status: int = 0, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs Python in a folder, with this very package."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "OMP_NUM_THREADS": "1", **variables}
    ended = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, input=given,
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert ended.returncode == status, ended.stderr
    return ended


def script(folder: Path, code: str) -> Path:
    path = folder / "script.py"
    path.write_text(textwrap.dedent(code).lstrip("\n"))
    return path


def loaded(path: Path) -> Trace:
    return file.load(path).traces[0]


SCRIPT = """
import sys

import autograd_tutor

assert not any(name.startswith("autograd_tutor.") for name in sys.modules)
import torch

w = torch.ones(2, requires_grad=True)
with autograd_tutor.record("run.agt"):
    loss = (w * 3).sum()
    loss.backward()
with autograd_tutor.watch() as watched:
    w * 2
assert not watched.findings
assert not autograd_tutor.explain(loss)
print(sorted({"textual", "rich", "click", "yaml", "markdown_it"} & set(sys.modules)))
print(sorted(n for n in sys.modules if n.startswith("autograd_tutor.") and
             n.split(".")[1] in ("ui", "client", "playing", "course", "cli")))
"""


def test_a_script_and_its_recording_at_the_terminal(tmp_path: Path) -> None:
    ended = python(tmp_path, str(script(tmp_path, SCRIPT)))
    assert ended.stdout == "[]\n[]\n"
    assert ended.stderr == ""
    traced = python(tmp_path, "-m", "autograd_tutor", "trace", "run.agt").stdout
    assert "Script script.py: Lines 10 to 11" in traced
    assert "Line 10: loss = (w * 3).sum()" in traced
    assert "Line 11: loss.backward()" in traced
    assert "w.grad was None, is now tensor([3., 3.])" in traced
    assert (
        "No known mistake was found.\n"
        in python(tmp_path, "-m", "autograd_tutor", "explain", "run.agt").stdout
    )


def test_importing_the_package_imports_nothing_else(tmp_path: Path) -> None:
    code = "import sys; before = set(sys.modules); import autograd_tutor; "
    code += "print(sorted(set(sys.modules) - before)); print('record' in dir(autograd_tutor)); "
    code += "autograd_tutor.nothing"
    ended = python(tmp_path, "-c", code, status=1)
    assert ended.stdout == "['autograd_tutor']\nTrue\n"
    assert "AttributeError: module 'autograd_tutor' has no attribute 'nothing'" in ended.stderr


def test_code_without_a_file(tmp_path: Path) -> None:
    code = "import torch, autograd_tutor\nwith autograd_tutor.record('run.agt'):\n"
    code += "    a = torch.ones(1)\n    b = a + 1\n"
    python(tmp_path, "-c", code)
    trace = loaded(tmp_path / "run.agt")
    assert {"a", "b"} <= set(trace.names)
    assert "the source of this line is not there" in trace.code


COVERED = """
import coverage

measured = coverage.Coverage(data_file=None, config_file=False)
measured.start()
import autograd_tutor
import part

part.f("run.agt")
measured.stop()
_, lines, _, missing, _ = measured.analysis2("part.py")
print(missing)
"""

PART = """
import autograd_tutor
import torch


def f(path):
    x = torch.ones(2)
    with autograd_tutor.record(path):
        y = x * 2
        z = g(y)
    a = 1
    b = z + a
    return g(b)


def g(x):
    y = x + 1
    return y
"""


@pytest.mark.parametrize("core", ["ctrace", "pytrace"])
def test_coverage_goes_on_after_the_block(tmp_path: Path, core: str) -> None:
    (tmp_path / "part.py").write_text(PART.lstrip("\n"))
    ended = python(tmp_path, str(script(tmp_path, COVERED)), COVERAGE_CORE=core)
    assert ended.stdout == "[8, 9]\n"  # the lines of the block itself
    assert "Trace function changed" not in ended.stderr
    trace = loaded(tmp_path / "run.agt")
    assert [each.line for each in trace.snapshots][1:]


CELLS = [
    "import torch, autograd_tutor, sys\n\ndef doubled(x):\n    return x * 2\n",
    "w = torch.ones(2, requires_grad=True)\n\n"
    "def half(x):\n    h = x / 2\n    return h\n\n"
    "with autograd_tutor.record({path!r}):\n"
    "    loss = half(doubled(w)).sum()\n"
    "    loss.backward()\n"
    "print(sys.gettrace())",
    "with autograd_tutor.watch() as watched:\n"
    "    cut = torch.tensor(loss.item())\n    cut.backward()",
    "print([each.key for each in watched.findings], len(In))",
    "%timeit -n1 -r1 loss.item()\nwith autograd_tutor.record({path2!r}):\n    total = loss + 1",
]


def test_a_notebook(tmp_path: Path) -> None:
    first, second = tmp_path / "run.agt", tmp_path / "second.agt"
    cells = [
        each.format(path=str(first), path2=str(second)) if "{path" in each else each
        for each in CELLS
    ]
    ended = python(
        tmp_path, str(HERE / "notebook.py"), str(tmp_path / "kernel.json"), given=json.dumps(cells)
    )
    outputs = json.loads(ended.stdout)
    assert outputs[:2] == ["", "None\n"]
    assert "does not require grad" in outputs[2]
    assert outputs[3] == "['no-grad-fn'] 5\n"
    trace = loaded(first)
    code = trace.code.splitlines()
    taken = [code[each.line - 1].strip() for each in trace.snapshots if each.event == "line"]
    assert taken == [
        "h = x / 2", "return h", "loss = half(doubled(w)).sum()", "loss.backward()",
    ]  # fmt: skip
    names = set(trace.names)
    assert {"w", "loss"} <= names
    assert not {"In", "Out", "exit", "_ih", "_i1", "_"} & names
    origin = file.load(second).origin
    assert origin is not None
    assert origin.lesson.file == "In [5]"
    assert origin.codes == ("total = loss + 1\n",)


RANKS = """
import os

import autograd_tutor
import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

dist.init_process_group("gloo")
torch.manual_seed(0)
model = DistributedDataParallel(torch.nn.Linear(2, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)


def step(recorded):
    opt.zero_grad()
    loss = model(torch.ones(1, 2) * (dist.get_rank() + 1)).sum()
    loss.backward()
    opt.step()


step(False)
for turn in range(2):
    with autograd_tutor.record(f"run{turn}.agt"):
        step(True)
step(False)
dist.destroy_process_group()
os._exit(0)  # gloo's threads now and then end a process that exits, plain torch's too
"""


def test_two_ranks(tmp_path: Path) -> None:
    path = script(tmp_path, RANKS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--master-addr=127.0.0.1", f"--master-port={port}", "--nproc-per-node=2")
    python(tmp_path, "-m", "torch.distributed.run", *options, str(path), GLOO_SOCKET_IFNAME="lo")
    names = sorted(each.name for each in tmp_path.glob("*.agt"))
    assert names == [f"run{turn}.rank{rank}.agt" for turn in (0, 1) for rank in (0, 1)]
    grads = []
    for name in names:
        trace = loaded(tmp_path / name)
        (ran,) = trace.passes.values()
        assert ran.function == "backward"
        assert ran.nodes > 2
        weight = trace.tensor(len(trace) - 1, "model.module.weight")
        assert weight is not None
        assert weight.grad is not None
        grads.append(weight.grad.raw)
    assert grads[0] == grads[1]  # the mean over the ranks


PROMISED = {
    "no-grad-fn": """
with torch.no_grad():
    loss = model(torch.ones(1, 2)).sum()
loss.backward()
""",
    "in-place": """
hidden = model(torch.ones(1, 2)).exp()
loss = hidden.sum()
hidden.mul_(2)
loss.backward()
""",
    "silenced": """
loss = torch.tensor(model(torch.ones(1, 2)).sum().item(), requires_grad=True)
loss.backward()
""",
    "unused": """
optimizer = torch.optim.SGD([*model.parameters(), *other.parameters()], lr=0.1)
for turn in range(2):
    optimizer.zero_grad()
    x = torch.ones(1, 2)
    hidden = torch.tensor(model(x).tolist())
    loss = (other(x) * hidden).sum()
    loss.backward()
    optimizer.step()
""",
}


@pytest.mark.parametrize("key", PROMISED)
def test_what_a_graph_says_watch_finds_is_found(tmp_path: Path, key: str) -> None:
    """`explain` of a loss names the block in which `watch` finds the line."""
    code = PROMISED[key].strip("\n").replace("\n", "\n        ")
    (tmp_path / "watched.py").write_text(
        "import torch\nimport autograd_tutor\n"
        "model, other = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)\n"
        "with autograd_tutor.watch() as watched:\n    try:\n        "
        f"{code}\n"
        "    except RuntimeError:\n        pass\n"
        "found = [each for each in (*watched.findings, *watched.notes) if each.line]\n"
        "print('keys', [each.key for each in found])\n"
        "both = torch.nn.ModuleList([model, other])\n"
        "print('graph', [each.key for each in autograd_tutor.explain(loss, both)])\n"
    )
    said = python(tmp_path, "watched.py").stdout

    [keys] = [each for each in said.splitlines() if each.startswith("keys")]
    [graph] = [each for each in said.splitlines() if each.startswith("graph")]
    assert f"'{key}'" in graph
    assert keys != "keys []"
