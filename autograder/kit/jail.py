"""The walls around a student's code, from the outside in.

====================  ==========================================================
level                 what stands between the code and everything else
====================  ==========================================================
``namespaces``        a private root that holds libraries only, no network, no other
                      processes (bubblewrap); inside it the two of the next line
``landlock+seccomp``  the kernel refuses paths (Landlock) and system calls (seccomp)
``rlimits``           memory, time and file sizes are limited; files can be read
====================  ==========================================================

Each level is tried for real before it is used. All of them also limit memory, time and
sizes, and start with an empty environment.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import struct
import sys
from pathlib import Path

NAMESPACES, LANDLOCK, RLIMITS = "namespaces", "landlock+seccomp", "rlimits"
LEVELS = (NAMESPACES, LANDLOCK, RLIMITS)
"""Strongest first."""

NOBODY = 65534

PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_CAP_AMBIENT = 1, 24, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
LINUX_CAPABILITY_VERSION_3 = 0x20080522
CLONE_THREAD = 0x10000

DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
READABLE_FILES = ("/etc/localtime", "/etc/ld.so.cache", "/proc/cpuinfo", "/proc/meminfo")

ALLOWED_SYSTEM_CALLS = """
    read write readv writev pread64 pwrite64 lseek close close_range dup dup2 dup3 pipe pipe2
    fcntl ioctl poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait
    epoll_pwait eventfd2 sendmsg recvmsg recvfrom socketpair shutdown getsockopt setsockopt
    getsockname open openat openat2 creat stat fstat lstat newfstatat statx statfs fstatfs access
    faccessat faccessat2 readlink readlinkat getdents64 getdents getcwd chdir fchdir mkdir mkdirat
    rmdir unlink unlinkat rename renameat renameat2 truncate ftruncate fsync fdatasync fallocate
    flock fadvise64 readahead copy_file_range sendfile chmod fchmod fchmodat umask utimensat
    symlink symlinkat
    mmap munmap mremap mprotect madvise brk msync mlock munlock mincore membarrier rseq
    futex futex_waitv set_robust_list get_robust_list set_tid_address clone
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigpending rt_sigtimedwait sigaltstack
    setitimer getitimer alarm pause nanosleep clock_nanosleep clock_gettime clock_getres
    gettimeofday time times sched_yield sched_getaffinity sched_getparam sched_getscheduler
    sched_get_priority_max sched_get_priority_min getcpu getpid getppid gettid getuid geteuid
    getgid getegid getgroups getresuid getresgid getpgid getpgrp getsid getrusage getrlimit
    getpriority uname sysinfo getrandom arch_prctl restart_syscall exit exit_group wait4 waitid
"""
"""What numerical Python needs, and nothing that reaches another process, a network or a mount.

Left out on purpose: fork, vfork, execve, clone3, kill, tkill, tgkill, ptrace, process_vm_*, socket,
connect, bind, sendto, mount, unshare, setns, bpf, io_uring_*, memfd_create, shm*, msg*, sem*, mq_*,
keyctl, prlimit64, setrlimit, pidfd_*, link, mknod and everything about users and clocks.
"""

def _libc() -> ctypes.CDLL:
    """The C library, for the few calls that Python has no name for."""
    return ctypes.CDLL(None, use_errno=True)


def become_nobody() -> None:
    """Stop being root, inside the private root."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


def confine(level: str, limits, scratch: str, readable: list[str], seccomp_filter) -> None:
    """Close the walls around this process, for good. Called in the child that runs one submission.

    Parameters
    ----------
    level : str
        One of LEVELS.
    limits : autograder.kit.limits.Limits
    scratch : str
        The only folder that may be written to.
    readable : list of str
        Folders that may be read.
    seccomp_filter : seccompy.Filter or None
        From `system_call_filter`, made before forking because making it is slow.

    Raises
    ------
    OSError
        If a wall cannot be built; the caller must end the process then.
    """
    os.setsid()
    if sys.platform == "linux":
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        drop_capabilities()
    set_resource_limits(limits)
    if level in (NAMESPACES, LANDLOCK):
        restrict_paths(readable, scratch)
        seccomp_filter.load()


def set_resource_limits(limits) -> None:
    """rlimits: address space, processor time, file size, open files, no core dumps."""
    memory = _address_space_in_use() + (limits.memory_mb << 20)
    seconds = int(limits.submission_seconds) + 1
    wanted = {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        resource.RLIMIT_FSIZE: (limits.scratch_mb << 20,) * 2,
        resource.RLIMIT_NOFILE: (256, 256),
        resource.RLIMIT_CORE: (0, 0),
    }
    if sys.platform == "linux":  # macOS knows the limit and does not keep it
        wanted[resource.RLIMIT_AS] = (memory, memory)
        wanted[resource.RLIMIT_MEMLOCK] = (0, 0)
        wanted[resource.RLIMIT_MSGQUEUE] = (0, 0)
    for limit, (soft, hard) in wanted.items():
        _, ceiling = resource.getrlimit(limit)
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(limit, (soft, hard))


def restrict_paths(readable: list[str], scratch: str) -> None:
    """Landlock: read libraries, write scratch, and nothing else; no signals to others."""
    from landlockpy import AccessFS, Ruleset, Scope

    read = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
    write = (
        AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.WRITE_FILE | AccessFS.TRUNCATE
        | AccessFS.REMOVE_DIR | AccessFS.REMOVE_FILE
        | AccessFS.MAKE_DIR | AccessFS.MAKE_REG | AccessFS.MAKE_SYM
    )
    on_a_file = AccessFS.READ_FILE | AccessFS.WRITE_FILE
    # Rights that an older kernel does not know are left out by the library.
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for path in readable:
            rules.allow_path(path, read if os.path.isdir(path) else AccessFS.READ_FILE)
        for path in DEVICES:
            rules.allow_path(path, on_a_file)
        for path in ("/proc/self", *READABLE_FILES):
            if os.path.exists(path):
                rules.allow_path(path, read if os.path.isdir(path) else AccessFS.READ_FILE)
        rules.allow_path(scratch, write)
        rules.restrict()


def system_call_filter():
    """The seccomp filter: an allow-list; what is not on it fails as if not permitted."""
    from seccompy import Action, ArgCmp, CmpOp, Filter

    # Errors, not kills: libraries try unusual calls and have a way to go on without them.
    filter_ = Filter(default=Action.ERRNO | errno.EPERM)
    for name in ALLOWED_SYSTEM_CALLS.split():
        if name == "clone":  # threads yes, processes no
            filter_.allow(name, args=[
                ArgCmp(0, CmpOp.MASKED_EQ, CLONE_THREAD, mask=CLONE_THREAD)
            ])
        else:
            with contextlib.suppress(ValueError, KeyError, LookupError):
                filter_.allow(name)  # a name that this machine's processor does not have is fine
    filter_.errno("clone3", errno.ENOSYS)  # so that the C library falls back to clone
    return filter_


def drop_capabilities() -> None:
    """Give up every privilege that root, or a user namespace, may have left."""
    libc = _libc()
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("Ii", LINUX_CAPABILITY_VERSION_3, 0)
    if libc.capset(header, b"\0" * 24) < 0:
        raise OSError(ctypes.get_errno(), "capset failed")


def _prctl(option: int, value: int) -> None:
    if _libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def _address_space_in_use() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
