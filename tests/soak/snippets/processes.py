# Processes: they stay, multiply, stop, trace and end others. `BASE` stands before each.
import ctypes, os, signal, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def attempt(do, *arguments):
    try: return do(*arguments)
    except OSError: pass
def apart():
    "Whether the kernel has namespaces of its own: some snippets would be too much without."
    return os.getppid() == 1 and b"python" in open("/proc/1/cmdline", "rb").read()
def daemon(act):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for number in range(1, 32): attempt(signal.signal, number, signal.SIG_IGN)
            act()
            time.sleep(1000)
        os._exit(0)

# %% daemon: one process in a session of its own stays
daemon(lambda: None)

# %% daemon-closes-all: it has no descriptor of ours
daemon(lambda: os.closerange(0, 4096))

# %% daemon-busy: it works without end
def work():
    while True: pass
daemon(work)

# %% daemon-writes: it prints without end, after the step has ended
def work():
    while True:
        attempt(os.write, 1, b"pwned" * 100); time.sleep(0.001)
daemon(work)

# %% many-sessions: thirty processes, each the leader of a session below the last
def chain(left):
    os.setsid()
    if left and os.fork() == 0: chain(left - 1)
    time.sleep(1000)
if os.fork() == 0: chain(30)

# %% wide: forty daemons side by side
for _ in range(40): daemon(lambda: None)

# %% fork-bomb: doubles, up to 2^7 processes
def double(left):
    for _ in range(left):
        if os.fork() == 0: double(left - 1); time.sleep(1000)
if os.fork() == 0: double(7); time.sleep(1000)

# %% forks-on-and-on: each forks the next and ends
def go_on():
    late = time.time() + 60
    while time.time() < late:
        if os.fork(): os._exit(0)
daemon(go_on)

# %% forks-on-and-on-here: the run itself is replaced by its children
late = time.time() + 5
while time.time() < late:
    if os.fork(): os._exit(0)

# %% zombies: two hundred, never waited for
for _ in range(200):
    if os.fork() == 0: os._exit(0)

# %% kills-parent: SIGKILL to what forked it
attempt(os.kill, os.getppid(), signal.SIGKILL)

# %% kills-parent-on-and-on: a daemon keeps at it
parent = os.getppid()
def kill():
    while True:
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV): attempt(os.kill, parent, number)
        time.sleep(0.01)
daemon(kill if apart() else lambda: None)

# %% stops-parent: SIGSTOP
attempt(os.kill, os.getppid(), signal.SIGSTOP)

# %% stops-all: SIGSTOP to all that it may signal
if apart(): attempt(os.kill, -1, signal.SIGSTOP)

# %% kills-all: SIGKILL to all that it may signal
if apart(): attempt(os.kill, -1, signal.SIGKILL)

# %% kills-group: its own process group
os.kill(0, signal.SIGKILL)

# %% kills-itself: SIGKILL
os.kill(os.getpid(), signal.SIGKILL)

# %% stops-itself: SIGSTOP
os.kill(os.getpid(), signal.SIGSTOP)

# %% stopped-by-a-child: which goes on doing so
me = os.getpid()
if os.fork() == 0:
    while True: attempt(os.kill, me, signal.SIGSTOP); time.sleep(0.001)

# %% every-signal: each that there is, to itself
for number in range(1, 65): attempt(os.kill, os.getpid(), number)

# %% traces-parent: with ptrace, by attaching and by seizing
for request in (16, 0x4206): libc.ptrace(request, os.getppid(), None, None)

# %% traced-run: its child traces it and stops
me = os.getpid()
if os.fork() == 0:
    libc.ptrace(0x4206, me, None, None); libc.ptrace(0x4207, me, None, None)
    time.sleep(1000)
time.sleep(0.1)

# %% reads-memory-of-parent: and writes it
for name in ("mem", "maps", "environ", "fd"):
    attempt(lambda: os.listdir(f"/proc/{os.getppid()}/{name}"))
    attempt(lambda: open(f"/proc/{os.getppid()}/{name}", "rb+").write(b"x" * 4096))

# %% subreaper: keeps the orphans of its own
libc.prctl(36, 1, 0, 0, 0)
daemon(lambda: None)
time.sleep(0.1)

# %% no-death-signal: a child lets itself outlive its parent
if os.fork() == 0:
    libc.prctl(1, 0, 0, 0, 0); os.setsid(); time.sleep(1000)

# %% namespaces: it makes its own, and hides in them
for flag in (0x10000000, 0x20000000, 0x20000, 0x10000000 | 0x20000000): libc.unshare(flag)
daemon(lambda: None)

# %% vfork-and-exec: a shell that goes on
subprocess.Popen(["sh", "-c", "trap '' HUP TERM INT; while :; do sleep 1; done"], start_new_session=True)

# %% a-server: a socket that listens, in a process that stays
subprocess.Popen([sys.executable, "-c", "import socket, time; s = socket.create_server(('127.0.0.1', 0)); time.sleep(1000)"])

# %% multiprocessing: workers that nobody joins
import multiprocessing
workers = [multiprocessing.get_context("fork").Process(target=time.sleep, args=[1000]) for _ in range(4)]
for worker in workers: worker.start()

# %% priorities: it takes all the time there is
attempt(os.nice, -20); attempt(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(50))
while True: pass
