"""The walls, each with what takes it out. For tests only: they show that every wall is needed.

A wall is taken out of a copy of the kit (a line of Python at the end of a file that undoes one
rule), of the grader (a function replaced), or by limits that stop nobody. What the separation of
processes stops is tried on a grader that runs a notebook and its checks together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.examination.lenient import judge_outputs_leniently, keep_all_gradients
from autograder.kit.jail import LANDLOCK, NAMESPACES

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

WALLS = [
    Wall("processes", "The student's code runs in a process without checks and answers.",
         Without(together=True)),
    # Root stays root then: file permissions are another wall, and not the one in question.
    Wall("paths", "Landlock: libraries can be read, the scratch folder written, nothing else.",
         _undone("restrict_paths") + ROOT_STAYS, LANDLOCK),
    Wall("limits", "rlimits: memory, processor time, sizes of files, open files.",
         _undone("set_resource_limits"), LANDLOCK),
    Wall("deadlines", "A cell, a call and a submission end in time.",
         Without(limits={"cell_seconds": 60, "call_seconds": 60, "submission_seconds": 100})),
    Wall("size of replies", "What a worker sends is taken up to a size only.",
         Without(limits={"reply_mb": 4000, "memory_mb": 4000})),
    Wall("form of errors", "An error that a worker tells is three strings of limited length.",
         Without(grader={"autograder.grading.worker_client._checked_error": lambda error: None})),
    Wall("form of cells", "What a cell showed is strings and pictures of limited size.",
         Without(grader={
             "autograder.grading.worker_client._checked_cell": lambda reply, limits: reply,
         })),
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
