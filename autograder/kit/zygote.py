"""A warm process that forks one worker for each submission, and looks after them.

Importing NumPy, Matplotlib and IPython takes most of a second; forking a process that has
done so takes a few milliseconds. The zygote imports them once, never runs a line of a
student's code itself, and answers the grader's requests, one line of JSON each:

============================  ===================================================================
request                       answer
============================  ===================================================================
``{"do": "fork"}``            ``number`` of a new worker; it serves the socket sent along
``{"do": "look", "number"}``  ``seconds`` of processor time so far (None where that is not known);
                              ``over``: what it has used too much of, or None
``{"do": "end", "number"}``   ``seconds`` in all; ``left``: whether something of it is left. It has
                              ended, and everything that it had started
============================  ===================================================================

Pids stay in here: those of a jail mean nothing, or something else, outside. Nobody but the zygote
waits for a worker, so that its pid is its own until then.

Run by the grader as ``python -m autograder.kit.zygote`` with its settings as JSON.
"""

from __future__ import annotations

import array
import ast
import contextlib
import gc
import io
import json
import os
import signal
import socket
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

from autograder.kit import jail
from autograder.kit.scratch import can_mount_own, empty, use_of

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

WORKER_DESCRIPTOR = 3
MORE_PROCESSES = 1024
"""By how much a user's other processes may grow while a worker runs, if they count, too."""

MORE_WRITTEN = 4
"""How many times over a worker may fill its folder by writing, deleting, and writing again."""


def main() -> None:
    """Preload, report readiness, then answer requests until the socket closes."""
    settings = SimpleNamespace(**json.loads(sys.argv[1]))
    limits = SimpleNamespace(**settings.limits)
    control = socket.socket(fileno=settings.control)
    settings.zygote = os.getpid()
    abi = 0
    if settings.level != jail.RLIMITS:
        abi = jail.landlock_abi()
        if not abi:
            raise SystemExit("this kernel has no Landlock, or it is switched off")
    shell = preload()
    seccomp_filter = prepare_walls() if settings.level != jail.RLIMITS else None
    empty(settings.scratch)  # of what the libraries have put there
    try:
        prepare_user(settings, limits)
    except jail.Refused as reason:
        raise SystemExit(str(reason)) from None
    os.environ.clear()
    os.environ.update(
        HOME=settings.scratch, TMPDIR=settings.scratch, MPLCONFIGDIR=settings.scratch,
        OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", LANG="C.UTF-8", MPLBACKEND="agg",
    )
    gc.collect()
    gc.freeze()  # so that the collector of a worker does not copy all our pages
    workers = Workers(settings, limits, shell, seccomp_filter)
    _tell(control, {"landlock": abi, "own_mount": settings.own_mount})
    while True:
        message, extra, _, _ = control.recvmsg(4096, socket.CMSG_SPACE(4))
        if not message:
            break
        if extra:
            workers.descriptor = array.array("i", extra[0][2])[0]
        _tell(control, workers.answer(json.loads(message)))
    for number in list(workers.pids):
        workers.do_end({"number": number})
    os._exit(0)


def prepare_user(settings, limits) -> None:
    """Find out as whom workers run, what they may keep, and how they are kept from using up more.

    Raises
    ------
    autograder.kit.jail.Refused
        If they would have to run as root.
    """
    strong = settings.level != jail.RLIMITS
    settings.keep, settings.user = (), os.geteuid()
    if strong and settings.user == 0:
        settings.user = jail.unused_user()
        settings.keep = jail.capabilities_to_keep(
            settings.user, settings.readable, settings.scratch
        )
    settings.own_mount = strong and can_mount_own(settings.scratch, settings.user, limits)
    # Nobody may be somebody else's, too.
    alone = settings.user >= jail.FIRST_UNUSED_USER if os.geteuid() == 0 else (
        settings.own_mount and jail.counts_by_namespace()
    )
    others = 0 if alone else settings.others + MORE_PROCESSES
    settings.processes = jail.processes_at_most(settings.level, limits, others)


class Workers:
    """The workers that are alive, by their numbers.

    Attributes
    ----------
    pids : dict of int to int
    descriptor : int
        Of the socket that the next worker serves.
    """

    def __init__(self, settings, limits, shell, seccomp_filter):
        self.settings, self.limits = settings, limits
        self.shell, self.seccomp_filter = shell, seccomp_filter
        self.pids: dict[int, int] = {}
        self.descriptor = -1
        self.number = 0
        if settings.level == jail.RLIMITS:
            jail.adopt_orphans()

    def answer(self, request: dict) -> dict:
        return getattr(self, f"do_{request['do']}")(request)

    def do_fork(self, request: dict) -> dict:
        self.number += 1
        scratch = self._scratch(self.number)
        os.mkdir(scratch, 0o700)
        if os.geteuid() != self.settings.user:
            os.chown(scratch, self.settings.user, -1)
        pid = os.fork()
        if pid == 0:
            run_worker(self, scratch)
        os.close(self.descriptor)
        self.pids[self.number] = pid
        return {"number": self.number}

    def do_look(self, request: dict) -> dict:
        number = request["number"]
        pid = self.pids[number]
        return {"seconds": processor_seconds(pid), "over": self._over(pid, self._scratch(number))}

    def do_end(self, request: dict) -> dict:
        pid = self.pids.pop(request["number"])
        if self.settings.level == jail.RLIMITS:
            jail.end_session(pid)  # it may have started others
        os.kill(pid, signal.SIGKILL)
        used = os.wait4(pid, 0)[2]
        if self.settings.level == jail.RLIMITS:
            jail.end_orphans(set(self.pids.values()))
        scratch = self._scratch(request["number"])
        left = not empty(scratch)
        try:
            os.rmdir(scratch)
        except OSError:
            left = True
        return {"seconds": used.ru_utime + used.ru_stime, "left": left}

    def _scratch(self, number: int) -> str:
        return os.path.join(self.settings.scratch, str(number))

    def _over(self, pid: int, scratch: str) -> str | None:
        """What a worker has used too much of, where the kernel does not see to it itself."""
        if not self.settings.own_mount:
            most_bytes = self.limits.scratch_mb << 20
            used, files = use_of(scratch, most_bytes, self.limits.files)
            if used > most_bytes or _written(pid) > MORE_WRITTEN * most_bytes:
                return "bytes"
            if files > self.limits.files:
                return "files"
        return "threads" if _threads(pid) > self.limits.threads else None


