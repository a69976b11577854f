# The terminal and what is printed.
import ctypes, fcntl, glob, os, sys, termios, time

# %% own-terminal: by every name that it may have
for name in ("/dev/tty", "/dev/console", "/dev/tty0", *glob.glob("/dev/pts/*")):
    try: os.write(os.open(name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK), b"\x1b]0;pwned\x07pwned")
    except OSError: pass

# %% keys-pushed-in: TIOCSTI into everything that is open
for number in range(0, 64):
    for byte in b"q\r":
        try: fcntl.ioctl(number, termios.TIOCSTI, bytes([byte]))
        except OSError: pass

# %% keys-pushed-in-by-name: into every terminal that can be opened
for name in glob.glob("/dev/pts/*") + ["/dev/tty"]:
    try: fcntl.ioctl(os.open(name, os.O_RDWR | os.O_NOCTTY), termios.TIOCSTI, b"q")
    except OSError: pass

# %% controlling-terminal: taken by force
os.setsid() if os.fork() == 0 else None
for name in glob.glob("/dev/pts/*"):
    try: fcntl.ioctl(os.open(name, os.O_RDWR), termios.TIOCSCTTY, 1)
    except OSError: pass

# %% terminal-of-another: through /proc
for pid in glob.glob("/proc/[0-9]*"):
    for link in glob.glob(f"{pid}/fd/*"):
        try:
            if "pts" in os.readlink(link): os.write(os.open(link, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK), b"pwned")
        except OSError: pass

# %% terminal-made: a node with its number
try: os.mknod("/tmp/soak-terminal", 0o20666, os.makedev(136, 0)); os.open("/tmp/soak-terminal", os.O_RDWR)
except OSError: pass

# %% terminal-settings: no echo, no signals, of all that is open
for number in range(0, 64):
    try: termios.tcsetattr(number, termios.TCSANOW, [0, 0, 0, 0, 0, 0, [b"\0"] * 32])
    except (OSError, termios.error): pass

# %% escape-sequences: in what is printed
print("\x1b]0;pwned\x07\x1b[2J\x1b[?1049l\x1b[?1000h\x1bc\x9b31m\x1bP+q\x1b\\ \x1b[6n \x1b[c")

# %% escape-sequences-in-names: of variables, keys, classes and errors
globals()["\x1b]0;pwned\x07"] = torch.ones(2)
names = {"\x1b[2J\u202e": torch.ones(2)}
type("\x1b]0;pwned\x07", (Exception,), {})
raise type("\x1b]0;pwned\x07", (Exception,), {"__module__": "\x9b2J"})("\x1b[?1049l\r\npwned")

# %% gigantic-output: 200 MB at once
print("x" * 200_000_000)

# %% output-without-end: small pieces
while True: os.write(1, b"x\n" * 100)

# %% output-of-a-child: yes(1)
import subprocess
subprocess.Popen(["yes"])

# %% binary-output: every byte
os.write(1, bytes(range(256)) * 200); os.write(2, os.urandom(50_000))

# %% one-long-line: 64 KiB of wide characters
print("漢" * 21_000)

# %% combining: ten thousand accents on one letter
print("a" + "\u0301" * 10_000); print("\u200d".join("👩" * 5000)); print("\u202e" * 5000)

# %% carriage-returns: a progress bar of half a million steps
for _ in range(2): print("\r".join(map(str, range(200_000))), end="")

# %% nul-and-tabs: and backspaces
print("\0" * 1000, "\t" * 20_000, "\b" * 1000, "\v\f" * 1000)

# %% surrogates: which no encoding takes
print("\ud800" * 10)

# %% stdout-replaced: by something that fails
class Broken:
    def write(self, text): raise OSError("pwned")
    def flush(self): raise OSError("pwned")
sys.stdout = sys.stderr = sys.__stdout__ = Broken()
print("x")

# %% stdout-closed: at every level
sys.stdout.close(); os.close(1)

# %% input: from the keyboard, on and on
while True:
    try: input()
    except EOFError: break

# %% long-error: a message of ten million characters
raise ValueError("pwned " * 2_000_000)

# %% long-traceback: recursion through many functions
def f(n): return f(n + 1)
f(0)

# %% nested-errors: a chain of five hundred causes
error = None
for number in range(500):
    try: raise ValueError(str(number)) from error
    except ValueError as caught: error = caught
raise error

# %% group-of-errors: in groups of groups
group = ValueError("x")
for _ in range(200): group = ExceptionGroup("g", [group, group][:1])
raise group

# %% warnings: without end
import warnings
warnings.simplefilter("always")
for number in range(50_000): warnings.warn(f"pwned {number}")
