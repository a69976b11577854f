# Ends and what comes after them: exits, crashes, threads, exit handlers, finalizers.
import atexit, ctypes, gc, os, signal, sys, threading, time, weakref

# %% exit-at-once: without any handler
os._exit(0)

# %% exit-95: a status of our own, perhaps
os._exit(95)

# %% sys-exit: an exception
sys.exit("pwned")

# %% abort: SIGABRT
os.abort()

# %% segfault: reads at 0
ctypes.string_at(0)

# %% segfault-while-faulthandler: writes its report to descriptor 5
import faulthandler
faulthandler.enable(5 if os.path.exists("/proc/self/fd/5") else 2); ctypes.string_at(0)

# %% faulthandler-later: dumps and exits in the midst of the next step
import faulthandler
faulthandler.dump_traceback_later(0.3, repeat=False, exit=True)

# %% stack-overflow-in-c: deep recursion without a limit
sys.setrecursionlimit(10**8)
def f(): return f()
f()

# %% recursion: until Python refuses, and catches that, on and on
def f():
    try: f()
    finally: f()
f()

# %% overwritten-none: counts of references are forged
ctypes.c_ssize_t.from_address(id(None)).value = 1; del _

# %% overwritten-int: 1 becomes 2
ctypes.memmove(id(1) + 24, id(2) + 24, 4)

# %% thread-goes-on: busy after the step
def work():
    while True: pass
threading.Thread(target=work, daemon=True).start()

# %% thread-at-exit: not a daemon, so that the end waits for it
threading.Thread(target=time.sleep, args=[1000]).start()

# %% many-threads: three hundred
for _ in range(300): threading.Thread(target=time.sleep, args=[1000], daemon=True).start()

# %% thread-kills: the process, a moment later
threading.Timer(0.3, os._exit, [3]).start()

# %% atexit-hangs: the handler never returns
atexit.register(time.sleep, 1000)

# %% finalizer-hangs: __del__ never returns
class Forever:
    def __del__(self): time.sleep(1000)
forever = Forever(); cycle = [forever]; cycle.append(cycle); del forever, cycle; gc.collect()

# %% finalizer-comes-back: an object that cannot die
class Lazarus:
    def __del__(self): globals()["back"] = self; Lazarus()
Lazarus()

# %% weakref-callback: raises, at a time of its own
class Thing: pass
thing = Thing(); ref = weakref.ref(thing, lambda _: 1 / 0); del thing

# %% gc-callback: raises at each collection, and collects
gc.callbacks.append(lambda *_: 1 / 0); gc.set_threshold(1); gc.collect()

# %% gc-everything: clears every dictionary that is found
for each in gc.get_objects():
    if type(each) is dict and "theirs" in each: each.clear()
for each in gc.get_objects():
    if type(each) is list: each.clear()

# %% interrupt-main: KeyboardInterrupt, on and on
import _thread
def interrupt():
    while True: _thread.interrupt_main(); time.sleep(0.01)
threading.Thread(target=interrupt, daemon=True).start()
while True:
    try: time.sleep(1)
    except KeyboardInterrupt: pass

# %% swallows-all: every exception, without end
while True:
    try:
        while True: pass
    except BaseException: pass

# %% signals-masked: blocked, ignored, and busy
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
while True: pass

# %% alarms: its own timer and handler that raises
def fire(*_): raise ValueError("pwned")
signal.signal(signal.SIGALRM, fire); signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
while True: pass

# %% in-c: one long call that nothing interrupts
pow(7, 10**9)

# %% regular-expression: exponential
import re; re.match(r"(a+)+$", "a" * 60 + "b")

# %% replaced: another program in the place of the run
os.execv("/bin/sleep", ["sleep", "1000"])

# %% async-exception: raised in every other thread
for thread in threading.enumerate():
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
