"""No attack pays, reads, writes, or outlives its worker; each does where its wall is missing."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from autograder.course import Course
from autograder.examination.attacks import (
    ATTACKS,
    HONEST,
    Attack,
    kernels,
    leftovers,
    metadata,
    threads,
)
from autograder.examination.attacks.attack import ANSWER, RIGHT
from autograder.examination.scene import CANARY, LIMITS, Scene
from autograder.examination.walls import wall_named
from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.gradebook import GradeWriter
from autograder.grading.jail.engine import Engine
from autograder.kit import jail
from autograder.tests.conftest import CHAPTER, REPOSITORY, make_checkout, strong_levels

LEVELS = strong_levels() if sys.platform == "linux" else []
BY_WALL = sorted(ATTACKS, key=lambda attack: attack.wall)
CHAPTERS = sorted({attack.chapter for attack in ATTACKS})

pytestmark = pytest.mark.skipif(not LEVELS, reason="no strong isolation on this system")

BEST_FIRST = [pytest.param(level, marks=pytest.mark.slow) if k else level
              for k, level in enumerate(LEVELS)]
"""The strongest level in the quick tests, the others with all tests."""


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A checkout to copy, with an empty gradebook."""
    course = make_checkout(tmp_path_factory.mktemp("template") / "my course", CHAPTERS)
    GradeWriter(Classroom.of(course), CHAPTER).close()
    return course


def make_scene(template, folder, level, wall=None):
    shutil.copytree(template.root, folder / "my course")
    return Scene(Course(folder / "my course"), level, wall)


@pytest.fixture(scope="module", params=BEST_FIRST)
def scene(request, template, tmp_path_factory):
    with make_scene(template, tmp_path_factory.mktemp("scene"), request.param) as scene:
        yield scene


def _first_on_each_wall():
    """The attacks; of those that one wall stops in a chapter, the quick tests take the first."""
    seen = set()
    for attack in ATTACKS:
        quick = (attack.wall, attack.chapter) not in seen
        seen.add((attack.wall, attack.chapter))
        yield attack if quick else pytest.param(attack, marks=pytest.mark.slow)


@pytest.mark.parametrize("attack", list(_first_on_each_wall()), ids=lambda attack: attack.name)
def test_attack_does_no_damage(scene, attack):
    graded = scene.grade(attack)
    assert scene.damage(graded, attack) == [], "\n".join(map(str, graded.results.values()))


@pytest.fixture(scope="module")
def weak_scene(template, tmp_path_factory):
    """A function that gives a scene without a wall; the last one is kept for the next attack."""
    with ExitStack() as open_scene:
        last = None

        def scene_without(wall):
            nonlocal last
            if last is None or last.wall != wall:
                open_scene.close()
                folder = tmp_path_factory.mktemp("weak")
                last = open_scene.enter_context(make_scene(template, folder, at(wall), wall))
            else:
                last.calm()
            return last

        yield scene_without


def at(wall):
    """The level at which a wall is taken out."""
    level = wall.level or LEVELS[0]
    if level not in LEVELS:
        pytest.skip(f"{level} does not work here")
    return level


@pytest.mark.slow
@pytest.mark.parametrize("attack", BY_WALL, ids=lambda attack: attack.name)
def test_attack_succeeds_without_its_wall(weak_scene, attack):
    scene = weak_scene(wall_named(attack.wall))
    graded = scene.grade(attack)
    assert scene.damage(graded, attack) != [], (graded.record(), graded.outputs)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({attack.wall for attack in ATTACKS}))
def test_without_a_wall_the_honest_are_graded_all_the_same(weak_scene, name):
    scene = weak_scene(wall_named(name))
    for attack in (Attack("nothing is tried"), Attack("an answer", RIGHT, deserves=ANSWER)):
        graded = scene.grade(attack)
        assert graded.points == HONEST + attack.deserves
        assert scene.damage(graded, attack) == []


MACHINES = {
    "Landlock 1": (kernels, metadata), "Landlock 2": (kernels,), "Landlock 5": (kernels,),
    # What must not hang on root's submissions being other users'.
    "Landlock 1 and users": (kernels, metadata), "own scratch": (leftovers, threads),
}
"""What an older machine lacks, and the attacks that it must stand all the same."""


@pytest.mark.slow
@pytest.mark.parametrize("lacking", MACHINES)
def test_attacks_do_no_damage_on_an_older_machine(lacking, template, tmp_path):
    if jail.LANDLOCK not in LEVELS:
        pytest.skip(f"{jail.LANDLOCK} does not work here")
    damage = {}
    with make_scene(template, tmp_path, jail.LANDLOCK, wall_named(lacking)) as scene:
        for attack in (attack for module in MACHINES[lacking] for attack in module.ATTACKS):
            if found := scene.damage(scene.grade(attack), attack):
                damage[attack.name] = found
    assert damage == {}


def test_there_are_many_attacks():
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert len({attack.code for attack in ATTACKS}) > 120


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


@pytest.fixture
def open_folder():
    """A folder that everybody may enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="attacks-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o777)
        yield folder


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="this run is an ordinary user's already")
@pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap to become one")
def test_attacks_fail_for_an_ordinary_user_too(open_folder):
    """The same tests once more as nobody, to whom the checkout and the class belong.

    So file permissions stop nothing. What is behind the walls has been seen already: attacks
    without their walls are not tried again. bubblewrap shows nobody the Python that runs these
    tests, wherever it is installed.
    """
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
                "-p", "no:xdist", f"--basetemp={open_folder}/tests", "-o", "addopts=",
                "-k", "not (succeeds_without or without_a_wall)", __file__]
    environment = {"PATH": os.environ["PATH"], "HOME": str(open_folder), "TMPDIR": str(open_folder),
                   "PYTHONDONTWRITEBYTECODE": "1"}
    outcome = subprocess.run(
        command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stdout[-3000:] + outcome.stderr[-2000:]
    assert "passed" in outcome.stdout
