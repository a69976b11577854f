"""The filter of system calls, run by a small machine for its programs."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest

from autograd_tutor.kernel import seccomp

X86_64, AARCH64, I386 = 0xC000003E, 0xC00000B7, 0x40000003
ALLOW, EPERM, ENOSYS, KILL = "allow", "EPERM", "ENOSYS", "kill"
ANSWERS = {0x7FFF0000: ALLOW, 0x00050001: EPERM, 0x00050026: ENOSYS, 0x80000000: KILL}
ARCHITECTURES = {"x86_64": X86_64, "aarch64": AARCH64}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
PID = 77


def answer(program: bytes, architecture: int, number: int, *arguments: int) -> str:
    """What a filter does with a call: classic BPF, as far as filters use it."""
    data = struct.pack("=IIQ6Q", number, architecture, 0, *(*arguments, *[0] * 6)[:6])
    at = accumulator = 0
    while True:
        code, if_so, if_not, value = struct.unpack_from("=HBBI", program, 8 * at)
        at += 1
        match code:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, value)
            case 0x54:
                accumulator &= value
            case 0x06:
                return ANSWERS[value]
            case 0x15 | 0x25 | 0x45:
                tests = {0x15: accumulator == value, 0x25: accumulator > value}
                at += if_so if tests.get(code, accumulator & value != 0) else if_not
            case _:
                raise AssertionError(f"no such instruction: {code:#x}")


def filtered(machine: str, call: str | seccomp._Call, *arguments: int, abi: int = 7) -> str:
    named = seccomp.REFUSED[call] if isinstance(call, str) else call
    number = getattr(named, machine)
    program = seccomp.program(machine, PID, abi)
    return answer(program, ARCHITECTURES[machine], number, *arguments)


both = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


@both
def test_what_is_refused_whatever_its_arguments(machine: str) -> None:
    numbers = {getattr(call, machine) for call in seccomp.REFUSED.values()} - {None}
    program = seccomp.program(machine, PID, 7)
    for number in numbers:
        assert answer(program, ARCHITECTURES[machine], number) == EPERM
        assert answer(program, ARCHITECTURES[machine], number, *[2**64 - 1] * 6) == EPERM
    assert len(numbers) > 80


@both
def test_ordinary_calls_pass(machine: str) -> None:
    ordinary = {  # read, write, openat, mmap, futex, exit_group, recvmsg, sendmsg, unlinkat
        "x86_64": (0, 1, 257, 9, 202, 231, 47, 46, 263),
        "aarch64": (63, 64, 56, 222, 98, 94, 212, 211, 35),
    }
    program = seccomp.program(machine, PID, 7)
    assert {answer(program, ARCHITECTURES[machine], each) for each in ordinary[machine]} == {ALLOW}


@both
def test_other_architectures_end_the_process(machine: str) -> None:
    program = seccomp.program(machine, PID, 7)
    others = {X86_64, AARCH64, I386} - {ARCHITECTURES[machine]}
    assert {answer(program, other, 0) for other in others} == {KILL}
    assert answer(program, ARCHITECTURES[machine], 0x40000000 | 1) == KILL


@both
@pytest.mark.parametrize("number", [470, 1000, 0x3FFFFFFF])
def test_calls_that_are_newer_do_not_exist(machine: str, number: int) -> None:
    assert answer(seccomp.program(machine, PID, 7), ARCHITECTURES[machine], number) == ENOSYS


@both
@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        (seccomp._CLONE, (0x3D0F00,), ALLOW),  # a thread, as the C library makes it
        (seccomp._CLONE, (0x1200011,), EPERM),  # a fork
        (seccomp._CLONE, (0x3D0F00 | 0x10000000,), EPERM),  # a thread in a user namespace
        (seccomp._CLONE, (0x20000 | 17,), EPERM),
        (seccomp._CLONE3, (0, 88), ENOSYS),
        (seccomp._TO_OWN_PROCESS["kill"], (PID, 9), ALLOW),
        (seccomp._TO_OWN_PROCESS["kill"], (PID + 1, 9), EPERM),
        (seccomp._TO_OWN_PROCESS["kill"], (0, 9), EPERM),
        (seccomp._TO_OWN_PROCESS["kill"], (2**32 - PID, 9), EPERM),  # its group
        (seccomp._TO_OWN_PROCESS["tgkill"], (PID, 78, 6), ALLOW),
        (seccomp._TO_OWN_PROCESS["rt_sigqueueinfo"], (1, 9), EPERM),
        *(
            (call, (pid,), expected)
            for call in seccomp._OF_OWN_PROCESS.values()
            for pid, expected in ((0, ALLOW), (PID, ALLOW), (1, EPERM), (PID + 1, EPERM))
        ),
        (seccomp._OPENAT, (2**64 - 100, 1, os.O_RDONLY), ALLOW),
        (seccomp._OPENAT, (2**64 - 100, 1, os.O_RDWR | os.O_CREAT | os.O_TRUNC), ALLOW),
        (seccomp._OPENAT, (2**64 - 100, 1, os.O_ACCMODE), EPERM),
        (seccomp._OPENAT, (2**64 - 100, 1, os.O_ACCMODE | os.O_TRUNC), EPERM),
        (seccomp._OPENAT2, (2**64 - 100, 1, 2, 24), ENOSYS),
        (seccomp._SOCKETPAIR, (1, 1), ALLOW),
        (seccomp._SOCKETPAIR, (1, 1 | 0o2000000), ALLOW),  # SOCK_CLOEXEC
        (seccomp._SOCKETPAIR, (1, 2), EPERM),
        (seccomp._SOCKETPAIR, (1, 5), EPERM),
        (seccomp._PRCTL, (1, 0), EPERM),
        (seccomp._PRCTL, (4, 0), EPERM),  # PR_SET_DUMPABLE
        (seccomp._PRCTL, (15, 0), ALLOW),  # PR_SET_NAME
        (seccomp._FCNTL, (3, 8, 1), EPERM),
        (seccomp._FCNTL, (3, 15, 1), EPERM),
        (seccomp._FCNTL, (3, 1024, 0), EPERM),  # F_SETLEASE
        (seccomp._FCNTL, (3, 2, 1), ALLOW),
        (seccomp._IOCTL, (3, 0x5412), EPERM),
        (seccomp._IOCTL, (3, 0xFFFFFFFF00005412), EPERM),  # the upper half is not looked at
        *((seccomp._IOCTL, (3, request), EPERM) for request in seccomp._FILE_ATTRIBUTES),
        (seccomp._IOCTL, (3, 0x5401), ALLOW),
    ],
)
def test_what_depends_on_an_argument(
    machine: str, call: seccomp._Call, arguments: tuple[int, ...], expected: str
) -> None:
    assert filtered(machine, call, *arguments) == expected


@both
@pytest.mark.parametrize(
    ("abi", "tkill", "truncate"), [(1, EPERM, EPERM), (3, EPERM, ALLOW), (6, ALLOW, ALLOW)]
)
def test_what_an_older_landlock_does_not_see_to(
    machine: str, abi: int, tkill: str, truncate: str
) -> None:
    assert filtered(machine, seccomp._TKILL, 1, 9, abi=abi) == tkill
    assert filtered(machine, seccomp._TRUNCATE, abi=abi) == truncate
    calls = [(seccomp._OPENAT, (3, 1))] + [(seccomp._OPEN, (1,))] * (machine == "x86_64")
    for call, before in calls:
        assert filtered(machine, call, *before, os.O_TRUNC, abi=abi) == truncate
        assert filtered(machine, call, *before, os.O_WRONLY | os.O_TRUNC, abi=abi) == ALLOW
        assert filtered(machine, call, *before, os.O_ACCMODE, abi=abi) == EPERM


@pytest.mark.parametrize("machine", [name for name, path in HEADERS.items() if path.exists()])
def test_the_numbers_are_those_of_the_system(machine: str) -> None:
    text = HEADERS[machine].read_text()
    system = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text))
    ours = seccomp.REFUSED | seccomp._TO_OWN_PROCESS | seccomp._OF_OWN_PROCESS
    ours |= {
        name: getattr(seccomp, f"_{name.upper()}")
        for name in (
            "tkill",
            "truncate",
            "clone",
            "clone3",
            "open",
            "openat",
            "openat2",
            "socketpair",
            "ioctl",
            "fcntl",
            "prctl",
        )
    }
    numbers = {name: getattr(call, machine) for name, call in ours.items()}
    known = {name: int(system[name]) for name in numbers if name in system}
    assert known == {name: numbers[name] for name in known}
    assert len(known) > 80
