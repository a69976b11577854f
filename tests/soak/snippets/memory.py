# Memory, files and descriptors.
import ctypes, mmap, os, resource, socket, sys, tempfile, time

# %% tensors: without end
kept = []
while True: kept.append(torch.ones(2**22))

# %% a-list: without end, in small pieces
kept = []
while True: kept.append([])

# %% swallowed: MemoryError is caught, on and on
kept = []
while True:
    try: kept.append(bytearray(2**20))
    except MemoryError: pass

# %% anonymous-file: a memfd that is filled
file = os.memfd_create("x")
for _ in range(3000): os.write(file, bytes(2**20))

# %% shared-memory: a mapping that is shared, and filled
mapped = mmap.mmap(-1, 3 * 2**30)
for at in range(0, len(mapped), 4096): mapped[at] = 1

# %% shared-tensor: by torch itself
kept = [torch.ones(2**26).share_memory_() for _ in range(12)]

# %% memory-of-children: three of them, each within the limit
for _ in range(3):
    if os.fork() == 0: kept = bytearray(b"x") * (400 * 2**20); time.sleep(1000)
time.sleep(5)

# %% stack: a thread with a large one, used
import threading
threading.stack_size(2**29)
def f(n): return n and f(n - 1)
thread = threading.Thread(target=f, args=[900]); thread.start(); thread.join()

# %% limits-raised: those of the run itself
for name in dir(resource):
    if name.startswith("RLIMIT_"):
        try: resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY,) * 2)
        except (OSError, ValueError): pass
kept = [bytearray(2**24) for _ in range(200)]

# %% limits-at-zero: no file, no process, no memory more
for name in ("NOFILE", "NPROC", "DATA", "AS", "FSIZE", "STACK"):
    resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (0, 0))
open("/dev/null")

# %% cpu-limit: SIGXCPU after a second
resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
while True: pass

# %% closes-all: every descriptor but the standard ones
os.closerange(3, 4096)

# %% closes-standard: the three of them
os.closerange(0, 3); print("pwned")

# %% closes-all-and-waits: and does not end
os.closerange(0, 4096); time.sleep(1000)

# %% dup2-over-the-wire: every descriptor is /dev/null
null = os.open("/dev/null", os.O_RDWR)
for number in range(0, 64):
    if number != null: os.dup2(null, number)

# %% sockets-over-the-wire: pairs in the place of the connections
one, other = socket.socketpair()
for number in range(3, 64):
    if number not in (one.fileno(), other.fileno()): os.dup2(one.fileno(), number)
time.sleep(1)

# %% junk-on-the-wire: into every descriptor
for number in range(3, 256):
    try: os.write(number, b"\xa7\x67\xff\xff\xff\xff" + b"pwned" * 1000)
    except OSError: pass

# %% reads-the-wire: what is meant for the recorder
for number in range(3, 64):
    try: os.set_blocking(number, False); os.read(number, 10**6)
    except OSError: pass

# %% blocking-changed: of every descriptor
for number in range(0, 64):
    try: os.set_blocking(number, number % 2 == 0)
    except OSError: pass

# %% descriptors-sent: all of them, to itself
one, other = socket.socketpair()
for number in range(3, 30):
    try: socket.send_fds(one, [b"x"], [number] * 200)
    except OSError: pass

# %% no-descriptor-left: all are used
kept = []
try:
    while True: kept.append(os.open("/dev/null", os.O_RDONLY))
except OSError: pass

# %% temporary-folder-gone: and all in it
import shutil
folder = tempfile.gettempdir()
if folder.endswith("/tmp") and "soak-" in folder: shutil.rmtree(folder)

# %% folder-gone: the working folder is removed under it
folder = tempfile.mkdtemp(); os.chdir(folder); os.rmdir(folder)

# %% folder-full: fifty thousand names in it
folder = tempfile.mkdtemp()
for number in range(20_000): os.close(os.open(f"{folder}/{number}", os.O_CREAT))

# %% umask-and-folder: changed for good
os.umask(0o777); os.chdir("/")

# %% root-changed: into an empty folder
try: os.chroot(tempfile.mkdtemp()); os.chdir("/")
except OSError: pass

# %% flood-of-moments: a loop without end, recorded
n = 0
while True: n += 1
