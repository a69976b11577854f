# Python itself, and torch, turned against the recorder.
import builtins, ctypes, gc, inspect, json, os, signal, sys, threading, time, types

# %% trace-off: the recorder's trace function is removed, and comes back
sys.settrace(None); x = 1; sys.setprofile(None)

# %% trace-own: a function that raises at every line
def trace(frame, event, arg): raise ValueError("pwned")
sys.settrace(trace)
def f(): return 1
f()

# %% trace-forever: one that never returns
def trace(frame, event, arg):
    while True: pass
sys.settrace(trace)
def f(): return 1
f()

# %% trace-of-threads: for all threads, also those to come
threading.settrace(lambda *_: 1 / 0); threading.setprofile(lambda *_: 1 / 0)
threading.Thread(target=print).start()

# %% frames-above: the recorder's own variables are replaced
frame = sys._getframe()
while frame := frame.f_back:
    for name in list(frame.f_locals): frame.f_locals[name] = None
    ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(1))

# %% frames-jump: to another line
frame = sys._getframe()
def jump(target, *_): target.f_lineno = 1; return jump
frame.f_trace = jump
x = 1

# %% builtins-gone: all that code needs
for name in ("len", "isinstance", "type", "print", "range", "Exception", "BaseException", "id", "getattr"):
    setattr(builtins, name, None)

# %% builtins-liars: that give wrong answers
builtins.len = lambda _: -1; builtins.isinstance = lambda *_: True; builtins.id = lambda _: 0
x = torch.ones(2)

# %% modules-gone: nothing is imported any more
sys.modules.clear()
x = 1

# %% modules-replaced: by something else
for name in list(sys.modules): sys.modules[name] = types.SimpleNamespace()
x = 1

# %% import-replaced: by one that never returns
builtins.__import__ = lambda *_: time.sleep(1000)
import anything

# %% recorder-emptied: every module of ours
for name, module in list(sys.modules.items()):
    if name.startswith("autograd_tutor") and module: vars(module).clear()
x = 1

# %% recorder-functions: replaced by ones that raise
for name, module in list(sys.modules.items()):
    if name.startswith("autograd_tutor.kernel"):
        for key, value in list(vars(module).items()):
            if callable(value): setattr(module, key, lambda *_, **__: 1 / 0)
x = torch.ones(2)

# %% torch-functions: replaced by ones that lie or raise
for name in ("is_tensor", "Tensor", "no_grad", "zeros", "isnan"): setattr(torch, name, lambda *_, **__: 1 / 0)
x = 1

# %% torch-methods: of every tensor
torch.Tensor.shape = property(lambda self: 1 / 0); torch.Tensor.grad_fn = None
torch.Tensor.__repr__ = lambda self: "\x1b]0;pwned\x07" * 10**6
x = torch.ones(2, requires_grad=True); y = x * 2

# %% torch-engine: backward is replaced
torch.autograd.backward = lambda *_, **__: os._exit(1)
torch.Tensor.backward = lambda *_, **__: time.sleep(1000)
torch.ones(2, requires_grad=True).sum().backward()

# %% hooks-that-raise: or never return, in a backward pass
x = torch.ones(2, requires_grad=True)
y = x * 2; y.register_hook(lambda gradient: time.sleep(1000)); y.sum().backward()

# %% backward-in-threads: twenty at once
x = torch.ones(2, requires_grad=True)
def work():
    while True: (x * 2).sum().backward()
for _ in range(20): threading.Thread(target=work, daemon=True).start()

# %% graph-without-end: a million nodes
x = torch.ones(1, requires_grad=True)
for _ in range(1): 
    for _ in range(10**6): x = x + 1

# %% tensors-odd: huge shapes, many dimensions, meta, sparse, quantized
a = torch.empty(2**40, device="meta"); b = torch.ones(1).expand(10**9); c = torch.zeros([1] * 60)
d = torch.eye(3).to_sparse(); e = torch.empty(0, 10**9); f = torch.quantize_per_tensor(torch.ones(2), 1.0, 0, torch.quint8)
g = torch.ones(2).as_strided((2**31,), (0,)); h = torch.ones(4).as_strided((2,), (3,))

