"""A campaign: notebooks mutated at random, graded in one batch, by the real thing.

Nothing that is handed in may stop a batch, cost it memory, or meet a fault of the grader's. So a
few notebooks of the sample class are changed in ways that nobody would think of: bytes, JSON,
cells, metadata and Python.

Run as ``python -m autograder.examination.campaign ROOT --seed 7`` in a checkout of its own. What
came of it is printed as JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import os
import random
import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.authoring.demo import CHAPTER, CLASS
from autograder.checking.result import RIGHT
from autograder.course import Course
from autograder.examination.bench.measuring import family
from autograder.grading.batch import grade_batch
from autograder.grading.classes.classroom import Classroom
from autograder.grading.jail.isolation import best_level
from autograder.kit.limits import Limits

LIMITS = Limits(cell_seconds=1.0, call_seconds=0.3, submission_seconds=3.0, wall_factor=3.0,
                memory_mb=512, scratch_mb=16)
"""Short: loops that a mutation made endless are to cost little."""

EARLY, LATE, SAMPLES = 200, 8, 21
"""Memory is measured `EARLY` rows after the start and `LATE` before the end, while all are still
alive; several times, for it depends on which workers are alive at the moment."""

# Python source

SWAPS = (
    ("+", "-"), ("*", "+"), ("@", "*"), (".T", ""), ("axis=0", "axis=1"), ("sum", "mean"),
    ("x", "w"), ("0", "1"), ("==", "!="), ("(", "["), (")", ""), (":", ""), ("return", "yield"),
    ("def ", "class "), ("np.", "math."), ("shape", "size"), ("reshape", "resize"),
    ("dout", "out"), ("[0]", "[-1]"), ("1", "1e308"), ("    ", "\t"), ("float", "complex"),
)

LINES = (
    "pass", "return None", "return", "raise ValueError('x' * 10**6)", "x = x.astype(np.float32)",
    "print(dout)print(dout)print(dout)", "import pandas", "global x", "nonlocal cache",
    "while True: pass", "dout *= 0", "exit()", "1 / 0", "yield", "await x", "del x", "x: int",
    "assert False, '\x1b[31m'", "lambda: (yield)", "for x in x: pass", "!ls", "%time x",
    "return dout, dout, dout, dout", "return {}", "return np.array([None])", "return 'a' * 10**7",
    "return affine_forward", "x = [x]", "return (x for x in x)", "b.flags.writeable = False",
    "np.random.seed(0)", "'\ud800'",
)


def _swapped(draw: random.Random, source: str) -> str:
    old, new = draw.choice([swap for swap in SWAPS if swap[0] in source] or [("", " ")])
    places = [match.start() for match in re.finditer(re.escape(old), source)]
    place = draw.choice(places)
    return source[:place] + new + source[place + len(old):]


def _renamed(draw: random.Random, source: str) -> str:
    names = re.findall(r"[a-zA-Z_]\w*", source) or ["x"]
    old, new = draw.choice(names), draw.choice([*names, "ä", "None", "__class__", "e" * 300])
    return re.sub(rf"\b{old}\b", new, source)


def _of_lines(change: Callable[[random.Random, list[str]], object]):
    def changed(draw: random.Random, source: str) -> str:
        lines = source.split("\n")
        change(draw, lines)
        return "\n".join(lines)

    return changed


def _indented(draw: random.Random, lines: list[str]) -> None:
    place = draw.randrange(len(lines))
    indent = re.match(r"\s*", lines[place])
    lines.insert(place, (indent.group() if indent else "") + draw.choice(LINES))


SOURCE_MUTATIONS: tuple[Callable[[random.Random, str], str], ...] = (
    _swapped, _swapped, _swapped, _renamed, _of_lines(_indented), _of_lines(_indented),
    _of_lines(lambda draw, lines: lines.pop(draw.randrange(len(lines)))),
    _of_lines(lambda draw, lines: lines.pop()),
    _of_lines(lambda draw, lines: lines.insert(draw.randrange(len(lines)), draw.choice(lines))),
    _of_lines(lambda draw, lines: draw.shuffle(lines)),
    lambda draw, source: source[:draw.randrange(len(source) + 1)],
    lambda draw, source: source + "\n" + source,
    lambda draw, source: "if True:\n" + re.sub("(?m)^", " ", source),
    lambda draw, source: source.replace("\n", draw.choice(["\r\n", "\r", "\u2028", "\x0c\n"])),
    lambda draw, source: f"x = {'(' * draw.choice([5, 100, 5000])}1{')' * 5}\n" + source,
    lambda draw, source: source + "\ny = " + " + ".join(["1"] * draw.choice([10, 700, 20_000])),
)


def mutate_source(draw: random.Random, notebook: dict) -> None:
    """Change the Python of one answer."""
    answers = [cell for cell in notebook["cells"]
               if cell["metadata"].get("nbgrader", {}).get("solution")]
    cell = draw.choice(answers)
    cell["source"] = draw.choice(SOURCE_MUTATIONS)(draw, "".join(cell["source"]))


# Cells and metadata

ODD: tuple = (None, True, 0, -1, 1e300, float("nan"), "", "x" * 10_000, [], {}, [[]], ["\ud800", 7],
       {"a": {"b": None}}, "<script>alert(1)</script>", "\x1b[31m", 10**400, "affine_backward")


def _odd(draw: random.Random):
    return copy.deepcopy(draw.choice(ODD))  # it may be changed in its turn


def mutate_cells(draw: random.Random, notebook: dict) -> None:
    """Delete, copy, move, split and join cells, and change what they are."""
    cells = notebook["cells"]
    place = draw.randrange(len(cells))
    twin = copy.deepcopy(cells[place])
    lines = "".join(twin["source"]).split("\n")
    changes: tuple[Callable[[], object], ...] = (
        lambda: cells.pop(place),
        lambda: cells.insert(draw.randrange(len(cells)), twin),
        lambda: draw.shuffle(cells),
        lambda: cells.extend(copy.deepcopy(cells)),
        lambda: cells[place].update(cell_type=draw.choice(["code", "markdown", "raw", "heading"])),
        lambda: cells[place].update(source=_odd(draw)),
        lambda: cells[place].update(source=lines),
        lambda: cells.insert(place, {**twin, "source": lines[0]}),
        lambda: cells.insert(place, _odd(draw)),
        lambda: cells[place].pop("source"),
        lambda: cells[place].update(outputs=_odd(draw)),
        lambda: cells.__setitem__(slice(place, None), []),
        lambda: cells[0].update(source="\n".join("".join(cell["source"]) for cell in cells)),
    )
    draw.choice(changes)()


def mutate_metadata(draw: random.Random, notebook: dict) -> None:
    """Change ids, labels, versions, and what else a notebook says of itself."""
    cell = draw.choice(notebook["cells"])
    other = draw.choice(notebook["cells"])
    nbgrader = cell["metadata"].get("nbgrader", {})
    changes: tuple[Callable[[], object], ...] = (
        lambda: cell.update(id=draw.choice([other.get("id"), _odd(draw)])),
        lambda: cell.update(metadata=_odd(draw)),
        lambda: cell["metadata"].update(nbgrader=_odd(draw)),
        lambda: cell["metadata"].pop("nbgrader", None),
        lambda: nbgrader.update(grade_id=_odd(draw)),
        lambda: nbgrader.update(points=_odd(draw), grade=_odd(draw)),
        lambda: notebook.update(nbformat=draw.choice([3, 2, 5, 99, "4", _odd(draw)])),
        lambda: notebook.update(nbformat_minor=draw.choice([0, 99, _odd(draw)])),
        lambda: notebook.update(metadata=_odd(draw)),
        lambda: [each.pop("id", None) for each in notebook["cells"]],
        lambda: [each["metadata"].clear() for each in notebook["cells"]],
        lambda: cell.update(attachments=_odd(draw)),
    )
    draw.choice(changes)()


# JSON and bytes

def mutate_json(draw: random.Random, notebook: dict) -> None:
    """Put something odd anywhere in the tree, or take something away."""
    node: Any = notebook
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = draw.choice(keys)
        child = node[key]
        if isinstance(child, (dict, list)) and draw.random() < 0.8:
            node = child
            continue
        if draw.random() < 0.3:
            del node[key]
        else:
            node[key] = _odd(draw)
        return


def mutate_bytes(draw: random.Random, raw: bytes) -> bytes:
    """Damage a file as disks, editors and mail do."""
    start = draw.randrange(len(raw))
    end = min(len(raw), start + draw.choice([1, 10, 1000]))
    changes: tuple[Callable[[], bytes], ...] = (
        lambda: raw[:start],
        lambda: raw[start:],
        lambda: raw[:start] + raw[end:],
        lambda: raw[:start] + draw.randbytes(end - start) + raw[end:],
        lambda: raw[:start] + raw[start:end] * 3 + raw[end:],
        lambda: b"\xef\xbb\xbf" + raw,
        lambda: raw.decode("utf-8").encode("utf-16"),
        lambda: raw.replace(b"\n", b"\r\n"),
        lambda: raw.replace(b'"', b"'", draw.randrange(1, 50)),
        lambda: b"",
        lambda: b"\0" * len(raw),
        lambda: b"<html><body>Please sign in</body></html>",
        lambda: b"[" * 100_000 + raw,
        lambda: raw + raw,
        lambda: b"<<<<<<< HEAD\n" + raw[:start] + b"\n=======\n" + raw[start:],
    )
    return draw.choice(changes)()


def mutated(draw: random.Random, texts: list[str]) -> bytes:
    """One notebook out of some, changed once to three times."""
    notebook = json.loads(draw.choice(texts))
    kind = draw.choices(("source", "cells", "metadata", "json", "bytes"), (40, 16, 14, 15, 15))[0]
    change = {"source": mutate_source, "cells": mutate_cells, "metadata": mutate_metadata,
              "json": mutate_json}.get(kind)
    for _ in range(draw.randint(1, 3)):
        try:
            if change is not None:
                change(draw, notebook)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            break  # an earlier change has left nothing to change in this way
    raw = json.dumps(notebook).encode()
    return mutate_bytes(draw, raw) if kind == "bytes" else raw


def originals(course: Course) -> list[str]:
    """The notebooks of the sample class, as far as they are notebooks that end."""
    texts = []
    for student in CLASS:
        notebook = nbformat.read(course.source(CHAPTER), as_version=4)
        if student.name not in ("ivan", "judith") and not student.spoil(notebook):
            texts.append(json.dumps(notebook))
    return texts


# The campaign

@dataclass(frozen=True)
class Campaign:
    """What came of a campaign.

    Attributes
    ----------
    seed, submissions : int
    rows : int
        One for each submission, if all is well.
    faults : dict of str to str
        Students in whose submission the grader itself failed, and how.
    read : int
        Notebooks that could be read.
    ran : int
        Submissions of which a function was run and judged right in something.
    partial : int
        Submissions with some of the points, but not all.
    memory_early, memory_late : int
        Bytes that are not a file's, of all processes of the batch; see `EARLY`.
    seconds : float
    """

    seed: int
    submissions: int
    rows: int
    faults: dict[str, str]
    read: int
    ran: int
    partial: int
    memory_early: int
    memory_late: int
    seconds: float


def hand_in_mutants(classroom: Classroom, seed: int, count: int) -> None:
    """Hand in so many mutated notebooks."""
    draw, texts = random.Random(seed), originals(classroom.course)
    for number in range(count):
        folder = classroom.submitted(CHAPTER, f"m{number:04}")
        folder.mkdir(parents=True)
        (folder / f"{CHAPTER}.ipynb").write_bytes(mutated(draw, texts))


def run_campaign(course: Course, seed: int, count: int, jobs: int = 2) -> Campaign:
    """Hand in mutated notebooks, and grade them in one batch."""
    classroom = Classroom.of(course)
    hand_in_mutants(classroom, seed, count)
    started = time.monotonic()
    early, late = [0], [0]
    rows = []
    for row in grade_batch(classroom, CHAPTER, level=best_level(), jobs=jobs, limits=LIMITS):
        rows.append(row)
        if EARLY <= len(rows) < EARLY + SAMPLES:
            early.append(own_memory(os.getpid()))
        if 0 <= count - LATE - len(rows) < SAMPLES:
            late.append(own_memory(os.getpid()))
    return Campaign(
        seed, count, len({row.student for row in rows}),
        {row.student: row.fault for row in rows if row.fault},
        sum(not row.problem for row in rows),
        sum(map(_has_run, _records(classroom))),
        sum(0 < row.points < row.max_points for row in rows),
        round(statistics.median(early)), round(statistics.median(late)),
        round(time.monotonic() - started, 1),
    )


def own_memory(pid: int) -> int:
    """Bytes of a process and its descendants, but for what is a file's and shared with strangers.

    Pages of libraries count for more as soon as a stranger that has them, too, ends.
    """
    size = 0
    for member in family(pid):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            text = Path(f"/proc/{member}/smaps_rollup").read_text()
            fields = dict(line.split()[:2] for line in text.splitlines()[1:])
            size += 1024 * sum(int(fields[name]) for name in ("Pss_Anon:", "Pss_Shmem:"))
    return size


def _records(classroom: Classroom) -> Iterator[dict]:
    for path in (classroom.folder / "records" / CHAPTER).glob("*.json"):
        yield json.loads(path.read_text(encoding="utf-8"))


def _has_run(record: dict) -> bool:
    return any(item["status"] == RIGHT for result in record["results"] for item in result["items"])


def main() -> None:
    """Run a campaign and print what came of it."""
    parser = argparse.ArgumentParser(description="Grade mutated notebooks in one batch.")
    parser.add_argument("root", type=Path, help="a checkout for this campaign alone")
    parser.add_argument("--seed", type=int, help="draws the mutations; default: another each time")
    parser.add_argument("--count", type=int, default=2000)
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    print(json.dumps(asdict(run_campaign(Course(given.root), seed, given.count))))


if __name__ == "__main__":
    main()
