"""What nbgrader decides, and is asked for: it enters chapters, and says what being late costs.

Importing it takes two seconds. A batch comes here only if its chapter is not in the gradebook yet,
or if a submission is late.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from autograder.errors import CourseError
from autograder.grading.classroom import Classroom, configure, let_nbgrader_find_alembic


class ConfigurationError(CourseError):
    """nbgrader_config.py does not work. The message says why."""


def register(classroom: Classroom, chapter: str) -> None:
    """Enter a chapter into the gradebook, with nbgrader's own generate_assignment."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    let_nbgrader_find_alembic()
    with tempfile.TemporaryDirectory(dir=classroom.folder) as folder:
        config = configure(Config(), classroom)
        relative = Path(folder).relative_to(classroom.course.root)
        config.CourseDirectory.release_directory = str(relative)
        config.CourseDirectory.assignment_id = chapter
        converter = GenerateAssignment(CourseDirectory(config=config), config=config)
        converter.log.setLevel(logging.ERROR)
        converter.start()


def late_submission_plugin(classroom: Classroom):
    """How late submissions are punished, as the instructor's nbgrader_config.py says."""
    from nbgrader.preprocessors import AssignLatePenalties
    from traitlets.config import PyFileConfigLoader

    try:
        config = PyFileConfigLoader(
            "nbgrader_config.py", path=str(classroom.course.root)
        ).load_config()
        step = AssignLatePenalties(config=config)
        step.init_plugin()
    except Exception as error:  # it is a program of the instructor's
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            f"nbgrader_config.py does not work: {type(error).__name__}: {reason}"
        ) from error
    step.plugin_inst.log.setLevel(logging.ERROR)
    return step.plugin_inst
