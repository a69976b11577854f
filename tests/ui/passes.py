"""What a kernel would record of backward passes, made by hand."""

from __future__ import annotations

from collections.abc import Sequence

from made import node, parameter, snapshot, tensor
from msgspec.structs import replace
from recordings import recorded

from autograd_tutor.recording.model import Backward, Error, Pass, Root, Saved, Snapshot, Tensor
from autograd_tutor.recording.wire import Record

_MADE = {"kind": "intermediate", "requires_grad": True, "is_leaf": False}


def scalar(value: float, **changes: object) -> Tensor:
    """A tensor without dimensions."""
    return tensor(value, shape=(), **changes)


def made(*elements: float, by: int, name: str, **changes: object) -> Tensor:
    """The output of an operation."""
    return tensor(*elements, grad_fn=by, grad_fn_name=name, **_MADE, **changes)


def ran(
    index: int,
    number: int,
    arrived: Tensor,
    *sent: Tensor | None,
    line: int,
    call: int = 1,
    saved: dict[str, Tensor | str] | None = None,
    **changes: object,
) -> Snapshot:
    """The moment in which node `number` of a pass that `line` asked for has run."""
    leaf = changes.pop("leaf", None)
    kept = tuple(Saved(name, value) for name, value in (saved or {}).items())
    backward = Backward(call, number, (arrived,), sent, leaf, kept)
    fields: dict[str, object] = {"depth": 1, "next_line": 0} | changes
    return snapshot(index, event="backward", line=line, backward=backward, **fields)


def ended(nodes: int, root: Root, call: int = 1, **changes: object) -> Pass:
    """A pass that has come to its end, by `Tensor.backward`."""
    fields: dict[str, object] = {
        "call": call,
        "function": "backward",
        "roots": (root,),
        "inputs": None,
        "retain_graph": False,
        "create_graph": False,
        "nodes": nodes,
    }
    return Pass(**(fields | changes))  # type: ignore[arg-type]


# Two ways lead to h: at once, and over the product with 3.

TWICE_CODE = """\
w = torch.nn.Parameter(torch.tensor([1.0, 2.0]))
h = w * w
loss = (h + 3 * h).sum()
loss.backward()
done = True
"""
TWICE_NODES = ("loss", "sum", "product", "h", "w")

_W = parameter(1.0, 2.0)
_H = made(1.0, 4.0, by=4, name="MulBackward0")
_LOSS = made(20.0, shape=(), by=1, name="SumBackward0")
_FILLED = replace(_W, grad=tensor(8.0, 16.0))
_ONE = scalar(1.0)
_TWICE_ROOT = Root("loss", 1, 0, _ONE)

_BEFORE = (
    snapshot(0),
    snapshot(1, tensors={"w": _W}),
    snapshot(
        2,
        tensors={"h": _H},
        nodes=(
            node(4, "MulBackward0", 5, 5, variable="h", line=2, shape=(2,)),
            node(5, "AccumulateGrad", variable="w", shape=(2,)),
        ),
    ),
    snapshot(
        3,
        tensors={"loss": _LOSS},
        nodes=(
            node(1, "SumBackward0", 2, variable="loss", line=3, shape=()),
            node(2, "AddBackward0", 4, 3, line=3, shape=(2,)),
            node(3, "MulBackward0", 4, None, line=3, shape=(2,)),
        ),
    ),
)
_RAN = (
    ran(4, 1, _ONE, tensor(1.0, 1.0), line=4),
    ran(5, 2, tensor(1.0, 1.0), tensor(1.0, 1.0), tensor(1.0, 1.0), line=4, saved={"alpha": "1"}),
    ran(6, 3, tensor(1.0, 1.0), tensor(3.0, 3.0), None, line=4, saved={"other": scalar(3.0)}),
    ran(
        7,
        4,
        tensor(4.0, 4.0),
        tensor(4.0, 8.0),
        tensor(4.0, 8.0),
        line=4,
        saved={"self": _W, "other": _W},
    ),
    ran(8, 5, tensor(8.0, 16.0), line=4, leaf="w", tensors={"w": _FILLED}),
)
TWICE = (
    *_BEFORE,
    *_RAN,
    snapshot(9, line=4, next_line=5, passes=(ended(5, _TWICE_ROOT),)),
    snapshot(10, line=5, next_line=0, values={"done": "True"}),
)


def twice(_: object = None) -> list[Record]:
    """The pass, and the line behind it."""
    return recorded(TWICE)


# The pass raises at h, which was changed in place.

_ERROR = Error("RuntimeError", "one of the variables needed has been modified", 4, "")
FAILED = (
    *_BEFORE,
    *_RAN[:3],
    snapshot(
        7,
        line=4,
        next_line=0,
        event="error",
        error=_ERROR,
        passes=(ended(3, _TWICE_ROOT, failed=4),),
    ),
)


