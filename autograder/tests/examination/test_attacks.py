"""No attack pays, reads, writes, or outlives its worker."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from autograder.checking.answers import AnswerKey
from autograder.examination.attacks import ATTACKS, HONEST, attacking_notebook
from autograder.grading.classroom import Classroom
from autograder.grading.engine import Engine
from autograder.grading.filled_notebook import filled_notebook
from autograder.grading.gradebook import GradeWriter
from autograder.grading.intake import read_release
from autograder.grading.submission import grade
from autograder.kit.limits import Limits
from autograder.tests.conftest import CHAPTER, REPOSITORY, make_checkout, strong_levels

LIMITS = Limits(cell_seconds=4, call_seconds=1, submission_seconds=12, memory_mb=512, scratch_mb=16)
CANARY = "the canary sings"
LEVELS = strong_levels() if sys.platform == "linux" else []

pytestmark = pytest.mark.skipif(not LEVELS, reason="no strong isolation on this system")


class Scene:
    """A class with secrets in it, a server nobody may reach, and an engine."""

    def __init__(self, folder: Path, level: str):
        self.classroom = Classroom.of(make_checkout(folder / "my course", (CHAPTER,)))
        self.secret = folder / "secret.txt"
        self.secret.write_text(CANARY)
        self.other = self.classroom.submitted(CHAPTER, "ada") / f"{CHAPTER}.ipynb"
        self.other.parent.mkdir(parents=True)
        self.other.write_text(CANARY)
        self.classroom.seed()
        GradeWriter(self.classroom, CHAPTER).close()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.visitors: list = []
        threading.Thread(target=self._listen, daemon=True).start()
        self.bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        course = self.classroom.course
        self.release = read_release(course.released(CHAPTER).read_text(encoding="utf-8"))
        self.keys: dict[str, AnswerKey] = {
            key.exercise.name: key for key in course.answer_keys(CHAPTER, self.classroom.seed())
        }
        self.engine = Engine(level, LIMITS)
        self.watched = {path: path.read_bytes() for path in self._watched_files()}

    def _listen(self):
        try:
            while True:
                self.visitors.append(self.server.accept())
        except OSError:
            pass

    def _watched_files(self):
        root = self.secret.parent
        return [path for path in root.rglob("*")
                if path.is_file() and "__pycache__" not in path.parts]

    def grade(self, attack):
        port = self.server.getsockname()[1]
        text = attacking_notebook(self.classroom, attack, port, self.bystander.pid, self.secret)
        return grade(text.encode(), self.release, self.keys, self.engine)

    def processes(self) -> int:
        """Processes below the zygote, bubblewrap's own included."""
        return len(_descendants(self.engine.process.pid))

    def close(self):
        self.engine.close()
        self.server.close()
        self.bystander.kill()
        self.bystander.wait()


