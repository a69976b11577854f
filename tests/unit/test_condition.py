"""Conditions over recorded values: what they may be, what is said of others; none hangs."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import scalar, tensor
from work import within

from autograd_tutor.analysis.arrays import Unfit
from autograd_tutor.analysis.condition import QueryError, read_condition
from autograd_tutor.limits.interface import LONGEST_QUERY
from autograd_tutor.recording.model import Stats, Tensor

NAMES = ("loss", "w", "model.0.weight", "opt", 'box["a"]', "f().h", "n", "big")
STATS = Stats(2000, 2000, -3.0, 2.0, 0.5, 1.0, 40.0, 0, 0, (2000,))
VALUES: dict[str, Tensor | str] = {
    "loss": scalar(0.25),
    "w": tensor(1.0, -2.0, 0.0),
    "model.0.weight": tensor(4.0),
    "opt": "SGD(lr=0.1)",
    'box["a"]': "'text'",
    "f().h": scalar(7.0),
    "n": "12",
    "big": tensor(shape=(0,)).__class__(
        (2000,), "torch.float32", "cpu", False, True, False, "constant", None, None, 0, 0, None,
        None, STATS, None,
    ),
}  # fmt: skip


def holds(text: str) -> bool:
    condition = read_condition(text, NAMES)
    return condition.holds([VALUES[variable.names[0]] for variable in condition.variables])


@pytest.mark.parametrize(
    "text",
    [
        "loss < 0.3", "model[0].weight == 4", "model.0.weight == 4", "box['a'] == 'text'",
        'box["a"] != "other"', "h == 7", "f().h == 7", "n % 5 == 2", "big.min() == -3",
        "big.abs().max() == 3", "big.norm() == 40", "not big.isnan().any()", "big.std() == 1",
        "big.shape == (2000,)", "len(big) == 2000", "big.grad is None", "w[1] < 0 < w[0]",
        "loss in (0.25, 1)", "loss * 2 ** 2 == 1", " loss<1 ",
    ],
)  # fmt: skip
def test_what_holds(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("lss < 1", "No moment has a variable `lss`; did you mean `loss`?"),
        ("zzz", "No moment has a variable `zzz`."),
        ("model > 1", "`model` is not recorded as a whole; take a part, as `model.0.weight`."),
        ("loss = 1", "Python cannot read `loss = 1`; == compares."),
        ("loss <", "Python cannot read `loss <`."),
        ("", "Python cannot read ``."),
        ("loss.foo > 1", "`.foo` is not known here; these are: .grad, .grad_fn, .requires_grad, "
         ".is_leaf, .shape, .ndim, .dtype, .data."),
        ("w.norm > 1", "`.norm` is a method: put () behind it."),
        ("w.norm(p=1) > 1", "`w.norm(p=1)` cannot be called here."),
        ("__import__('os').system('x')", "`__import__('os').system('x')` cannot be called here."),
        ("open('x')", "`open('x')` cannot be called here."),
        ("[x for x in w]", "`[x for x in w]` cannot be used here."),
        ("lambda: loss", "`lambda: loss` cannot be used here."),
        ("w @ w", "The operator of `w @ w` cannot be used here."),
        ("w.dtype == torch.foo", "`torch.foo` is not known here."),
        ("b'x' == loss", "`b'x'` cannot be used here."),
        ("(" * 60 + "loss" + ")" * 60 + " < " + "-" * 60 + "1", "This is nested too deeply."),
        ("l" * (LONGEST_QUERY + 1), "This is longer than 400 characters."),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(text: str, why: str) -> None:
    with pytest.raises(QueryError) as error:
        read_condition(text, NAMES)
    assert str(error.value) == why


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("w > 0", "it has 3 elements: ask for .any() or .all() of them"),
        ("w.item() > 0", "`w`: it has 3 elements"),
        ("big > 0", "`big > 0`: its elements were not recorded"),
        ("big[0] > 0", "`big`: its elements were not recorded"),
        ("big.abs().min() > 0", "`big`: its elements were not recorded"),
        ("w.grad.norm() > 0", "`w.grad` is None"),
        ("w.grad[0] > 0", "`w.grad` is None"),
        ("opt > 1", "`opt > 1`: only the text of SGD(lr=0.1) was recorded"),
        ("opt", "only the text of SGD(lr=0.1) was recorded"),
        ("n > 'a'", "`n > 'a'`: > is not for a int and a str"),
        ("loss + None", "`loss + None`: + is for numbers, not for None"),
        ("9 ** 9 ** 9 > n", "`9 ** 9 ** 9`: the number becomes too large"),
        ("n / 0 > 1", "`n / 0`: division by zero"),
        ("w[3] > 1", "`w`: dimension 0 has 3 elements"),
        ("n[0] > 1", "`n`: no such item: 'int' object is not subscriptable"),
        ("n.norm() > 1", "`n` is no tensor"),
        ("'a' * 9 ** 9 == 'a'", "`'a' * 9 ** 9`: * is for numbers, not for a str"),
        ("'a' * 9 == 'a'", "`'a' * 9`: * is for numbers, not for a str"),
    ],
)
def test_what_is_not_known(text: str, why: str) -> None:
    with pytest.raises(Unfit) as error:
        holds(text)
    assert str(error.value) == why


TOKENS = st.sampled_from([
    "loss", "w", "big", "n", "model", "h", "opt", "9", "0", "1e400", "0.5", "'a'", "None", "True",
    "**", "*", "+", "-", "/", "//", "%", "<", "==", "is", "in", "not", "and", "or", "&", "|", "~",
    "(", ")", "[", "]", ",", ":", ".", ".grad", ".norm()", ".abs()", ".max()", ".isnan()", ".any()",
    ".shape", "[0]", "[-1]", "[::2]", "abs(", "len(", "sum(", "max(", "int(", "float(", "if",
    "else", "lambda", "torch.isnan(", "torch.float32", "math.inf", "99999999999999999999",
    "9**9**9", "1<<9", "\\d", "é", "\0", "\n", "f''", "=", ":=", "@", "...", "1j", "{}", "((((",
])  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(st.lists(TOKENS, max_size=14).map(" ".join) | st.text(max_size=40))
def test_whatever_is_typed_ends_soon_and_raises_nothing_else(text: str) -> None:
    def ask() -> str:
        try:
            return str(holds(text))
        except (QueryError, Unfit) as error:
            return str(error)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert within(200_000, ask)
