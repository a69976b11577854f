"""Functions of other modules are stepped into: what is recorded is what one file would give."""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from recorded import Record, Recorded

from autograd_tutor.analysis.diagnosis.diagnose import diagnose
from autograd_tutor.analysis.diagnosis.run import Run
from autograd_tutor.analysis.ending import failed_at
from autograd_tutor.analysis.statements import code_line
from autograd_tutor.analysis.turns import places
from autograd_tutor.analysis.uses import uses
from autograd_tutor.limits.scripts import FOLLOWED_CHARACTERS
from autograd_tutor.recording.followed import Place
from autograd_tutor.recording.model import Snapshot
from autograd_tutor.recording.tensor_text import text
from autograd_tutor.recording.trace import Trace
from autograd_tutor.recording.window import Window
from autograd_tutor.render.findings.asked_view import asked_view
from autograd_tutor.render.findings.finding_rows import finding_rows

Modules = Callable[..., None]

FUNCTIONS = """
    def scale(x, by=2.0):
        '''Two lines of comment
        before the code.'''
        y = x * by
        if y.sum() > 0:
            return (y
                    + 1)
        return y
"""
CLASSES = """
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(2, 2)

        def forward(self, x):
            h = self.layer(x)
            return torch.tanh(h)

        @property
        def size(self):
            return 2

        @staticmethod
        def double(x):
            z = 2 * x
            return z
"""
GENERATORS = """
    def numbers(count):
        for each in range(count):
            got = yield each * torch.ones(2)

    def all_of(count):
        found = []
        for each in numbers(count):
            found.append(each)
        yield from found
"""
DECORATED = """
    import functools

    def noted(function):
        @functools.wraps(function)
        def inner(*args):
            result = function(*args)
            return result
        return inner

    @noted
    @torch.no_grad()
    def halve(x):
        y = x / 2
        return y
"""
NESTED = """
    def outer(x):
        def inner(v):
            w = v * x
            return w
        found = [inner(each) for each in (x, x + 1)]
        return sum(found, start=torch.zeros(2))
"""
FAILING = """
    def risky(x):
        try:
            deeper(x)
        except ValueError:
            x = x + 1
        finally:
            x = x * 2
        return x

    def deeper(x):
        with torch.no_grad():
            y = x + 1
            raise ValueError(y)
"""
LOOPED = """
    def train(w, turns):
        total = 0
        for turn in range(turns):
            loss = (w * turn).sum()
            loss.backward()
            total = total + loss.item()
        return total
"""

PROGRAMS: dict[str, tuple[str, str]] = {
    "functions": (
        FUNCTIONS,
        "x = torch.ones(2, requires_grad=True)\na = scale(x)\nb = scale(-x)\n",
    ),
    "classes": (
        CLASSES,
        "net = Net()\ny = net(torch.ones(2))\ns = net.size\n"
        "d = Net.double(y).sum()\nd.backward()\n",
    ),
    "generators": (GENERATORS, "got = list(all_of(3))\nlast = got[-1]\n"),
    "decorated": (DECORATED, "x = torch.ones(2, requires_grad=True)\ny = halve(x)\n"),
    "nested": (NESTED, "x = torch.ones(2, requires_grad=True)\ny = outer(x)\ny.sum().backward()\n"),
    "failing": (FAILING, "x = torch.ones(2, requires_grad=True)\ny = risky(x)\n"),
    "looped": (LOOPED, "w = torch.ones(2, requires_grad=True)\nt = train(w, 3)\n"),
}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Modules]:
    """Write modules that can be imported: `modules(**{"a.b": code})`, each with torch."""
    written: set[str] = set()
    monkeypatch.syspath_prepend(tmp_path)

    def write(**codes: str) -> None:
        written.update(name.partition(".")[0] for name in codes)
        for name, code in codes.items():
            path = tmp_path / f"{name.replace('.', '/')}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"import torch\n{textwrap.dedent(code)}", encoding="utf-8")
        importlib.invalidate_caches()

    yield write
    for name in list(sys.modules):
        if name.partition(".")[0] in written:
            del sys.modules[name]


def trace_of(recorded: Recorded) -> Trace:
    return recorded.recording.traces[0]


