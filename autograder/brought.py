"""The cell that holds a student's answers of earlier chapters, and the text that stands in it.

A chapter that is built on earlier ones has one cell with the line ``bring("09_two_layer_net")``.
Its text is put together here, from the notebooks of those chapters: the answers that the chapter
is built on, and whatever of the student's own they need. Nothing is run here.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from autograder.cells import (
    BEGIN,
    BROUGHT,
    CHECK_SUFFIX,
    END,
    Cell,
    Facts,
    bound_names,
    defined_in,
    defines,
    facts_of,
    parse,
    percent_code,
    used_names,
    without_magics,
)
from autograder.exercises import CHAPTERS, brought_into, chapter_of, exercises_of
from autograder.nearby import find_notebook, read_code

NO_NOTEBOOK, UNREADABLE = "no notebook", "unreadable notebook"
NOT_WRITTEN, NOT_PYTHON = "not written", "not Python"
"""Why an answer is not brought."""

HEAD = re.compile(
    r'# Answers of earlier chapters, brought by bring\("(\w+)"\)\. \[([0-9a-f]{12})\]'
)
BELOW_THE_HEAD = ("# What you change here stays. To bring them anew, put that line in place of "
                  "all this, and run it.")


# The cell


def listed(names: Iterable[str]) -> str:
    """Exercises with the number of their chapter: ``relu_forward (04), relu_backward (04)``."""
    return ", ".join(f"{name} ({(chapter_of(name) or '?').split('_')[0]})" for name in names)


def call_of(chapter: str, reference: bool = False) -> str:
    """The line that brings the answers of earlier chapters into a chapter."""
    return f'bring("{chapter}"{", reference=True" if reference else ""})'


def is_call(source: str, facts: Callable[[str], Facts] = facts_of) -> bool:
    """Whether a cell holds nothing but the call of `bring`, and perhaps comments."""
    return facts(source).calls == "bring"


def is_unedited(source: str) -> bool:
    """Whether a cell holds a text that was brought, just as it was written there."""
    head, _, body = source.strip().partition("\n")
    found = HEAD.fullmatch(head.strip())
    return found is not None and found[2] == _digest(body)


def chapter_named(source: str) -> str | None:
    """The chapter that the cell is for: it stands in the call, and in a text that was brought."""
    found = re.search(r"""\bbring\(\s*["'](\w+)["']""", source)
    return found[1] if found and found[1] in CHAPTERS else None


def find_brought(
    cells: Sequence[Cell], names: Collection[str], facts: Callable[[str], Facts] = facts_of
) -> list[int]:
    """Where somebody's notebook holds the answers of earlier chapters.

    Parameters
    ----------
    cells : sequence of Cell
        The code cells of a notebook.
    names : collection of str
        What is brought into its chapter.
    facts : callable
        What a cell defines and calls.

    Returns
    -------
    list of int
        First the cell for them, if it is there and written: of copies, the last one. Then the
        cells in which the names stand that it does not define.
    """
    given = [k for k, cell in enumerate(cells) if is_for_brought(cell, facts)]
    written = [k for k in given if cells[k].source.strip() and not is_call(cells[k].source, facts)]
    found = written[-1:]
    for name in names:
        if any(name in facts(cells[k].source).given for k in found):
            continue
        others = [k for k, cell in enumerate(cells)
                  if k not in given and not cell.label.endswith(CHECK_SUFFIX)
                  and name in facts(cell.source).given]
        found += others[-1:]
    return list(dict.fromkeys(found))


def is_for_brought(cell: Cell, facts: Callable[[str], Facts] = facts_of) -> bool:
    """Whether a cell is the one for the answers of earlier chapters: by its label, or its text."""
    return (cell.label == BROUGHT or is_call(cell.source, facts)
            or bool(HEAD.match(cell.source.lstrip())))


def _digest(body: str) -> str:
    lines = [line.rstrip() for line in body.strip().splitlines()]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()[:12]


# The text


@dataclass(frozen=True)
class Earlier:
    """A notebook of an earlier chapter, or the chapter's source.

    Attributes
    ----------
    chapter : str
    origin : str
        The file, as a comment names it.
    cells : tuple of Cell
        Its code cells.
    """

    chapter: str
    origin: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Piece:
    """Some lines of a notebook that are brought: a definition, an import, an assignment."""

    text: str
    binds: frozenset[str]


@dataclass
class Section:
    """What is brought of one chapter, under a comment that says where it is from."""

    chapter: str
    comment: str
    pieces: list[Piece]


@dataclass
class Bringing:
    """The text of the cell in parts.

    Attributes
    ----------
    chapter : str
        The chapter that the answers are brought into.
    sections : list of Section
    missing : dict of str to str
        Exercises that are not brought, and the reason.
    references : list of str
        Exercises of which the course's own answers stand in for the student's.
    clashes : list of str
        One sentence for each name that two chapters use for different things.
    failed : dict of Piece to str
        Pieces that cannot be run, and what they stopped with. They become comments.
    """

    chapter: str
    sections: list[Section] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)
    clashes: list[str] = field(default_factory=list)
    failed: dict[Piece, str] = field(default_factory=dict)

    @property
    def pieces(self) -> list[Piece]:
        """All pieces, in order."""
        return [piece for section in self.sections for piece in section.pieces]

    @property
    def brought(self) -> list[str]:
        """The exercises that the text answers, in the order of the course."""
        names = {name for piece in self.pieces if piece not in self.failed for name in piece.binds}
        return [name for name in brought_into(self.chapter) if name in names]

    @property
    def text(self) -> str:
        """What stands in the cell."""
        blocks = []
        for section in self.sections:
            blocks.append(f"{section.comment}\n\n{self._code(section)}")
        if self.missing:
            absent = listed(self.missing)
            blocks.append(f"# Not written yet: {absent}")
        if self.missing or self.references:
            blocks.append(call_of(self.chapter, bool(self.references)))
        body = f"{BELOW_THE_HEAD}\n\n" + "\n\n\n".join(blocks)
        return (f'# Answers of earlier chapters, brought by {call_of(self.chapter)}. '
                f"[{_digest(body)}]\n{body}")

    def lost_from(self, source: str) -> list[str]:
        """The exercises that a cell answers now, and would not with this text."""
        return [name for name in brought_into(self.chapter)
                if name not in self.brought and defines(source, name)]

    def _code(self, section: Section) -> str:
        text = ""
        for piece in section.pieces:
            code = piece.text
            if piece in self.failed:
                code = (f"# This stopped with {self.failed[piece]}\n"
                        + "\n".join(f"# {line}".rstrip() for line in code.splitlines()))
            short = "\n" not in code and "\n" not in text.rpartition("\n\n")[2]
            text += ("\n" if short else "\n\n\n") * bool(text) + code
        return text


def put_together(
    chapter: str, earlier: Mapping[str, Earlier], names: Iterable[str] | None = None,
    references: Mapping[str, Earlier] | None = None,
) -> Bringing:
    """Put together the text of the cell.

    Parameters
    ----------
    chapter : str
        The chapter that the answers are brought into.
    earlier : mapping of str to Earlier
        The notebooks of earlier chapters that there are, by chapter.
    names : iterable of str, optional
        The exercises to bring; by default, all that the chapter is built on.
    references : mapping of str to Earlier, optional
        The chapters' sources, by chapter: for what is not written.
    """
    names = list(brought_into(chapter) if names is None else names)
    done = Bringing(chapter)
    by_chapter: dict[str, list[str]] = {}
    for name in names:
        by_chapter.setdefault(chapter_of(name) or "", []).append(name)
    notebooks = {known: Opened(earlier[known]) for known in by_chapter if known in earlier}
    theirs = {name: known for known, group in by_chapter.items() for name in group
              if known in notebooks and notebooks[known].answer(name)[0] is not None}
    for known, group in by_chapter.items():
        if known not in notebooks or not earlier[known].cells:
            why = NO_NOTEBOOK if known not in notebooks else UNREADABLE
            done.missing |= dict.fromkeys(group, why)
            continue
        elsewhere = {name for name, home in theirs.items() if home != known}
        pieces, missing = notebooks[known].take(group, elsewhere)
        done.missing |= missing
        _add(done, Section(known, f"# From {earlier[known].origin}", pieces))
    if references:
        _add_references(done, references)
    return done


def _add_references(done: Bringing, references: Mapping[str, Earlier]) -> None:
    """Let the course's own answers stand in for what is missing, and say so in the text."""
    for known in dict.fromkeys(chapter_of(name) or "" for name in done.missing):
        group = [name for name in done.missing if chapter_of(name) == known]
        if known not in references:
            continue
        there = {name for piece in done.pieces for name in piece.binds}
        pieces, missing = Opened(references[known]).take(group, there)
        found = [name for name in group if name not in missing]
        if found:
            done.references += found
            comment = (f"# The course's reference, not your own: {', '.join(found)} "
                       f"({references[known].origin})")
            _add(done, Section(known, comment, pieces))
        for name in found:
            del done.missing[name]


def _add(done: Bringing, section: Section) -> None:
    """Add a section without what stands in the text already; note names with two meanings."""
    there = {_meaning(piece.text) for piece in done.pieces}
    section.pieces = [piece for piece in section.pieces if _meaning(piece.text) not in there]
    for earlier in done.sections:
        ours = {name for piece in earlier.pieces for name in piece.binds}
        theirs = {name for piece in section.pieces for name in piece.binds}
        done.clashes += [
            f"{name} is one thing in {earlier.chapter} and another in {section.chapter}, and here "
            "the second one holds: give one of them another name."
            for name in sorted(ours & theirs - {"*"})
        ]
    if section.pieces:
        done.sections.append(section)


@lru_cache(maxsize=1000)
def _meaning(text: str) -> str:
    """A statement without its comments and its layout."""
    return ast.dump(ast.parse(text))


@dataclass(frozen=True)
class _Statement:
    """A statement at the top level of a cell, with the comment above it."""

    cell: int
    text: str
    binds: frozenset[str]
    uses: frozenset[str]


class Opened:
    """An earlier notebook, from which answers are taken together with what they need."""

    def __init__(self, earlier: Earlier) -> None:
        self.chapter = earlier.chapter
        self.cells = [cell for cell in earlier.cells if not cell.label.endswith(CHECK_SUFFIX)]
        self.statements = [statement for k, cell in enumerate(self.cells)
                           for statement in _statements(k, cell.source)]

    def answer(self, name: str) -> tuple[int | None, str]:
        """The cell that answers an exercise, or None and why there is none.

        By its label, then by what it defines; of copies, the last one written.
        """
        labelled = [k for k, cell in enumerate(self.cells) if cell.label == name]
        defining = [k for k, cell in enumerate(self.cells) if defines(cell.source, name)]
        for candidates in ([k for k in labelled if k in defining], defining):
            written = [k for k in candidates if is_written(self.cells[k].source, name)]
            readable = [k for k in written if parse(self.cells[k].source) is not None]
            if readable:
                return readable[-1], ""
            if written:
                return None, NOT_PYTHON
        return None, NOT_WRITTEN

    def take(
        self, names: Sequence[str], elsewhere: Collection[str]
    ) -> tuple[list[Piece], dict[str, str]]:
        """The answers to some exercises, and what they need, in the order of the notebook.

        Parameters
        ----------
        names : sequence of str
        elsewhere : collection of str
            Names that are brought from another notebook.

        Returns
        -------
        pieces : list of Piece
        missing : dict of str to str
            Exercises that are not written, also those that an answer uses; and why.
        """
        chosen: set[int] = set()
        missing: dict[str, str] = {}
        known: set[str] = {*elsewhere, "bring"}
        pending: list[tuple[str, int | None]] = [(name, None) for name in names]
        while pending:
            name, user = pending.pop()
            if name in known:
                continue
            known.add(name)
            home = self._home(name, user, missing)
            for k, statement in enumerate(self.statements):
                if statement.cell == home and name in statement.binds and k not in chosen:
                    chosen.add(k)
                    pending += [(used, statement.cell) for used in sorted(statement.uses)]
        if chosen:  # from numpy import *
            chosen |= {k for k, statement in enumerate(self.statements) if "*" in statement.binds}
        pieces = [Piece(self.statements[k].text, self.statements[k].binds) for k in sorted(chosen)]
        order = {name: k for k, name in enumerate(names)}
        return pieces, dict(sorted(missing.items(), key=lambda item: order.get(item[0], -1)))

    def _home(self, name: str, user: int | None, missing: dict[str, str]) -> int | None:
        """The cell from which a name is taken: the user's own, or the last that gives it."""
        if name in exercises_of(self.chapter):
            home, why = self.answer(name)
            if home is None:
                missing[name] = why
            return home
        homes = [statement.cell for statement in self.statements if name in statement.binds]
        return user if user in homes else next(reversed(homes), None)


def is_written(source: str, name: str) -> bool:
    """Whether a cell answers an exercise: no function of it is still the stub that was given."""
    definition = defined_in(source).get(name)
    if definition is None:
        return defines(source, name)  # assigned, or not Python
    functions = [node for node in ast.walk(definition) if isinstance(node, ast.FunctionDef)]
    return not any(map(_is_stub, functions))


def _is_stub(function: ast.FunctionDef) -> bool:
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if len(body) != 1 or not isinstance(body[0], ast.Raise) or body[0].exc is None:
        return False
    raised = body[0].exc
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _statements(cell: int, source: str) -> Iterator[_Statement]:
    """The statements of a cell that give something a value; nothing if it is not Python."""
    lines = without_magics(source).splitlines()
    tree = parse(source)
    groups: list[list[int]] = []  # first and last line of what cannot be parted
    end = 0
    for node in tree.body if tree else ():
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(one.lineno for one in decorators)])
        last = node.end_lineno or node.lineno
        if first <= end:
            groups[-1][1] = last
        else:
            groups.append([end + 1, last])
        end = last
    for first, last in groups:
        kept = [line for line in lines[first - 1:last] if line.strip() not in (BEGIN, END)]
        text = "\n".join(kept).strip("\n").rstrip()
        binds = bound_names(text) | _changed_names(text)
        if binds:
            yield _Statement(cell, text, binds, used_names(text))


