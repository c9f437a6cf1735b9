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
import os
import resource
import secrets
import signal
import struct
import sys
from pathlib import Path

from autograder.kit.scratch import mount_own

NAMESPACES, LANDLOCK, RLIMITS = "namespaces", "landlock+seccomp", "rlimits"
LEVELS = (NAMESPACES, LANDLOCK, RLIMITS)
"""Strongest first."""

NOBODY = 65534

FIRST_UNUSED_USER, UNUSED_USERS = 0x70000000, 1 << 24
"""A range of user ids that systemd's conventions leave to nobody."""

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 1, 8, 24
PR_SET_CHILD_SUBREAPER, PR_CAP_AMBIENT = 36, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
LINUX_CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_READ_SEARCH = 2

DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
OWN_FILES = tuple(f"/proc/self/{name}" for name in ("fd", "maps", "stat", "statm", "status"))
READABLE_FILES = ("/etc/localtime", "/etc/ld.so.cache", "/proc/cpuinfo", "/proc/meminfo")


class Refused(Exception):
    """A level of isolation does not work here. The message says why."""


def unused_user() -> int:
    """A user id of which there are no files and no processes, for a jail that root starts.

    In a container that has only a part of all user ids it is nobody's.
    """
    user = FIRST_UNUSED_USER + secrets.randbelow(UNUSED_USERS)
    try:
        ranges = [list(map(int, line.split())) for line in
                  Path("/proc/self/uid_map").read_text().splitlines()]
    except (OSError, ValueError):
        return NOBODY
    known = any(first <= user < first + count for first, _, count in ranges)
    return user if known else NOBODY