def seen(recorded: Recorded, snapshot: Snapshot) -> tuple[Any, ...]:
    """What a moment of a function says, wherever its code stands."""
    trace = trace_of(recorded)
    tensors = {
        name: (text(each), None if each.grad is None else text(each.grad))
        for name, each in snapshot.tensors.items()
    }
    made = [code_line(trace.source, node.line) for node in snapshot.nodes]
    ran = None if snapshot.backward is None else trace.nodes[snapshot.backward.node].name
    nodes = [(node.name, node.variable) for node in snapshot.nodes]
    line, coming = (code_line(trace.source, at) for at in (snapshot.line, snapshot.next_line))
    return (
        snapshot.event, line, coming, snapshot.depth, snapshot.function, snapshot.raised, ran,
        tensors, dict(snapshot.values), set(snapshot.gone), nodes, made,
    )  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_module_is_recorded_as_if_its_code_stood_in_the_script(
    record: Record, modules: Modules, name: str
) -> None:
    there, here = PROGRAMS[name]
    alone = record(f"{textwrap.dedent(there)}{here}")
    modules(helpers=there)
    names = "Net" if name == "classes" else ", ".join(_functions(there))
    apart = record(f"from helpers import {names}\n{here}", follow=("helpers",))
    own = here.strip().split("\n")

    def from_there(recorded: Recorded) -> list[tuple[Any, ...]]:
        every = [seen(recorded, each) for each in recorded.snapshots]
        return [each for each in every if each[3] or each[1] in own]

    assert from_there(apart) == from_there(alone)
    assert any(each[3] for each in from_there(apart))
    assert apart.result.ok
    assert apart.result.unfollowed == ()


def _functions(code: str) -> list[str]:
    lines = textwrap.dedent(code).split("\n")
    return [each[4:].partition("(")[0] for each in lines if each.startswith("def ")]


def test_lines_are_those_of_the_file(record: Record, modules: Modules) -> None:
    modules(**{"pkg.net": FUNCTIONS, "helpers": NESTED})
    code = (
        "from pkg.net import scale\nimport helpers\nx = torch.ones(2)\nscale(x)\nhelpers.outer(x)"
    )
    recorded = record(code, follow=("pkg", "helpers"))
    trace = trace_of(recorded)
    where = [trace.place(line) for line, _, function in recorded.lines if function]
    assert where[:3] == [Place(6, "pkg/net.py"), Place(7, "pkg/net.py"), Place(8, "pkg/net.py")]
    assert where[3] == Place(4, "helpers.py")
    assert str(where[3]) == "4 of helpers.py"
    assert [part.file for part in trace.source.parts] == ["", "pkg/net.py", "helpers.py"]
    assert [trace.place(line) for line, _, function in recorded.lines if not function] == [
        1, 2, 3, 4, 5
    ]  # fmt: skip


def test_nodes_and_warnings_have_the_line_in_the_file(record: Record, modules: Modules) -> None:
    modules(
        helpers="import warnings\ndef f(x):\n    y = x * 2\n    warnings.warn('so')\n    return y"
    )
    recorded = record(
        "import helpers\nx = torch.ones(2, requires_grad=True)\ny = helpers.f(x)",
        follow=("helpers",),
    )
    trace = trace_of(recorded)
    [node] = [each for each in trace.nodes.values() if each.name == "MulBackward0"]
    assert trace.place(node.line) == Place(4, "helpers.py")
    warned = [each.evidence.warned for each in recorded.snapshots if each.evidence]
    assert [trace.place(each.line) for all_of in warned for each in all_of] == [
        Place(5, "helpers.py")
    ]


@pytest.mark.parametrize(
    ("asked", "followed"),
    [
        (("pkg",), ["pkg/__init__.py", "pkg/net.py", "pkg/sub/deep.py"]),
        (("pkg.net",), ["pkg/net.py"]),
        (("pkg.sub", "helpers"), ["helpers.py", "pkg/sub/deep.py"]),
        (("pk",), []),
    ],
)
def test_a_name_stands_for_a_module_or_all_of_a_package(
    record: Record, modules: Modules, asked: tuple[str, ...], followed: list[str]
) -> None:
    one = "def f(x):\n    y = x + 1\n    return y\n"
    names = ("pkg.__init__", "pkg.net", "helpers", "pkg.sub.deep")
    modules(**dict.fromkeys(names, one))
    code = (
        "import helpers, pkg, pkg.net\nimport pkg.sub.deep\n"
        "for m in (helpers, pkg, pkg.net, pkg.sub.deep):\n    m.f(torch.ones(1))\n"
    )
    recorded = record(code, follow=asked)
    files = [part.file for part in trace_of(recorded).source.parts if part.file]
    assert sorted(files) == sorted(followed)
    assert bool(recorded.result.unfollowed) == (not followed)


