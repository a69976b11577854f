"""seccomp: from here on, the system refuses this process what a snippet has no use for.

Landlock knows of files. This is about all else that leads out of a run: sockets, other programs and
processes, and who may do what with a file. A filter is a program in classic BPF, which the system
runs before each call; what it always lets pass, as reading and writing, costs nothing.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from typing import NamedTuple

from autograd_tutor.linux import libc

_LOAD, _AND, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x54, 0x15, 0x25, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in what the filter sees of a call."""

_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_REFUSE = _FAIL | errno.EPERM
_UNKNOWN = _FAIL | errno.ENOSYS

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
_NEWEST = 469
"""The highest number of a call that was looked at; for Python, later ones do not exist."""

_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_F_SETOWN, _F_SETOWN_EX = 8, 15
_F_SETLEASE, _F_SETDELEG = 1024, 1040
_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP = 0x5412, 0x541C, 0x8901, 0x8902
_FILE_ATTRIBUTES = (0x40086602, 0x401C5820, 0x40087602, 0x40806685, 0x800C6613)
"""Requests of ioctl: FS_IOC_SETFLAGS, _FSSETXATTR, _SETVERSION, _ENABLE_VERITY,
_SET_ENCRYPTION_POLICY. They change a file that is open to read."""
_SOCK_STREAM = 1
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2


class _Call(NamedTuple):
    """The numbers of a system call; None: there is no such call."""

    x86_64: int | None
    aarch64: int | None


def _same(number: int) -> _Call:
    return _Call(number, number)


REFUSED = {
    # The network. What was opened before stays open.
    "socket": _Call(41, 198), "connect": _Call(42, 203), "bind": _Call(49, 200),
    "listen": _Call(50, 201),
    # Other programs and processes, and leaving the group in which the run is ended.
    "execve": _Call(59, 221), "execveat": _Call(322, 281), "fork": _Call(57, None),
    "vfork": _Call(58, None), "setsid": _Call(112, 157), "setpgid": _Call(109, 154),
    "ptrace": _Call(101, 117), "process_vm_readv": _Call(310, 270),
    "process_vm_writev": _Call(311, 271), "kcmp": _Call(312, 272), "pidfd_open": _same(434),
    "pidfd_getfd": _same(438), "pidfd_send_signal": _same(424), "process_madvise": _same(440),
    "process_mrelease": _same(448), "setpriority": _Call(141, 140),
    "migrate_pages": _Call(256, 238), "ioprio_set": _Call(251, 30),
    # Memory and queues that processes share by a name or number.
    "shmget": _Call(29, 194), "shmat": _Call(30, 196), "shmctl": _Call(31, 195),
    "semget": _Call(64, 190), "semop": _Call(65, 193), "semctl": _Call(66, 191),
    "semtimedop": _Call(220, 192), "msgget": _Call(68, 186), "msgsnd": _Call(69, 189),
    "msgrcv": _Call(70, 188), "msgctl": _Call(71, 187), "mq_open": _Call(240, 180),
    "mq_unlink": _Call(241, 181),
    # Whose a file is, and who may do what with it: Landlock does not know of that.
    "chmod": _Call(90, None), "fchmod": _Call(91, 52), "fchmodat": _Call(268, 53),
    "fchmodat2": _same(452), "chown": _Call(92, None), "fchown": _Call(93, 55),
    "lchown": _Call(94, None), "fchownat": _Call(260, 54), "utime": _Call(132, None),
    "utimes": _Call(235, None), "futimesat": _Call(261, None), "utimensat": _Call(280, 88),
    "setxattr": _Call(188, 5), "lsetxattr": _Call(189, 6), "fsetxattr": _Call(190, 7),
    "removexattr": _Call(197, 14), "lremovexattr": _Call(198, 15), "fremovexattr": _Call(199, 16),
    "setxattrat": _same(463), "removexattrat": _same(466), "file_setattr": _same(469),
    # Mounts and namespaces.
    "mount": _Call(165, 40), "umount2": _Call(166, 39), "pivot_root": _Call(155, 41),
    "chroot": _Call(161, 51), "open_tree": _same(428), "move_mount": _same(429),
    "fsopen": _same(430), "fsconfig": _same(431), "fsmount": _same(432), "fspick": _same(433),
    "mount_setattr": _same(442), "open_tree_attr": _same(467), "unshare": _Call(272, 97),
    "setns": _Call(308, 268), "open_by_handle_at": _Call(304, 265),
    # The kernel itself, and what its faults were most often reached by.
    "keyctl": _Call(250, 219), "add_key": _Call(248, 217), "request_key": _Call(249, 218),
    "bpf": _Call(321, 280), "perf_event_open": _Call(298, 241), "userfaultfd": _Call(323, 282),
    "io_uring_setup": _same(425), "io_uring_enter": _same(426), "io_uring_register": _same(427),
    "kexec_load": _Call(246, 104), "kexec_file_load": _Call(320, 294),
    "init_module": _Call(175, 105), "finit_module": _Call(313, 273),
    "delete_module": _Call(176, 106), "reboot": _Call(169, 142), "swapon": _Call(167, 224),
    "swapoff": _Call(168, 225), "personality": _Call(135, 92), "syslog": _Call(103, 116),
    "quotactl": _Call(179, 60), "quotactl_fd": _same(443), "acct": _Call(163, 89),
    "fanotify_init": _Call(300, 262), "modify_ldt": _Call(154, None), "iopl": _Call(172, None),
    "ioperm": _Call(173, None), "settimeofday": _Call(164, 170), "clock_settime": _Call(227, 112),
    "clock_adjtime": _Call(305, 266), "adjtimex": _Call(159, 171), "sethostname": _Call(170, 161),
    "setdomainname": _Call(171, 162), "vhangup": _Call(153, 58),
}  # fmt: skip
"""The system calls that fail with EPERM, whatever their arguments are."""

