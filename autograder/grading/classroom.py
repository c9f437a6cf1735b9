"""One class: where its submissions, grades and secrets are, and how nbgrader is told."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course
from autograder.grading.formgrader import guard_formgrader
from autograder.grading.seeds import pool_of, secret_number

if TYPE_CHECKING:
    from traitlets.config import Config

COURSE_ID = "backprop"
SEALING_EXPORTER = "autograder.grading.nbgrader_plugin.SealingExporter"
"""How nbgrader writes a released notebook."""


@dataclass(frozen=True)
class Classroom:
    """The private data of one class.

    Attributes
    ----------
    course : Course
        The checkout that the class is taught from.
    folder : Path
        Everything about the class, inside the checkout and ignored by git: ``class/``.
    """

    course: Course
    folder: Path

    @classmethod
    def of(cls, course: Course) -> Classroom:
        """The class of a checkout, in its folder ``class/``."""
        return cls(course, course.root / "class")

    @property
    def gradebook(self) -> Path:
        """nbgrader's database."""
        return self.folder / "gradebook.db"

    @property
    def db_url(self) -> str:
        """The same, as nbgrader wants it."""
        return f"sqlite:///{self.gradebook}"

    def submitted(self, chapter: str, student: str = "") -> Path:
        """Folder of a submission; without a student, the folder of all."""
        folder = self.folder / "submitted"
        return folder / student / chapter if student else folder

    def autograded(self, chapter: str, student: str) -> Path:
        """Folder of a graded submission."""
        return self.folder / "autograded" / student / chapter

    def record(self, chapter: str, student: str) -> Path:
        """The engine's own record of a grade: what was found, how, and of which file."""
        return self.folder / "records" / chapter / f"{student}.json"

    def students_with_folders(self, chapter: str) -> list[str]:
        """Students who have a folder for this chapter, whatever is in it."""
        root = self.submitted(chapter)
        if not root.is_dir():
            return []
        return sorted(f.name for f in root.iterdir() if _may_be_a_folder(f / chapter))

    def secrets(self) -> tuple[Path, ...]:
        """What no submission may read, where it really is: the checkout, and all of the class.

        The class's folder, or a student's, may be a link to another place.
        """
        found = [self.course.root, self.folder]
        folders = [self.folder, self.submitted("")]
        folders += _folders_in(folders[-1])
        for folder in folders:
            found += _links_in(folder)
        return tuple(found)

    def seed(self) -> int:
        """The secret number from which this class's hidden cases are made; drawn at first use."""
        return secret_number(self.folder / "seed", self.folder / "records")

    def seeds(self) -> tuple[int, ...]:
        """The pool of seeds, of which every submission meets one."""
        return pool_of(self.seed())


def _folders_in(folder: Path) -> list[Path]:
    """The folders in a folder; none if it cannot be read."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [Path(entry) for entry in entries if entry.is_dir(follow_symlinks=False)]
    return []


def _links_in(folder: Path) -> list[Path]:
    """The links in a folder; none if it cannot be read."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return [Path(entry) for entry in entries if entry.is_symlink()]
    return []


def _may_be_a_folder(path: Path) -> bool:
    """Whether there is a folder, or something that we may not look at."""
    try:
        return path.is_dir()
    except OSError:
        return True


def configure(config: Config, classroom: Classroom) -> Config:
    """Tell nbgrader where the class is, and to let the jailed engine run student code.

    Called by ``nbgrader_config.py``, so that every stock nbgrader command works from the
    top folder of the checkout.
    """
    root = classroom.course.root
    inside = classroom.folder.relative_to(root)
    config.CourseDirectory.course_id = COURSE_ID
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.source_directory = str(Path("build", "source"))
    config.CourseDirectory.release_directory = "course"
    config.CourseDirectory.submitted_directory = str(inside / "submitted")
    config.CourseDirectory.autograded_directory = str(inside / "autograded")
    config.CourseDirectory.feedback_directory = str(inside / "feedback")
    config.CourseDirectory.db_url = classroom.db_url
    config.Exchange.root = str(classroom.folder / "exchange")
    # Downloads named as most learning platforms name them:
    # 03_affine_ada_attempt_2026-01-10_03_affine.ipynb
    # A name is chosen by its student: what is no id is not collected (see student_id.py).
    config.FileNameCollectorPlugin.named_regexp = (
        r".*?_(?P<student_id>[^\W_][^_/<>&\"\\`%#?=\x00-\x1f]*)"
        r"_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>.+)"
    )
    config.ZipCollectApp.downloaded_directory = str(inside / "downloaded")
    config.ExportApp.plugin_class = "nbgrader.plugins.CsvExportPlugin"
    config.CsvExportPlugin.to = str(classroom.folder / "grades.csv")
    config.GenerateAssignment.exporter_class = SEALING_EXPORTER
    config.Autograde.exporter_class = "autograder.grading.nbgrader_plugin.KindExporter"
    config.Autograde.pre_convert_hook = "autograder.grading.nbgrader_plugin.restore_file_names"
    config.Autograde.autograde_preprocessors = [
        "autograder.grading.nbgrader_plugin.GradeInJail",
        "nbgrader.preprocessors.IgnorePattern",
        "nbgrader.preprocessors.LimitOutput",
        "autograder.grading.nbgrader_plugin.SaveGrades",
        "nbgrader.preprocessors.AssignLatePenalties",
        "nbgrader.preprocessors.CheckCellMetadata",
    ]
    config.GenerateFeedback.exporter_class = "autograder.grading.pages.FeedbackExporter"
    _page_templates(config)
    guard_formgrader()
    classroom.folder.mkdir(parents=True, exist_ok=True)
    let_nbgrader_find_alembic()
    return config


def _page_templates(config: Config) -> None:
    """Let the Formgrader make its pages with the templates of `autograder.grading.pages`."""
    stock = find_spec("nbgrader.server_extensions.formgrader")
    if stock is None or stock.origin is None:
        return
    ours, stocks = Path(__file__).parent / "templates", Path(stock.origin).parent / "templates"
    config.HTMLExporter.preprocessors = ["autograder.grading.pages.PagePolicy"]
    # Ours come first. They extend nbgrader's, which they find by the names of its folders.
    config.HTMLExporter.extra_template_basedirs = [str(ours), str(stocks)]
    config.HTMLExporter.extra_template_paths = [str(stocks)]


def let_nbgrader_find_alembic() -> None:
    """Put this Python's programs on the PATH, for nbgrader calls ``alembic`` by its bare name.

    Without this a new gradebook cannot be made unless the virtual environment is activated.
    """
    programs = str(Path(sys.executable).parent)
    path = os.environ.get("PATH", "")
    if programs not in path.split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + path