def failed(_: object = None) -> list[Record]:
    """A step that ends with the error."""
    return recorded(FAILED, ok=False, error=_ERROR)


# No node of the pass has a moment.

LEFT_OUT = (
    *_BEFORE,
    snapshot(
        4,
        line=4,
        next_line=5,
        tensors={"w": _FILLED},
        passes=(ended(0, _TWICE_ROOT, left_out="a hook of the snippet changes its graph"),),
    ),
    snapshot(5, line=5, next_line=0),
)


def left_out(_: object = None) -> list[Record]:
    """A pass that was not recorded, and why."""
    return recorded(LEFT_OUT)


# A pass in each turn of a loop, so small that each is two nodes.

LOOP_CODE = """\
w = torch.nn.Parameter(torch.tensor([1.0]))
for n in (2.0, 3.0, 4.0):
    y = w * n
    y.backward()
"""
LOOP_FACTORS = (2.0, 3.0, 4.0)


def loop(_: object = None) -> list[Record]:
    """Three passes of two nodes each; line 2 has a moment for every turn, and one at the end."""
    w = parameter(1.0)
    moments = [snapshot(0), snapshot(1, tensors={"w": w})]
    total = 0.0
    for call, factor in enumerate(LOOP_FACTORS, 1):
        product, total = 10 * call, total + factor
        leaf = node(5, "AccumulateGrad", variable="w", shape=(1,))
        operation = node(product, "MulBackward0", 5, None, variable="y", line=3, shape=(1,))
        y = made(factor, by=product, name="MulBackward0")
        at = len(moments)
        one, grad = tensor(1.0), tensor(factor)
        full = replace(w, grad=tensor(total))
        moments += [
            snapshot(at, line=2, next_line=3, values={"n": str(factor)}),
            snapshot(at + 1, line=3, next_line=4, tensors={"y": y}, nodes=(operation, leaf)),
            ran(
                at + 2,
                product,
                one,
                grad,
                None,
                line=4,
                call=call,
                saved={"other": scalar(factor)},
            ),
            ran(at + 3, 5, grad, line=4, call=call, leaf="w", tensors={"w": full}),
            snapshot(
                at + 4,
                line=4,
                next_line=2,
                passes=(ended(2, Root("y", product, 0, one), call),),
            ),
        ]
    return recorded([*moments, snapshot(len(moments), line=2, next_line=0)])


# One line calls a function and asks for the pass through what that returned.

CALLED_CODE = """\
def square(x):
    return x * x
w = torch.nn.Parameter(torch.tensor([1.0]))
square(w).backward()
"""


def called(_: object = None) -> list[Record]:
    """Moment 3 is inside the function, 4 and 5 are inside the pass."""
    w, one, grad = parameter(1.0), tensor(1.0), tensor(2.0)
    operation = node(1, "MulBackward0", 2, 2, line=2, shape=(1,))
    leaf = node(2, "AccumulateGrad", variable="w", shape=(1,))
    moments = (
        snapshot(0),
        snapshot(1, values={"square": "<function square>"}, next_line=3),
        snapshot(2, line=3, next_line=4, tensors={"w": w}),
        snapshot(3, line=2, next_line=0, depth=1, function="square", nodes=(operation, leaf)),
        ran(4, 1, one, one, one, line=4),
        ran(5, 2, grad, line=4, leaf="w", tensors={"w": replace(w, grad=grad)}),
        snapshot(6, line=4, next_line=0, passes=(ended(2, Root(None, 1, 0, one)),)),
    )
    return recorded(moments)


# Eight layers, each a product and a tanh: blocks of a graph that can be folded.

LAYERS = 8
DEEP_CODE = "y = deep(w)\ny.backward()\n"


def deep(_: object = None) -> list[Record]:
    """A pass through LAYERS equal blocks of two nodes, and the leaf."""
    names = ("TanhBackward0", "MulBackward0")
    last = 2 * LAYERS
    operations = [
        node(n, names[(n - 1) % 2], n + 1, *([None] if n % 2 == 0 else []), shape=(1,))
        for n in range(1, last + 1)
    ]
    leaf = node(last + 1, "AccumulateGrad", variable="w", shape=(1,))
    w, one = parameter(1.0), tensor(1.0)
    y = made(1.0, by=1, name="TanhBackward0")
    moments: list[Snapshot] = [
        snapshot(0),
        snapshot(1, tensors={"w": w, "y": y}, nodes=(*operations, leaf)),
    ]
    for n in range(1, last + 1):
        sent: Sequence[Tensor | None] = (one,) if n % 2 else (one, None)
        moments.append(ran(len(moments), n, one, *sent, line=2))
    filled = {"w": replace(w, grad=one)}
    moments.append(ran(len(moments), last + 1, one, line=2, leaf="w", tensors=filled))
    over = ended(last + 1, Root("y", 1, 0, one))
    moments.append(snapshot(len(moments), line=2, next_line=0, passes=(over,)))
    return recorded(moments)
