"""The sentences of real runs: what each line of a snippet did."""

from __future__ import annotations

import pytest
from recorded import Record, Recorded

from autograd_tutor.analysis.statements import statements
from autograd_tutor.recording.timeline import Timeline
from autograd_tutor.render.sentence import sentence_row

TRAINING = """\
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
opt = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.ones(4, 2)
for epoch in range(2):
    loss = model(x).square().mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
loss.item()
"""

PIECES = """\
w = torch.tensor([1.0, 2.0], requires_grad=True)
v = w
t = w.detach()
y = w * 2
y.sum().backward()
y = (w * w).sum()
y.backward()
w.grad.zero_()
w.grad = None
with torch.no_grad():
    w += 1
g = torch.autograd.grad((w * 3).sum(), w)
del y
z = torch.zeros(1) / 0
"""

EXPECTED = {
    1: "`w = torch.tensor([1.0, 2.0], requires_grad=True)` made `w` of shape (2,).",
    2: "`v = w` made `v` another name of the tensor `w`.",
    3: "`t = w.detach()` made `t` of shape (2,).",
    4: "`y = w * 2` made `y` of shape (2,) and recorded MulBackward0.",
    5: "`y.sum().backward()` ran 3 nodes and filled `w.grad`.",
    6: "`y = (w * w).sum()` made a new `y` with the value 5 and recorded MulBackward0 and "
    "SumBackward0.",
    7: "`y.backward()` ran 3 nodes and added to `w.grad`.",
    8: "`w.grad.zero_()` set `w.grad` to 0.",
    9: "`w.grad = None` set `w.grad` to None.",
    11: "`w += 1` changed `w` and `t` in place.",
    13: "`del y` removed `y`.",
    14: "`z = torch.zeros(1) / 0` made `z` of shape (1,) and brought up NaN.",
}


def sentences(recorded: Recorded, width: int = 118) -> dict[int, str]:
    """By line the sentence of the last moment after which it had run."""
    trace = recorded.recording.traces[0]
    lines = [each for each in recorded.snapshots if each.event in ("line", "error")]
    rows = {each.line: sentence_row(Timeline(trace, each.index), width) for each in lines}
    assert all(row.width <= width for row in rows.values())
    return {line: row.text.strip() for line, row in rows.items()}


def test_a_training_loop(record: Record) -> None:
    found = sentences(record(TRAINING))
    assert found == {
        1: "`torch.manual_seed(0)` changed no variable.",
        2: "Line 2 made `model`, which holds 4 tensors.",
        3: "Line 3 set `opt` to <SGD object>.",
        4: "`x = torch.ones(4, 2)` made `x` of shape (4, 2).",
        5: "`for epoch in range(2):` ended the loop after 2 turns.",
        6: found[6],
        7: "`opt.zero_grad()` set 4 gradients to None.",
        8: "`loss.backward()` ran 11 nodes and filled 4 gradients.",
        9: "`opt.step()` changed 4 tensors in place.",
        10: "`loss.item()` changed no variable.",
    }
    assert found[6].startswith("`loss = model(x).square().mean()` made a new `loss` with the value")
    assert found[6].endswith("and recorded 7 operations.")


def test_gradients_views_and_other_names(record: Record) -> None:
    found = sentences(record(PIECES))
    assert {line: found[line] for line in EXPECTED} == EXPECTED


def test_a_tensor_that_loses_its_name_is_no_effect_of_its_own(record: Record) -> None:
    code = "w = torch.tensor(1.0, requires_grad=True)\ny = w * 2\nw = y * 3\n"
    recorded = record(code)
    assert "earlier w" in recorded.final.tensors
    assert sentences(recorded)[3] == (
        "`w = y * 3` made a new `w` with the value 6 and recorded MulBackward0."
    )


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("code", [TRAINING, PIECES])
def test_every_moment_has_a_whole_sentence_in_any_width(
    record: Record, code: str, width: int
) -> None:
    recorded = record(code)
    trace = recorded.recording.traces[0]
    for index in range(len(trace)):
        row = sentence_row(Timeline(trace, index), width)
        assert row.text.endswith(".")
        assert "…" not in row.text
        assert row.width <= width


def test_inside_of_vmap_a_shape_is_that_of_one_example(record: Record) -> None:
    code = "def f(x):\n    y = x ** 3\n    return y.sum()\ntorch.vmap(f)(torch.ones(4, 2))\n"
    assert sentences(record(code))[2] == "`y = x ** 3` made `y` of shape (2,)."


def test_statements_are_found_by_the_lines_that_are_recorded(record: Record) -> None:
    code = (
        "import functools\n@functools.cache\ndef f(x):\n    return (\n        x\n    )\n"
        "for i in range(\n    1,\n):\n    a = f(\n        i)\n\nif a: b = 1; c = 2\n"
        "try:\n    f()\nexcept TypeError:\n    pass\nfinally:\n    d = 1\n"
    )
    recorded = record(code)
    known = statements(code)
    assert {each.line for each in recorded.snapshots if each.line} <= known.keys()
