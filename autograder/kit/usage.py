"""What a worker has used so far: processor time, threads, files. Asked by its zygote."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time


def processor_seconds(pid: int) -> float | None:
    """Processor time that a process has used so far."""
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime((~pid << 3) | 2)  # as clock_getcpuclockid makes it
    except OSError:
        return None


def threads_of(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[17])
    except (OSError, ValueError, IndexError):
        return 0


def written_by(pid: int) -> int:
    """Bytes that a process has written to a disk, also into files that have no name any more."""
    try:
        with open(f"/proc/{pid}/io", "rb") as file:
            known = dict(line.split(b": ") for line in file)
        return int(known[b"write_bytes"]) - int(known[b"cancelled_write_bytes"])
    except (OSError, ValueError, KeyError):
        return 0


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