def test_modules_that_are_there_already_or_come_late(record: Record, modules: Modules) -> None:
    modules(early="def f(x):\n    return x + 1", late="def g(x):\n    return x + 2")
    code = (
        "def use(x):\n    import late\n    return late.g(x)\nx = early.f(torch.ones(1))\nuse(x)\n"
    )
    recorded = record(code, "import torch, early", follow=("early", "late"))
    trace = trace_of(recorded)
    places = [trace.place(line) for line, _, _ in recorded.lines]
    assert Place(3, "early.py") in places
    assert Place(3, "late.py") in places


def test_functions_of_one_name_are_told_apart(record: Record, modules: Modules) -> None:
    modules(train="def main(x):\n    inner = x * 2\n    return inner")
    own = "def main(x):\n    mine = x + 1\n    return train.main(mine)\n"
    code = f"import train\n{own}main(torch.ones(1))\n"
    recorded = record(code, follow=("train",))
    inside = [each for each in recorded.snapshots if each.function == "train.main"]
    assert len(inside) == 2
    names = recorded.state(inside[-1].index).tensors
    assert {"main().mine", "train.main().inner"} <= names.keys()


def test_each_step_has_the_files_that_it_steps_into(record: Record, modules: Modules) -> None:
    modules(helpers="def f(x):\n    return x * 2", others="def g(x):\n    return x * 3")
    recorded = record(
        "import helpers, others\nx = torch.ones(1, requires_grad=True)\ny = helpers.f(x)",
        follow=("helpers", "others"),
    )
    recorded.step("# %%\nz = others.g(y)\nw = helpers.f(z)")
    first, second = (recorded.recording.traces[at] for at in (0, 1))
    assert [part.file for part in first.source.parts] == ["", "helpers.py"]
    assert [part.file for part in second.source.parts] == ["", "others.py", "helpers.py"]
    made = [str(second.place(node.line, node.step)) for node in second.nodes.values()]
    assert made == ["3 of helpers.py", "3 of helpers.py", "3 of others.py", "3 of helpers.py"]


CHANGED = "def f(x):\n    return x * 2\n"


def _problem(recorded: Recorded) -> list[tuple[str, str]]:
    return [(each.module, each.why) for each in recorded.result.unfollowed]


def test_what_is_not_stepped_into_is_known_with_its_reason(
    record: Record, modules: Modules, tmp_path: Path
) -> None:
    modules(quiet="def f(x):\n    return x", good=CHANGED, gone=CHANGED, other=CHANGED)
    modules(large=f"{CHANGED}{'#' * FOLLOWED_CHARACTERS}\n")
    for name in ("gone", "other"):
        __import__(name)
    (tmp_path / "gone.py").unlink()
    (tmp_path / "other.py").write_text("def f(x):\n    return x * 3\n")
    code = (
        "import quiet, good, gone, other, large\n"
        "for each in (good, gone, other, large):\n    each.f(torch.ones(1))\n"
    )
    recorded = record(
        code, follow=("quiet", "good", "gone", "other", "large", "missing", "collections.nothing")
    )
    assert set(_problem(recorded)) == {
        ("quiet", "uncalled"),
        ("gone", "unreadable"),
        ("other", "changed"),
        ("large", "large"),
        ("missing", "unimported"),
        ("collections.nothing", "unimported"),
    }
    assert [part.file for part in trace_of(recorded).source.parts] == ["", "good.py"]


def test_code_made_at_run_time_is_no_code_of_the_file(record: Record, modules: Modules) -> None:
    """As torch.compile makes it: it has the name of the file, and other instructions."""
    modules(
        helpers="""
        def f(x):
            y = x * 2
            return y
        other = compile('def f(x):\\n    y = x * 5\\n    return y + 1', __file__, 'exec')
        made = {'__name__': __name__}
        exec(other, made)
        """
    )
    recorded = record(
        "import helpers\na = helpers.f(torch.ones(1))\nb = helpers.made['f'](a)\n",
        follow=("helpers",),
    )
    assert [function for _, _, function in recorded.lines] == ["", "f", "f", "", ""]
    assert _problem(recorded) == []


