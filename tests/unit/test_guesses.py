"""What learners type is taken or refused in a sentence, and judged by what the run says."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_tutor.course.tasks import Prediction
from autograd_tutor.limits.interface import MOST_GUESS_CHARACTERS
from autograd_tutor.playing.guesses import (
    Guess,
    answer_text,
    choose,
    judge,
    message_for,
    problem_of,
    read,
)
from autograd_tutor.playing.same_text import same_node, same_text
from autograd_tutor.playing.typed_number import NotRead, read_number
from autograd_tutor.recording.questions import Answer

NUMBER = Prediction("?", "number", "x")
TEXT = Prediction("?", "text", "x")
LINE = Prediction("?", "line", "3")
NODE = Prediction("?", "node", "name")
CHOICES = ("torch.int64", "torch.float32", "torch.float64")
CHOICE = Prediction("?", "choice", "x", choices=CHOICES)
SEVERAL = Prediction("?", "several", "x", choices=("a", "b", "c"))
ORDER = Prediction("?", "order", "x", choices=("step", "backward", "zero_grad"))


def number(value: float) -> Answer:
    return Answer(0, (str(value),), float(value))


def text(*texts: str) -> Answer:
    return Answer(0, texts)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("2", 2), ("-3", -3), ("+4", 4), ("2.", 2), (".5", 0.5), ("1e-3", 0.001), ("1E3", 1000),
        ("1,5", 1.5), ("0,333", 0.333), (",5", 0.5), ("1,234,567", 1234567), ("1.234.567", 1234567),
        ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("10 000", 10000), ("1_000", 1000),
        ("1'000", 1000), ("２．５", 2.5), ("−2", -2), ("–2", -2), ("－２", -2), ("٣", 3),
        ("2/3", 2 / 3), ("2 / 3", 2 / 3), ("-2/3", -2 / 3), ("½", 0.5), ("1½", 1.5), ("-¼", -0.25),
        ("√2", math.sqrt(2)), ("sqrt(2)", math.sqrt(2)), ("SQRT(2)", math.sqrt(2)),
        ("2√2", 2 * math.sqrt(2)), ("√2/2", math.sqrt(2) / 2), ("√(1+1)", math.sqrt(2)),
        ("2^19", 2**19), ("2**19", 2**19), ("2¹⁹", 2**19), ("10⁻³", 0.001), ("2^-1", 0.5),
        ("-2^2", -4), ("2^3^2", 512), ("0.8*0.8", 0.64), ("0.8 × 0.8", 0.64), ("2 · 3", 6),
        ("1 - 0.2", 0.8), ("(1+2)*3", 9), ("6÷4", 1.5), ("2pi", 2 * math.pi), ("π", math.pi),
        ("e", math.e), ("e^2", math.e**2), ("inf", math.inf), ("-inf", -math.inf),
        ("∞", math.inf), ("Infinity", math.inf), ("tensor(4.)", 4), ("1e−3", 0.001),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(typed: str, value: float) -> None:
    assert read_number(typed).value == pytest.approx(value, rel=1e-15)
    assert read(NUMBER, f"  {typed} ").number == read_number(typed)


@pytest.mark.parametrize("typed", ["nan", "NaN", "-nan", "ＮａＮ"])
def test_nan_is_an_answer(typed: str) -> None:
    assert math.isnan(read_number(typed).value)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Type a number"), ("   ", "Type a number"), ("two", "Type a number"),
        ("2 3", "Type a number"), ("1.2.3", "Type a number"), ("--", "Type a number"),
        ("(2", "Type a number"), ("2)", "Type a number"), ("()", "Type a number"),
        ("sqrt", "Type a number"), ("√-1", "Type a number"), ("(-8)^(1/3)", "Type a number"),
        ("50%", "Type a number"), ("[2]", "Type a number"), ("x", "Type a number"),
        ("exit()", "Type a number"), ("__import__('os')", "Type a number"), ("1j", "Type a number"),
        ("\x1b[2J", "Type a number"), ("2\x1b]0;x\x07", "Type a number"),
        ("2\u202e", "Type a number"), ("9^9^9", "inf for infinity"),
        ("1e400", "inf for infinity"), ("-1e400", "inf for infinity"),
        ("1/0", "divides by 0"), ("0^-1", "divides by 0"), ("1,000", "type 1000, or 1.000"),
        ("9" * 10_000, "too long"), ("(" * 10_000, "too long"), ("(" * 200, "Type a number"),
        ("-" * 198 + "1e", "Type a number"), ("9" * 200, ""),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_in_a_sentence(typed: str, says: str) -> None:
    if not says:
        assert read_number(typed).value == float(typed)
        return
    with pytest.raises(NotRead, match=says) as refused:
        read(NUMBER, typed)
    assert len(str(refused.value)) < 120
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("kind", ["number", "text", "line", "node", "choice", "several", "order"])
@given(typed=st.text(max_size=MOST_GUESS_CHARACTERS + 50))
def test_any_text_is_taken_or_refused(kind: str, typed: str) -> None:
    choices = ("a", "b") if kind in ("choice", "several", "order") else ()
    prediction = Prediction("?", kind, "x", choices=choices)  # type: ignore[arg-type]
    try:
        guess = read(prediction, typed, ["MulBackward0"])
    except NotRead:
        return
    assert guess.text
    for answer in (number(1.0), text("a"), text("a", "b"), text(), Answer(0, problem="no")):
        assert judge(prediction, guess, answer) in ("right", "wrong", "unclear")
        assert isinstance(answer_text(prediction, answer), str)
    message_for(prediction, guess)


@given(st.floats(-1e300, 1e300))
def test_a_number_is_its_own_answer_however_it_is_written(value: float) -> None:
    for typed in (repr(value), f"{value:.17g}", repr(value).replace("-", "−")):
        assert read_number(typed).value == value
        assert judge(NUMBER, read(NUMBER, typed), number(value)) == "right"
    shown = answer_text(NUMBER, number(value))
    assert judge(NUMBER, read(NUMBER, shown), number(value)) == "right"


@given(st.integers(-(10**6), 10**6), st.integers(1, 1000))
def test_fractions_are_exact(above: int, below: int) -> None:
    guess = read(NUMBER, f"{above}/{below}")
    assert judge(NUMBER, guess, number(above / below)) == "right"
    assert judge(NUMBER, guess, number(above / below + 1)) == "wrong"


@pytest.mark.parametrize(
    ("typed", "answer", "right"),
    [
        ("0.8", 0.800000011920929, True), ("4/5", 0.800000011920929, True),
        ("0.44", 0.44000002, True), ("0.33", 1 / 3, True), ("- 0.33", -1 / 3, True),
        ("0.3", 1 / 3, False),
        ("0.34", 1 / 3, False), ("1/3", 0.33333334, True), ("0.3333", 1 / 3, True),
        ("1", 0.8, False), ("0", 0.3, False), ("19", 19.4, False), ("19.4", 19.42, True),
        ("10", 9.6, False), ("8", 8.0, True), ("8.0", 8.0, True), ("0.0", 0.04, False),
        ("1.41", math.sqrt(2), True), ("1.42", math.sqrt(2), False), ("√2", 1.4142135381, True),
        ("1e-3", 0.0012, False), ("1.2e-3", 0.00123, True), ("1.2e-3", 0.0013, False),
        ("2^19", 524288.0, True), ("524289", 524288.0, False), ("nan", math.nan, True),
        ("1", math.nan, False), ("inf", math.inf, True), ("-inf", math.inf, False),
        ("1e300", math.inf, False), ("0", 0.0, True), ("-0", 0.0, True), ("0", 1e-9, False),
    ],
)  # fmt: skip
def test_a_number_is_as_exact_as_its_digits(typed: str, answer: float, right: bool) -> None:
    assert (judge(NUMBER, read(NUMBER, typed), number(answer)) == "right") is right


@pytest.mark.parametrize(
    ("typed", "near", "right"),
    [
        ("0.799", 0.001, True), ("0.798", 0.001, False), ("0.8", 0.0, True), ("0.85", 0.05, True),
        ("0.80", 0.0, True), ("nan", 1.0, False), ("inf", 1.0, False),
    ],
)  # fmt: skip
def test_near_says_how_far_a_number_may_be(typed: str, near: float, right: bool) -> None:
    prediction = Prediction("?", "number", "x", near=near)
    assert (judge(prediction, read(prediction, typed), number(0.8)) == "right") is right


def test_a_known_wrong_answer_that_is_nearer_is_wrong() -> None:
    prediction = Prediction("?", "number", "x", near=0.5, wrong=(("0.8", "Nothing happened."),))
    assert judge(prediction, read(prediction, "0.8"), number(0.44)) == "wrong"
    assert judge(prediction, read(prediction, "0.44"), number(0.44)) == "right"
    assert judge(prediction, read(prediction, "0.5"), number(0.44)) == "right"


@pytest.mark.parametrize("typed", ["0.8", "4/5", ".8", "0,8", "0.80"])
def test_known_wrong_numbers_are_recognised_however_they_are_written(typed: str) -> None:
    prediction = Prediction("?", "number", "x", wrong=(("2", "Two."), ("0.8", "Nothing to do.")))
    assert message_for(prediction, read(prediction, typed)) == "Nothing to do."
    assert message_for(prediction, read(prediction, "0.9")) == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("[2, 3]", "(2,3)", True), ("2 3", "[2, 3]", True), ("2x3", "(2, 3)", True),
        ("2 × 3", "torch.Size([2, 3])", True), ("torch.Size([2, 3])", "2,3", True),
        ("()", "torch.Size([])", True), ("[]", "()", True), ("[2]", "(2,)", True),
        ("[1., 2.]", "1 2", True), ("[0.8]", "[0.800000011920929]", True),
        ("[[1, 2], [3, 4]]", "[1,2],[3,4]", True), ("1 2 3 4", "[[1, 2], [3, 4]]", True),
        ("[[1, 2, 3], [4]]", "[[1, 2], [3, 4]]", False), ("['a', 'b']", "a, b", True),
        ("Float32", "torch.float32", True), ("None", "none", True), ("[3, 2]", "[2, 3]", False),
        ("[2, 3, 1]", "[2, 3]", False), ("", "[2]", False), ("-1", "−1", True),
        ("tensor([1., 2.])", "[1, 2]", True), ("23", "2 3", False), ("x2", "2", False),
    ],
)  # fmt: skip
def test_blanks_and_brackets_do_not_matter_where_it_is_the_same(
    one: str, other: str, same: bool
) -> None:
    assert same_text(one, other) is same
    assert same_text(other, one) is same


@given(
    st.lists(st.integers(-99, 99), min_size=1), st.sampled_from(["[{}]", "({})", "{}", "( {} )"])
)
def test_a_list_is_the_same_in_any_brackets(items: list[int], brackets: str) -> None:
    typed = brackets.format(", ".join(map(str, items)))
    assert same_text(typed, str(items))
    assert same_text(str(items), f"torch.Size({items})")
    assert not same_text(typed, str([*items, 1]))


def test_a_list_is_compared_whether_it_comes_as_one_text_or_as_its_items() -> None:
    for answer in (text("[1, 0, 2]"), text("1", "0", "2")):
        assert judge(TEXT, read(TEXT, "1 0 2"), answer) == "right"
        assert judge(TEXT, read(TEXT, "1 2 0"), answer) == "wrong"
        assert answer_text(TEXT, answer) == "[1, 0, 2]"
    prediction = Prediction("?", "text", "x", wrong=(("[3]", "Rows only."),))
    assert message_for(prediction, read(prediction, "(3,)")) == "Rows only."


@pytest.mark.parametrize("typed", ["2", "２", "torch.float32", "float32", " 2. "])
def test_a_choice_is_typed_by_number_or_text(typed: str) -> None:
    guess = read(CHOICE, typed)
    assert guess == Guess("torch.float32", None, (1,))
    assert judge(CHOICE, guess, text("torch.float32")) == "right"
    assert judge(CHOICE, guess, text("torch.int64")) == "wrong"


@pytest.mark.parametrize("typed", ["", "0", "4", "1 2", "float", "9" * 100, "\x1b[A"])
def test_no_choice_is_refused(typed: str) -> None:
    with pytest.raises(NotRead):
        read(CHOICE, typed)


def test_choices_whose_texts_are_numbers() -> None:
    prediction = Prediction("?", "choice", "x", choices=("3.0000", "about 3.58", "0"))
    assert judge(prediction, choose(prediction, [0]), number(3.0)) == "right"
    assert judge(prediction, choose(prediction, [2]), number(0.0)) == "right"
    assert judge(prediction, choose(prediction, [1]), number(3.58)) == "unclear"


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("1 3", True), ("3,1", True), ("31", True), ("1", False), ("0", False), ("a, c", True),
        ("1 2 3", False),
    ],
)  # fmt: skip
def test_several_are_a_set(typed: str, right: bool) -> None:
    assert (judge(SEVERAL, read(SEVERAL, typed), text("c", "a")) == "right") is right


def test_none_of_several_can_be_the_answer() -> None:
    assert judge(SEVERAL, read(SEVERAL, "none"), text()) == "right"
    assert answer_text(SEVERAL, text()) == "none of them"
    assert judge(SEVERAL, read(SEVERAL, "1"), text()) == "wrong"


@pytest.mark.parametrize(
    ("typed", "right"),
    [("3 2 1", True), ("321", True), ("zero_grad, backward, step", True), ("3 1 2", False)],
)
def test_an_order_is_a_sequence(typed: str, right: bool) -> None:
    answer = text("zero_grad", "backward", "step")
    assert (judge(ORDER, read(ORDER, typed), answer) == "right") is right
    assert answer_text(ORDER, answer) == "zero_grad, backward, step"


@pytest.mark.parametrize("typed", ["1 2", "1 2 2", "1 2 4", ""])
def test_an_order_has_all_once(typed: str) -> None:
    with pytest.raises(NotRead):
        read(ORDER, typed)


def test_known_wrong_choices_are_recognised() -> None:
    choice = Prediction("?", "choice", "x", choices=CHOICES, wrong=(("int64", "No."),))
    assert message_for(choice, choose(choice, [0])) == "No."
    assert message_for(choice, choose(choice, [2])) == ""
    several = Prediction("?", "several", "x", choices=("a", "b"), wrong=(("[b, a]", "Not both."),))
    assert message_for(several, choose(several, [0, 1])) == "Not both."
    order = Prediction("?", "order", "x", choices=("a", "b"), wrong=(("b, a", "Other way."),))
    assert message_for(order, choose(order, [1, 0])) == "Other way."
    assert message_for(order, choose(order, [0, 1])) == ""


@pytest.mark.parametrize("typed", ["9", "line 9", "Line 9", "９", "9."])
def test_a_line_is_its_number(typed: str) -> None:
    assert judge(LINE, read(LINE, typed), number(9)) == "right"
    assert judge(LINE, read(LINE, "8"), number(9)) == "wrong"


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "nine", "9" * 5000])
def test_what_is_no_line_is_refused(typed: str) -> None:
    with pytest.raises(NotRead, match=r"Type the number of a line|too long"):
        read(LINE, typed)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("MulBackward0", "MulBackward0", True), ("mulbackward", "MulBackward0", True),
        ("mul", "MulBackward0", True), ("MulBackward1", "MulBackward0", False),
        ("pow", "MulBackward0", False), ("<MulBackward0 object at 0x7f>", "MulBackward0", True),
        ("torch::autograd::AccumulateGrad", "AccumulateGrad", True),
        ("log10", "Log10Backward0", True), ("Log10Backward", "Log10Backward0", True),
        ("log", "Log10Backward0", False), ("log2", "Log10Backward0", False),
        ("mul0", "MulBackward0", True), ("mul1", "MulBackward0", False),
    ],
)  # fmt: skip
def test_a_node_is_known_without_its_number(one: str, other: str, same: bool) -> None:
    assert same_node(one, other) is same
    assert (judge(NODE, read(NODE, one), text(other)) == "right") is same


def test_a_node_has_its_number_where_there_are_two_of_the_name() -> None:
    nodes = ["MulBackward0", "MulBackward1", "SumBackward0"]
    with pytest.raises(NotRead, match="MulBackward0, MulBackward1"):
        read(NODE, "mul", nodes)
    assert read(NODE, "sum", nodes).text == "sum"
    assert read(NODE, "MulBackward1", nodes).text == "MulBackward1"


@pytest.mark.parametrize(
    ("prediction", "answer"),
    [
        (NUMBER, Answer(0, problem="NameError: x")), (NUMBER, text("two")), (LINE, text("a")),
        (CHOICE, text("torch.int8")), (CHOICE, text()), (CHOICE, text(*CHOICES)),
        (SEVERAL, text("a", "d")), (SEVERAL, text("a", "a")), (ORDER, text("step")),
        (NODE, text()), (TEXT, Answer(0, problem="it takes too long")),
    ],
)  # fmt: skip
def test_an_answer_that_fits_nothing_is_the_lessons_problem(
    prediction: Prediction, answer: Answer
) -> None:
    typed = {"order": "123", "text": "a", "node": "a"}.get(prediction.kind, "1")
    assert judge(prediction, read(prediction, typed), answer) == "unclear"
    assert problem_of(prediction, answer)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.800000011920929, "0.8"), (1 / 3, "0.3333"), (2.0, "2"), (524288.0, "524288"),
        (1e-8, "1e-08"), (math.nan, "nan"), (-math.inf, "-inf"),
    ],
)  # fmt: skip
def test_a_number_is_shown_in_the_digits_that_torch_prints(value: float, shown: str) -> None:
    assert answer_text(NUMBER, number(value)) == shown
