"""Lines of code as diagnosis reads them, however odd."""

from __future__ import annotations

import ast

from autograd_tutor.analysis.diagnosis.source import SourceLine, source_line
from autograd_tutor.analysis.statements import code_line


def test_lines_are_those_that_python_counts() -> None:
    code = "\f\nimport torch\r\nw = a.detach()\n"

    assert [code_line(code, number) for number in range(6)] == [
        "", "\f", "import torch", "w = a.detach()", "", "",
    ]  # fmt: skip


def test_a_very_long_sum_is_read() -> None:
    line = source_line(f"x = {' + '.join(['a'] * 1_500)} + f(b)\n", 1)

    assert line is not None
    assert line.reads == {"a", "b", "f"}


def test_calls_come_in_the_order_of_python() -> None:
    line = SourceLine(ast.parse("y = f(g(x)).h(k())").body[0])

    assert [call.name for call in line.calls][:2] != []
    assert {call.name for call in line.calls} == {"f", "g", "h", "k"}
    assert [call.name for call in line.calls].index("g") < [c.name for c in line.calls].index("f")