def test_what_is_computed_is_what_it_would_be_without(record: Record, modules: Modules) -> None:
    modules(**{"pkg.net": CLASSES})
    code = (
        "from pkg.net import Net\ntorch.manual_seed(1)\nnet = Net()\n"
        "out = net(torch.rand(3, 2)).sum()\nout.backward()\ngrad = net.layer.weight.grad.clone()\n"
    )
    followed = record(code, follow=("pkg",)).variables["grad"]
    plain: dict[str, Any] = {"torch": torch}
    exec(code, plain)
    assert torch.equal(followed, plain["grad"])


def test_attributes_of_objects_of_followed_classes_have_names(
    record: Record, modules: Modules
) -> None:
    box = "class Box:\n    def __init__(self):\n        self.w = torch.ones(2)\n"
    modules(**{"pkg.box": box})
    code = "from pkg.box import Box\nbox = Box()\n"
    assert "box.w" not in record(code).final.tensors
    sys.modules.pop("pkg.box")
    assert "box.w" in record(code, follow=("pkg",)).final.tensors


def test_turns_of_a_loop_in_a_followed_file_are_counted(record: Record, modules: Modules) -> None:
    modules(helpers=LOOPED)
    code = "import helpers\nw = torch.ones(2, requires_grad=True)\nhelpers.train(w, 3)\n"
    recorded = record(code, follow=("helpers",))
    trace = trace_of(recorded)
    passes = [each.index for each in recorded.snapshots if each.passes]
    assert [places(trace, at)[0].number for at in passes] == [1, 2, 3]
    assert trace.place(places(trace, passes[0])[0].header) == Place(5, "helpers.py")


@pytest.mark.parametrize(
    ("window", "turns"),
    [(Window(every=2), [0, 2, 4]), (Window(kind="turn", first=3, last=4), [2, 3])],
)
def test_a_window_leaves_out_what_it_leaves_out_of_followed_files(
    record: Record, modules: Modules, window: Window, turns: list[int]
) -> None:
    modules(helpers="def f(x, turn):\n    y = x * turn\n    return y\n")
    code = "import helpers\nfor turn in range(5):\n    y = helpers.f(torch.ones(1), turn)\n"
    recorded = record(code, window=window, follow=("helpers",))
    inside = [each for each in recorded.snapshots if each.function == "f"]
    seen_turns = [recorded.state(each.index).values["f().turn"] for each in inside]
    assert seen_turns == [str(turn) for turn in turns for _ in range(2)]


LOOPS = """
    def inner(w, turn):
        total = torch.zeros(())
        for part in range(2):
            total = total + (w * turn * part).sum()
        return total

    def train(w, turns):
        for each in (0, 1):
            w = w + each
        turn = 0
        while turn < turns:
            loss = inner(w, turn)
            turn += 1
            if turn == 6:
                break
        return loss
"""
AT_IMPORT = """
    for at_import in range(3):
        made = at_import
"""


@pytest.mark.parametrize(
    ("window", "turns"),
    [
        (Window(every=2), {"0 1": [1], "while": [1, 3, 5]}),
        (Window(every=4), {"0 1": [1], "while": [1, 5]}),
        (Window(kind="turn", first=2, last=3), {"0 1": [2], "while": [2, 3]}),
    ],
)
def test_outermost_loops_of_followed_functions_are_counted_as_those_of_the_script(
    record: Record, modules: Modules, window: Window, turns: dict[str, list[int]]
) -> None:
    modules(loops=LOOPS + AT_IMPORT)
    code = "w = torch.ones(2, requires_grad=True)\nloss = train(w, 9)\nloss.backward()\n"
    alone = record(f"{textwrap.dedent(LOOPS)}{code}", window=window)
    recorded = record(f"from loops import train\n{code}", window=window, follow=("loops",))
    trace = trace_of(recorded)
    found: dict[str, list[int]] = {"0 1": [], "while": []}
    for at in range(len(trace)):
        if outer := places(trace, at):
            header = code_line(trace.source, outer[0].header)
            numbers = found["while" if "while" in header else "0 1"]
            if outer[0].number not in numbers:
                numbers.append(outer[0].number)
    assert found == turns
    inside, as_alone = (
        [(seen(each, at), at.left_out is None) for at in each.snapshots if at.depth]
        for each in (recorded, alone)
    )
    assert inside == as_alone
    gaps = [each.left_out for each in recorded.snapshots if each.left_out]
    assert gaps
    assert {code_line(trace.source, each.loop).strip() for each in gaps} <= {
        "for each in (0, 1):",
        "while turn < turns:",
    }


