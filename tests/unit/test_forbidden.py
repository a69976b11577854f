"""Names that an exercise forbids: every way to use one is found, and nothing else."""

from __future__ import annotations

import pytest

from autograd_tutor.course.forbidden import can_be_forbidden, first_forbidden, uses

WHY = "It goes round the graph."


@pytest.mark.parametrize(
    ("name", "code", "place"),
    [
        ("data", "w.data -= 1", (1, 3)),
        ("data", "x = 1\ny = model.w.data[0]", (2, 13)),
        ("data", "data = 3", (1, 1)),
        ("data", "f(w).data", (1, 6)),
        ("data", "getattr(w, 'data')", (1, 12)),
        ("data", "θ.data", (1, 3)),
        ("data", "def data():\n    pass", (1, 1)),
        ("no_grad", "with torch.no_grad():\n    pass", (1, 12)),
        ("no_grad", "from torch import no_grad as n", (1, 19)),
        ("torch.no_grad", "with torch.no_grad():\n    pass", (1, 12)),
        ("torch.no_grad", "from torch import no_grad", (1, 19)),
        ("torch.optim", "import torch.optim", (1, 8)),
        ("autograd.grad", "torch.autograd.grad(y, x)", (1, 16)),
        ("for", "x = 1\nfor i in y:\n    pass", (2, 1)),
        ("for", "[a for a in b]", (1, 8)),
        ("lambda", "f = lambda: 1", (1, 5)),
    ],
)
def test_a_use_is_found_at_its_place(name: str, code: str, place: tuple[int, int]) -> None:
    found = first_forbidden(code, [(name, WHY)])
    assert found == (name, WHY, *place)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("data", "# data\nx = 'data'\nprint('w.data')"),
        ("data", "database = w.data_ptr()"),
        ("data", "f(data=3)"),
        ("torch.no_grad", "with my.no_grad():\n    pass"),
        ("autograd.grad", "w.grad"),
        ("for", "while True:\n    before = 1"),
        ("data", "w.data ="),
        ("data", ""),
    ],
)
def test_what_is_no_use_is_not(name: str, code: str) -> None:
    assert uses(code, [(name, WHY)]) == []


def test_of_several_the_first_in_the_code_counts() -> None:
    forbid = [("item", "a"), ("data", "b")]
    assert first_forbidden("w.data\nw.item()", forbid) == ("data", "b", 1, 3)
    assert len(uses("w.data\nw.item()\nw.data", forbid)) == 3


@pytest.mark.parametrize("name", ["data", "torch.no_grad", "for", "θ"])
def test_what_can_be_forbidden(name: str) -> None:
    assert can_be_forbidden(name)


@pytest.mark.parametrize("name", ["w.", "a b", "x + 1", "", "True", "[0]", "3"])
def test_what_cannot(name: str) -> None:
    assert not can_be_forbidden(name)
