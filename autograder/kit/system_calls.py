"""The system calls that a worker may make: an allow-list that also looks at their arguments.

It also denies what Landlock of an older kernel leaves open: changes of mode, owner and times, which
none knows; truncation by path (known since ABI 3), requests to devices (ABI 5), signals and
abstract sockets (ABI 6), sockets with names (ABI 9).
"""

from __future__ import annotations

import contextlib
import errno
import socket

ALLOWED = """
    read write readv writev pread64 pwrite64 lseek close close_range dup dup2 dup3 pipe pipe2
    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
    epoll_pwait eventfd2 recvfrom shutdown getsockopt getsockname
    stat fstat lstat newfstatat statx statfs fstatfs access
    faccessat faccessat2 readlink readlinkat getdents64 getdents getcwd chdir fchdir
    rmdir unlink unlinkat rename renameat ftruncate fsync fdatasync fallocate
    flock fadvise64 readahead copy_file_range sendfile symlink symlinkat
    mmap munmap mremap mprotect madvise brk msync mlock munlock mincore membarrier rseq
    futex futex_waitv set_robust_list get_robust_list set_tid_address
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending rt_sigtimedwait sigaltstack
    setitimer getitimer alarm pause nanosleep clock_nanosleep clock_gettime clock_getres
    gettimeofday time times sched_yield sched_getaffinity sched_getparam sched_getscheduler
    sched_get_priority_max sched_get_priority_min getcpu getpid getppid gettid getuid geteuid
    getgid getegid getgroups getresuid getresgid getpgid getpgrp getsid getrusage getrlimit
    getpriority uname sysinfo getrandom arch_prctl restart_syscall exit exit_group wait4 waitid
"""
"""What numerical Python needs, and nothing that reaches another process, a network or a mount.

Left out on purpose: fork, vfork, execve, clone3, kill, tkill, tgkill, ptrace, process_vm_*, socket,
connect, bind, sendmsg, recvmsg (whose arguments are behind pointers), setsockopt, mount, unshare,
setns, bpf, io_uring_*, memfd_create, shm*, msg*, sem*, mq_*, keyctl, prctl, prlimit64, setrlimit,
pidfd_*, link, mknod, truncate, openat2, setxattr and everything about users and clocks.
"""

PRETENDED = "chmod fchmod fchmodat fchmodat2 utime utimes futimesat utimensat"
"""Calls that do nothing and say that they did: honest code copies files with modes and times."""

MISSING = {
    "clone3": errno.ENOSYS, "openat2": errno.ENOSYS,  # the C library falls back to older ones
    "listxattr": errno.ENOTSUP, "llistxattr": errno.ENOTSUP, "flistxattr": errno.ENOTSUP,
    "ioctl": errno.ENOTTY,
}
"""Calls that are refused with an error of their own, for which callers have a way to go on."""

WORD = 0xFFFFFFFF
"""The kernel looks at the lower half of arguments that are of type int."""

CLONE_THREAD = 0x10000
NEW_NAMESPACES = 0x7E020080
O_ACCMODE, O_RDONLY, O_WRONLY, O_RDWR = 0o3, 0o0, 0o1, 0o2
O_CREAT, O_TRUNC, O_ASYNC, O_TMPFILE = 0o100, 0o1000, 0o20000, 0o20000000
SPECIAL_BITS = 0o7000
"""Set-user-ID, set-group-ID, sticky: no file of a submission has them."""

OWNER_BITS = 0o700
SOCKET_FLAGS = 0o2000000 | 0o4000
RENAME_WHITEOUT = 0x4

FILE_REQUESTS = (
    0, 1030,  # F_DUPFD, F_DUPFD_CLOEXEC
    1, 2, 3,  # F_GETFD, F_SETFD, F_GETFL
    5, 6, 7, 36, 37, 38,  # F_GETLK, F_SETLK, F_SETLKW and those of open file descriptions
    1032,  # F_GETPIPE_SZ
)
"""Requests to fcntl. F_SETOWN, F_SETSIG, F_NOTIFY and F_SETLEASE send signals: not among them."""