_TO_OWN_PROCESS = {
    "kill": _Call(62, 129), "tgkill": _Call(234, 131), "rt_sigqueueinfo": _Call(129, 138),
    "rt_tgsigqueueinfo": _Call(297, 240),
}  # fmt: skip
"""Their first argument is a process."""
_OF_OWN_PROCESS = {
    "prlimit64": _Call(302, 261), "move_pages": _Call(279, 239),
    "sched_setaffinity": _Call(203, 122), "sched_setscheduler": _Call(144, 119),
    "sched_setparam": _Call(142, 118), "sched_setattr": _Call(314, 274),
}  # fmt: skip
"""The same; 0 is the one that calls."""
_TKILL, _TRUNCATE = _Call(200, 130), _Call(76, 45)
_OPEN, _OPENAT, _OPENAT2 = _Call(2, None), _Call(257, 56), _same(437)
_CLONE, _CLONE3 = _Call(56, 220), _same(435)
_SOCKETPAIR, _IOCTL, _FCNTL = _Call(53, 199), _Call(16, 29), _Call(72, 25)
_PRCTL = _Call(157, 167)

_Instruction = tuple[int, int, int, int]
"""Its code, how many to skip where a test holds and where it does not, and its number."""


def install(machine: str, pid: int, landlock_abi: int) -> None:
    """Have this process, whose id is `pid`, filtered for good. Raises OSError.

    It needs `linux.gain_no_rights`.
    """
    code = program(machine, pid, landlock_abi)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HP", len(code) // 8, ctypes.addressof(buffer))
    if libc().prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_MODE_FILTER), head):
        raise OSError(ctypes.get_errno(), "seccomp")


def program(machine: str, pid: int, landlock_abi: int) -> bytes:
    """The filter for `machine` ("x86_64" or "aarch64") and the process `pid`.

    What later versions of Landlock see to is refused here where they are not there.
    """
    code: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        _return(_KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_ANY_BIT, 0, 1, _X32),
        _return(_KILL),
        (_GREATER, 0, 1, _NEWEST),
        _return(_UNKNOWN),
    ]
    for call, then in _cases(pid, landlock_abi):
        number = getattr(call, machine)
        if number is not None:
            code += [(_EQUAL, 0, len(then), number), *then]
    return b"".join(struct.pack("=HBBI", *each) for each in (*code, _return(_ALLOW)))