def capabilities_to_keep(user: int, readable: list[str], scratch: str) -> tuple[int, ...]:
    """What root needs to keep when it becomes `user`: nothing, or to read whatever it could read.

    Python may lie in root's home folder. Landlock says what can be read all the same.

    Raises
    ------
    Refused
        If it is needed and we do not have it.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            become(user)
            seen = os.access(scratch, os.X_OK) and all(os.access(p, os.R_OK) for p in readable)
            status = 0 if seen else 1
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1] == 0:
        return ()
    if not _effective_capabilities() >> CAP_DAC_READ_SEARCH & 1:
        raise Refused(
            "an ordinary user cannot read this Python, and root's code must not run as root; "
            "grade as an ordinary user"
        )
    return (CAP_DAC_READ_SEARCH,)


def processes_at_most(level: str, limits, others: int) -> int | None:
    """RLIMIT_NPROC of a worker, None where it would not bind.

    The kernel counts by user: a jail's own (root has made one up), or within the jail's user
    namespace (since Linux 5.14). Otherwise the `others` of this user count, too, and come and go.
    """
    if sys.platform != "linux" or (os.geteuid() == 0 and level == RLIMITS):
        return None
    return limits.threads + others


def tasks_of_user() -> int:
    """How many processes and threads this user has now; 0 where the system does not tell."""
    count = 0
    with contextlib.suppress(OSError), os.scandir("/proc") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # ended since
                if entry.name.isdigit() and entry.stat().st_uid == os.getuid():
                    count += os.stat(f"{entry.path}/task").st_nlink - 2
    return count


def counts_by_namespace() -> bool:
    """Whether the kernel counts processes of a user namespace by themselves."""
    release = os.uname().release.split(".")
    try:
        return (int(release[0]), int(release[1].split("-")[0])) >= (5, 14)
    except (ValueError, IndexError):
        return False


def become(user: int, keep: tuple[int, ...] = ()) -> None:
    """Stop being root: be a user with no groups, and no capabilities but those to `keep`."""
    if keep:
        _prctl(PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def confine(settings, limits, scratch: str, seccomp_filter) -> None:
    """Close the walls around this process, for good. Called in the child that runs one submission.

    Parameters
    ----------
    settings : namespace
        The zygote's: ``level``, ``readable``, ``user``, ``keep``, ``own_mount``, ``processes``,
        ``zygote``.
    limits : autograder.kit.limits.Limits
    scratch : str
        The only folder that may be written to.
    seccomp_filter : seccompy.Filter or None
        From `system_call_filter`, made before forking because making it is slow.

    Raises
    ------
    OSError
        If a wall cannot be built; the caller must end the process then.
    """
    os.setsid()
    if settings.own_mount:
        mount_own(scratch, settings.user, limits)
    os.umask(0o077)
    if sys.platform == "linux":
        drop_capabilities(settings.user, settings.keep)
        # After what takes privileges away, which would undo it.
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != settings.zygote:
            raise ProcessLookupError("the zygote has ended")
    os.chdir(scratch)
    set_resource_limits(limits, settings.processes)
    if settings.level in (NAMESPACES, LANDLOCK):
        restrict_paths(settings.readable, scratch)
        seccomp_filter.load()


def set_resource_limits(limits, processes: int | None) -> None:
    """rlimits: address space, processor time, sizes, open files, threads, no core dumps."""
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
    if processes is not None:
        wanted[resource.RLIMIT_NPROC] = (processes, processes)
    for limit, (soft, hard) in wanted.items():
        _, ceiling = resource.getrlimit(limit)
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)
        resource.setrlimit(limit, (soft, hard))


def restrict_paths(readable: list[str], scratch: str) -> None:
    """Landlock: read libraries, write scratch, and nothing else; no signals to others."""
    from landlockpy import AccessFS, Ruleset, Scope, fs_for_abi, net_for_abi, scope_for_abi

    # What an older kernel does not know is denied by the filter of system calls alone.
    abi = landlock_abi()
    scopes = scope_for_abi(abi) & (Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL)
    read = AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.EXECUTE
    write = (
        AccessFS.READ_FILE | AccessFS.READ_DIR | AccessFS.WRITE_FILE | AccessFS.TRUNCATE
        | AccessFS.REMOVE_DIR | AccessFS.REMOVE_FILE
        | AccessFS.MAKE_DIR | AccessFS.MAKE_REG | AccessFS.MAKE_SYM
    )
    on_a_file = AccessFS.READ_FILE | AccessFS.WRITE_FILE
    with Ruleset(
        handled_fs=fs_for_abi(abi), handled_net=net_for_abi(abi), scoped=scopes
    ) as rules:
        for path in readable:
            rules.allow_path(path, read if os.path.isdir(path) else AccessFS.READ_FILE)
        for path in DEVICES:
            rules.allow_path(path, on_a_file)
        for path in (*OWN_FILES, *READABLE_FILES):
            if os.path.exists(path):
                rules.allow_path(path, read if os.path.isdir(path) else AccessFS.READ_FILE)
        rules.allow_path(scratch, write)
        rules.restrict()


def adopt_orphans() -> None:
    """Be the parent of whatever our children leave behind. For levels that let them fork."""
    if sys.platform == "linux":
        _prctl(PR_SET_CHILD_SUBREAPER, 1)


def end_session(pid: int) -> None:
    """Kill the processes of a child's group, and the child is one of them."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_orphans(others: set[int]) -> None:
    """Kill what a child has left behind, generation by generation, but not our `others`."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    with contextlib.suppress(OSError):  # not Linux
        while orphans := set(map(int, children.read_text().split())) - others:
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


LANDLOCK_KNOWS = {3: "cutting files by their path", 5: "requests to devices", 6: "signals"}
"""Since which version of Landlock it denies what the system calls that are allowed deny, too."""


def about_landlock(abi: int) -> str:
    """What an older version of Landlock leaves to seccomp alone; empty if that is nothing."""
    missing = [what for since, what in LANDLOCK_KNOWS.items() if 0 < abi < since]
    if not missing:
        return ""
    return f"Landlock of this kernel is version {abi}; seccomp alone denies {', '.join(missing)}"


def drop_capabilities(user: int, keep: tuple[int, ...] = ()) -> None:
    """Give up every privilege that root, or a user namespace, may have left.

    Root becomes `user` and goes on with the capabilities to `keep`.
    """
    libc = _libc()
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    if os.geteuid() != user:
        become(user, keep)
    header = struct.pack("Ii", LINUX_CAPABILITY_VERSION_3, 0)
    kept = sum(1 << capability for capability in keep)
    if libc.capset(header, struct.pack("6I", kept, kept, 0, 0, 0, 0)) < 0:
        raise OSError(ctypes.get_errno(), "capset failed")


def landlock_abi() -> int:
    """Which version of Landlock the kernel has; 0 for none."""
    import landlockpy

    return landlockpy.abi_version()


def _libc() -> ctypes.CDLL:
    """The C library, for the few calls that Python has no name for."""
    return ctypes.CDLL(None, use_errno=True)


def _effective_capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def _prctl(option: int, value: int) -> None:
    if _libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def _address_space_in_use() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
