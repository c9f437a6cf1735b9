"""The same engine behind plain nbgrader: ``nbgrader autograde`` and the Formgrader's button.

`autograder.grading.classes.classroom.configure` names these in nbgrader's configuration:

- `SealingExporter` seals a notebook when it is released, and puts `ClearAnswers` in the place of
  nbgrader's ``ClearSolutions``; `ClassExporter` leaves the model answer out, too;
- `restore_file_names` runs before a submission is looked at, and gives a renamed notebook its name;
- `KindExporter` reads a submission as `autograder.grading.submissions.intake` does, whatever its
  state;
- `refuse_strange_ids` keeps out of the gradebook what no student is called;
- `GradeInJail` takes the place of nbgrader's ``Execute``;
- `SaveGrades` saves what nbgrader's own step saves, and asks for a person where an answer in words
  was written. It enters the extension that class.toml gives.
"""

from __future__ import annotations

import atexit
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook, Student
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import ClearSolutions, NbGraderPreprocessor, SaveAutoGrades
from nbgrader.utils import is_task
from sqlalchemy import event

from autograder.brought import call_of, chapter_named
from autograder.cells import BROUGHT, WRITTEN_ANSWER, label_of
from autograder.course import Course
from autograder.files import write_whole
from autograder.grading.classes.class_file import CLASS_FILE
from autograder.grading.classes.classroom import Classroom
from autograder.grading.grader import Grader, Job, chapter_files, open_submission
from autograder.grading.jail.isolation import Engines
from autograder.grading.records import graded_before, save_record
from autograder.grading.second_try import BY_ITSELF
from autograder.grading.submissions.filled_notebook import filled_notebook
from autograder.grading.submissions.finding import Unreadable, find
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.student_id import why_refused
from autograder.kit.plain import one_line
from autograder.seal import for_a_class, seal


def restore_file_names(assignment: str, student: str, notebooks: list[str]) -> None:
    """Give what may be the notebook the name that nbgrader knows, as a copy beside it.

    nbgrader calls this before each submission, with the paths of its notebooks. It is read by
    `GradeInJail`, with all else that was handed in; nbgrader itself only asks for a file.
    """
    if not notebooks:
        return
    folder = Path(notebooks[0]).parent
    chapter = folder.name
    expected = folder / f"{chapter}.ipynb"
    try:
        likeliest = find(folder, chapter).files[0]
    except Unreadable:
        return
    if likeliest.name != expected.name:
        write_whole(expected, likeliest.content)
        notebooks[:] = [str(expected)]


@event.listens_for(Student, "before_insert")
def refuse_strange_ids(mapper, connection, student: Student) -> None:
    """Keep out of the gradebook what no student is called: nbgrader then tells it as an error."""
    if reason := why_refused(student.id):
        raise ValueError(f"{one_line(student.id)}: {reason}")


class ClearAnswers(ClearSolutions):
    """Takes the answers out of a notebook; those of earlier chapters are to be brought anew."""

    def preprocess_cell(self, cell, resources, cell_index):
        """Clear one cell."""
        if label_of(cell) == BROUGHT and (chapter := chapter_named(cell.source)):
            cell.source = call_of(chapter)
            return cell, resources
        return super().preprocess_cell(cell, resources, cell_index)


class SealingExporter(NotebookExporter):
    """Releases a notebook in which one can tell later what its learner has written."""

    def register_preprocessor(self, preprocessor, enabled=False):
        """Add one of nbgrader's steps."""
        step = ClearAnswers if preprocessor is ClearSolutions else preprocessor
        return super().register_preprocessor(step, enabled)

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Run nbgrader's steps over a notebook, and seal what they make of it."""
        text, resources = super().from_notebook_node(nb, resources, **kwargs)
        return seal(text), resources


class ClassExporter(SealingExporter):
    """Releases a notebook to a class, which gets no model answer of the written question."""

    def from_notebook_node(self, nb, resources=None, **kwargs):
        """Run nbgrader's steps over a notebook, take the model answer out, and seal the rest."""
        text, resources = super().from_notebook_node(nb, resources, **kwargs)
        return for_a_class(text), resources


