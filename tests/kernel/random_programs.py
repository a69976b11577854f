"""Random programs of every kind of thing that autograd is asked to do, valid or not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

NUMBERS = ("0.0", "1.0", "-2.0", "0.5", "3.25", "1e8", "-1e8", "1e-30")
ODD_NUMBERS = ("nan", "inf", "-inf")

OPERATIONS = (
    "{a} * {b}", "{a} + {b}", "{a} - {b} * 1e8", "{a} / {b}", "{a} * {a}", "{a} * -1e8", "-{a}",
    "{a}.sin()", "{a}.exp()", "{a}.sqrt()", "{a}.log()", "{a}.abs()", "{a}.relu()", "{a} ** 2",
    "torch.maximum({a}, {b})", "torch.where({a} > 0, {a}, {b})", "{a}.cumsum(0)", "{a}.flip(0)",
    "torch.softmax({a}, 0)", "{a}.clone()", "{a}.nan_to_num(0.5)", "{a}.sum() * {b}",
    "torch.cat([{a}.reshape(-1), {b}.reshape(-1)])[:4]", "torch.stack([{a}, {b}]).sum(0)",
    "{a}.prod() + {b}", "{a} + torch.rand(4).view_as({a})", "{a} * torch.ones_like({b})",
    "torch.nn.functional.dropout({a}, 0.5)", "{a}.masked_fill({b} > 1, float('-inf'))",
    "Twice.apply({a}) + {b}", "torch.complex({a}, {b}).abs()",
)  # fmt: skip
VIEWS = (
    "{a}.view(-1)", "{a}.view(2, 2)", "{a}.view(4)", "{a}[0]", "{a}[1:]", "{a}[..., :1]", "{a}.t()",
    "{a}.unsqueeze(0)", "{a}.expand(4, 4)[0]", "{a}.detach()", "{a}.data", "{a}.diagonal()",
    "{a}.chunk(2)[1]", "{a}.unbind()[0]", "{a}.as_strided((4,), (1,))", "{a}.reshape(2, 2)",
    "{a}.select(0, 1)", "{a}", "{a}.view_as({a})",
)  # fmt: skip
EDITS = (
    "{a}.mul_(0.5)", "{a}.sub_(0.5)", "{a}[0] = {c}", "{a}[:1] = {b}[:1]", "{a} += {b}",
    "{a}.add_({b})", "{a}.copy_({b})", "{a}.data.add_(1)", "{a}.fill_({c})", "{a}.zero_()",
    "{a}.view(-1)[1] = {c}", "{a}.exp_()", "{a}.t_()", "{a}.clamp_(-1, 1)", "{a}.relu_()",
    "{a}.masked_fill_({b} > 0, {c})", "{a}.detach().mul_(2)", "{a}.data = {b}.detach().clone()",
)  # fmt: skip
FLAGS = (
    "{a}.requires_grad_()", "{a}.requires_grad_(False)", "{a}.retain_grad()", "{a}.detach_()",
    "{a}.grad = None", "{a}.grad.zero_()", "{a}.grad.mul_(-1)", "{a}.grad = {b}.detach().clone()",
    "{n} = {a} * 2; {n}.register_hook(double)", "{n} = {a} + 1; {n}.register_hook(lambda g: None)",
    "{a}.register_post_accumulate_grad_hook(note)", "print({a}.is_leaf, {a}.requires_grad)",
    "{n} = {a}.grad", "{n} = {a}.grad.view(-1)", "del {n}", "print({a}.grad)", "print({a})",
    "{n} = {a}.detach().requires_grad_()", "{n} = torch.nn.Parameter({a}.detach().clone())",
    "{n} = torch.tensor([{c}, {c}, {c}, {c}], requires_grad=True)",
)  # fmt: skip
OPTIONS = (
    "",
    "",
    "",
    "retain_graph=True",
    "create_graph=True",
    "inputs=[{a}]",
    "inputs=[{b}, {a}]",
)
ARGUMENTS = ("", "", "retain_graph=True", "create_graph=True", "allow_unused=True")
PASSES = (
    "({a} * 2 + {b}).sum().backward({o})",
    "{a}.sum().backward({o})",
    "{a}.backward(torch.ones_like({a}), {o})",
    "({a} * 1e8 + {b} * -1e8 + {a}).sum().backward({o})",
    "torch.autograd.backward([{a}.sum(), {b}.mean()], {o})",
    "torch.autograd.backward([{a}, {b}], [torch.ones_like({a}), {b}.detach()], {o})",
    "{n} = torch.autograd.grad(({a} * {b}).sum(), [{a}, {b}], {p})[0]",
    "{n}, = torch.autograd.grad({a}.sum(), {b}, {p})",
    "loss = ({a} * {b}).sum(); loss.backward(retain_graph=True); loss.backward({o})",
    "with torch.autograd.set_detect_anomaly(True): ({a} * {b}).sum().backward({o})",
    "{n} = torch.autograd.grad({a} * 3, {a}, torch.ones_like({a}), {p})[0]",
    "{n} = torch.autograd.grad([{a}.sum(), {b}.sum()], [{a}, {b}], materialize_grads=True)[1]",
    "{n} = torch.autograd.grad({a}, {b}, torch.eye(4), is_grads_batched=True, {p})[0]",
    "{n}, = torch.autograd.grad(({a} ** 3).sum(), {a}, create_graph=True); {n}.sum().backward({o})",
    "torch.autograd.backward({a}, {b}.detach(), {o}); {a}.sum().backward({o})",
    "Twice.apply({a}).sum().backward({o})",
    "torch.utils.checkpoint.checkpoint(lambda t: t.sin() * t, {a}, use_reentrant=False)"
    ".sum().backward({o})",
)  # fmt: skip
FAILURES = (
    "1 / 0",
    "{a} @ {b} @ {b}",
    "raise ValueError('raised here')",
    "({a} * 2).requires_grad_().register_hook(lambda g: 1 / 0); {a}.backward({a})",
    "{n} = {a} * 3; {n}.register_hook(lambda g: 1 / 0); {n}.sum().backward({o})",
    "Fails.apply({a} * 2).sum().backward({o})",
    "{a}.sum().backward(); {a}.sum().backward()",
)
BLOCKS = (
    "with torch.no_grad():",
    "with torch.enable_grad():",
    "for i in range(3):",
    "for i in range(2):",
    "if {a}.numel() > 1:",
    "with torch.autograd.graph.save_on_cpu():",
    "with announced():",
    "with announced(), torch.no_grad():",
    "with swallowing():",
    "with torch.autograd.graph.saved_tensors_hooks(lambda t: t.clone(), lambda t: t):",
    "for u in [{a}, {b} * 2]:",
    "for s in items({a}, {b}):",
    "turns = [0, 1, 1]\nwhile turns.pop():",
)
LIVES = (
    "kept.append({a})", "kept = [{a} * 1 for _ in range(2)]", "kept.clear()", "{n} = Dies({a})",
    "{n} = [Dies({a} * 2)]", "Dies({a}).itself = Dies(None)", "{n} = items({a}, {b})",
    "{n} = next(items({a}, {b}))", "refs.append(weakref.ref({a}, died))", "print(alive(refs))",
    "{n} = {a} * 2; refs.append(weakref.ref({n}, died))",
    "print(gc.collect() > 0)", "{n} = [t * {b} for t in kept[:2]]", "{n} = {n}.held",
    "{n} = Dies({a}); {n}.itself = {n}", "{n} = (lambda t: t + {a})({b})",
)  # fmt: skip
"""Objects that say when they die, and questions that show when others have died."""

BEGIN = """\
import contextlib, gc, warnings, weakref
import torch.utils.checkpoint
warnings.simplefilter("ignore")
nan, inf = float("nan"), float("inf")
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 2 + x * 0
class Fails(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        raise ValueError("in backward")
class Dies:
    def __init__(self, held):
        self.held = held
    def __del__(self):
        print("dies", type(self.held).__name__)
    def __repr__(self):
        return "Dies"
kept, refs = [], []
def died(ref):
    print("a reference ends")
def alive(refs):
    return [ref() is not None for ref in refs]
def items(*tensors):
    try:
        for tensor in tensors:
            yield tensor * 2
    finally:
        print("no more items")
@contextlib.contextmanager
def swallowing():
    try:
        yield
    except Exception as error:
        print("swallowed", type(error).__name__)
def double(g):
    return g * 2
def note(p):
    print("accumulated", p.grad)
@contextlib.contextmanager
def announced():
    print("in")
    try:
        yield
    finally:
        print("out")
"""


_OTHERS = ("c", "d", "e", "v", "u", "s")
FIRST = ("{a} * {b}.reshape({a}.shape)", "{a}.view(-1)", "{a}[1:]", "{a}.clone().view(2, 2)")


class Program:
    """Writes one program; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._names: tuple[str, ...] = ("a", "b", "w")
        self._functions = 0
        lines = [f"{name} = {self._leaf()}" for name in self._names]
        for name in _OTHERS:
            lines.append(f"{name} = {self._filled(self._random.choice(FIRST))}")
        self._names += _OTHERS
        for _ in range(self._random.randint(12, 30)):
            lines += self._guarded()
        lines += [f"print('{name}', getattr({name}, 'grad', None))" for name in ("a", "b", "w")]
        self.text = BEGIN + "\n".join(lines) + "\n"

    def _leaf(self) -> str:
        numbers = self._random.choices(NUMBERS, k=4)
        if self._random.random() < 0.3:
            numbers[self._random.randrange(4)] = self._random.choice(ODD_NUMBERS)
        shape = self._random.choice(("", "", ".view(2, 2)", ".double()"))
        return f"torch.tensor([{', '.join(numbers)}]){shape}.requires_grad_()"

    def _guarded(self) -> Iterator[str]:
        """A statement that may fail: the program goes on."""
        yield "try:"
        if self._random.random() < 0.2:
            yield from _indented(
                [
                    "try:", *_indented(self._statement(1)), "except RuntimeError as error:",
                    "    print(type(error).__name__, error)", "finally:",
                    *_indented(self._simple(EDITS)),
                ]
            )  # fmt: skip
        else:
            yield from _indented(self._statement(0))
        yield "except Exception as error:"
        yield "    print(type(error).__name__, error)"

    def _statement(self, depth: int) -> list[str]:
        kinds: list[tuple[float, Callable[[], list[str]]]] = [
            (6, lambda: self._new(OPERATIONS)),
            (4, lambda: self._new(VIEWS)),
            (1, lambda: self._simple(EDITS)),
            (2, lambda: ["with torch.no_grad():", *_indented(self._simple(EDITS))]),
            (2, lambda: self._simple(FLAGS)),
            (4, lambda: self._simple(PASSES)),
            (0.3, lambda: self._simple(FAILURES)),
            (2, lambda: self._simple(LIVES)),
        ]
        if depth < 2:
            kinds += [(3, lambda: self._block(depth)), (2, lambda: self._function(depth))]
            kinds += [(1, lambda: self._unwound(depth))]
        weights, make = zip(*kinds, strict=True)
        return self._random.choices(make, weights)[0]()

    def _filled(self, text: str) -> str:
        pick = self._random.choice
        options, arguments = pick(OPTIONS), pick(ARGUMENTS)
        text = text.replace("{o}", options).replace("{p}", arguments)
        number = pick(NUMBERS + ODD_NUMBERS)
        a, b = pick(self._names), pick(self._names)
        return text.format(a=a, b=b, c=number, n=self._name() if "{n}" in text else "")

    def _name(self) -> str:
        return self._random.choice(_OTHERS)

    def _new(self, expressions: tuple[str, ...]) -> list[str]:
        value = self._filled(self._random.choice(expressions))
        return [f"{self._name()} = {value}"]

    def _simple(self, statements: tuple[str, ...]) -> list[str]:
        return self._filled(self._random.choice(statements)).split("\n")

    def _block(self, depth: int) -> list[str]:
        lines = self._simple(BLOCKS)
        for _ in range(self._random.randint(1, 3)):
            lines += _indented(self._statement(depth + 1))
        return lines

    def _function(self, depth: int) -> list[str]:
        self._functions += 1
        name = f"f{self._functions}"
        given = self._random.sample(self._names, 2)
        lines = [f"def {name}({', '.join(given)}):"]
        for _ in range(self._random.randint(1, 3)):
            lines += _indented(self._statement(depth + 1))
        lines.append(f"    return {self._random.choice(given)}")
        a, b = self._random.choices(self._names, k=2)
        return [*lines, f"{self._name()} = {name}({a}, {b})"]

    def _unwound(self, depth: int) -> list[str]:
        return [
            "try:", *_indented(self._statement(depth + 1)), *_indented(self._simple(FAILURES)),
            "finally:", *_indented(self._statement(depth + 1)),
        ]  # fmt: skip


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