def test_a_loop_of_the_script_around_those_of_others_is_the_outermost(
    record: Record, modules: Modules
) -> None:
    modules(loops=LOOPS)
    code = "import loops\nw = torch.ones(2)\nfor epoch in range(4):\n    x = loops.train(w, 2)\n"
    recorded = record(code, window=Window(every=3), follow=("loops",))
    trace = trace_of(recorded)
    numbers = [found[0].number for at in range(len(trace)) if (found := places(trace, at))]
    assert set(numbers) == {1, 4}
    inner = [each for each in recorded.snapshots if each.function == "inner"]
    assert len(inner) == 2 * 2 * 7


def test_a_module_with_a_mistake_fails_as_it_would_without(
    record: Record, modules: Modules
) -> None:
    modules(broken="def f(:\n    pass\n")
    for options in ({}, {"window": Window(every=2), "follow": ("broken",)}):
        error = record("import broken\n", **options).result.error
        assert error is not None
        assert error.type == "SyntaxError"
        assert error.line == 1


def test_recording_that_begins_inside_of_a_followed_function(
    record: Record, modules: Modules
) -> None:
    modules(helpers=LOOPED)
    code = "import helpers\nw = torch.ones(2, requires_grad=True)\nhelpers.train(w, 4)\n"
    recorded = record(code, window=Window(kind="pass", first=3), follow=("helpers",))
    trace = trace_of(recorded)
    first = recorded.snapshots[1]
    assert trace.place(first.line) == Place(7, "helpers.py")
    assert first.function == "train"
    assert first.left_out is not None
    assert recorded.state(first.index).values["train().turn"] == "1"


def test_a_failure_in_a_followed_function_has_its_line(record: Record, modules: Modules) -> None:
    modules(helpers="def f(x):\n    y = x + 1\n    return y @ torch.ones(7)\n")
    recorded = record("import helpers\nhelpers.f(torch.ones(2))\n", follow=("helpers",))
    trace, error = trace_of(recorded), recorded.result.error
    raised = [trace.place(each.line) for each in recorded.snapshots if each.raised]
    assert raised == [Place(4, "helpers.py"), 2]
    assert error is not None
    assert error.line == 2
    assert "helpers.py" in error.traceback
    assert "return y @ torch.ones(7)" in error.traceback


