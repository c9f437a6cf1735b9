"""A warm process that forks one worker for each submission.

Importing NumPy, Matplotlib and IPython takes most of a second; forking a process that has
done so takes a few milliseconds. The zygote imports them once, never runs a line of a
student's code itself, and answers each request for a worker by forking.

Started by ``start.py``, beside this file. It ends when the grader has closed its end of the wire.
"""

from __future__ import annotations

import array
import ast
import contextlib
import gc
import io
import os
import shutil
import signal
import socket
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

WORKER_DESCRIPTOR = 3


def main(control: socket.socket, settings: SimpleNamespace) -> None:
    """Preload, report readiness, then fork a worker for each descriptor that arrives."""
    limits = SimpleNamespace(**settings.limits)
    from autograder.kit import jail

    for number in (signal.SIGTERM, signal.SIGHUP):
        # Who ends all processes at once ends the grader, too; then there is a folder to remove.
        signal.signal(number, signal.SIG_IGN)

    if settings.level == jail.NAMESPACES and os.getuid() == 0:
        jail.become_nobody()
    if settings.level != jail.NAMESPACES:
        os.mkdir(settings.scratch, 0o700)
    shell = preload()
    seccomp_filter = prepare_walls() if settings.level != jail.RLIMITS else None
    os.environ.clear()
    os.environ.update(
        HOME=settings.scratch, TMPDIR=settings.scratch, MPLCONFIGDIR=settings.scratch,
        OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", LANG="C.UTF-8", MPLBACKEND="agg",
    )
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended workers need no one to wait for them
    gc.collect()
    gc.freeze()  # so that the collector of a worker does not copy all our pages
    control.sendall(b"ready\n")
    number = 0
    while True:
        message, extra = b"", []
        with contextlib.suppress(ConnectionResetError):
            message, extra, _, _ = control.recvmsg(16, socket.CMSG_SPACE(4))
        if not message:
            _remove(settings.scratch)
            os._exit(0)
        descriptor = array.array("i", extra[0][2])[0]
        number += 1
        scratch = os.path.join(settings.scratch, str(number))
        _empty(settings.scratch)
        os.mkdir(scratch, 0o700)
        pid = os.fork()
        if pid == 0:
            control.close()
            run_worker(descriptor, shell, settings, limits, scratch, seccomp_filter)
        os.close(descriptor)
        _tell_about(control, pid)


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

    from autograder.kit import jail

    landlockpy.abi_version()
    seccompy.supported()
    seccomp_filter = jail.system_call_filter()
    seccomp_filter.program  # compiled here once, not in every worker  # noqa: B018
    return seccomp_filter


def run_worker(descriptor, shell, settings, limits, scratch, seccomp_filter) -> None:
    """In the forked child: close all but the socket, build the walls, serve. Never returns."""
    status = 1
    try:
        os.dup2(descriptor, WORKER_DESCRIPTOR)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.closerange(WORKER_DESCRIPTOR + 1, 4096)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.chdir(scratch)
        os.environ.update(HOME=scratch, TMPDIR=scratch, MPLCONFIGDIR=scratch)
        from autograder.kit import jail
        from autograder.kit.worker import serve

        jail.confine(settings.level, limits, scratch, settings.readable, seccomp_filter)
        serve(WORKER_DESCRIPTOR, shell, limits)
        status = 0
    finally:
        os._exit(status)


def _tell_about(control: socket.socket, pid: int) -> None:
    """Send the worker's pid, and where there is one a descriptor that can end it for certain."""
    message = str(pid).encode()
    if not hasattr(os, "pidfd_open"):
        control.sendmsg([message])
        return
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        control.sendmsg([message])
        return
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [handle]))
    control.sendmsg([message], [rights])
    os.close(handle)


def _empty(folder: str) -> None:
    """Remove what earlier workers left in the scratch folder."""
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.unlink(entry.path)


def _remove(folder: str) -> None:
    """Remove the scratch folder with what is in it; that of a private root ends with the root."""
    for _ in range(20):  # workers end with us, and may still be writing
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.01)
