"""The walls, each with what takes it out. For tests only: they show that every wall is needed.

A wall is taken out of a copy of the kit (a line of Python at the end of a file that undoes one
rule), of the grader (a function replaced), or by limits that stop nobody. What the separation of
processes stops is tried on a grader that runs a notebook and its checks together.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autograder.examination.lenient import judge_outputs_leniently, keep_all_gradients
from autograder.grading.jail.libraries import needed_libraries
from autograder.grading.jail.shown import PACKAGE, Shown, what_is_shown
from autograder.grading.jail.worker_client import RemoteKept
from autograder.grading.jail.zygote_start import environment
from autograder.kit.jail import LANDLOCK, NAMESPACES
from autograder.kit.plain import from_tree
from autograder.kit.reading import read_notebooks
from autograder.kit.sources import facts_of
from autograder.kit.student_error import StudentError

NOWHERE = ""
"""The level of a wall that has nothing to do with levels: any will do."""


@dataclass(frozen=True)
class Without:
    """How a wall is taken out.

    Attributes
    ----------
    kit : dict of str to str
        File of the kit to Python that is written at its end.
    grader : dict of str to object
        Name of something on the grader's side to what takes its place; see `unittest.mock.patch`.
    limits : dict of str to int
        Fields of `autograder.kit.limits.Limits` to other values.
    together : bool
        Whether the notebook and its checks run in one process; see
        `autograder.examination.together`.
    """

    kit: Mapping[str, str] = field(default_factory=dict)
    grader: Mapping[str, object] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    together: bool = False

    def __add__(self, other: Without) -> Without:
        files = {**self.kit, **other.kit}
        kit = {name: self.kit.get(name, "") + other.kit.get(name, "") for name in files}
        return Without(kit, {**self.grader, **other.grader}, {**self.limits, **other.limits},
                       self.together or other.together)


@dataclass(frozen=True)
class Wall:
    """One wall.

    Attributes
    ----------
    name : str
    text : str
        What it keeps from whom.
    without : Without
    level : str
        The level at which it is shown that it is needed; NOWHERE for all that work.
    """

    name: str
    text: str
    without: Without
    level: str = NOWHERE


ALLOW = '''

def _allowing(make, names):
    def system_call_filter():
        from seccompy.syscalls import syscall_nr

        filter_ = make()
        for name in names.split():
            filter_._rules.pop(syscall_nr(name), None)
            filter_.allow(name)
        return filter_

    return system_call_filter


system_call_filter = _allowing(system_call_filter, {names!r})
'''


def _undone(function: str, file: str = "jail.py") -> Without:
    """A function of the kit that does nothing."""
    return Without(kit={file: f"\n\ndef {function}(*arguments, **options):\n    pass\n"})


ROOT_STAYS = Without(kit={"jail.py": "\n\ndef unused_user():\n    return 0\n"})
NO_MOUNT = Without(kit={"scratch.py": "\n\ndef can_mount_own(*arguments):\n    return False\n"})
NOTHING_SEEN = Without(kit={
    "usage.py": "\n\ndef use_of(*arguments):\n    return 0, 0\n"
                "\n\ndef written_by(pid):\n    return 0\n"
})
SIMPLE_DELETION = Without(
    kit={"scratch.py": """

def empty(folder):
    import shutil
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
    return True
"""},
    grader={"autograder.grading.jail.engine.empty": lambda folder: True},
)


def _landlock_of(abi: int) -> Without:
    return Without(kit={"jail.py": f"\n\ndef landlock_abi():\n    return {abi}\n"})


CLIENT = "autograder.grading.jail.worker_client"


def _grader(**replacements: object) -> Without:
    """Names of the worker's client that are something else."""
    return Without(grader={f"{CLIENT}.{name}": new for name, new in replacements.items()})


def _decode(header: bytes, body: bytes, trusted: bool = False):
    """Takes a message as it comes."""
    offset = 0

    def take_array(dtype, shape):
        nonlocal offset
        count = math.prod(shape)
        array = np.frombuffer(body, dtype, count, offset).copy().reshape(shape)
        offset += array.nbytes
        return array

    return from_tree(json.loads(header), take_array, trusted)


def _note(functions, reply: dict) -> None:
    functions.diary.note_output(reply["printed"])
    functions.diary.warned += [text[:500] for text in reply["warned"]]


def _after(arguments, reply: dict) -> tuple:
    changed = reply["changed"] or {}
    return tuple(
        None if isinstance(argument, RemoteKept) else changed.get(str(k), argument)
        for k, argument in enumerate(arguments)
    )


def _parts(worker, parts) -> list[RemoteKept]:
    return [RemoteKept(worker, part[0], sent=tuple(part[1:])) for part in parts or []]


def _notebooks(reader, file):
    """Reads a file in the grader's own process."""
    return read_notebooks(file.name, file.content)


def _facts(reader, sources):
    return {source: facts_of(source) for source in sources}


def _everything_shown(secrets: Iterable[Path], more: Iterable[Path] = ()) -> Shown:
    """As if the course lay among what Python needs, and nothing took it out again."""
    shown = what_is_shown((), more)
    shown.rules = {path: True for path, there in shown.rules.items() if there}
    shown.show([*secrets, PACKAGE, *needed_libraries().folders])
    return shown


def _telling_environment(scratch: str) -> dict[str, str]:
    """Surroundings that tell where the course is."""
    return {**environment(scratch), "COURSE": str(PACKAGE)}