@pytest.mark.parametrize(
    ("there", "here", "key", "line", "mend"),
    [
        (
            "def together(parts):\n    whole = torch.tensor(parts)\n"
            "    whole.requires_grad_()\n    return whole\n",
            "w = torch.tensor([1.0, 2.0], requires_grad=True)\nparts = [w[0] * 2, w[1] * 3]\n"
            "x = helpers.together(parts)\nloss = (x * x).sum()\nloss.backward()\n",
            "cut",
            Place(3, "helpers.py"),
            "    whole = torch.stack(parts)",
        ),
        (
            "def loss_of(w):\n    y = w.detach() * 2\n    return y.sum()\n",
            "w = torch.ones(2, requires_grad=True)\nhelpers.loss_of(w).backward()\n",
            "no-grad-fn",
            Place(3, "helpers.py"),
            "    y = w * 2",
        ),
        (
            "def twice(loss):\n    loss.backward()\n    loss.backward()\n",
            "w = torch.ones(2, requires_grad=True)\nhelpers.twice((w * w).sum())\n",
            "second-time",
            Place(4, "helpers.py"),
            None,
        ),
        (
            "def spoil(w):\n    y = w.exp()\n    y += 1\n    return y.sum()\n",
            "w = torch.ones(2, requires_grad=True)\nhelpers.spoil(w).backward()\n",
            "in-place",
            Place(4, "helpers.py"),
            None,
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:Converting a tensor")
def test_what_goes_wrong_in_a_followed_file_is_found_there(
    record: Record, modules: Modules, there: str, here: str, key: str, line: Place, mend: str | None
) -> None:
    modules(helpers=there)
    recorded = record(f"import helpers\n{here}", follow=("helpers",))
    [found] = [each for each in diagnose(recorded.recording) if each.certainty != "note"]
    trace = trace_of(recorded)
    assert found.key == key
    assert line in [trace.place(each.line) for each in (found.place, *found.proofs)]
    rows = "\n".join(each.text for each in finding_rows(found, recorded.recording))
    assert str(line) in rows
    if mend is not None:
        assert found.mend is not None
        assert trace.place(found.mend.first) == line
        assert found.mend.code == mend


def test_a_loop_with_steps_that_is_not_followed_is_no_accumulation(
    record: Record, modules: Modules
) -> None:
    training = """
    def train(w):
        optimizer = torch.optim.SGD([w], lr=0.1)
        for _ in range(3):
            loss = ((w * torch.arange(3.0) - 1) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    """
    modules(helpers=training)
    code = "import helpers\nw = torch.ones(3, requires_grad=True)\nhelpers.train(w)\n"
    for follow in ((), ("helpers",)):
        found = diagnose(record(code, follow=follow).recording)
        assert [each.key for each in found if each.certainty != "note"] == []


def test_threads_with_lines_of_followed_functions_are_counted(
    record: Record, modules: Modules
) -> None:
    modules(helpers="def f(x):\n    return x * 2\n")
    code = (
        "import helpers, threading\nhelpers.f(torch.ones(1))\n"
        "t = threading.Thread(target=helpers.f, args=(torch.ones(1),))\nt.start()\nt.join()\n"
    )
    assert record(code, follow=("helpers",)).result.threads == 1
    assert record(code).result.threads == 0


@pytest.mark.parametrize(
    ("there", "here", "name", "lines"),
    [
        (
            "def double(w):\n    y = w * 2\n    return y\n",
            "u = w + 1\nv = helpers.double(w)\n",
            "w",
            [("u", 3), ("v", Place(3, "helpers.py"))],
        ),
        (
            "def double(w):\n    y = w.detach() * 2\n    return y\n",
            "u = w.detach()\nv = helpers.double(w)\nz = w.sum()\n",
            "w",
            [("u", 3), ("z", 5)],
        ),
        (
            "class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.a = torch.nn.Linear(2, 1)\n    def forward(self, x):\n"
            "        h = self.a(x)\n        return h\n",
            "net = helpers.Net()\nout = net(torch.ones(1, 2))\nloss = out.sum()\n"
            "k = net.a.weight * 2\n",
            "net.a.weight",
            [("k", 6), ("loss", 5), ("out", Place(7, "helpers.py"))],
        ),
    ],
)
def test_what_was_computed_here_and_there_is_in_the_order_of_all_lines(
    record: Record,
    modules: Modules,
    there: str,
    here: str,
    name: str,
    lines: list[tuple[str, int | Place]],
) -> None:
    modules(helpers=there)
    code = f"import helpers\nw = torch.ones(2, requires_grad=True)\n{here}"
    recorded = record(code, follow=("helpers",))
    run, trace = Run(recorded.recording), trace_of(recorded)
    at = len(trace) - 1

    found = [(each.name, each.at.line) for each in uses(run, trace, at, name) if each.at]

    by_name = dict(found)
    assert {each: by_name.get(each) for each, _line in lines} == dict(lines)
    orders = [(isinstance(line, Place), line) for _name, line in found]
    assert orders == sorted(orders, key=lambda each: (each[0], str(each[1])))
    for each in trace.state(at).tensors:
        assert asked_view(run, trace, at, each, 100)


def test_an_error_is_placed_in_the_followed_file(record: Record, modules: Modules) -> None:
    modules(**{"pkg.net": "def part(x):\n    return 1 / x\n"})
    recorded = record("from pkg.net import part\nhere = part\nhere(0)\n", follow=("pkg",))
    error = recorded.result.error
    assert error is not None
    failed = failed_at(trace_of(recorded), error)
    assert failed is not None
    assert (str(failed.line), failed.called) == ("3 of pkg/net.py", 3)
