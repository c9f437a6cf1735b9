"""Compare everything with PyTorch, or freeze its results for the tests."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from autograder.course import Course
from autograder.errors import CourseError
from autograder.examination.against_torch import comparisons_of
from autograder.examination.against_torch.comparison import Comparison, largest_error
from autograder.examination.against_torch.frozen import FROZEN, freeze
from autograder.exercises import CHAPTERS, exercises_of

SEEDS = range(25)


def worst_of(
    comparison: Comparison, chapter: str, functions: Mapping[str, object]
) -> tuple[int, float]:
    """How many cases were compared, and the largest error among them."""
    exercise = exercises_of(chapter)[comparison.name]
    errors = [
        largest_error(comparison.ours(exercise, case, functions), comparison.theirs(exercise, case))
        for seed in SEEDS for case in comparison.cases(exercise, seed)
    ]
    return len(errors), max(errors)


def verify(course: Course) -> bool:
    """Compare everything and print a table, one row a function; whether all of it agrees."""
    from rich.console import Console
    from rich.table import Table

    table = Table("chapter", "function", title="Reference solutions against PyTorch, float64")
    for heading in ("cases", "largest error", "allowed"):
        table.add_column(heading, justify="right")
    table.add_column("")
    functions, cases = 0, 0
    above: list[str] = []
    for chapter in CHAPTERS:
        reference = course.reference(chapter)
        for name, comparison in comparisons_of(chapter).items():
            compared, worst = worst_of(comparison, chapter, reference)
            agrees = worst <= comparison.tolerance
            functions, cases = functions + 1, cases + compared
            above += [] if agrees else [name]
            table.add_row(chapter, name, str(compared), f"{worst:.0e}",
                          f"{comparison.tolerance:.0e}", "[green]✓" if agrees else "[bold red]✗")
    console = Console(highlight=False)
    console.print(table)
    console.print(f"{functions} functions, {cases} cases: "
                  + (f"different from PyTorch: {', '.join(above)}" if above else "all agree"))
    return not above


def main() -> int:
    """Run the comparison; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m autograder.examination.against_torch",
        description="Compare the reference solutions with PyTorch.",
    )
    parser.add_argument(
        "--freeze", action="store_true", help="write PyTorch's results for the tests"
    )
    arguments = parser.parse_args()
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed here; make verify installs it and runs this comparison",
              file=sys.stderr)
        return 1
    if arguments.freeze:
        print(f"{FROZEN.name}: {'written' if freeze() else 'up to date'}")
        return 0
    try:
        return 0 if verify(Course.find()) else 1
    except CourseError as error:
        print(f"verify: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