WALLS = [
    Wall("processes", "The student's code runs in a process without checks and answers.",
         Without(together=True)),

    # On the way from a file to the grader.
    Wall("reading", "A file is parsed, and its cells are looked at, in the jail.",
         Without(grader={
             "autograder.grading.submissions.reading.Reader.notebooks": _notebooks,
             "autograder.grading.submissions.reading.Reader.facts": _facts,
             "autograder.kit.reading.MOST_CODE": 1 << 30,
         })),

    # On the way from a worker to the grader.
    Wall("size of replies", "What a worker sends is taken up to a size only.",
         Without(limits={"reply_mb": 4000, "memory_mb": 4000, "call_seconds": 60})),
    Wall("size of headers", "The header of a message is taken up to a size only.",
         Without(grader={"autograder.kit.wire.MAX_HEADER_BYTES": 1 << 40},
                 limits={"cell_seconds": 60})),
    Wall("decoding", "Bytes that are no message are an error of the worker, and of nobody else.",
         _grader(decode=_decode)),
    Wall("discretion", "Of hidden cases nothing is told that could carry their numbers.",
         Without(grader={"autograder.checking.answers.is_hidden": lambda seed: False})),
    Wall("form of errors", "An error that a worker tells is three strings.",
         _grader(_checked_error=lambda error: StudentError(*error) if error else None)),
    Wall("form of cells", "What a cell showed is strings, and pictures.",
         _grader(_checked_cell=lambda reply, limits: reply)),
    Wall("form of notes", "What was printed is a string, warnings are a list of them.",
         Without(grader={f"{CLIENT}.RemoteFunctions.note": _note})),
    Wall("form of changes", "Arguments that a call changed are found by their place.",
         _grader(_after=_after)),
    Wall("form of parts", "The entries of a tuple that stays in the worker are numbered.",
         _grader(_checked_parts=_parts)),

    # In the kit.
    # Root stays root then: file permissions are another wall, and not the one in question.
    Wall("paths", "Landlock: libraries can be read, the scratch folder written, nothing else.",
         _undone("restrict_paths") + ROOT_STAYS, LANDLOCK),
    Wall("shown", "The jail is shown what Python needs, and the course is taken out of that.",
         Without(grader={"autograder.grading.jail.zygote_start.what_is_shown": _everything_shown})
         + ROOT_STAYS, NAMESPACES),
    Wall("surroundings", "The environment and the command line tell nothing.",
         Without(grader={
             "autograder.grading.jail.zygote_start.environment": _telling_environment})),
    Wall("capabilities", "Nothing that root may do is left to a worker that root started.",
         _undone("drop_capabilities") + ROOT_STAYS, LANDLOCK),
    Wall("limits", "rlimits: memory, processor time, sizes of files, open files.",
         _undone("set_resource_limits"), LANDLOCK),
    Wall("users", "Root's submissions run as users of their own, without privileges.",
         ROOT_STAYS, LANDLOCK),
    Wall("own scratch", "The kernel limits what a submission writes, and removes it all.",
         NO_MOUNT, LANDLOCK),
    Wall("watched scratch", "A folder on disk is looked at while a submission runs.",
         NO_MOUNT + NOTHING_SEEN, LANDLOCK),
    Wall("deletion", "What is left is removed however deep it is.",
         NO_MOUNT + NOTHING_SEEN + SIMPLE_DELETION, LANDLOCK),
    Wall("threads", "A submission has no more than so many threads.",
         Without(limits={"threads": 100_000})),
    *(Wall(f"Landlock {abi}", f"Not a wall, but a kernel that has version {abi} of Landlock.",
           _landlock_of(abi), LANDLOCK) for abi in (1, 2, 5)),
    Wall("deadlines", "A cell, a call and a submission end in time.",
         Without(limits={"cell_seconds": 60, "call_seconds": 60, "submission_seconds": 100})),
    Wall("own forward", "A gradient that fits a wrong forward function of one's own is wrong.",
         Without(grader={"autograder.checking.rubric.judge_outputs": judge_outputs_leniently})),
    Wall("own loss", "The gradients of a network fit its own wrong loss only by a known mistake.",
         Without(grader={"autograder.checking.rubric._keep_after_slips": keep_all_gradients})),
    Wall("watching", "It is watched whether a gradient is measured on the forward function.",
         Without(grader={"autograder.checking.rubric.seen_of": lambda *question: ""})),
]
"""Every wall but the system calls: each of these is a wall of its own, named by `wall_named`."""

SYSTEM_CALLS = "system calls: "
BY_NAME = {wall.name: wall for wall in WALLS}


def wall_named(name: str) -> Wall:
    """The wall with a name.

    Parameters
    ----------
    name : str
        The name of a row of `WALLS`; or ``"system calls: chmod fchmod"``, the rules of seccomp
        for these calls; or several joined by " and ": all of them must be taken out, where one
        behind the other stops the attack as well.
    """
    if " and " in name:
        walls = [wall_named(part) for part in name.split(" and ")]
        without = walls[0].without
        for wall in walls[1:]:
            without += wall.without
        level = next((wall.level for wall in walls if wall.level), NOWHERE)
        if any(wall.level == NAMESPACES for wall in walls):
            level = NAMESPACES
        return Wall(name, " ".join(wall.text for wall in walls), without, level)
    if name.startswith(SYSTEM_CALLS):
        calls = name.removeprefix(SYSTEM_CALLS)
        without = Without(kit={"system_calls.py": ALLOW.replace("{names!r}", repr(calls))})
        return Wall(name, f"seccomp refuses {calls}.", without, LANDLOCK)
    return BY_NAME[name]
