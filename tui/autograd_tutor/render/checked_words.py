"""The sentences of a check of gradients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.checked import Judged, Off, Rounding, Verdict, rounding
from autograd_tutor.messages import _, plural
from autograd_tutor.recording.checks import (
    Checked,
    CheckedEntry,
    CheckedFunction,
    CheckedInput,
    CheckedLeaf,
    CheckProblem,
)
from autograd_tutor.recording.followed import Place
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import listed

_PROBLEMS: dict[CheckProblem, str] = {
    "raises": _("The step fails before the pass has ended: it {detail}."),
    "time": _("The check was given up: it takes too long."),
    "random": _("Two runs of the same statements with the same seed differ."),
    "no-fork": _(
        "A check runs the step in processes of its own, which the sandbox does not allow. "
        "If you trust the script, use --no-sandbox."
    ),
    "transform": _(
        "The pass is one of torch.func, inside of which tensors have no numbers to be compared."
    ),
    "batched": _(
        "The pass begins with several gradients at once (is_grads_batched), so there is no one "
        "value to be compared."
    ),
    "died": _("The process of the check has ended before it was done. {detail}"),
}

_UNKNOWN: dict[CheckProblem, str] = {
    "random": _(
        "{name} cannot be compared: two runs with the same seed give different values, so "
        "something in the script is random that the seed does not set."
    ),
    "time": _("{name} cannot be compared: the runs with moved entries take too long."),
    "died": _(
        "{name} cannot be compared: the process of a run with moved entries has ended. {detail}"
    ),
    "raises": _("{name} cannot be compared: a run with moved entries {detail}."),
    "unreached": _(
        "{name} cannot be compared: with moved entries the step does not come to the pass in the "
        "same way."
    ),
    "outside": _(
        "{name} cannot be compared: the pass goes through nodes that an earlier step or another "
        "thread has made, and the check runs this step alone."
    ),
    "device": _("{name} cannot be compared: it is not on the CPU."),
    "complex": _("{name} cannot be compared: it is complex."),
    "shared": _(
        "{name} cannot be compared: entries of it, or another leaf, are the same numbers in memory."
    ),
    "single": _(
        "{name} cannot be compared: an operation on the way cannot be followed in float64, or "
        "draws random numbers of its own."
    ),
}

_UNSURE: dict[Off, str] = {
    "small": _(
        "{where} cannot be compared: {grad} is too small beside the value that the pass begins at, "
        "which float64 rounds by more than the entry changes it."
    ),
    "unsteady": _(
        "{where} cannot be compared: autograd gives {grad}, and finite differences give another "
        "slope with each step, as {slope}."
    ),
    "no-value": _(
        "{where} cannot be compared: autograd gives {grad}, and the value that the pass begins at "
        "is not finite."
    ),
    "lost": _(
        "{where} cannot be compared: autograd gives {grad}, finite differences give {slope}, and "
        "an operation of the pass cannot be done in float64, so that it may be rounding."
    ),
    "edge": _(
        "{where} is at the edge of where there are values: on one side finite differences are NaN. "
        "Autograd gives {grad}."
    ),
}

NOT_FINITE: dict[Off, str] = {
    "range": _(
        "{where}: autograd gives {grad}, and {double} in float64: numbers do not fit into {dtype} "
        "on the way, which is no rounding."
    ),
    "steep": _(
        "{where}: autograd gives {grad}. It is at a kink, or where the slope is infinite: the "
        "slopes on its sides are {below} and {above}."
    ),
    "not-finite": _("{where}: autograd gives {grad}, finite differences give {slope}."),
}

_BEGINS = _("`autograd-tutor explain` (w on the screen) says where NaN and infinities begin.")

_FUNCTIONS: dict[CheckProblem, str] = {
    "raises": _("{name} (line {line}) cannot be checked in float64: it {detail}."),
    "random": _(
        "{name} (line {line}) cannot be checked: with the same seed it gives different outputs."
    ),
    "dtype": _("{name} (line {line}) cannot be checked: given float64, it gives another dtype."),
    "complex": _("{name} (line {line}) cannot be checked: an input is complex."),
    "time": _("{name} (line {line}) cannot be checked: that takes too long."),
    "died": _("{name} (line {line}) cannot be checked: that has ended its process."),
}


def problem_sentence(checked: Checked, first_line: int) -> str:
    """Why nothing was compared, and what can be."""
    if checked.problem == "no-pass":
        return _no_pass(checked, first_line)
    detail = sanitize_line(checked.detail).rstrip(".")
    text = _PROBLEMS[checked.problem].format(detail=detail).strip()
    if checked.problem != "raises" or not checked.passes:
        return text
    return f"{text} {_before(checked.passes)}"


def _no_pass(checked: Checked, first_line: int) -> str:
    if not checked.passes:
        return _(
            "Nothing to check: no backward pass was asked for, by backward() or "
            "torch.autograd.grad()."
        )
    passes = plural("{n} pass", "{n} passes", checked.passes).format(n=f"{checked.passes:,}")
    numbers = listed([f"{each + first_line - 1}" for each in checked.lines])
    of_lines = plural("of line {lines}", "of lines {lines}", len(checked.lines))
    text = (
        _("No pass is asked for on line {line}: there are {passes}, {of_lines}.")
        if checked.line
        else _("There is no pass {call}: the step came to {passes}, {of_lines}.")
    )
    return text.format(
        line=checked.line + first_line - 1,
        call=f"{checked.call:,}",
        passes=passes,
        of_lines=of_lines.format(lines=numbers),
    )


def _before(passes: int) -> str:
    if passes == 1:
        return _("Pass 1 can be checked (verify --pass 1, or V at it).")
    text = _("Passes 1 to {last} can be checked (verify --pass N, or V at it).")
    return text.format(last=f"{passes:,}")


def leaf_name(leaf: CheckedLeaf) -> str:
    """What a leaf is called; one without a name by its shape."""
    if leaf.name:
        return sanitize_line(leaf.name)
    shape = "×".join(map(str, leaf.shape))
    return _("a leaf of shape {shape}").format(shape=shape) if shape else _("a leaf")


def entry_name(name: str, entry: CheckedEntry) -> str:
    """`w[0, 1]`."""
    return f"{name}[{', '.join(map(str, entry.index))}]" if entry.index else name


def leaves(number: int) -> str:
    """How many."""
    return plural("{n} leaf", "{n} leaves", number).format(n=f"{number:,}")


def function_sentences(
    function: CheckedFunction, judged: Sequence[Judged], line: int | Place
) -> Iterator[tuple[Verdict, str]]:
    """What a Function's backward gives, one sentence for each input that is off."""
    name = f"`{sanitize_line(function.name)}`"
    if function.problem:
        detail = sanitize_line(function.detail).rstrip(".")
        text = _FUNCTIONS[function.problem]
        yield "unknown", text.format(name=name, line=line, detail=detail)
        return
    agreeing = [
        each.name
        for each, found in zip(function.inputs, judged, strict=True)
        if found.verdict == "agrees"
    ]
    if agreeing:
        names = listed([f"`{sanitize_line(each)}`" for each in agreeing])
        text = _("{name} (line {line}): backward gives what finite differences give for {names}.")
        yield "agrees", text.format(name=name, line=line, names=names)
    for each, found in zip(function.inputs, judged, strict=True):
        if found.worst is not None:
            yield found.verdict, _off_input(name, line, each, found)