def _cases(pid: int, landlock_abi: int) -> list[tuple[_Call, list[_Instruction]]]:
    """Calls, and what is done with each."""
    refused = list(REFUSED.values())
    if landlock_abi < 6:
        refused.append(_TKILL)
    if landlock_abi < 3:
        refused.append(_TRUNCATE)
    cases = [(call, [_return(_REFUSE)]) for call in refused]
    # The C library then uses the older call, whose flags can be seen.
    cases += [(call, [_return(_UNKNOWN)]) for call in (_CLONE3, _OPENAT2)]
    cases += [(call, _only(0, (pid,))) for call in _TO_OWN_PROCESS.values()]
    cases += [(call, _only(0, (0, pid))) for call in _OF_OWN_PROCESS.values()]
    return [
        *cases,
        (_OPEN, _no_odd_opening(1, landlock_abi)),
        (_OPENAT, _no_odd_opening(2, landlock_abi)),
        (_CLONE, _threads_only()),
        # Another kind can send to any socket that has a path.
        (_SOCKETPAIR, _only(1, (_SOCK_STREAM,), bits=0xF)),
        # The zygote could not count the memory of a run that cannot be dumped.
        (_PRCTL, _never(0, (_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE))),
        # Who opens a file of which another has a lease waits for 45 seconds.
        (_FCNTL, _never(1, (_F_SETOWN, _F_SETOWN_EX, _F_SETLEASE, _F_SETDELEG))),
        (
            _IOCTL,
            _never(1, (_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP, *_FILE_ATTRIBUTES)),
        ),
    ]


def _return(value: int) -> _Instruction:
    return (_RETURN, 0, 0, value)


def _argument(index: int) -> _Instruction:
    """Load the lower half of an argument, which is all that the system looks at of these."""
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index)


def _only(index: int, allowed: Iterable[int], bits: int = 0xFFFFFFFF) -> list[_Instruction]:
    """Refuse all but some values of an argument, of which `bits` matter."""
    tests = [test for value in allowed for test in ((_EQUAL, 0, 1, value), _return(_ALLOW))]
    return [_argument(index), (_AND, 0, 0, bits), *tests, _return(_REFUSE)]


def _never(index: int, refused: Iterable[int]) -> list[_Instruction]:
    """Refuse some values of an argument."""
    tests = [test for value in refused for test in ((_EQUAL, 0, 1, value), _return(_REFUSE))]
    return [_argument(index), *tests, _return(_ALLOW)]


def _no_odd_opening(index: int, landlock_abi: int) -> list[_Instruction]:
    """Refuse what Landlock lets pass: `index` is that of the flags.

    A file that is opened neither to read nor to write can still be locked and controlled. Before
    version 3 it can be emptied, too, and so can one that is opened to read.
    """
    odd = [(os.O_ACCMODE, os.O_ACCMODE)]
    if landlock_abi < 3:
        odd.append((os.O_ACCMODE | os.O_TRUNC, os.O_RDONLY | os.O_TRUNC))
    code: list[_Instruction] = []
    for bits, value in odd:
        code += [_argument(index), (_AND, 0, 0, bits), (_EQUAL, 0, 1, value), _return(_REFUSE)]
    return [*code, _return(_ALLOW)]


def _threads_only() -> list[_Instruction]:
    """Refuse a new process, and a new namespace for it."""
    return [
        _argument(0),
        (_ANY_BIT, 1, 0, _CLONE_THREAD),
        _return(_REFUSE),
        (_ANY_BIT, 0, 1, _CLONE_NAMESPACES),
        _return(_REFUSE),
        _return(_ALLOW),
    ]
