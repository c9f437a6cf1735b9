"""What of a student's code can be compared, and where two pieces of code are the same.

A piece of code becomes a row of words in which comments, layout and the student's own names make no
difference. copydetect takes fingerprints of it: one of every few words that follow each other.
Lines that were moved keep most of theirs.

copydetect has a reader of its own, which makes one letter of every name. In NumPy nearly everything
is a name: there ``np.dot(a, b)`` and ``np.max(a, b)`` would be the same. Ours keeps what a student
cannot rename.

Code is taken apart by pygments, which runs nothing and takes any text.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import StringIO

import numpy as np
from copydetect import CodeFingerprint
from copydetect.utils import get_copied_slices
from pygments import token
from pygments.lexers import PythonLexer

from autograder.cells import defined_in, parse

IN_A_ROW = 5
"""Words of a fingerprint. With more of them, lines in another order look less alike."""
LONGEST_CODE = 20_000
"""Characters of an answer that are compared."""
SOME_NAME = "V"
TEXT = "S"
OF_NO_ACCOUNT = (token.Comment, token.Text, token.String.Doc)


@dataclass(frozen=True)
class Code:
    """A piece of code to compare.

    Attributes
    ----------
    source : str
    words : list of tuple of int
        Where in the source each of its words stands: beginning and end.
    places : dict of int to list of int
        Fingerprints, and with which words they begin.
    """

    source: str
    words: list[tuple[int, int]]
    places: dict[int, list[int]]

    def parts(self, fingerprints: Iterable[int]) -> list[tuple[int, int]]:
        """Where in the source some of its fingerprints stand: beginnings and ends, in order."""
        places = [place for one in fingerprints for place in self.places[one]]
        slices = get_copied_slices(np.array(sorted(set(places)), dtype=int), IN_A_ROW)
        return [(self.words[int(first)][0], self.words[int(end) - 1][1]) for first, end in slices.T]


@dataclass
class CodeReader:
    """Reads code for comparison. What is to be compared has to be read by the same reader.

    Attributes
    ----------
    kept : set of str
        Names that are the course's own: modules, and functions to call.
    given : set of int
        Fingerprints of code that everybody has from the course.
    """

    kept: frozenset[str] = frozenset()
    given: set[int] = field(default_factory=set)
    _signs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def for_course(cls, sources: Iterable[str]) -> CodeReader:
        """A reader that leaves out the course's own code.

        Parameters
        ----------
        sources : iterable of str
            The cells that students were given, and the reference solutions, which can be read in
            the book: who has a line from there has it from nobody else.
        """
        sources = list(sources)
        reader = cls(frozenset().union(*map(_course_names, sources)))
        for source in sources:
            reader.given.update(reader._all_of(source).places)
        return reader

    def read(self, source: str) -> Code:
        """Read an answer, without what the course has given."""
        code = self._all_of(source)
        own = {one: places for one, places in code.places.items() if one not in self.given}
        return Code(code.source, code.words, own)

    def _all_of(self, source: str) -> Code:
        source = source[:LONGEST_CODE]
        words = _words(source, self.kept)
        signs = "".join(self._sign(word) for word, *_ in words)
        # A window of one: every fingerprint is kept, so the same class gives the same pairs.
        found = CodeFingerprint("", IN_A_ROW, 1, filter=False, fp=StringIO(signs, newline=""))
        places = {int(one): list(map(int, where)) for one, where in found.hash_idx.items()}
        return Code(source, [(begin, end) for _, begin, end in words], places)

    def _sign(self, word: str) -> str:
        """The letter that stands for a word: so the place of a letter tells the word."""
        return self._signs.setdefault(word, chr(min(len(self._signs), sys.maxunicode)))


def _course_names(source: str) -> set[str]:
    """What a cell of the course imports and defines."""
    tree = parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))
               ] if tree else []
    names = {(one.asname or one.name).split(".")[0] for node in imports for one in node.names}
    return names | set(defined_in(source))


def _words(source: str, kept: frozenset[str]) -> list[tuple[str, int, int]]:
    """The words of code, as they are compared, with beginning and end."""
    found: list[tuple[str, int, int]] = []
    for begin, kind, text in PythonLexer().get_tokens_unprocessed(source):
        if not text.strip() or any(kind in left_out for left_out in OF_NO_ACCOUNT):
            continue
        end = begin + len(text)
        if kind in token.String:
            if found and found[-1][0] == TEXT:  # quotes and what is in them come one by one
                found[-1] = (TEXT, found[-1][1], end)
                continue
            word = TEXT
        elif kind in token.Name and kind not in token.Name.Builtin:
            word = text if text in kept or _is_attribute(found) else SOME_NAME
        else:
            word = text
        found.append((word, begin, end))
    return found


def _is_attribute(before: list[tuple[str, int, int]]) -> bool:
    """Whether a name behind these words is an attribute, but not one of the student's own class."""
    words = [word for word, *_ in before[-2:]]
    return words[-1:] == ["."] and words != ["self", "."]
