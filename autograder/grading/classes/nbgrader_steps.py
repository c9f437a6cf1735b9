"""What nbgrader itself enters into a gradebook: its tables, and chapters.

Importing it takes two seconds. A batch comes here only if its chapter is not in the gradebook yet.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from autograder.grading.classes.classroom import Classroom, configure, let_nbgrader_find_alembic


def make_tables(classroom: Classroom) -> None:
    """Make the tables of a new gradebook."""
    from nbgrader.api import Gradebook

    let_nbgrader_find_alembic()
    Gradebook(classroom.db_url, classroom.name).close()


def register(classroom: Classroom, chapter: str) -> None:
    """Enter a chapter into the gradebook, with nbgrader's own generate_assignment."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    let_nbgrader_find_alembic()
    with tempfile.TemporaryDirectory(dir=classroom.folder) as folder:
        config = configure(Config(), classroom)
        config.CourseDirectory.db_url = classroom.db_url
        relative = Path(folder).relative_to(classroom.root)
        config.CourseDirectory.release_directory = str(relative)
        config.CourseDirectory.assignment_id = chapter
        converter = GenerateAssignment(CourseDirectory(config=config), config=config)
        converter.log.setLevel(logging.ERROR)
        converter.start()
