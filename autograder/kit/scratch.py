"""The folder that a submission may write to: empty at the start, limited, gone at the end.

Where the kernel lets us, it is a file system of its own in memory, with a limit of bytes and of
files, which ends with the worker. Elsewhere it is a folder on disk that is watched and emptied.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x8, 0x4000, 0x40000
MAX_ROUNDS = 100_000


def mount_own(folder: str, user: int, limits) -> None:
    """Mount a file system in memory at `folder` that this process alone sees.

    An ordinary user gets a user namespace for it. Call in a process of one thread.

    Raises
    ------
    OSError
        If the kernel does not let us.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def checked(result: int, what: str) -> None:
        if result < 0:
            raise OSError(ctypes.get_errno(), f"{what} is not possible here")

    if os.geteuid() == 0:
        checked(libc.unshare(CLONE_NEWNS), "a mount namespace")
        # Else what is mounted here would be mounted for everybody.
        private = ctypes.c_ulong(MS_REC | MS_PRIVATE)
        checked(libc.mount(None, b"/", None, private, None), "a private root")
    else:
        group = os.getegid()
        checked(libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "a user namespace")
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    # One more: the folder itself is a file, too.
    options = f"size={limits.scratch_mb}m,nr_inodes={limits.files + 1},mode=0700,uid={user}"
    flags = ctypes.c_ulong(MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mounted = libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", flags, options.encode())
    checked(mounted, "a file system in memory")


def can_mount_own(folder: str, user: int, limits) -> bool:
    """Whether `mount_own` works here: tried in a child."""
    if sys.platform != "linux":
        return False
    child = os.fork()
    if child == 0:
        status = 1
        try:
            mount_own(folder, user, limits)
            status = 0
        except OSError:
            pass
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def use_of(folder: str, most_bytes: int, most_files: int) -> tuple[int, int]:
    """Bytes and files in a folder. What is beyond the limits is not counted any further.

    Somebody may be changing it meanwhile. A folder that cannot be looked into is too much.
    """
    used, files, pending = 0, 0, [folder]
    while pending and used <= most_bytes and files <= most_files:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):  # gone since
            try:
                with os.scandir(pending.pop()) as entries:
                    for entry in entries:
                        used += entry.stat(follow_symlinks=False).st_blocks * 512
                        files += 1
                        if files > most_files:
                            break
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(entry.path)
            except PermissionError:
                return most_bytes + 1, files
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
                return used, most_files + 1
    return used, files


def empty(folder: str) -> bool:
    """Remove everything in a folder, however deep it is and whatever its modes are.

    Nobody else may be changing it. Paths would become too long, and a function that calls itself
    would come to its end: folders inside a folder are moved to the top before it is removed.

    Returns
    -------
    bool
        Whether it is empty now.
    """
    token = secrets.token_hex(8)
    number = 0
    try:
        top = _open_folder(folder)
    except OSError:
        return not os.path.lexists(folder)
    try:
        for _ in range(MAX_ROUNDS):
            names = list(_names(top))
            if not names:
                return True
            for name in names:
                if _removed(name, top):
                    continue
                inside = _open_folder(name, top)
                try:
                    for part in list(_names(inside)):
                        if not _removed(part, inside):
                            number += 1
                            os.chmod(part, 0o700, dir_fd=inside)  # its .. changes
                            os.rename(part, f"{token}-{number}", src_dir_fd=inside, dst_dir_fd=top)
                finally:
                    os.close(inside)
                os.rmdir(name, dir_fd=top)
    except OSError:
        pass
    finally:
        os.close(top)
    return False


def _removed(name: str, folder: int) -> bool:
    """Remove what is no folder, or an empty one; False for a folder with something in it."""
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode):
        try:
            os.rmdir(name, dir_fd=folder)
        except OSError:
            return False
    else:
        os.unlink(name, dir_fd=folder)
    return True


def _open_folder(name: str, folder: int | None = None) -> int:
    with contextlib.suppress(PermissionError):
        os.chmod(name, 0o700, dir_fd=folder)
    return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)


def _names(folder: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry.name


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