def processor_seconds(pid: int) -> float | None:
    """Processor time that a process has used so far."""
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime((~pid << 3) | 2)  # as clock_getcpuclockid makes it
    except OSError:
        return None


def _threads(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[17])
    except (OSError, ValueError, IndexError):
        return 0


def _written(pid: int) -> int:
    """Bytes that a process has written to a disk, also into files that have no name any more."""
    try:
        with open(f"/proc/{pid}/io", "rb") as file:
            known = dict(line.split(b": ") for line in file)
        return int(known[b"write_bytes"]) - int(known[b"cancelled_write_bytes"])
    except (OSError, ValueError, KeyError):
        return 0


def preload() -> InteractiveShell:
    """Import what notebooks import, once, and return an IPython shell without a kernel."""
    import matplotlib
    import numpy as np
    import numpy.testing

    matplotlib.use("Agg")
    import matplotlib.font_manager
    import matplotlib.pyplot as plt

    shell = make_shell()
    # Warm everything that is slow the first time: the inline backend, fonts, a failing cell.
    from autograder.kit.worker import run_cell

    generous = SimpleNamespace(output_chars=1000, figures=1)
    picture = "import matplotlib.pyplot as plt\nplt.figure(); plt.plot([0, 1]); plt.show()"
    product = "import numpy as np\nnp.ones(3) @ np.ones(3)"
    digits = "from course_data import load_mnist"
    for source in ("%matplotlib inline", picture, "1 / 0", product, digits):
        run_cell(shell, source, generous)
    with contextlib.redirect_stdout(io.StringIO()):
        shell.reset(new_session=True)
    plt.close("all")
    np.random.seed(0)
    return shell


def make_shell() -> InteractiveShell:
    """An IPython shell that shows nothing on its own: what happened is in the result of a cell."""
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    class Shell(InteractiveShell):

        def enable_gui(self, gui=None):
            """``%matplotlib inline`` asks for this; there is no event loop to enable."""

        def showtraceback(self, *args, **kwargs):
            """Tracebacks are told by the worker."""

        showsyntaxerror = showindentationerror = showtraceback

        def init_history(self):
            """IPython's own step, with a history that writes no database."""
            self.history_manager = HistoryManager(shell=self, parent=self, enabled=False)

        def transform_cell(self, raw_cell):
            """IPython's own step, left out where several lines are Python as they stand.

            It takes a third of the time of a cell that defines a function.
            """
            if "\n" in raw_cell.strip():
                try:
                    ast.parse(raw_cell)
                except (SyntaxError, ValueError, RecursionError, MemoryError):
                    pass  # magics, prompts, indented cells
                else:
                    return raw_cell if raw_cell.endswith("\n") else raw_cell + "\n"
            return super().transform_cell(raw_cell)

        def should_run_async(self, raw_cell, **more):
            """IPython's own question, which compiles the cell once more, asked only if need be."""
            mentioned = "await" in raw_cell or "async" in raw_cell
            return mentioned and super().should_run_async(raw_cell, **more)

        def init_displayhook(self):
            """IPython's own step, without the ``Out[1]:`` before a value."""
            super().init_displayhook()
            setattr(self.displayhook, "write_output_prompt", lambda: None)  # noqa: B010

    return Shell.instance(colors="nocolor", cache_size=0, xmode="Minimal")


def prepare_walls():
    """Make the seccomp filter and load the libraries that close the walls, before any is up."""
    import landlockpy
    import seccompy

    from autograder.kit.system_calls import system_call_filter

    landlockpy.abi_version()
    seccompy.supported()
    seccomp_filter = system_call_filter()
    seccomp_filter.program  # compiled here once, not in every worker  # noqa: B018
    return seccomp_filter


def run_worker(workers: Workers, scratch: str) -> None:
    """In the forked child: close all but the socket, build the walls, serve. Never returns."""
    status = 1
    try:
        os.dup2(workers.descriptor, WORKER_DESCRIPTOR)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1):
            os.dup2(null, standard)
        os.closerange(WORKER_DESCRIPTOR + 1, 4096)
        os.environ.update(HOME=scratch, TMPDIR=scratch, MPLCONFIGDIR=scratch)
        from autograder.kit.worker import serve

        try:
            jail.confine(workers.settings, workers.limits, scratch, workers.seccomp_filter)
        except Exception as error:
            print(error, file=sys.stderr, flush=True)  # into the zygote's log
            return
        os.dup2(1, 2)
        serve(WORKER_DESCRIPTOR, workers.shell, workers.limits)
        status = 0
    finally:
        os._exit(status)


def _tell(control: socket.socket, answer: dict) -> None:
    control.sendall(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