def _descendants(pid: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rsplit(")", 1)[1]
                parents[int(entry.name)] = int(status.split()[1])
            except (OSError, IndexError):
                continue
    found = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more


BEST_FIRST = [pytest.param(level, marks=pytest.mark.slow) if k else level
              for k, level in enumerate(LEVELS)]
"""The strongest level in the quick tests, the others with all tests."""


@pytest.fixture(scope="module", params=BEST_FIRST)
def scene(request, tmp_path_factory):
    scene = Scene(tmp_path_factory.mktemp("scene"), request.param)
    scene.idle = scene.processes()
    yield scene
    scene.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack_does_not_pay(scene, attack):
    graded = scene.grade(attack)
    assert not graded.problem
    assert graded.points == HONEST + attack.deserves, "\n".join(map(str, graded.results.values()))
    # It has read nothing ...
    shown = str(graded.record()) + str(graded.outputs)
    for secret in (CANARY, "BEGIN SOLUTION", "right_gradients", "CONNECTED", "SQLite format"):
        assert secret not in shown
    assert str(scene.classroom.seed()) not in shown
    assert not scene.visitors
    # ... written nothing ...
    assert {path: path.read_bytes() for path in scene._watched_files()} == scene.watched
    # ... left nothing running, and killed nobody.
    assert scene.processes() == scene.idle
    assert scene.bystander.poll() is None
    # What the instructor sees of its outputs is harmless.
    for cell in filled_notebook(scene.release, graded)["cells"]:
        for output in cell.get("outputs", []):
            assert set(output.get("data", {})) <= {"text/plain", "text/html", "image/png"}
            assert "<script" not in output.get("data", {}).get("text/html", "")
            assert "<img" not in output.get("data", {}).get("text/html", "")
            assert "\x1b" not in str(output.values())


def test_there_are_at_least_thirty_attacks():
    assert len(ATTACKS) >= 30


def test_scratch_of_one_submission_is_hidden_from_the_next(scene):
    with scene.engine.worker() as worker:
        worker.run("open('left.txt', 'w').write('for my friend')")
    with scene.engine.worker() as worker:
        shown = worker.run(
            "import os\nfound = []\n"
            "for folder, _, files in os.walk(os.path.dirname(os.getcwd())):\n    found += files\n"
            "print(os.listdir('.'), found)"
        )
    assert "left.txt" not in shown["stdout"]


def test_nothing_of_one_submission_is_left_in_the_memory_of_the_next(scene):
    with scene.engine.worker() as worker:
        worker.run("import numpy as np, builtins\nnp.dot = None\nbuiltins.owned = True\nx = 1")
    with scene.engine.worker() as worker:
        shown = worker.run("import numpy as np, builtins\n"
                           "print(np.dot is None, hasattr(builtins, 'owned'), 'x' in globals())")
    assert shown["stdout"].split() == ["False", "False", "False"]


def test_worker_holds_no_environment_and_no_open_files(scene):
    os.environ["AUTOGRADER_TEST_SECRET"] = CANARY
    try:
        with Engine(scene.engine.level, LIMITS) as engine, engine.worker() as worker:
            shown = worker.run("import os\nprint(dict(os.environ))\n"
                               "print(sorted(int(f) for f in os.listdir('/proc/self/fd')))")
    finally:
        del os.environ["AUTOGRADER_TEST_SECRET"]
    environment, descriptors = shown["stdout"].splitlines()
    assert CANARY not in environment
    assert "PATH" not in environment
    assert len(eval(descriptors)) <= 5  # standard ones, the socket, and the folder being listed


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="this run is an ordinary user's already")
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap to become one")
def test_attacks_fail_for_an_ordinary_user_too(tmp_path):
    """The same tests once more as nobody, who may not even enter root's home folder.

    bubblewrap shows nobody the Python that runs these tests, wherever it is installed.
    """
    tmp_path.chmod(0o777)
    temporary = Path(tempfile.gettempdir()).resolve()
    for parent in tmp_path.resolve().parents:
        if parent.is_relative_to(temporary) and parent != temporary:
            parent.chmod(parent.stat().st_mode | 0o011)
    shown = {os.path.realpath(p) for p in (sys.prefix, sys.base_prefix)} | {str(REPOSITORY)}
    command = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/"]
    homes = {str(Path(path).parents[-2]) for path in shown if path.startswith("/root/")}
    for home in homes:
        command += ["--perms", "0755", "--tmpfs", home]
        for path in sorted(shown):
            for parent in sorted(map(str, Path(path).parents)):
                if parent.startswith(home + "/"):
                    command += ["--perms", "0755", "--dir", parent]
        command += [part for path in sorted(shown) if path.startswith(home + "/")
                    for part in ("--bind", path, path)]
    command += ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups",
                "--inh-caps=-all", "--bounding-set=-all",
                sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
                "-p", "no:xdist", f"--basetemp={tmp_path}/tests", "-o", "addopts=", __file__]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path),
                   "PYTHONDONTWRITEBYTECODE": "1"}
    outcome = subprocess.run(
        command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout[-3000:] + outcome.stderr[-2000:]
    assert "passed" in outcome.stdout
