"""What a student may be called in a gradebook.

The id is the name of a folder, which may come from a file that somebody uploaded. nbgrader writes
it into the scripts of its pages as it is, and into tables that are opened in spreadsheets. So what
is not plainly a name is refused: nothing of such a submission is written.
"""

from __future__ import annotations

import os
import unicodedata

ALLOWED = " ._-+@,'()"
"""What an id may hold besides letters, with their accents, and digits."""
MAX_BYTES = 200
"""Names of files are made of it, which have 255 bytes at most."""
MAX_LENGTH = 128
"""Characters for which nbgrader's table has room, where the gradebook is in PostgreSQL."""


def why_refused(student: str) -> str:
    """Why an id is not taken, with what to do about it; empty for one that is.

    Parameters
    ----------
    student : str
        The name of a folder, as the system tells it.
    """
    if len(os.fsencode(student)) > MAX_BYTES or len(student) > MAX_LENGTH:
        return "the student's id is too long; give the folder another name"
    strange = [c for c in student if c not in ALLOWED and unicodedata.category(c)[0] not in "LMN"]
    if strange:
        signs = " ".join(dict.fromkeys(
            c if c.isprintable() else f"U+{ord(c):04X}" for c in strange[:5]
        ))
        return (f"the student's id holds signs that are in no name: {signs}; give the folder "
                "another name")
    if not student[:1].isalnum():
        return ("the student's id does not begin with a letter or digit; give the folder "
                "another name")
    return ""