class KindExporter(NotebookExporter):
    """Reads a submission however it was saved; nbgrader's pipeline then sees a clean notebook.

    nbgrader converts each submission twice. The first time the file is the student's: the
    release notebook takes its place, and `GradeInJail` fills it. The second time the file is
    nbgrader's own.
    """

    def from_filename(self, filename: str, resources=None, **kwargs):
        """Read a notebook, and run nbgrader's steps over it."""
        converter = self.parent
        if converter is not None and getattr(converter, "_sanitizing", False):
            chapter = resources["nbgrader"]["assignment"]
            released = classroom_of(converter.coursedir).course.released(chapter)
            notebook = nbformat.read(released, as_version=4)
            path = Path(filename)
            resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
            return self.from_notebook_node(notebook, resources=resources, **kwargs)
        return super().from_filename(filename, resources=resources, **kwargs)


class GradeInJail(NbGraderPreprocessor):
    """Grades the student's file in a jailed worker, and puts the results into the notebook."""

    def preprocess(self, nb, resources):
        """Replace `nb` by the graded notebook."""
        known = resources["nbgrader"]
        chapter, student = known["assignment"], known["student"]
        classroom = classroom_of(CourseDirectory(config=self.config))
        grader = _grader(chapter, classroom)
        job = Job(student, str(classroom.submitted(chapter, student)), chapter,
                  graded_before(classroom, chapter, student))
        graded = grader.grade(open_submission(job), BY_ITSELF)
        if not BY_ITSELF.isdisjoint(graded.stops):
            graded = replace(grader.grade(open_submission(job)), tried_alone=True)
        for remark in filter(None, [graded.problem, *graded.notes]):
            self.log.warning("%s: %s", student, one_line(remark))
        # No fingerprint: this grade is not in the gradebook yet.
        save_record(classroom, chapter, student, graded.record())
        return nbformat.from_dict(filled_notebook(grader.release, graded)), resources


class SaveGrades(SaveAutoGrades):
    """Saves the grades, and says of the written answer whether a person has to grade it."""

    def preprocess(self, nb, resources):
        """Save all grades of a graded notebook."""
        answer = next((cell.source for cell in nb.cells if cell.get("id") == WRITTEN_ANSWER), "")
        chapter = resources["nbgrader"]["assignment"]
        released = classroom_of(CourseDirectory(config=self.config)).course.released(chapter)
        given = {cell["source"] for cell in read_release(released.read_text("utf-8"))["cells"]}
        self._written = answer not in given
        self._enter_extension(chapter, resources["nbgrader"])
        return super().preprocess(nb, resources)

    def _enter_extension(self, chapter: str, known) -> None:
        """Before nbgrader asks whether it is late. What class.toml does not say stays."""
        coursedir = CourseDirectory(config=self.config)
        settings, student = classroom_of(coursedir).settings, known["student"]
        extension = settings.extension(chapter, student) if settings else None
        if extension is not None:
            with Gradebook(known["db_url"], coursedir.course_id) as gradebook:
                gradebook.find_submission(chapter, student).extension = extension or None
                gradebook.db.commit()

    def _add_comment(self, cell, resources) -> None:
        super()._add_comment(cell, resources)
        if not is_task(cell):
            return
        where = (cell.metadata["nbgrader"]["grade_id"], self.notebook_id, self.assignment_id,
                 self.student_id)
        grade, comment = self.gradebook.find_grade(*where), self.gradebook.find_comment(*where)
        grade.auto_score = None if self._written else 0.0
        grade.needs_manual_grade = self._written or grade.manual_score is not None
        comment.auto_comment = None if self._written else "No response."
        self.gradebook.db.commit()


def classroom_of(coursedir: CourseDirectory) -> Classroom:
    """The class nbgrader is configured for; see `configure` in its module."""
    root = Path(coursedir.root)
    folder = (root / coursedir.submitted_directory).parent
    if (folder / CLASS_FILE).is_file():
        return Classroom.at(folder)
    return Classroom(Course(root), folder)


@cache
def _grader(chapter: str, classroom: Classroom) -> Grader:
    """One engine for all submissions that this nbgrader process grades."""
    engines = Engines(1, secrets=classroom.secrets())
    atexit.register(engines.close)
    engines.settle()
    (engine,) = engines
    return Grader(chapter_files(classroom, chapter), engine)
