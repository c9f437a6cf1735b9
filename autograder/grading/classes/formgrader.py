"""What the Formgrader needs in its own server, where nbgrader has no setting for it."""

from __future__ import annotations

import sys
from pathlib import Path

from autograder.grading.classes.timestamp import read_timestamp
from autograder.grading.submissions.student_id import why_refused

IDS = ("student_id", "assignment_id", "notebook_id")
"""What nbgrader takes from an address and writes into the scripts of a page as it is."""
SERVED_BY = "nbgrader.server_extensions.formgrader.base"


def guard_formgrader() -> None:
    """In the process that serves it, let the Formgrader take no id that is none, and no bad time.

    - Its pages hold the id that their address names, not escaped, in a script. So a link in
      anything that an instructor reads could run what it says. Such a page is not found now.
    - Its list of submissions has every folder in it, and puts its name into a page as HTML when a
      request fails. A folder that is called like no student is left out; `autograder grade` tells
      of it.
    - One ``timestamp.txt`` that holds no time kept that list from everybody. It says nothing now,
      as in the grader.
    """
    formgrader = sys.modules.get(SERVED_BY)
    if formgrader is None or hasattr(formgrader.BaseHandler, "guarded"):
        return
    from nbgrader.apps import NbGraderAPI
    from tornado import web

    page, students = formgrader.BaseHandler.render, NbGraderAPI.get_submitted_students

    def render(self, name, **values):
        if any(why_refused(values[key]) for key in IDS if values.get(key)):
            raise web.HTTPError(404)
        return page(self, name, **values)

    def get_submitted_students(self, assignment_id):
        found = students(self, assignment_id)
        return {student for student in found if not why_refused(student)}

    def get_submitted_timestamp(self, assignment_id, student_id):
        directory = self.coursedir.submitted_directory
        folder = self.coursedir.format_path(directory, student_id, assignment_id)
        return read_timestamp(Path(folder)).when

    formgrader.BaseHandler.render = render
    formgrader.BaseHandler.guarded = True
    NbGraderAPI.get_submitted_students = get_submitted_students
    NbGraderAPI.get_submitted_timestamp = get_submitted_timestamp
