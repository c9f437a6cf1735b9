"""nbgrader's configuration: run any nbgrader command from this folder.

The class's own data (submissions, grades, feedback) is kept in class/, which git ignores.
"""

from pathlib import Path

from autograder.course import Course
from autograder.grading.classes.classroom import Classroom, configure

configure(get_config(), Classroom.of(Course(Path(__file__).resolve().parent)))  # noqa: F821
