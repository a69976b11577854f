"""What a line did in clauses behind its subject: `made y and recorded MulBackward0`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd_tutor.analysis.changes import TensorChange
from autograd_tutor.analysis.effects import Effects, GradEffects, PassEffect
from autograd_tutor.analysis.watch import is_watched
from autograd_tutor.messages import _, count
from autograd_tutor.recording.batches import example_shape
from autograd_tutor.recording.tensor_text import one_line
from autograd_tutor.render.sentences import joined
from autograd_tutor.render.tensor_words import shape_text

Forms = list[str]
"""Forms of a clause, the longest first; none where there is nothing to say."""

_MOST_NAMED = 3
_MOST_VALUE = 24
"""Characters of a value, or of a printed line."""


def effect_clauses(did: Effects) -> list[Forms]:
    """The clauses, what matters most first; none is empty."""
    holder = _holder(did)
    if holder:
        did = did._replace(made=(), values=())
    found = [
        *map(_pass_forms, did.passes),
        holder,
        _made_forms(did.made),
        *_other_name_forms(did.other_names),
        _names(_("changed {names} in place"), did.changed, count(len(did.changed), "tensor")),
        *_grad_forms(did.grads),
        *_value_forms(did.values),
        *_operation_forms(() if did.passes else did.operations),
        *_printed_forms(did.stdout),
        _names(_("removed {names}"), did.gone, count(len(did.gone), "name")),
        *_nonfinite_forms(did.nonfinite),
    ]
    return [forms for forms in found if forms]


def _names(text: str, names: Sequence[str], counted: str) -> Forms:
    """`changed w and b in place`, `changed 2 tensors in place`."""
    if not names:
        return []
    short = text.format(names=counted)
    if len(names) > _MOST_NAMED:
        return [short]
    return [text.format(names=joined([f"`{name}`" for name in names])), short]


def _holder(did: Effects) -> Forms:
    """`made model, which holds 4 tensors`, where nothing else was made."""
    if len(did.values) != 1 or not did.made:
        return []
    ((name, _unused),) = did.values
    if not all(is_watched(each.name, (name,)) for each in did.made):
        return []
    return [
        _("made `{name}`, which holds {tensors}").format(
            name=name, tensors=count(len(did.made), "tensor")
        ),
        _("made `{name}`").format(name=name),
    ]


def _made_forms(made: Sequence[TensorChange]) -> Forms:
    names = _names(_("made {names}"), [each.name for each in made], count(len(made), "tensor"))
    if len(made) != 1:
        return names
    (only,) = made
    new = _("a new ") if only.before is not None else ""
    shape = example_shape(only.now)
    is_short = shape == () and only.now.raw is not None
    described = (
        _(" with the value {now}").format(now=one_line(only.now, _MOST_VALUE)) if is_short else ""
    )
    if shape:
        described = _(" of shape {shape}").format(shape=shape_text(shape))
    name = _("made {new}`{name}`").format(new=new, name=only.name)
    return [f"{name}{described}", name, *names[1:]]


def _other_name_forms(pairs: Sequence[tuple[str, str]]) -> Iterator[Forms]:
    if len(pairs) == 1:
        ((name, other),) = pairs
        yield [
            _("made `{name}` another name of the tensor `{other}`").format(name=name, other=other),
            _("gave `{other}` another name").format(other=other),
        ]
    elif pairs:
        named = _names(_("made {names} other names of tensors"), [name for name, _ in pairs], "")[
            :-1
        ]
        yield [*named, _("gave {count} tensors other names").format(count=len(pairs))]


def _pass_forms(effect: PassEffect) -> Forms:
    ended = effect.ended
    ran = _("ran {nodes}").format(nodes=count(ended.nodes, "node"))
    if ended.left_out is not None and not ended.nodes:
        return [
            _("ran a backward pass, but {left_out}").format(left_out=ended.left_out),
            _("ran a backward pass"),
        ]
    if ended.function == "grad":
        return [
            _("{ran} and returned {gradients}").format(
                ran=ran, gradients=count(len(ended.returned), "gradient")
            ),
            ran,
        ]
    filled = _filled(_("filled {names}"), effect.filled)
    added = _filled(_("added to {names}"), effect.added_to)
    both = [each for each in (filled, added) if each]
    if not both:
        return [_("{ran} and filled no gradient").format(ran=ran), ran]
    forms = {
        _("{ran} and {each}").format(
            ran=ran, each=_(" and ").join(each[form] for each in both)
        ): None
        for form in (0, -1)
    }
    return [*forms, ran]


def _filled(text: str, leaves: Sequence[str]) -> Forms:
    return _names(text, [f"{leaf}.grad" for leaf in leaves], count(len(leaves), "gradient"))


def _grad_forms(grads: GradEffects) -> Iterator[Forms]:
    for text, names in (
        (_("set {names} to None"), grads.cleared),
        (_("set {names} to 0"), grads.zeroed),
    ):
        yield _names(text, _grads(names), count(len(names), "gradient"))
    yield _names(_("changed {names}"), _grads(grads.changed), count(len(grads.changed), "gradient"))


def _grads(names: Sequence[str]) -> list[str]:
    return [f"{name}.grad" for name in names]


def _value_forms(values: Sequence[tuple[str, str]]) -> Iterator[Forms]:
    if len(values) == 1:
        ((name, text),) = values
        short = len(text) <= _MOST_VALUE and "`" not in text
        yield [
            *([_("set `{name}` to {text}").format(name=name, text=text)] if short else []),
            _("set `{name}`").format(name=name),
        ]
    elif values:
        yield _names(_("set {names}"), [name for name, _ in values], count(len(values), "variable"))


def _operation_forms(operations: Sequence[str]) -> Iterator[Forms]:
    counted = _("recorded {operations}").format(operations=count(len(operations), "operation"))
    if 0 < len(operations) <= 2:
        yield [_("recorded {operations}").format(operations=joined(operations)), counted]
    elif operations:
        yield [counted]


def _printed_forms(stdout: str) -> Iterator[Forms]:
    lines = stdout.rstrip("\n").split("\n") if stdout else []
    counted = _("printed {lines}").format(lines=count(len(lines), "line"))
    if len(lines) == 1 and 0 < len(lines[0]) <= _MOST_VALUE and "`" not in lines[0]:
        yield [_("printed `{lines}`").format(lines=lines[0]), counted]
    elif lines:
        yield [counted]


def _nonfinite_forms(kinds: Sequence[str]) -> Iterator[Forms]:
    if kinds:
        names = joined(["NaN" if kind == "nan" else kind for kind in kinds])
        yield [_("brought up {names}").format(names=names)]