@lru_cache(maxsize=1000)
def _changed_names(text: str) -> frozenset[str]:
    """Names in which a statement stores something: of ``table["a"] = 1``, table."""
    names = set()
    tree = parse(text)
    for node in tree.body if tree else ():
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.For, ast.With, ast.If, ast.Try)):
            names |= {_root(inner) for inner in ast.walk(node)
                      if isinstance(inner, (ast.Subscript, ast.Attribute))
                      and isinstance(inner.ctx, ast.Store)}
    return frozenset(names - {""})


def _root(node: ast.expr) -> str:
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


# Where the answers are


def earlier_notebooks(chapter: str, folder: Path) -> dict[str, Earlier]:
    """The notebooks that a chapter's answers are brought from, seen from its own folder."""
    found = {}
    for known in dict.fromkeys(chapter_of(name) for name in brought_into(chapter)):
        path = find_notebook(known, folder) if known else None
        if known and path:
            up = path.parent.parent == folder.parent and path.parent != folder
            origin = f"../{known}/{path.name}" if up else path.relative_to(folder).as_posix()
            found[known] = Earlier(known, origin, tuple(read_code(path)))
    return found


def references_near(chapter: str, folder: Path) -> dict[str, Earlier]:
    """The sources of the chapters whose answers are brought, in the checkout around a folder."""
    for root in (folder, *folder.parents):
        wanted = dict.fromkeys(chapter_of(name) for name in brought_into(chapter))
        paths = {known: root / "solutions" / f"{known}.py" for known in wanted if known}
        try:
            found = {known: path.read_text(encoding="utf-8")
                     for known, path in paths.items() if path.is_file()}
        except (OSError, UnicodeDecodeError):
            continue
        if found:
            return {known: earlier_source(known, percent_code(text))
                    for known, text in found.items()}
    return {}


def earlier_source(chapter: str, sources: Iterable[str]) -> Earlier:
    """A chapter as it is written in ``solutions/``, from its cells."""
    return Earlier(chapter, f"solutions/{chapter}.py",
                   tuple(Cell("", source) for source in sources if source))
