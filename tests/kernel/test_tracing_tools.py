"""Tools of Python that follow, count or measure what runs, in a snippet and around this program."""

from __future__ import annotations

import linecache
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from recorded import Record

STEP = "<step 1>"
BEGIN = """
def f(t):
    y = t * 2
    if y.sum() > 0:
        z = y + 1
    else:
        z = y
    return z
x = torch.ones(2, requires_grad=True)
"""
TOOLS = {
    "sys.settrace": """
import sys
seen=[]
def tr(frame, event, arg):
    seen.append((frame.f_code.co_name, event, frame.f_lineno)); return tr
sys.settrace(tr)
f(x).sum().backward()
sys.settrace(None)
print([s for s in seen if s[0] in ('f','<module>')])
""",
    "sys.settrace, put back": """
import sys
seen=[]
def tr(frame, event, arg):
    seen.append((frame.f_code.co_name, event, frame.f_lineno)); return tr
old=sys.gettrace()
sys.settrace(tr)
f(x)
sys.settrace(old)
print([s for s in seen if s[0] in ('f','<module>')])
a=1
""",
    "sys.setprofile": """
import sys
seen=[]
def pr(frame, event, arg):
    seen.append((frame.f_code.co_name, event))
sys.setprofile(pr)
f(x)
sys.setprofile(None)
print(seen)
""",
    "threading.settrace": """
import threading
seen=[]
def tr(frame, event, arg):
    seen.append((frame.f_code.co_name, event)); return tr
threading.settrace(tr)
t=threading.Thread(target=f, args=(x,)); t.start(); t.join()
threading.settrace(None)
print([s for s in seen if s[0]=='f'])
""",
    "coverage": """
import coverage, os, sys, tempfile
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "covered.py"), "w") as file:
        file.write("def g(t):\\n    if t.sum() > 0:\\n        return t\\n    return -t\\n")
    sys.path.insert(0, folder)
    cov = coverage.Coverage(data_file=None, include=[folder + "/*"])
    cov.start()
    import covered
    covered.g(f(x)).sum().backward()
    cov.stop()
    (name,) = cov.get_data().measured_files()
    print(sorted(cov.get_data().lines(name)), x.grad)
sys.path.remove(folder)
del sys.modules["covered"]
""",
    "the module trace": """
import trace
t=trace.Trace(count=1, trace=0)
t.runfunc(f, x)
print(sorted((k[0],k[1],v) for k,v in t.results().counts.items() if 'step' in k[0]))
""",
    "bdb": """
import bdb
class B(bdb.Bdb):
    def user_line(self, frame):
        if frame.f_code.co_name=='f': print('line', frame.f_lineno)
        self.set_step()
b=B()
b.runcall(f, x)
print('done')
""",
    "cProfile": """
import cProfile, pstats, io
p=cProfile.Profile()
p.enable()
f(x)
p.disable()
s=pstats.Stats(p)
print(sorted((k[2], v[0]) for k,v in s.stats.items()))
""",
    "tracemalloc": """
import tracemalloc
tracemalloc.start()
l=[bytearray(1000) for _ in range(10)]
s=tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True,'<step 1>')])
tracemalloc.stop()
print([st.traceback[0].lineno for st in s.statistics('lineno') if st.size > 5000])
""",
}  # fmt: skip
REPLACING = {"sys.settrace", "coverage", "the module trace", "bdb"}
"""Tools that take the place of the trace function until they or the snippet end."""


@pytest.fixture
def trace_functions() -> Iterator[None]:
    """Those of the test itself, which a plain run changes too."""
    before = sys.gettrace(), sys.getprofile()
    yield
    sys.settrace(before[0])
    sys.setprofile(before[1])


@pytest.mark.parametrize("name", TOOLS)
@pytest.mark.usefixtures("trace_functions")
def test_a_tool_prints_what_it_prints_without_the_recorder(
    record: Record, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code = BEGIN + TOOLS[name]
    linecache.cache[STEP] = (len(code), None, code.splitlines(keepends=True), STEP)
    before = sys.gettrace()
    space: dict[str, Any] = {"__name__": "plain", "torch": torch}
    exec(compile(code, STEP, "exec"), space)
    sys.settrace(before)
    output = capsys.readouterr().out
    recorded = record(code)
    assert recorded.result.error is None, recorded.result.error
    assert capsys.readouterr().out == output
    assert output
    assert recorded.result.truncated == ("tracing replaced" if name in REPLACING else None)


SCRIPT = """
import torch
x = torch.ones(2, requires_grad=True)
def f(t):
    return (t * 3).sum()
f(x).backward()
print(x.grad)
"""


@pytest.mark.parametrize("tool", [("coverage", "run"), ("cProfile", "-o", "profile")])
def test_the_program_works_under_a_tool(tmp_path: Path, tool: tuple[str, ...]) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    program = ["-m", "autograd_tutor", "trace", "script.py", "--backward"]
    texts = []
    for before in ([], ["-m", *tool]):
        done = subprocess.run(
            [sys.executable, *before, *program], cwd=tmp_path, capture_output=True, text=True,
            timeout=100, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        texts.append(re.sub(r"in [\d.]+ s", "in 0 s", done.stdout))
    assert "x.grad" in texts[0]
    assert texts[1] == texts[0]
