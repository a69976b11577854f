"""Questions on the screen: what is asked, how it is answered, and what follows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asked import CODE, KINDS, NUMBER, SECRET, answered, asked, card, lesson, moments, on_card
from made import result
from msgspec.structs import replace as changed
from sitting import READY, PlayedKernel, Sitting, sitting

from autograd_tutor.course import library
from autograd_tutor.playing import key_messages
from autograd_tutor.playing.guessing import NOT_YET
from autograd_tutor.progress.notes import Question
from autograd_tutor.recording.questions import Answer
from autograd_tutor.recording.wire import ResultRecord
from autograd_tutor.ui.options import Options

SIZES = [(120, 40), (80, 24)]
END = replace(NUMBER, line=0)
"""The same about the end of the step."""


async def come(sat: Sitting) -> None:
    """To the question before line 2."""
    await sat.until("? help")
    await sat.press("right")
    await sat.until(on_card(sat, "before line 2"))


def noted(sat: Sitting, number: int = 0) -> Question:
    """What progress knows of a question of the step."""
    return sat.progress.question(library.progress_key(lesson()), "only", number)


# Each kind


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_answered_rightly(kind: str, size: tuple[int, int]) -> None:
    prediction, answer, keys, _ = KINDS[kind]
    async with asked(prediction, answer=answer, size=size) as sat:
        await come(sat)
        assert f"{SECRET}" not in sat.text
        await sat.press(*keys, "enter")
        await sat.until(on_card(sat, "Right."))
        assert "✓ You: " in card(sat)
        assert "The run: " in card(sat)
        assert f"{SECRET}" in card(sat), "why it is so"
        assert "moment 2/5" in sat.headline, "on to what it was about"
        assert (noted(sat).right, noted(sat).tries, noted(sat).sure) == (True, 1, None)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", [each for each in KINDS if each != "several"])  # has no room
async def test_the_bar_says_how_to_get_to_a_pane_where_digits_answer(
    kind: str, size: tuple[int, int]
) -> None:
    prediction, answer, _, _ = KINDS[kind]
    async with asked(prediction, answer=answer, size=size) as sat:
        await come(sat)
        assert "Tab panes" in sat.keys
        await sat.press("tab")
        await sat.until(lambda: sat.focused != "code")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_has_two_tries(kind: str, size: tuple[int, int]) -> None:
    prediction, answer, _, wrong = KINDS[kind]
    async with asked(prediction, answer=answer, size=size) as sat:
        await come(sat)
        before = [pane.region for pane in sat._displayed]
        await sat.press(*wrong, "enter")
        await sat.until(on_card(sat, "Try once more."))
        assert f"{SECRET}" not in sat.text
        assert "moment 1/1" in sat.headline
        assert [pane.region for pane in sat._displayed] == before, "nothing moves"
        assert not noted(sat).settled
        await sat.press(*wrong, "enter")
        await sat.until(on_card(sat, "The run: "))
        assert "✓" not in card(sat)
        assert "moment 2/5" in sat.headline
        assert (noted(sat).right, noted(sat).tries) == (False, 2)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_can_be_unsure(kind: str) -> None:
    prediction, answer, keys, _ = KINDS[kind]
    async with asked(prediction, answer=answer) as sat:
        await come(sat)
        await sat.press("u")
        await sat.until(on_card(sat, " unsure ─"))
        await sat.press(*keys, "enter")
        await sat.until(on_card(sat, "Right."))
        assert (noted(sat).right, noted(sat).sure) == (True, False)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_can_be_skipped(kind: str) -> None:
    prediction, answer, _, _ = KINDS[kind]
    async with asked(prediction, answer=answer) as sat:
        await come(sat)
        await sat.press("s")
        if kind in ("text", "node"):  # the letter may be one of the answer's
            await sat.until(on_card(sat, "s once more skips it"))
            assert not noted(sat).skipped
            await sat.press("s")
        await sat.until(on_card(sat, "Skipped."))
        assert "The run: " in card(sat)
        assert "You: " not in card(sat)
        assert "moment 2/5" in sat.headline
        assert noted(sat).skipped
        assert not noted(sat).guesses


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_is_asked_of_edited_code(kind: str) -> None:
    prediction, answer, keys, _ = KINDS[kind]
    async with asked(prediction, answer=answer) as sat:
        await come(sat)
        await sat.press("e")
        await sat.until(lambda: bool(sat.app.screen.query("TextArea")))
        await sat.press("end", "#", "f5")
        await sat.until("Code (edited)")
        await sat.press("end", *keys, "enter")
        await sat.until(on_card(sat, "Right."))
        assert noted(sat).right


# What is said


async def test_a_known_wrong_answer_gets_its_message() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press("2", "enter")
        await sat.until(on_card(sat, "That is the number of elements. Try once more."))
        await sat.press(*"3141", "5", ".", "0", "enter")
        await sat.until(on_card(sat, "✓ You: 31415.0    The run: 31415    Right."))
        assert (noted(sat).right, noted(sat).tries) == (True, 2)


@pytest.mark.parametrize("typed", ["1e400", "--", "9" * 300, "1,000", "2/0", "[", "٣٣x"])
async def test_what_is_no_answer_is_refused_and_can_be_mended(typed: str) -> None:
    async with asked(NUMBER, size=(80, 24)) as sat:
        await come(sat)
        await sat.press("a", *typed, "enter")
        await sat.until(lambda: any(word in card(sat) for word in ("ype", "too long")))
        assert "Esc leave the field" in sat.keys, "the field is open still"
        await sat.press("ctrl+u", *"31415", "enter")
        await sat.until(on_card(sat, "Right."))
        assert noted(sat).tries == 1


async def test_escape_sequences_are_shown_and_refused() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press("a")
        await sat.until("Esc leave the field")
        from textual import events

        sat.app.post_message(events.Paste("\x1b]0;pwned\x07\x1b[2J7"))
        await sat.until(on_card(sat, "Your answer: ]0;pwned[2J7"))
        await sat.press("enter")
        await sat.until(on_card(sat, "Type a number"))


async def test_a_lesson_without_an_answer_makes_nobody_wrong() -> None:
    async with asked(NUMBER, answer=Answer(0, problem="NameError: secret")) as sat:
        await come(sat)
        await sat.press("7", "enter")
        await sat.until(on_card(sat, "no answer here (NameError: secret)."))
        assert "moment 2/5" in sat.headline
        assert noted(sat).settled
        assert not noted(sat).guesses


async def test_an_answer_that_is_none_of_the_choices_is_the_lessons_problem() -> None:
    prediction, _, keys, _ = KINDS["choice"]
    async with asked(prediction, answer=Answer(0, ("yellow",))) as sat:
        await come(sat)
        await sat.press(*keys, "enter")
        await sat.until(on_card(sat, "the answer, yellow, is none of the choices)."))


async def test_choices_are_chosen_by_arrows_too_and_enter_alone_answers_nothing() -> None:
    prediction, answer, _, _ = KINDS["choice"]
    async with asked(prediction, answer=answer) as sat:
        await come(sat)
        await sat.press("enter")
        await sat.until(on_card(sat, "Choose one of them"))
        await sat.press("9")
        await sat.until(on_card(sat, "The choices have the numbers 1 to 3."))
        await sat.press("down", "down", "down", "down", "up")
        await sat.until(on_card(sat, "> 2 green"))
        await sat.press("enter")
        await sat.until(on_card(sat, "Right."))


async def test_a_mistyped_order_is_taken_back() -> None:
    prediction, answer, _, _ = KINDS["order"]
    async with asked(prediction, answer=answer) as sat:
        await come(sat)
        await sat.press("1", "enter")
        await sat.until(on_card(sat, "Put all 3 in order"))
        await sat.press("backspace", "3", "1", "2")
        await sat.until(on_card(sat, "Your order: blue → red → green"))
        await sat.press("enter")
        await sat.until(on_card(sat, "Right."))


# The other keys


async def test_other_keys_go_on_working_while_a_question_is_open() -> None:
    async with asked(NUMBER, more=1) as sat:
        await come(sat)
        await sat.press("left")
        await sat.until("moment 0/1")
        assert "before line 2" in card(sat), "one looks back, and reads it"
        await sat.press("tab")
        await sat.until(lambda: sat.focused != "code")
        await sat.press("z")
        await sat.until(lambda: len(sat.shown()) == 1)
        await sat.press("z", "?")
        await sat.until("Skip the question: its answer is shown")
        await sat.press("escape")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("N")
        await sat.until(key_messages.ASKED)
        await sat.press(*"31415", "enter")
        await sat.until(on_card(sat, "Right."))
        assert "moment 2/5" in sat.headline


@pytest.mark.parametrize("size", SIZES)
async def test_keys_that_are_refused_are_not_offered(size: tuple[int, int]) -> None:
    async with asked(NUMBER, more=1, size=size) as sat:
        await sat.until("? help")
        assert "→ next" in sat.keys
        await come(sat)
        await sat.until("s skip")
        assert "→ next" not in sat.keys
        assert "N next step" not in sat.keys
        assert "← back" in sat.keys
        await sat.press("left")
        await sat.until("→ next")
        await sat.press("right", "s")
        await sat.until("Enter go on")
        assert "→ next" in sat.keys
        assert "N next step" in sat.keys


async def test_who_begins_to_type_is_told_first_which_key_opens_the_field() -> None:
    """For `sqrt(2)` begins with the key that skips."""
    async with asked(NUMBER, size=(80, 24)) as sat:
        await come(sat)
        assert "Your answer: Enter, then a number" in card(sat)
        assert "Enter type an answer" in sat.keys
        await sat.press("right")
        await sat.until(key_messages.ASKED)
        await sat.press("enter")
        await sat.until("Esc leave the field")
        assert key_messages.ASKED not in sat.text
        assert "Enter, then" not in card(sat)
        await sat.press(*"sqrt(2)", "escape")
        await sat.until("Your answer: sqrt(2)")
        await sat.press("tab")
        await sat.until("a type an answer")


async def test_a_long_right_answer_is_said_once() -> None:
    choices = tuple(f"{name}Backward0" for name in ("Mean", "Add", "Multiply", "Exponential"))
    order = replace(KINDS["order"][0], choices=choices)
    async with asked(order, answer=Answer(0, choices), size=(80, 24)) as sat:
        await come(sat)
        await sat.press(*"1234", "enter")
        await sat.until(on_card(sat, "Right."))
        assert card(sat).count("ExponentialBackward0") == 1


async def test_an_answer_from_an_earlier_moment_leads_on() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press("home")
        await sat.until("moment 0/1")
        await sat.press(*"31415", "enter")
        await sat.until("moment 2/5")


async def test_enter_opens_a_row_of_a_pane_until_a_key_goes_back_to_the_question() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press("tab")
        await sat.until(lambda: sat.focused == "tensors")
        await sat.press("enter")
        await sat.until("Tensors · w")
        await sat.press("escape", "a")
        await sat.until("Esc leave the field")
        await sat.press(*"31415", "enter")
        await sat.until(on_card(sat, "Right."))


async def test_escape_leaves_the_field_and_keeps_what_was_typed() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press("3", "1", "escape")
        await sat.until("s skip")
        assert "Your answer: 31" in card(sat)
        await sat.press("left")
        await sat.until("moment 0/1")
        await sat.press("enter", *"415", "enter")
        await sat.until(on_card(sat, "Right."))


async def test_keys_typed_at_once_are_all_taken() -> None:
    async with asked(NUMBER) as sat:
        await sat.until("? help")
        await sat.type_at_once("right", "2", "enter", *"31415", "enter", "right", "3")
        await sat.until(lambda: "moment 4/5" in sat.headline)
        await sat.until(lambda: sat.focused == "tensors")
        assert card(sat) == ""
        assert (noted(sat).right, noted(sat).tries) == (True, 2)


async def test_the_result_stays_until_the_next_move() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press(*"31415", "enter")
        await sat.until(on_card(sat, "Right."))
        await sat.press("3", "z", "z", "j", "?", "escape")
        await sat.rest()
        assert "Right." in card(sat)
        await sat.press("right")
        await sat.until("moment 4/5")
        assert card(sat) == ""


async def test_enter_takes_the_result_off() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press("s")
        await sat.until("Enter go on")
        await sat.press("enter")
        await sat.until(lambda: card(sat) == "")
        assert "moment 2/5" in sat.headline


# Several questions, and the text that comes after them


async def test_questions_come_one_after_the_other_and_then_the_rest_is_explained() -> None:
    later = replace(NUMBER, ask="And what next?", line=4)
    async with asked(END, later, then="This comes **afterwards**.") as sat:
        await sat.until(on_card(sat, "Question 1 of 2, before the step"))
        assert "Read this first." in sat.text
        await sat.press("s")
        await sat.until(on_card(sat, "Skipped."))
        assert "moment 0/4" in sat.headline, "one walks on oneself"
        assert "afterwards" not in sat.text
        await sat.press("end")
        await sat.until(on_card(sat, "Question 2 of 2, before line 4"))
        await sat.press("s")
        await sat.until("This comes afterwards.")
        assert "Read this first." in sat.text
        assert noted(sat, 1).skipped


async def test_two_questions_about_the_same_moment() -> None:
    async with asked(END, replace(END, ask="And the other?")) as sat:
        await sat.until(on_card(sat, "Question 1 of 2"))
        await sat.press("s")
        await sat.until(on_card(sat, "Skipped."))
        await sat.press("right")
        await sat.until(on_card(sat, "And the other?"))
        await sat.press("s", "enter", "right")
        await sat.until("moment 1/5")


async def test_a_step_is_finished_when_its_question_is_settled_and_its_end_seen() -> None:
    async with asked(NUMBER, more=1) as sat:
        key = library.progress_key(lesson())
        await come(sat)
        await sat.press("end")
        await sat.until(key_messages.ASKED)
        assert not sat.progress.finished(key)
        await sat.press("s", "end")
        await sat.until("moment 5/5")
        assert sat.progress.finished(key) == {"only"}


async def test_what_was_settled_is_not_asked_again() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press("s")
        await sat.until(on_card(sat, "Skipped."))
        progress = sat.progress
        kernel = PlayedKernel(answered)
        async with sitting(lesson(NUMBER), kernel=kernel, progress=progress) as again:
            await again.press("end")
            await again.until("moment 5/5")
            assert card(again) == ""


async def test_a_try_is_kept_while_another_step_is_open() -> None:
    async with asked(more=1) as sat:
        made = lesson(more=1)
        steps = (made.steps[0], replace(made.steps[1], predictions=(NUMBER,)))
        kernel = PlayedKernel(answered)
        async with sitting(replace(made, steps=steps), kernel=kernel) as there:
            await there.press("N", "right", "2", "enter")
            await there.until(on_card(there, "Try once more."))
            await there.press("P")
            await there.until("step 1/2")
            assert card(there) == ""
            await there.press("N")
            await there.until(on_card(there, "Try once more."))
        await sat.rest()


# While the run goes on


def slow() -> tuple[PlayedKernel, list[object]]:
    """A kernel that has come as far as a call of line 2; the records of the rest."""
    kernel = PlayedKernel(prompt=False)
    kernel.report(READY)
    records = moments()
    call = changed(records[1].snapshot, line=1, depth=1, function="f")  # type: ignore[union-attr]
    begun = [*records[:2], replace_snapshot(records[1], call)]
    kernel.begun = begun  # type: ignore[attr-defined]
    answer = changed(records[2].snapshot, answers=(KINDS["number"][1],))  # type: ignore[union-attr]
    rest = [replace_snapshot(records[2], answer), *records[3:]]
    return kernel, [*rest, ResultRecord(changed(result(), snapshots=7))]


def replace_snapshot(record, snapshot):  # type: ignore[no-untyped-def]
    return changed(record, snapshot=snapshot)


@pytest.mark.parametrize(("typed", "says"), [("31415", "Right."), ("2", "Try once more.")])
async def test_an_answer_that_comes_early_is_judged_later(typed: str, says: str) -> None:
    kernel, rest = slow()
    async with asked(NUMBER, kernel=kernel) as sat:
        kernel.record(*kernel.begun)  # type: ignore[attr-defined]
        await sat.press("right")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press(*typed, "enter")
        await sat.until(on_card(sat, NOT_YET))
        kernel.record(*rest)  # type: ignore[arg-type]
        await sat.until(on_card(sat, says))
        assert noted(sat).right == (says == "Right.")


async def test_an_answer_that_is_judged_while_another_is_typed_was_the_last() -> None:
    kernel, rest = slow()
    async with asked(NUMBER, replace(NUMBER, line=4), kernel=kernel) as sat:
        kernel.record(*kernel.begun)  # type: ignore[attr-defined]
        await sat.press("right")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press(*"31415", "enter", "5")
        await sat.until(on_card(sat, "Your answer: 5"))
        kernel.record(*rest)  # type: ignore[arg-type]
        await sat.until(on_card(sat, "Right."))
        await sat.press("enter")
        await sat.rest()
        assert (noted(sat).tries, noted(sat).right) == (1, True)
        assert not noted(sat, 1).settled, "nobody has asked it"


async def test_a_run_that_ends_before_its_answer_makes_nobody_wrong() -> None:
    kernel, _ = slow()
    async with asked(NUMBER, kernel=kernel) as sat:
        kernel.record(*kernel.begun)  # type: ignore[attr-defined]
        await sat.press("right")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("5", "enter")
        await sat.until(on_card(sat, NOT_YET))
        kernel.end("deadline")
        await sat.until(on_card(sat, "No guess is wrong: "))
        assert noted(sat).settled


async def test_what_was_skipped_before_its_answer_was_there_shows_it_later() -> None:
    kernel, rest = slow()
    async with asked(NUMBER, kernel=kernel) as sat:
        kernel.record(*kernel.begun)  # type: ignore[attr-defined]
        await sat.press("right")
        await sat.until(on_card(sat, "What is secret?"))
        await sat.press("s")
        await sat.until(on_card(sat, "Skipped."))
        assert "The run: " not in card(sat)
        kernel.record(*rest)  # type: ignore[arg-type]
        await sat.until(on_card(sat, f"The run: {SECRET}"))


async def test_the_prompt_stays_while_records_arrive() -> None:
    kernel, rest = slow()
    async with asked(NUMBER, kernel=kernel) as sat:
        kernel.record(*kernel.begun)  # type: ignore[attr-defined]
        await sat.press("g", "1", "2")
        await sat.until("go to 12")
        kernel.record(*rest)  # type: ignore[arg-type]
        await sat.rest()
        assert "go to 12" in sat.keys


# How it looks


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20), (40, 12)])
@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_readable_in_any_size(kind: str, size: tuple[int, int]) -> None:
    prediction, answer, keys, _ = KINDS[kind]
    long = replace(prediction, ask="A question of many words, " * 6, because="Why it is. " * 20)
    async with asked(long, answer=answer, size=size, options=Options(ascii_only=True)) as sat:
        await come(sat)
        assert "A question of many words" in card(sat)
        assert card(sat).isascii()
        if prediction.choices and size[1] > 12:
            assert all(choice in card(sat) for choice in prediction.choices)
        await sat.press(*keys, "enter")
        await sat.until(on_card(sat, "Right."))
        assert "The run:" in card(sat)
        await sat.resize(size[0] + 10, size[1] + 3)
        await sat.until(on_card(sat, "Right."))


async def test_the_pane_in_which_it_is_seen_comes_on_a_small_screen() -> None:
    async with asked(NUMBER, size=(80, 24)) as sat:
        await come(sat)
        assert "tensors" not in sat.shown()
        await sat.press(*"31415", "enter")
        await sat.until(on_card(sat, "You see it in Tensors (3)."))
        assert "tensors" in sat.shown()


def test_the_code_of_these_tests_has_a_line_two() -> None:
    assert CODE.splitlines()[1] == "secret = w.sum()"


async def test_a_comparison_ends_at_the_question() -> None:
    async with asked(NUMBER) as sat:
        await come(sat)
        await sat.press("c", "end", "end")
        await sat.until("A question comes first: q goes back to it.")
        assert f"{SECRET}" not in sat.text
        await sat.press("home", "home")
        await sat.until("There is no further moment in that direction.")
