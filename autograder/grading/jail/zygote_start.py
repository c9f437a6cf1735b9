"""Starting a zygote: what it is shown, in which surroundings, and what it is told."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from autograder.grading.jail import bubblewrap
from autograder.grading.jail.libraries import needed_libraries
from autograder.grading.jail.shown import data_folder, python_program, what_is_shown
from autograder.kit import jail
from autograder.kit.limits import Limits


@dataclass(frozen=True)
class Room:
    """Where a zygote lives, as it sees it.

    Attributes
    ----------
    kit, data : str
        The folders of the kit and of MNIST.
    scratch : str
        The folder in which its workers may write. It makes it, and removes it at its end.
    readable : list of str
        What its workers may read.
    walls : list of str
        What bubblewrap is told to make the room, if it is to make one.
    """

    kit: str
    data: str
    scratch: str
    readable: list[str]
    walls: list[str]


@dataclass(frozen=True)
class Started:
    """A zygote that was started.

    Attributes
    ----------
    process : Popen
    control : socket
        Our end of the wire to it.
    log : file
        What it says if it fails. It has no name, so nobody need remove it.
    scratch : str
        Its scratch folder, if that is on this machine's disk; else empty.
    """

    process: subprocess.Popen
    control: socket.socket
    log: IO[bytes]
    scratch: str


def start_zygote(level: str, kit: Path, limits: Limits, hidden: Iterable[Path]) -> Started:
    """Start the process that forks workers.

    Parameters
    ----------
    level : str
        Of isolation.
    kit : Path
        The folder of the kit.
    limits : Limits
    hidden : iterable of Path
        What no submission may read.

    Raises
    ------
    SecretShown
        If something secret cannot be hidden.
    OSError
        If a process cannot be started.
    """
    hidden = tuple(hidden)
    room = _room(level, kit, limits, hidden)
    settings = {
        "level": level, "limits": asdict(limits), "scratch": room.scratch, "data": room.data,
        "readable": room.readable, "libraries": needed_libraries().folders,
        "names": needed_libraries().names,
        "others": 0 if os.geteuid() == 0 else jail.tasks_of_user(),
    }
    with contextlib.ExitStack() as undo:
        ours, theirs = socket.socketpair()
        undo.callback(ours.close)
        log = tempfile.TemporaryFile()  # noqa: SIM115
        undo.callback(log.close)
        with theirs:
            descriptor = theirs.fileno()
            command = [python_program(), "-I", "-S", "-B", f"{room.kit}/start.py", str(descriptor)]
            run = _run_in_walls if room.walls else _run
            process = run(command, room, descriptor, log)
        undo.pop_all()
    with contextlib.suppress(BrokenPipeError):  # it has ended already: the log says why
        ours.sendall(json.dumps(settings).encode() + b"\n")
    return Started(process, ours, log, "" if room.walls else room.scratch)


def environment(scratch: str) -> dict[str, str]:
    """All the environment that a zygote has."""
    return {
        "HOME": scratch, "TMPDIR": scratch, "MPLCONFIGDIR": scratch, "IPYTHONDIR": scratch,
        "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
        "LANG": "C.UTF-8", "MPLBACKEND": "agg",
        # Each arena of the allocator reserves 64 MB of the address space that is limited.
        "MALLOC_ARENA_MAX": "1",
    }


def _room(level: str, kit: Path, limits: Limits, hidden: tuple[Path, ...]) -> Room:
    data = data_folder()
    scratch = os.path.join(tempfile.gettempdir(), f"autograder-{secrets.token_hex(8)}")
    if level == jail.RLIMITS:
        return Room(str(kit), str(data), scratch, [], [])
    shown = what_is_shown(hidden, (kit, data))
    if level == jail.LANDLOCK:
        return Room(str(kit), str(data), scratch, shown.readable(), [])
    shown = what_is_shown(hidden)
    walls = bubblewrap.arguments(shown, kit, data, limits, environment(bubblewrap.SCRATCH))
    program = bubblewrap.find(hidden)
    if not program:
        raise FileNotFoundError(bubblewrap.MISSING)
    # In a private root there is nothing but what is shown: a few rules are enough.
    readable = sorted({f"/{path.split('/')[1]}" for path, there in shown.rules.items() if there})
    readable += [bubblewrap.KIT, bubblewrap.DATA]
    return Room(bubblewrap.KIT, bubblewrap.DATA, bubblewrap.SCRATCH, readable, [program, *walls])


def _run(command: list[str], room: Room, control: int, log: IO[bytes]) -> subprocess.Popen:
    return subprocess.Popen(
        command, pass_fds=[control], env=environment(room.scratch), cwd="/",
        # Ctrl-C and a terminal that is closed are the grader's: the zygote ends after it.
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
    )


def _run_in_walls(command: list[str], room: Room, control: int, log: IO[bytes]) -> subprocess.Popen:
    program, *walls = room.walls
    # Through a pipe: not everybody on the machine sees them then, and they may be many.
    reading, writing = os.pipe()
    try:
        return subprocess.Popen(
            [program, "--args", str(reading), "--", *command], pass_fds=[control, reading], env={},
            cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )
    finally:
        os.close(reading)
        with contextlib.suppress(BrokenPipeError), open(writing, "wb") as pipe:
            pipe.write(b"".join(os.fsencode(word) + b"\0" for word in walls))
