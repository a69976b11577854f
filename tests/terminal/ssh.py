"""An SSH server of the test's own, on a loopback port, with keys that are thrown away."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

_PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
_STARTS = 5
"""A free port can be taken by others before sshd has it; then another one is tried."""

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PrintMotd no
PrintLastLog no
"""


def missing() -> str | None:
    """Say which program an SSH test lacks here; None when all are there."""
    for name in ("sshd", "ssh", "ssh-keygen"):
        if shutil.which(name, path=_PATH) is None:
            return f"{name} is not installed"
    return None


class SshServer:
    """Runs sshd as the current user; use as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> SshServer:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("host", "user"):
            _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self._folder / name))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        for _ in range(_STARTS):
            if self._start():
                return self
        raise AssertionError(f"sshd does not start:\n{self._log.read_text(errors='replace')}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def command(self, argv: Sequence[str], env: Mapping[str, str]) -> list[str]:
        """Build the ssh command line that runs `argv` with `env` on a terminal at the other end.

        TERM and the size are left out of `env`: they travel as they do for everybody.
        """
        passed = [f"{name}={value}" for name, value in env.items() if name != "TERM"]
        remote = shlex.join(["env", *passed, *argv])
        options = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "GlobalKnownHostsFile": "/dev/null",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "LogLevel": "ERROR",
        }
        return [
            _which("ssh"),
            *("-F", "none", "-tt", "-p", str(self.port), "-i", str(self._folder / "user")),
            *(f"-o{name}={value}" for name, value in options.items()),
            f"{pwd.getpwuid(os.geteuid()).pw_name}@127.0.0.1",
            remote,
        ]

    @property
    def _log(self) -> Path:
        return self._folder / "sshd.log"

    def _start(self) -> bool:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        config = self._folder / "sshd_config"
        config.write_text(_CONFIG.format(port=self.port, folder=self._folder))
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [_which("sshd"), "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end, pause = time.monotonic() + 30, threading.Event()
        while self._process.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
            except ConnectionRefusedError:
                pause.wait(0.02)
            else:
                return True
        self._process.kill()
        self._process.wait()
        return False


def _which(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    assert found is not None, f"{name} is not installed"
    return found


def _run(*argv: str) -> None:
    subprocess.run([_which(argv[0]), *argv[1:]], check=True, capture_output=True)
