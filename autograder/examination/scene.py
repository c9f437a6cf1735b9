"""The scene of an attack: a class with secrets in it, an engine, and an eye on everything around.

Whatever an attack is after, what it has done is judged in one way: `Scene.damage`.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from autograder.authoring.demo import CHAPTER
from autograder.course import Course
from autograder.examination.attacks.attack import BROKEN_OUT, HONEST, Attack, attacking_notebook
from autograder.examination.together import Together
from autograder.examination.walls import Wall
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.grader import Grader, HandedIn, chapter_files
from autograder.grading.jail.engine import Engine, EngineError
from autograder.grading.submissions.filled_notebook import filled_notebook
from autograder.grading.submissions.submission import Graded
from autograder.kit.limits import Limits
from autograder.kit.scratch import empty

LIMITS = Limits(cell_seconds=4, call_seconds=1, submission_seconds=12, wall_factor=3,
                memory_mb=512, scratch_mb=16)
"""Short, so that attacks are."""

CANARY = "the canary sings"
SECRETS = (BROKEN_OUT, CANARY, "BEGIN SOLUTION", "right_gradients", "SQLite format")
"""What may be in nothing that is shown of a submission."""

DECIMALS = 10
"""So many decimals are no coincidence."""

SHOWN = {"text/plain", "text/html", "image/png"}
"""The kinds of outputs that a graded notebook may hold."""

GRADER_MB = 150
"""By how much the grader itself may grow in one submission."""

PR_SET_CHILD_SUBREAPER = 36

BYSTANDER = """
import signal, sys, time
def told(number, frame):
    print(number, flush=True)
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    signal.signal(number, told)
print("ready", flush=True)
while True:
    time.sleep(600)
"""

LOOK = """
import os
print("left", sum(len(found) for _, *names in os.walk(os.path.dirname(os.getcwd()))
                  for found in names))