def _off_input(name: str, line: int | Place, given: CheckedInput, found: Judged) -> str:
    entry = found.worst
    assert entry is not None
    where = f"`{entry_name(sanitize_line(given.name), entry)}`"
    if found.off == "unscaled":
        return _(
            "{name} (line {line}): backward gives {grad} for {where} whatever gradient comes in: "
            "it is not multiplied by the incoming gradient."
        ).format(name=name, line=line, where=where, grad=_number(entry.grad))
    if found.off in _UNSURE:
        text = _UNSURE[found.off].format(
            where=where, grad=_number(entry.grad), slope=_number(entry.slope)
        )
        return _("{name} (line {line}): {text}").format(name=name, line=line, text=text)
    if found.verdict == "kink":
        return _(
            "{name} (line {line}): {where} is at a kink: the slopes on its sides are {below} and "
            "{above}, and backward gives {grad}."
        ).format(
            name=name,
            line=line,
            where=where,
            below=_number(entry.below),
            above=_number(entry.above),
            grad=_number(entry.grad),
        )
    other = found.off == "" and _number(entry.grad) == _number(entry.slope)
    grad, slope = (entry.other, entry.double) if other else (entry.grad, entry.slope)
    return _(
        "{name} (line {line}): backward gives {grad} for {where}, finite differences give {slope}"
        "{off}."
    ).format(
        name=name,
        line=line,
        where=where,
        grad=_number(grad),
        slope=_number(slope),
        off=_off(found),
    )


