"""Two libraries that take turns, each in a process of its own.

Each process has one thread and has never loaded the other library: two thread pools on two cores
measure the scheduler. What is compared is CPU time, which on one thread is the work itself: other
programs on the machine do not lengthen it.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path

from autograder.examination.bench.measuring import BenchError, environment

ONE_THREAD = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(2**31), "MALLOC_MMAP_THRESHOLD_": str(2**25)}
"""Whether the GNU C library gives freed memory back to the system depends on what was freed
before. Getting it again can take longer than the work itself, in both libraries: so it is kept."""


class Player:
    """A process that does the work of one library whenever it is asked to.

    Parameters
    ----------
    script : str
        A file of this folder.
    arguments : str
    """

    def __init__(self, script: str, *arguments: str):
        self.script = script
        path = Path(__file__).with_name(script)
        self.process = subprocess.Popen(
            [sys.executable, "-P", str(path), *arguments], text=True,
            env={**environment(), **ONE_THREAD, **KEEP_MEMORY},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *exception) -> None:
        assert self.process.stdin and self.process.stdout
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, question: dict) -> dict:
        """The answer to a question; both are one line of JSON.

        Raises
        ------
        BenchError
            If the process has ended.
        """
        assert self.process.stdin and self.process.stdout
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self.process.stdin.write(json.dumps(question) + "\n")
            self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise BenchError(f"the process of {self.script} has ended; what it said stands above")
        return json.loads(answer)

    def turn(self, question: dict) -> float:
        """The CPU seconds that answering took, as the process itself has measured them."""
        return self.ask(question)["seconds"]