# %% tensor-freed: its memory is given back under it
x = torch.ones(2**20); x.untyped_storage().resize_(0); y = torch.ones(4); y.set_(); z = torch.ones(3); z.data = torch.ones(7)

# %% tensor-elsewhere: its memory is another's
import numpy
x = torch.frombuffer((ctypes.c_char * 16).from_address(id(torch)), dtype=torch.float32); del x

# %% repr-that-never-returns: of a value
class Forever:
    def __repr__(self): time.sleep(1000)
x = Forever()

# %% repr-that-kills: of a value
class Deadly:
    def __repr__(self): os._exit(7)
x = Deadly()

# %% attributes-that-kill: whatever is asked of it
class Deadly:
    def __getattribute__(self, name): os.kill(os.getpid(), signal.SIGSEGV)
x = Deadly()

# %% class-that-lies: equal to all, of any class, hash that raises
class Liar:
    __class__ = torch.Tensor
    def __eq__(self, other): return True
    def __hash__(self): raise ValueError
    def __len__(self): return 2**62
    def __bool__(self): raise ValueError
x = {1: Liar()}; y = [Liar()] * 3

# %% dictionary-that-changes: while it is looked at
class Changing(dict):
    def items(self):
        while True: yield "x", torch.ones(1)
    __iter__ = keys = items
x = Changing(a=torch.ones(1))

# %% values-deep: lists in lists, a hundred thousand
x = []
for _ in range(100_000): x = [x]

# %% values-wide: a million tensors in a list, fifty thousand names
x = [torch.ones(1)] * 10**6
for number in range(50_000): globals()[f"n{number}"] = number

# %% generators-without-end: as values, and one that raises
def forever():
    while True: yield torch.ones(1)
x = forever(); y = map(next, iter(forever, None)); z = list(zip(range(3), forever()))

# %% globals-strange: keys that are no names
globals()[1] = 2; globals()[None] = torch.ones(2); globals()[("a",)] = 3; globals()[""] = torch.ones(2)
x = 1

# %% globals-gone: cleared
globals().clear()

# %% code-replaced: that of a function while it runs
def f():
    f.__code__ = (lambda: 1 / 0).__code__
    return f()
f()

# %% compiles-without-end: expressions that take all memory
eval("(" * 90 + "1" + ")" * 90); exec("x = " + "-" * 100_000 + "1")

# %% json-and-msgspec: what the wire is made of
import msgspec
json.dumps = msgspec.msgpack.encode = lambda *_: b"pwned"; msgspec.msgpack.Encoder = None
x = 1

# %% environment: PATH, HOME, PYTHON… and the locale
import locale
os.environ.clear(); os.environ.update(PYTHONHOME="/nowhere", LD_PRELOAD="/nowhere.so", TERM="pwned")
locale.setlocale(locale.LC_ALL, "C"); time.tzset()

# %% clock: stands still, runs backwards
time.monotonic = time.perf_counter = time.time = lambda: -1e9
while True: pass

# %% print-options: that raise, or take ten million digits
torch.set_printoptions(precision=1000, threshold=10**9, linewidth=10**6)
x = torch.rand(3000)

# %% default-dtype-and-device: meta, half
torch.set_default_dtype(torch.float16); torch.set_default_device("meta")
x = torch.ones(3, requires_grad=True); y = (x * 2).sum()

# %% threads-of-torch: as many as fit
try: torch.set_num_threads(512); torch.set_num_interop_threads(512)
except RuntimeError: pass
x = torch.rand(500, 500) @ torch.rand(500, 500)

# %% forges-idle: says that the step is over, and goes on
from autograd_tutor.kernel.run import _StepServer
from autograd_tutor.recording.wire import Idle
(server,) = (each for each in gc.get_objects() if type(each) is _StepServer)
server._zygote.send(Idle(0, server._token))
while True: pass

# %% forges-frames: records without end, well formed
from autograd_tutor.kernel.run import _StepServer
from autograd_tutor.recording import wire
from autograd_tutor.recording.model import Snapshot
(server,) = (each for each in gc.get_objects() if type(each) is _StepServer)
frame = wire.encode(wire.SnapshotRecord(Snapshot(0, 1, "line", 1, 0, 0, "", "x" * 1000, {}, {}, (), (), None)))
while True: server._data.send_bytes(frame)
