"""Check the printed table of ``make demo``: ``python -m autograder.tests.demo_scores FILE``.

Twelve rows, each student with the score that their story deserves, and no traceback.
"""

import re
import sys
from pathlib import Path

EXPECTED = {
    "ada": 44, "bruno": 41, "chen": 42, "dina": 43, "emil": 42, "fatou": 12, "george": 44,
    "hana": 44, "ivan": 42, "judith": 33, "kofi": 44, "lena": 0,
}


def scores_in(text: str) -> dict[str, float]:
    """The scores of a printed table, by student."""
    rows = re.findall(r"^[│|]\s*(\w+)\s*[│|]\s*([\d.]+) of 44", text, re.MULTILINE)
    return {student: float(points) for student, points in rows}


def main(path: str) -> int:
    """Compare a file with what is expected; 0 if it fits."""
    text = Path(path).read_text(encoding="utf-8")
    found = scores_in(text)
    if "Traceback" in text or found != EXPECTED or "not graded: the file is damaged" not in text:
        print(f"make demo printed {found}, expected {EXPECTED}", file=sys.stderr)
        return 1
    print("make demo: 12 rows, all as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
