"""Why the `.grad` of a tensor is None, in words."""

from __future__ import annotations

from autograd_tutor.analysis.diagnosis.run import spoken
from autograd_tutor.analysis.why_none import At, Began, WhyNone
from autograd_tutor.messages import _
from autograd_tutor.render.sanitize import sanitize_line
from autograd_tutor.render.sentences import joined

_LONGEST = 48
"""Characters of a line's text that a sentence has room for."""


def why_none_sentences(why: WhyNone, name: str, step: int) -> list[str]:
    """The reason, and what is to be said besides. `step`: the open one, whose lines need none."""
    shown = sanitize_line(name)
    reason = _reason(why, shown, step)
    if why.cleared is not None:
        cleared = _("it was cleared in {where}").format(where=where(why.cleared, step))
        reason = cleared if why.reason == "cleared" else _then(cleared, reason)
    head = _("`{name}.grad` is None: {reason}.").format(name=shown, reason=reason)
    return [head, *_besides(why, shown, step)]


def where(at: At | None, step: int) -> str:
    """A line as a sentence names it, with its text."""
    if at is None:
        return _("a line that was not recorded")
    text = sanitize_line(at.text)
    short = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    number = line_of(at, step)
    return f"{number} (`{short}`)" if short else number


def line_of(at: At, step: int) -> str:
    """The number of a line, with its step where that is another than the open one."""
    if at.step == step:
        return _("line {line}").format(line=at.line)
    return _("line {line} of step {step}").format(line=at.line, step=at.step + 1)


def _then(cleared: str, reason: str) -> str:
    return _("{cleared}, and since then {reason}").format(cleared=cleared, reason=reason)


def _reason(why: WhyNone, name: str, step: int) -> str:
    texts = {
        "requires no grad": _("`{name}` does not require grad, so no pass fills it"),
        "frozen": _("`{name}` does not require grad since {where}"),
        "cut": _("`{name}` does not require grad, as {call} in {line} made it without a graph"),
        "integer": _("`{name}` has dtype {call}, and only floating-point tensors have gradients"),
        "no leaf": _(
            "`{name}` was computed, and a pass fills `.grad` of leaves only. "
            "`{code}.retain_grad()` before the pass keeps it"
        ),
        "no pass": _("no backward pass has run yet"),
        "cleared": "",
        "under way": _("the pass has not come to it yet"),
        "returned": _("autograd.grad in {where} returned the gradient and stored nothing"),
        "inputs": _("the pass of {where} was limited to other inputs"),
        "failed": _("the pass of {where} failed at {call} before it came to `{name}`"),
        "late": _("`retain_grad()` came in {where}, after the pass of {roots}"),
        "nothing sent": _("in the pass of {where}, {call} sent None to `{name}`"),
        "gone": _("the pass of {where} filled it, and code that it called cleared it again"),
        "no path": _("no path leads from {roots} to `{name}`"),
        "in transforms": _("inside of torch.func gradients are returned, not stored"),
        "unknown": _("the recording does not say why"),
    }
    if why.reason == "cut" and why.missing == "mode":
        text = _("`{name}` does not require grad, as {where} ran without grad mode")
    elif why.reason == "unknown" and why.at is not None:
        text = _("the nodes of the pass of {where} were not recorded")
    elif why.reason == "no pass" and why.at is not None:
        text = _("no backward pass has run since {where} made `{name}`")
    else:
        text = texts[why.reason]
    return text.format(
        name=name,
        code=spoken(name),
        where=where(why.at, step),
        line=line_of(why.at, step) if why.at is not None else "",
        call=joined([f"`{sanitize_line(each)}`" for each in why.names]),
        roots=joined([_root(each, step) for each in why.began]),
    )


def _root(began: Began, step: int) -> str:
    line = line_of(began.at, step)
    if not began.root:
        return _("its root ({line})").format(line=line)
    return f"`{sanitize_line(began.root)}` ({line})"


def _besides(why: WhyNone, name: str, step: int) -> list[str]:
    """What is there instead of a path, what computed the tensor, what its name was before."""
    found = []
    if why.reason in ("no leaf", "requires no grad") and why.at is not None:
        made = (
            _("It was computed in {where}.") if why.reason == "no leaf" else _("{where} made it.")
        )
        found.append(_capital(made.format(where=where(why.at, step))))
    if why.reason == "no path" and why.missing:
        found.append(_capital(_missing(why, name, step)))
    if why.rebound is not None:
        text = _("Until {line}, `{name}` was another tensor, which has a `.grad` of its own.")
        found.append(text.format(line=line_of(why.rebound, step), name=name))
    return found


def _missing(why: WhyNone, name: str, step: int) -> str:
    names = joined([f"`{sanitize_line(each)}`" for each in why.names])
    texts = {
        "later": _("{where} made `{name}` only after that was computed."),
        "cut": _("{names} in {line} cut the path off."),
        "mode": _("{where} used it without grad mode, so that nothing was recorded."),
        "unused": _("No recorded operation has used it."),
        "since": _("No pass has run since {where} used it."),
        "elsewhere": _("{where} used it, but the pass did not begin at what came of that."),
    }
    line = line_of(why.at, step) if why.at is not None else ""
    return texts[why.missing].format(where=where(why.at, step), name=name, names=names, line=line)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