"""
"""A cell that counts what is in the scratch folder, its own folder included."""


RULES = ("own forward", "own loss", "watching")
"""Walls that are rules of checking."""


class Scene:
    """A class with secrets in it, a server nobody may reach, and an engine.

    Parameters
    ----------
    course : Course
        A checkout for this scene alone, in a folder for this scene alone. If its class has a
        gradebook already, it is taken: to make one takes seconds.
    level : str
        Of isolation.
    wall : Wall, optional
        A wall to take out.
    """

    def __init__(self, course: Course, level: str, wall: Wall | None = None):
        self.course, self.classroom, self.wall = course, Classroom.of(course), wall
        self.without = ExitStack()
        try:
            self._furnish()
            self.engine = self._engine(level)
            self.scratches = {self.engine.scratch}
            self.without.callback(self._remove_scratches)
            self.without.callback(self.engine.close)
            self.graders: dict[str, Grader] = {}
            self.together: dict[str, Together] = {}
            self._hand_in_honestly()  # so that what there is when nobody attacks is known
            self.kept = self._left_in_scratch()
            self.idle = self._processes()
            self.watched = self._watch()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """End everything that was started here, what attacks have left included."""
        self.without.close()

    def calm(self) -> None:
        """Put up with what an attack without its wall has done, so that the next can be tried."""
        if self.bystander.poll() is not None:
            self._end_bystander()
            self._start_bystander()
        self._end_processes(spared=self.idle)
        self.visitors.clear()
        self.watched, self.kept = self._watch(), self._left_in_scratch()
        self.idle = self._processes()

    # What there is

    def _furnish(self) -> None:
        self.folder = self.course.root.parent
        self.secret = self.folder / "secret.txt"
        self.secret.write_text(CANARY, encoding="utf-8")
        other = self.classroom.submitted("03_affine", "ada") / "03_affine.ipynb"
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text(CANARY, encoding="utf-8")
        self.seed = str(self.classroom.seed())
        if not self.classroom.gradebook.exists():
            GradeWriter(self.classroom, "03_affine").close()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.without.callback(self.server.close)
        self.visitors: list = []
        threading.Thread(target=self._listen, daemon=True).start()
        self._start_bystander()
        self.without.callback(self._end_bystander)
        if sys.platform == "linux":  # who is left by its parents becomes a child of this process
            ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
            self.without.callback(ctypes.CDLL(None).prctl, PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
            self.others = _descendants(os.getpid()) - {self.bystander.pid}
            self.without.callback(self._end_processes)

    def _start_bystander(self) -> None:
        self.bystander = subprocess.Popen([sys.executable, "-c", BYSTANDER], stdout=subprocess.PIPE)
        assert self.bystander.stdout is not None
        self.bystander.stdout.readline()
        os.set_blocking(self.bystander.stdout.fileno(), False)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self.visitors.append(self.server.accept())

    def _engine(self, level: str) -> Engine:
        """An engine, without a wall if there is one to take out."""
        if self.wall is None:
            return Engine(level, LIMITS, secrets=self.classroom.secrets())
        without = self.wall.without
        for target, replacement in without.grader.items():
            self.without.enter_context(patch(target, replacement))
        kit = Path(tempfile.mkdtemp(prefix="autograder-weak-")) / "kit"
        self.without.callback(shutil.rmtree, kit.parent, ignore_errors=True)
        shutil.copytree(Engine.kit, kit, ignore=shutil.ignore_patterns("__pycache__"))
        kit.parent.chmod(0o755)
        for name, text in without.kit.items():
            with open(kit / name, "a", encoding="utf-8") as file:
                file.write(text)
        weak = type("Weakened", (Engine,), {"kit": kit})
        limits = replace(LIMITS, **without.limits)
        return weak(level, limits, secrets=self.classroom.secrets())

    # What happens

    def places(self) -> dict[str, object]:
        """What the words in braces stand for in the code of an attack; see `Attack`."""
        import autograder

        return {
            "root": self.course.root, "class_": self.classroom.folder, "secret": self.secret,
            "package": Path(autograder.__file__).parent, "pid": self.bystander.pid,
            "port": self.server.getsockname()[1], "grader": os.getpid(),
            "meeting": f"autograder-{os.getpid()}",
        }

    def grader(self, chapter: str) -> Grader:
        """The grader of a chapter, made at its first use."""
        if chapter not in self.graders:
            self.graders[chapter] = Grader(chapter_files(self.classroom, chapter), self.engine)
            self.watched = self._watch()  # it keeps what it has read of the chapter
        return self.graders[chapter]

    def grade(self, attack: Attack) -> Graded:
        """Grade an attack as a submission is graded."""
        text = attacking_notebook(self.course, attack, self.places())
        self._reset_peak()
        if self.wall is not None and self.wall.without.together:
            if attack.chapter not in self.together:
                together = Together(self.course, attack.chapter)
                self.without.callback(together.close)
                self.together[attack.chapter] = together
                self.others.add(together.process.pid)
            return self.together[attack.chapter].grade(text)
        return self.grader(attack.chapter).grade(HandedIn(text.encode()))

    def damage(self, graded: Graded, attack: Attack) -> list[str]:
        """What an attack has got, in words; nothing if the walls have held."""
        damage = [f"the grader: {why}" for why in (graded.problem, graded.fault) if why]
        honest = HONEST
        if attack.wall in RULES or (attack.chapter, attack.exercise) != (
            CHAPTER, "affine_backward"
        ):  # these cells may hold a forward function as well, and earn its points
            honest = graded.points - graded.results[attack.exercise].points
        if graded.points > honest + attack.deserves:
            damage.append(f"{graded.points:g} points")
        shown = str(graded.record()) + str(graded.outputs)
        damage += [f"shown: {secret}" for secret in (*SECRETS, self.seed) if secret in shown]
        damage += [f"shown to students: {digits} of a hidden case"
                   for digits in self._hidden_digits_shown(graded, attack)[:3]]
        damage += self._damage_to_reader(graded, attack)
        damage += self._damage_around()
        if (grown := self._peak_mb()) > GRADER_MB:
            damage.append(f"the grader grew by {grown:.0f} MB")
        return damage + self._damage_to_neighbour()

    # What is seen of it

    def _hidden_digits_shown(self, graded: Graded, attack: Attack) -> list[str]:
        """Decimals of the numbers in hidden cases that stand in what a student gets to see."""
        if graded.cases is None:
            return []
        grader = self.grader(attack.chapter)
        numbers: list[float] = []
        for key in grader.prepared.keys(graded.cases).values():
            for keyed in key.cases:
                _collect_floats([keyed.case.inputs, keyed.right.outputs], numbers)
        try:
            notebook = filled_notebook(grader.release, graded)
            shown = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
            text = json.dumps([shown, graded.findings, graded.notes, graded.problem])
        except Exception:
            return []  # `_damage_to_reader` tells that there is none
        # Round numbers, such as 0.5, stand in any text.
        runs = "\n".join(run for run in re.findall(r"\d+", text) if len(run) >= DECIMALS)
        decimals = {f"{abs(number):.12f}".split(".")[1][:DECIMALS] for number in numbers}
        return [digits for digits in decimals if len(set(digits)) > 2 and digits in runs]

    def _damage_to_reader(self, graded: Graded, attack: Attack) -> list[str]:
        """What an instructor meets who looks at the graded notebook."""
        try:
            notebook = filled_notebook(self.grader(attack.chapter).release, graded)
            json.dumps(notebook)
        except Exception as error:
            return [f"no graded notebook: {type(error).__name__}: {error}"]
        damage = []
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                html = data.get("text/html", "")
                if data.keys() - SHOWN or "<script" in html or "<img" in html:
                    damage.append(f"the reader gets {sorted(data)}: {html[:80]}")
                if "\\u001b" in json.dumps(output):
                    damage.append("the reader's terminal gets escapes")
        return damage

    def _damage_around(self) -> list[str]:
        damage = ["the server was visited"] if self.visitors else []
        now = self._watch()
        changed = {path for path in now.keys() | self.watched if
                   now.get(path) != self.watched.get(path)}
        damage += [f"changed: {path}" for path in sorted(changed)[:3]]
        if self.bystander.poll() is not None:
            damage.append("a bystander died")
        assert self.bystander.stdout is not None
        if signals := self.bystander.stdout.read():
            damage.append(f"a bystander got signals {signals.split()}")
        # Counted: an engine may well have started its zygote anew.
        if (left := len(self._processes()) - len(self.idle)) > 0:
            damage.append(f"{left} processes left")
        return damage

    def _damage_to_neighbour(self) -> list[str]:
        """What the next student loses, and finds in the scratch folder."""
        try:
            graded = self._hand_in_honestly()
        except EngineError as error:
            return [f"no more grading: {error}"]
        damage = [] if graded.points == graded.max_points and not graded.problem else [
            f"the neighbour has {graded.points:g} of {graded.max_points:g} points {graded.problem}"
        ]
        left = self._left_in_scratch()
        return damage if left == self.kept else [*damage, f"in the scratch folder: {left}"]

    def _hand_in_honestly(self) -> Graded:
        text = self.course.source("03_affine").read_bytes()
        return self.grader("03_affine").grade(HandedIn(text))

    def _left_in_scratch(self) -> str:
        """What the next worker, and this process, see there."""
        with self.engine.worker() as worker:
            seen = worker.run(LOOK)["stdout"].strip()
        # None in a private root, which ends with the zygote. One that was started anew has another.
        self.scratches.add(self.engine.scratch)
        outside = sum(len(names) for folder in self.scratches
                      for _, *found in os.walk(folder) for names in found)
        return f"{seen} inside, {outside} outside"

    def _watch(self) -> dict[Path, tuple]:
        """Everything in the scene's folder; no change of a file leaves all of this as it was."""
        watched = {}
        for folder, folders, files in os.walk(self.folder):
            folders[:] = [name for name in folders if name != "__pycache__"]
            for name in (*folders, *files):
                told = os.lstat(os.path.join(folder, name))
                marks = (told.st_mode, told.st_uid, told.st_ino, told.st_nlink, told.st_ctime_ns)
                watched[Path(folder, name)] = marks
        return watched

    def _processes(self) -> set[int]:
        """Processes of the scene: of the zygote, bubblewrap's own, and left ones."""
        return _descendants(os.getpid()) - self.others if sys.platform == "linux" else set()

    def _end_bystander(self) -> None:
        self.bystander.kill()
        self.bystander.wait()
        assert self.bystander.stdout is not None
        self.bystander.stdout.close()

    def _end_processes(self, spared: Collection[int] = ()) -> None:
        """End what attacks have left behind, and wait for it."""
        for pid in self._processes() - {self.bystander.pid, *spared}:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)

    def _remove_scratches(self) -> None:
        """Remove what an engine without its walls has left."""
        for folder in filter(os.path.lexists, self.scratches):
            empty(folder)
            os.rmdir(folder)

    def _reset_peak(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
        self.resident = _status_mb("VmRSS")

    def _peak_mb(self) -> float:
        return _status_mb("VmHWM") - self.resident


def _collect_floats(value, found: list[float]) -> None:
    """Put every float in plain data into a list."""
    if isinstance(value, float):
        found.append(value)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
        found.extend(float(number) for number in value.ravel() if np.isfinite(number))
    elif isinstance(value, Mapping):
        _collect_floats(list(value.values()), found)
    elif isinstance(value, (list, tuple)):
        for part in value:
            _collect_floats(part, found)


def _status_mb(name: str) -> float:
    """A field of this process's status in MB."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1000
    return 0.0


def _descendants(pid: int) -> set[int]:
    """The processes below one, children of children included."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            except (OSError, ValueError):
                continue
            if state != "Z":
                parents[int(entry.name)] = int(parent)
    found = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more
