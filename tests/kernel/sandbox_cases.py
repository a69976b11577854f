"""What a lesson does that works in a sandbox, and what is refused to it there.

`python sandbox_cases.py KIND` tries all of it in a kernel and prints what came of it, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from process_session import KERNELS, PATIENT, Session

WORKS = {
    "a gradient": "x = torch.ones(3, requires_grad=True)\n(x * x).sum().backward()\nprint(x.grad)",
    "threads": "import threading\nfound = []\n"
    "threads = [threading.Thread(target=found.append, args=[n]) for n in range(4)]\n"
    "for thread in threads: thread.start()\nfor thread in threads: thread.join()\nprint(found)",
    "threads of torch": "torch.set_num_threads(2)\nx = torch.ones(600, 600)\n"
    "print((x @ x).sum(), torch.linalg.svdvals(x[:50, :50]).shape)",
    "an optimizer": "w = torch.ones(2, requires_grad=True)\nopt = torch.optim.Adam([w], lr=0.1)\n"
    "(w * w).sum().backward()\nopt.step()\nprint(w)",
    "a transform": "print(torch.func.grad(lambda t: t ** 3)(torch.tensor(2.0)))",
    "loading data": "from torch.utils.data import DataLoader\n"
    "print(list(DataLoader(torch.arange(4.), batch_size=2, shuffle=True)))",
    "temporary files": "import os, tempfile\nwith tempfile.TemporaryDirectory() as folder:\n"
    "    path = os.path.join(folder, 'model.pt')\n    torch.save(torch.ones(2), path)\n"
    "    os.rename(path, path + 'h')\n    print(torch.load(path + 'h'), os.listdir(folder))\n"
    "    os.truncate(path + 'h', 3)\n    os.mkdir(path)\n"
    "print(os.path.exists(folder))",
    "a database": "import sqlite3, tempfile\n"
    "with tempfile.NamedTemporaryFile(delete=False) as file:\n"
    "    base = sqlite3.connect(file.name)\nbase.execute('create table t (n)')\nprint(base)"
    .replace("print(base)", "print(base.execute('select * from t').fetchall())"),
    "an event loop": "import asyncio\nprint(asyncio.run(asyncio.sleep(0, 'slept')))",
    "a signal to itself": "import os, signal\n"
    "signal.signal(signal.SIGUSR1, lambda *_: print('heard'))\n"
    "os.kill(os.getpid(), signal.SIGUSR1)\nsignal.raise_signal(signal.SIGUSR1)",
    "devices": "import os\nopen(os.devnull, 'w').write('x')\n"
    "print(len(os.urandom(3)), [open(f'/dev/{name}', 'rb').read(1)[:0] for name in "
    "('null', 'zero', 'urandom')])",
    "the machine": "import os, platform, time\n"
    "print(os.cpu_count(), platform.machine(), time.tzname, open('/proc/self/comm').read()[:0])",
    "the library": "import wave, colorsys, statistics, concurrent.futures as futures\n"
    "print(list(futures.ThreadPoolExecutor(2).map(abs, [-1, -2])))",
    "compiling nothing": "import torch._dynamo\n"
    "f = torch.compile(lambda t: t * 2, backend='eager')\nprint(f(torch.ones(2)))",
}  # fmt: skip
"""Python prints the same inside and outside."""

REFUSED = {
    "a socket": ("import socket; socket.socket()", "network"),
    "a connection": (
        "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)", "network"
    ),
    "a name": ("import socket; socket.getaddrinfo('localhost.example', 80)", "network"),
    "a page": ("import urllib.request as r; r.urlopen('http://localhost:9/')", "network"),
    "a socket of the system": (
        "import socket; socket.socketpair(type=socket.SOCK_DGRAM)", "network"
    ),
    "a program": ("import subprocess; subprocess.run(['true'])", "programs"),
    "a shell": ("import subprocess; subprocess.getoutput('true')", "programs"),
    "another program": ("import os, sys; os.execv(sys.executable, ['python'])", "programs"),
    "a spawned program": (
        "import os; os.posix_spawn('/bin/true', ['true'], {})", "programs"
    ),
    "a fork": ("import os; os.fork()", "processes"),
    "workers": (
        "from torch.utils.data import DataLoader\n"
        "list(DataLoader(torch.arange(4.), num_workers=2))", "processes"
    ),
    "shared memory": ("torch.ones(3).share_memory_()", "processes"),
    "a queue": ("import multiprocessing as mp; mp.Queue()", "processes"),
    "a signal": ("import os, signal; os.kill(os.getppid(), 0)", "signals"),
    "a signal to all": ("import os, signal; os.kill(-1, 0)", "signals"),
    "a signal to a group": ("import os; os.killpg(1, 0)", "signals"),
    "passwords": ("open('/etc/shadow')", "reading"),
    "a home folder": ("import os; os.listdir(os.path.expanduser('~'))", "reading"),
    "another's memory": ("open('/proc/1/environ', 'rb')", "reading"),
    "loading from elsewhere": ("torch.load('/etc/shadow')", "reading"),
    "shared memory of others": ("import os; os.listdir('/dev/shm')", "reading"),
    "a file": ("open('/var/tmp/x', 'w')", "writing"),
    "a file for more": ("open('/var/tmp/x', 'a')", "writing"),
    "a file beside the lesson": ("open(str(folder) + '/new', 'w')", "writing"),
    "a model": ("torch.save(torch.ones(2), '/var/tmp/model.pt')", "writing"),
    "a folder": ("import os; os.mkdir('/var/tmp/made')", "writing"),
    "removing": ("import os; os.remove(str(folder) + '/data.txt')", "writing"),
    "renaming": ("import os; os.rename(str(folder) + '/data.txt', '/var/tmp/x')", "writing"),
    "the terminal": ("open('/dev/tty', 'r+b', buffering=0)", "writing"),
    "rights": ("import os; os.chmod(str(folder) + '/data.txt', 0o777)", "changing"),
    "times": ("import os; os.utime(str(folder) + '/data.txt')", "changing"),
    "an owner": ("import os; os.chown(str(folder), 1, 1)", "changing"),
    "a database elsewhere": (
        "import sqlite3; sqlite3.connect('/var/tmp/x.db').execute('create table t (n)')", "writing"
    ),
    "shared memory by its name": (
        "from multiprocessing import shared_memory as m; m.SharedMemory(create=True, size=9)",
        "processes",
    ),
    "processes of torch": (
        "import torch.multiprocessing as m; m.spawn(print, nprocs=2)", "processes"
    ),
    "a compiled model": ("torch.jit.load('/etc/shadow')", "other"),
    "a file of numbers": ("torch.from_file('/var/tmp/x', shared=True, size=3)", "other"),
    "another machine": (
        "import torch.distributed as d; d.init_process_group("
        "'gloo', init_method='tcp://127.0.0.1:29999', rank=0, world_size=1)", "other"
    ),
    "a session": ("import os; os.setsid()", "other"),
}  # fmt: skip
"""What it is, and which kind of refusal."""


def attempts() -> Iterator[tuple[str, str]]:
    """Every name and its code."""
    yield from WORKS.items()
    yield from ((name, code) for name, (code, _) in REFUSED.items())


def main() -> None:
    """Try all of it in one kernel."""
    found = {}
    with Session(KERNELS[sys.argv[1]]) as session:
        for name, code in attempts():
            setup = f"import torch\nfolder = {sys.argv[2]!r}"
            outcome = session.execute(code, PATIENT, setup, sandboxed=True)
            error = outcome.error
            found[name] = [
                outcome.stdout,
                error and error.refused,
                error and f"{error.type}: {error.message}",
                outcome.ended and outcome.ended.cause,
            ]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
