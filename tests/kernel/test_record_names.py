"""Which names are shown, with which text, and that looking at them runs nothing of the snippet."""

from __future__ import annotations

import pytest
from recorded import Record

from autograd_tutor.kernel import scope, values
from autograd_tutor.kernel.categories import type_info_of
from autograd_tutor.limits.kernel import MOST_ITEMS, MOST_TENSORS, SNAPSHOT_BYTES

NAMES = {
    "variables": ("a = torch.ones(1)\nb = a\n", {"a", "b"}),
    "list": ("ws = [torch.ones(1), torch.ones(2)]\n", {"ws[0]", "ws[1]"}),
    "tuple in a list": ("ws = [(torch.ones(1),)]\n", {"ws[0][0]"}),
    "dict": ("p = {'first': torch.ones(1), 2: torch.ones(1), ('a', 1): torch.ones(1)}\n",
             {'p["first"]', "p[2]", 'p["a", 1]'}),
    "module": ("m = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.BatchNorm1d(1))\n",
               {"m.0.weight", "m.0.bias", "m.1.weight", "m.1.bias", "m.1.running_mean",
                "m.1.running_var", "m.1.num_batches_tracked"}),
    "modules in a list": ("ms = [torch.nn.Linear(1, 1, bias=False)]\n", {"ms[0].weight"}),
    "plain attribute of a module": (
        "class N(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.t = torch.ones(1)\nn = N()\n", {"n.t"}),
    "parameter list and dict": (
        "p = torch.nn.ParameterList([torch.ones(1)])\n"
        "d = torch.nn.ParameterDict({'a': torch.ones(1)})\n", {"p.0", "d.a"}),
    "tied weights": (
        "m = torch.nn.Linear(1, 1, bias=False)\ns = torch.nn.Sequential(m, torch.nn.ReLU())\n",
        {"m.weight"}),
    "instance": ("class A:\n    pass\na = A()\na.t = torch.ones(1)\n", {"a.t"}),
    "slots": ("class A:\n    __slots__ = ('t', 'u')\na = A()\na.t = torch.ones(1)\n", {"a.t"}),
    "dataclass": (
        "import dataclasses\n@dataclasses.dataclass\nclass D:\n    t: object\n    n: int\n"
        "d = D(torch.ones(1), 2)\n", {"d.t"}),
    "named tuple": (
        "import collections\nP = collections.namedtuple('P', 'x y')\np = P(torch.ones(1), 2)\n",
        {"p.x"}),
    "what torch returns": ("r = torch.ones(3).max(0)\n", {"r.values", "r.indices"}),
    "cycle": ("a = [torch.ones(1)]\na.append(a)\n", {"a[0]"}),
    "state_dict": ("s = torch.nn.Linear(1, 1).state_dict()\n", {'s["weight"]', 's["bias"]'}),
    "odd names": ("globals()['a b\\x1b'] = torch.ones(1)\nglobals()[3] = torch.ones(1)\n",
                  {"a b\\x1b"}),
    "surrogate in a name": ("globals()['\\ud800'] = torch.ones(1)\n", {"\\ud800"}),
    "unicode": ("θ_0 = torch.ones(1)\n", {"θ_0"}),
    "lazy module": ("m = torch.nn.LazyLinear(2)\n", set()),
    "broken module": ("m = torch.nn.Linear.__new__(torch.nn.Linear)\nx = torch.ones(1)\n", {"x"}),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_tensors_are_named_by_what_reaches_them(record: Record, name: str) -> None:
    code, names = NAMES[name]
    recorded = record(code)
    assert recorded.result.ok, recorded.result.error
    if name == "tied weights":
        names = names | {"s.0.weight"} & recorded.final.tensors.keys()
    assert recorded.final.tensors.keys() == names


VALUES = {
    "3": "3",
    "2.5": "2.5",
    "1 + 2j": "(1+2j)",
    "True": "True",
    "None": "None",
    "'a\\x1b[31m'": "'a\\x1b[31m'",
    "'\\ud800'": "'\\ud800'",
    "b'ab'": "b'ab'",
    "10**150": str(10**150),
    "10**300": "<int of 997 bits>",
    "10**5000": "<int of 16610 bits>",
    "range(3)": "range(0, 3)",
    "[1, 'a', None]": "[1, 'a', None]",
    "[]": "[]",
    "(1,)": "(1,)",
    "()": "()",
    "{'a': [1, 2]}": "{'a': [1, 2]}",
    "{1}": "{1}",
    "set()": "set()",
    "torch.ones(2, 3).shape": "torch.Size([2, 3])",
    "torch.float32": "torch.float32",
    "torch.device('cpu')": "device(type='cpu')",
    "[torch.ones(1), 2]": "[<Tensor>, 2]",
    "__import__('numpy').float64(1.5)": "np.float64(1.5)",
    "__import__('numpy').array([1, 2])": "array([1, 2])",
    "__import__('numpy').zeros(5000)": "<ndarray 5000, float64>",
    "object()": "<object object>",
    "torch.nn.Linear(2, 3)": "Linear with 9 numbers in its parameters",
    "torch.nn.Sequential(*[torch.nn.Linear(1, 1, bias=False)] * 2)": (
        "Sequential with 1 number in its parameters"
    ),
    "torch.optim.SGD([torch.ones(1)], lr=1)": "<SGD object>",
    "ValueError('x')": "ValueError('x')",
    "slice(1, 2)": "slice(1, 2, None)",
    "__import__('collections').Counter('aab')": "Counter({'a': 2, 'b': 1})",
    "[[[[[1]]]]]": "[[[…]]]",
}


@pytest.mark.parametrize("expression", VALUES)
def test_other_values_are_text(record: Record, expression: str) -> None:
    recorded = record(f"v = {expression}\n")
    assert recorded.result.ok, recorded.result.error
    assert recorded.final.values["v"] == VALUES[expression]


@pytest.mark.parametrize(
    "expression",
    ["'x' * 10**6", "list(range(10**6))", "{i: i for i in range(10**5)}",
     "[['x' * 1000] * 50] * 50",
     "tuple(range(10**5))", "set(range(10**5))", "10**4000", "b'x' * 10**6",
     "__import__('numpy').arange(1000)", "slice('x' * 10**6)"],
)  # fmt: skip
def test_text_is_bounded(record: Record, expression: str) -> None:
    recorded = record(f"v = {expression}\n")
    assert len(recorded.final.values["v"]) <= 200


def test_code_is_not_data(record: Record) -> None:
    recorded = record(
        "import math\ndef f():\n    pass\nclass A:\n    pass\ng = lambda: 1\nh = print\n"
    )
    assert recorded.final.values == {}


def test_locals_are_named_by_their_function_and_go_with_it(record: Record) -> None:
    recorded = record("def f(x):\n    t = x * 2\n    n = 3\n    return t\ny = f(torch.ones(1))\n")
    inside = recorded.state(3)
    assert set(inside.tensors) == {"f().x", "f().t"}
    assert inside.values == {"f().n": "3"}
    assert recorded.snapshots[-1].gone == ("f().x", "f().t", "f().n")
    assert set(recorded.final.tensors) == {"y"}


def test_methods_do_not_name_again_what_the_module_names(record: Record) -> None:
    code = (
        "class N(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.w = torch.nn.Parameter(torch.ones(1))\n    def forward(self, x):\n"
        "        p = self.w\n        return p * x\nn = N()\ny = n(torch.ones(1))\n"
    )
    recorded = record(code)
    inside = next(recorded.state(s.index) for s in recorded.snapshots if s.line == 6)
    assert set(inside.tensors) == {"n.w", "N.forward().x", "N.forward().p"}
    assert inside.values == {"n": "N with 1 number in its parameters"}


def test_the_innermost_call_of_a_function_is_shown(record: Record) -> None:
    recorded = record("def f(n):\n    if n:\n        f(n - 1)\nf(3)\n")
    shown = [recorded.state(s.index).values.get("f().n") for s in recorded.snapshots]
    assert shown == [None, None, "3", "2", "1", "0", "1", "2", "3", None]


def test_a_suspended_generator_shows_nothing(record: Record) -> None:
    recorded = record(
        "def g():\n    x = 1\n    yield x\n    yield x + 1\ni = g()\na = next(i)\nb = 2\n"
    )
    assert recorded.state(len(recorded.snapshots) - 2).values.get("g().x") is None


def test_deleted_and_replaced_names_go(record: Record) -> None:
    recorded = record("a = torch.ones(1)\nb = 1\na = 2\nb = torch.ones(1)\ndel a, b\n")
    assert "a" not in recorded.state(3).tensors or recorded.state(3).values["a"] == "2"
    assert "a" not in recorded.state(3).tensors
    assert "b" not in recorded.state(4).values
    assert recorded.final == ({}, {})


HOSTILE = """
ran = []
class Meta(type):
    def __getattribute__(cls, name):
        if "ran" in globals() and name not in ("__dict__",):
            ran.append(name)
        return type.__getattribute__(cls, name)
    def __hash__(cls): ran.append("hash"); return 1
    def __eq__(cls, other): ran.append("eq"); return True
    def __instancecheck__(cls, other): ran.append("instancecheck"); return True
class Evil(metaclass=Meta):
    def __init__(self): object.__setattr__(self, "x", 1)
    def __repr__(self): ran.append("repr"); raise BaseException
    __str__ = __repr__
    def __getattr__(self, name): ran.append(name); return 1
    def __getattribute__(self, name): ran.append(name); return object.__getattribute__(self, name)
    def __eq__(self, other): ran.append("eq"); return True
    def __hash__(self): ran.append("hash"); return 1
    def __len__(self): ran.append("len"); return 10**9
    def __iter__(self): ran.append("iter"); return self
    def __bool__(self): ran.append("bool"); return True
    @property
    def __class__(self): ran.append("class"); return torch.Tensor
    @property
    def __dict__(self): ran.append("dict"); return {}
class Items(list):
    def __iter__(self): ran.append("iter"); raise ValueError
    def __len__(self): ran.append("len"); return -5
    def __getitem__(self, i): ran.append("getitem"); raise ValueError
class Keys(dict):
    def items(self): ran.append("items"); raise ValueError
    def __iter__(self): ran.append("iter"); raise ValueError
class Pair(tuple):
    _fields = ("a", "b")
    def __iter__(self): ran.append("iter"); raise ValueError
class Number(float):
    def __repr__(self): ran.append("repr"); return "no"
class Mod(torch.nn.Module):
    def __getattr__(self, name): ran.append(name); return super().__getattr__(name)
    def named_parameters(self, *a, **k): ran.append("named"); return []
    def parameters(self, *a, **k): ran.append("parameters"); return []
e = Evil()
m = Mod()
i = Items([torch.ones(1), e])
k = Keys(a=torch.ones(1), b=e)
p = Pair((torch.ones(1), e))
n = Number(2.5)
mixed = [e, {e: 1}, {"s": {1, 2}}]
keyed = {e: torch.ones(1), (e, 1): torch.ones(1)}
def f(e):
    inner = e
    return 1
ran.clear()
f(e)
count = len(ran)
count = len(ran)
"""


def test_recording_values_runs_no_code_of_the_snippet(record: Record) -> None:
    recorded = record(HOSTILE)
    assert recorded.result.ok, recorded.result.error
    assert recorded.variables["ran"] == []
    assert recorded.final.values["count"] == "0"
    assert {"i[0]", 'k["a"]', "p.a"} <= recorded.final.tensors.keys()
    assert recorded.final.values["e"] == "<Evil object>"


def test_thousands_of_tensors_are_bounded(record: Record) -> None:
    recorded = record("ws = [torch.ones(1) for i in range(5000)]\nx = 1\n")
    assert len(recorded.final.tensors) == 100
    assert "more" in recorded.final.values["ws"]


def test_what_setup_made_is_shown_at_the_start(record: Record) -> None:
    recorded = record("y = data + 1\n", setup="import torch\ndata = torch.ones(2)\n")
    assert set(recorded.snapshots[0].tensors) == {"data"}


OWN_CLASSES = """
import collections, types
class Net(torch.nn.Module):
    names = ["a"]
    rate = 0.5
    w = torch.ones(1)
    def __init__(self):
        super().__init__()
        self.hidden = 3
        self.sizes = [1, 2]
        self.cache = {"t": torch.ones(2), "n": 1}
        self.queue = collections.deque([torch.ones(1)], maxlen=2)
        self.layers = [torch.nn.Linear(1, 1, bias=False)]
        self.act = torch.relu
        self.fc = torch.nn.Linear(1, 1, bias=False)
net = Net()
"""


def test_what_a_module_and_a_class_of_the_snippet_hold_is_shown(record: Record) -> None:
    final = record(OWN_CLASSES).final
    assert final.tensors.keys() == {
        "Net.w", 'net.cache["t"]', "net.queue[0]", "net.layers[0].weight", "net.fc.weight",
    }  # fmt: skip
    assert dict(final.values) == {
        "net": "Net with 1 number in its parameters",
        "Net.names": "['a']",
        "Net.rate": "0.5",
        "net.hidden": "3",
        "net.sizes": "[1, 2]",
        "net.cache": "{'t': <Tensor>, 'n': 1}",
    }


def test_attributes_of_a_module_are_followed(record: Record) -> None:
    recorded = record(OWN_CLASSES)
    recorded.step("net.sizes.append(3)\nnet.hidden = 4\nNet.rate = 1.0\ndel net.hidden\n")
    found = [dict(snapshot.values) for snapshot in recorded.snapshots]
    assert found == [
        {}, {"net.sizes": "[1, 2, 3]"}, {"net.hidden": "4"}, {"Net.rate": "1.0"}, {},
    ]  # fmt: skip
    assert recorded.snapshots[-1].gone == ("net.hidden",)


def test_tensors_in_deques_and_namespaces_have_names(record: Record) -> None:
    final = record(
        "import collections, types\n"
        "q = collections.deque([1, torch.ones(1)], maxlen=3)\n"
        "s = types.SimpleNamespace(t=torch.ones(1), n=2)\n"
    ).final
    assert final.tensors.keys() == {"q[1]", "s.t"}
    assert final.values["q"] == "deque([1, <Tensor>], maxlen=3)"
    assert final.values["s"] == "namespace(t=<Tensor>, n=2)"


def test_containers_within_containers_are_bounded(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    examined = []
    monkeypatch.setattr(
        scope, "type_info_of", lambda value: examined.append(1) or type_info_of(value)
    )
    code = "def nest(n):\n    return [nest(n - 1) if n else 0 for _ in range(30)]\n"
    recorded = record("x = torch.ones(1)\ny = [x]\n", setup=f"import torch\n{code}a = nest(2)\n")
    snapshots = len(recorded.snapshots)
    assert len(examined) < snapshots * 2 * MOST_ITEMS
    assert "only 5,000 items" in recorded.final.values["…"]
    assert "x" in recorded.final.tensors
    recorded.step("a = None\n")
    assert "…" not in recorded.final.values


def test_thousands_of_variables_are_bounded(record: Record) -> None:
    recorded = record(
        "globals().update({f't{i}': torch.ones(1000, dtype=torch.float64) for i in range(4000)})\n"
        "globals().update({f'n{i}': i for i in range(4000)})\n"
    )
    assert recorded.result.ok
    final = recorded.final
    assert len(final.tensors) == MOST_TENSORS
    assert final.values["…"] == "6,000 more variables are not shown"
    read = sum(tensor.raw is not None for tensor in final.tensors.values())
    assert read == SNAPSHOT_BYTES // 8000
    assert "too much at once" in str(final.tensors["t1999"].shown)


def test_a_dict_that_changes_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    growing: dict[object, object] = {"a": 1, "b": 2}
    plain = values._text_of_plain

    def changing(value: object) -> str:
        growing[len(growing)] = value
        return plain(value)

    monkeypatch.setattr(values, "_text_of_plain", changing)
    assert values.text_of(growing) == "{'a': 1, 'b': 2}"


def test_an_ordered_dict_is_shown_in_its_own_order(record: Record) -> None:
    recorded = record(
        "import collections\n"
        "class K(str):\n    def __hash__(self):\n        hashed.append(1)\n        return 1\n"
        "hashed = []\n"
        "d = collections.OrderedDict(a=1, b=2, c=torch.ones(1))\nd.move_to_end('a')\n"
        "e = collections.OrderedDict({K('x'): 1, 'y': 2})\ndel hashed[:]\n"
    )
    assert recorded.final.values["d"] == "OrderedDict({'b': 2, 'c': <Tensor>, 'a': 1})"
    assert not recorded.variables["hashed"]


ODD = {
    "buffer": "m = torch.nn.Module()\nm.register_buffer('B', torch.ones(1))\n",
    "parameter": "m = torch.nn.Module()\nm.register_parameter('B', torch.nn.Parameter("
    "torch.ones(1)))\n",
    "child": "m = torch.nn.Module()\nm.add_module('B', torch.nn.Linear(1, 1))\n",
    "attribute of a module": "class M(torch.nn.Module):\n    pass\nm = M()\n"
    "vars(m)['B'] = torch.ones(1)\n",
    "attribute": "class A:\n    pass\na = A()\nvars(a)['B'] = torch.ones(1)\n",
    "class": "C = type('B', (), {})\nc = C()\nm = type('B', (torch.nn.Module,), {})()\n"
    "t = torch.ones(1).as_subclass(type('B', (torch.Tensor,), {}))\n",
    "class attribute": "C = type('C', (), {'B': 1})\n",
    "key": "d = {'B': torch.ones(1)}\n",
    "autograd function": """
F = type('B', (torch.autograd.Function,), {
    'forward': staticmethod(lambda ctx, x: x * 2), 'backward': staticmethod(lambda ctx, g: g)})
y = F.apply(torch.ones(1, requires_grad=True))
z = y + 1
""",
    "function": "def f():\n    return torch.ones(1)\n"
    "f.__code__ = f.__code__.replace(co_qualname='B', co_name='B')\nf()\n",
}


@pytest.mark.parametrize(
    ("where", "odd"),
    [(where, "x" * 30_000) for where in ODD]
    + [(where, "\\ud800") for where in ODD if where not in ("class", "autograd function")]
    + [(where, "b\\n\\x1b[2J") for where in ODD],
)
def test_any_text_can_be_part_of_a_name(record: Record, where: str, odd: str) -> None:
    recorded = record(ODD[where].replace("B", odd))
    assert recorded.result.ok, recorded.result.error
    assert recorded.result.truncated is None
    found = [*recorded.final.tensors, *recorded.final.values, *recorded.final.values.values()]
    found += [snapshot.function for snapshot in recorded.snapshots]
    found += [node.name for snapshot in recorded.snapshots for node in snapshot.nodes]
    found += [str(tensor.grad_fn_name) for tensor in recorded.final.tensors.values()]
    found += [str(tensor.shown) for tensor in recorded.final.tensors.values()]
    assert all(text.isascii() and len(text) < 300 for text in found)
    assert not any("\x1b" in text for text in found)