F_SETFL = 4

DEVICE_REQUESTS = (
    0x5401, 0x802C542A, 0x5413,  # TCGETS, TCGETS2, TIOCGWINSZ: is it a terminal, and how wide
    0x541B, 0x5421, 0x5450, 0x5451,  # FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
)
"""Requests to ioctl. Not among them: FIOASYNC, FIOSETOWN, TIOCSTI, FS_IOC_SETFLAGS."""


def system_call_filter():
    """The seccomp filter. What is not on the list fails as if not permitted."""
    from seccompy import Action, Filter

    # Errors, not kills: libraries try unusual calls and have a way to go on without them.
    filter_ = Filter(default=Action.ERRNO | errno.EPERM)
    for name in ALLOWED.split():
        with _where_known():
            filter_.allow(name)
    for name, conditions in _looked_at():
        with _where_known():
            filter_.allow(name, args=conditions)
    for name in PRETENDED.split():
        with _where_known():
            filter_.errno(name, 0)
    for name, error in MISSING.items():
        with _where_known():
            filter_.errno(name, error)
    return filter_


def _looked_at() -> list[tuple[str, list]]:
    """Calls that are allowed if all conditions on their arguments hold, several rules for some."""
    rules = [
        # Threads yes, processes no.
        ("clone", [_bits(0, CLONE_THREAD | NEW_NAMESPACES, CLONE_THREAD)]),
        # Of pairs of sockets, those that take no address and no descriptors.
        ("socketpair", [_bits(0, WORD, socket.AF_UNIX),
                        _bits(1, WORD & ~SOCKET_FLAGS, socket.SOCK_STREAM)]),
        ("sendto", [_bits(4, (1 << 64) - 1, 0)]),
        ("fcntl", [_bits(1, WORD, F_SETFL), _bits(2, O_ASYNC, 0)]),
        ("renameat2", [_bits(4, RENAME_WHITEOUT, 0)]),
        # The owner keeps every right: no folder hides what is in it from those who count it.
        ("umask", [_bits(0, OWNER_BITS, 0)]),
        ("mkdir", [_bits(1, SPECIAL_BITS | OWNER_BITS, OWNER_BITS)]),
        ("mkdirat", [_bits(2, SPECIAL_BITS | OWNER_BITS, OWNER_BITS)]),
        ("creat", [_bits(1, SPECIAL_BITS, 0)]),
    ]
    for name, flags, mode in (("open", 1, 2), ("openat", 2, 3)):
        no_special_bits = _bits(mode, SPECIAL_BITS, 0)
        rules += [
            # Without one of these flags there is no mode.
            (name, [_bits(flags, O_CREAT | O_TMPFILE | O_TRUNC, 0)]),
            (name, [_bits(flags, O_ACCMODE, O_WRONLY), no_special_bits]),
            (name, [_bits(flags, O_ACCMODE, O_RDWR), no_special_bits]),
            # Landlock before ABI 3 would let a file be emptied that is opened for reading.
            (name, [_bits(flags, O_ACCMODE | O_TRUNC, O_RDONLY), no_special_bits]),
        ]
    rules += [("fcntl", [_bits(1, WORD, request)]) for request in FILE_REQUESTS]
    rules += [("ioctl", [_bits(1, WORD, request)]) for request in DEVICE_REQUESTS]
    return rules


def _bits(argument: int, mask: int, value: int):
    """The condition that an argument's bits in `mask` are those of `value`."""
    from seccompy import ArgCmp, CmpOp

    return ArgCmp(argument, CmpOp.MASKED_EQ, int(value), mask=mask)


def _where_known() -> contextlib.suppress:
    """A name that this machine's processor, or the library, does not know needs no rule."""
    return contextlib.suppress(ValueError, KeyError, LookupError)