def leaf_sentence(leaf: CheckedLeaf, judged: Judged) -> str:
    """What is to be said of a leaf; `` where all of its entries agree."""
    name = f"`{leaf_name(leaf)}`"
    entry = judged.worst
    if entry is None:
        return _unknown(leaf, name) if judged.verdict == "unknown" else ""
    where = f"`{entry_name(leaf_name(leaf), entry)}`"
    if judged.off in _UNSURE:
        text = _UNSURE[judged.off]
    elif judged.verdict == "kink":
        text = _(
            "{where} is at a kink: the slopes on its sides are {below} and {above}. Autograd gives "
            "{grad}, which lies between them."
        )
    elif judged.verdict == "cut":
        text = _(
            "{where}: autograd gives {grad}, which is right if what it does not follow stays as it "
            "is (detach(), no_grad(), numbers in Python, other leaves, buffers). If that moves, "
            "too, finite differences give {slope}."
        )
    elif judged.verdict == "rounding":
        text = _(
            "{where}: autograd gives {grad}, finite differences give {slope}. In float64 autograd "
            "gives that, too: it is rounding."
        )
    elif judged.off == "none":
        text = _(
            "{where} gets no gradient (None), but finite differences give {slope}: what the pass "
            "begins at depends on it, and no path of the graph leads to it."
        )
    elif judged.off in NOT_FINITE:
        text = f"{NOT_FINITE[judged.off]} {_BEGINS}"
    else:
        text = _("{where}: autograd gives {grad}, finite differences give {slope}{off}.")
    return text.format(
        where=where,
        grad=_number(entry.grad),
        slope=_number(entry.slope),
        below=_number(entry.below),
        above=_number(entry.above),
        off=_off(judged),
        double=_number(entry.double),
        dtype=_dtype(leaf),
    )


def _unknown(leaf: CheckedLeaf, name: str) -> str:
    found = next((each for each in leaf.entries if each.problem), None)
    problem = leaf.problem or (found.problem if found else "")
    detail = sanitize_line(found.detail).rstrip(".") if found else ""
    return _UNKNOWN[problem].format(name=name, detail=detail).strip() if problem in _UNKNOWN else ""


def _off(judged: Judged) -> str:
    if judged.off == "sign":
        return _(": the sign is wrong")
    if judged.off == "factor":
        return _(": off by the factor {factor}").format(factor=_number(judged.factor))
    return ""


def rounding_sentences(checked: Checked) -> Iterator[tuple[Verdict, str]]:
    """Whether gradients are those of the same operations in float64: one sentence, or more."""
    found = [(leaf, rounding(leaf, checked)) for leaf in checked.leaves]
    usual = [(leaf, each) for leaf, each in found if each.kind == "usual" and leaf.reached]
    if usual:
        leaf, worst = max(usual, key=lambda pair: pair[1].difference)
        yield "agrees", _usual(leaf, worst, len(usual))
    for leaf, each in found:
        name = f"`{leaf_name(leaf)}`"
        if each.kind == "zero":
            text = _("{name}: its gradient is 0 in float64; what `.grad` has is rounding.")
            yield "rounding", text.format(name=name)
        elif each.kind == "grown":
            yield "rounding", _grown(name, leaf, each)


def _usual(leaf: CheckedLeaf, worst: Rounding, number: int) -> str:
    if not worst.difference:
        text = _("In float64 autograd gives the same, in {leaves}.")
        return text.format(leaves=leaves(number))
    return _(
        "In float64 autograd gives the same but for rounding, in {leaves}: at most {difference} of "
        "the largest entry, in `{name}` ({dtype} rounds by {spacing})."
    ).format(
        leaves=leaves(number),
        difference=_number(worst.difference),
        name=leaf_name(leaf),
        dtype=worst.dtype.removeprefix("torch."),
        spacing=_number(worst.spacing),
    )


def _grown(name: str, leaf: CheckedLeaf, each: Rounding) -> str:
    digits = each.digits
    return _(
        "{name}: `.grad` differs from the gradient in float64 by {difference} of its largest "
        "entry, {times} times what {dtype} rounds by: rounding that has grown, as where large "
        "numbers cancel. {digits}."
    ).format(
        name=name,
        difference=_number(each.difference),
        times=f"{each.difference / each.spacing:,.0f}",
        dtype=each.dtype.removeprefix("torch."),
        digits=plural("{n} digit is right", "{n} digits are right", digits).format(n=digits),
    )


def _dtype(leaf: CheckedLeaf) -> str:
    return leaf.dtype.removeprefix("torch.")


def _number(value: float | None) -> str:
    return _("None") if value is None else f"{value:.4g}"
