"""One class: where its submissions, grades and secrets are, and how nbgrader is told."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course import Course, NoCheckout, is_checkout
from autograder.errors import CourseError
from autograder.grading.classes.class_file import CLASS_FILE, ClassFile, read_class_file
from autograder.grading.classes.formgrader import guard_formgrader
from autograder.grading.classes.nbgrader_config import NBGRADER_CONFIG, load_nbgrader_config
from autograder.grading.classes.seeds import pool_of, secret_number

if TYPE_CHECKING:
    from traitlets.config import Config

COURSE_ID = "backprop"
"""What the class is called that has no class.toml."""
SEALING_EXPORTER = "autograder.grading.nbgrader_plugin.SealingExporter"
"""How nbgrader writes a released notebook."""
CLASS_EXPORTER = "autograder.grading.nbgrader_plugin.ClassExporter"
"""How it writes one for a class: without the model answer."""
SOURCE = "source"
"""In a class folder, a link to the instructor's notebooks."""


class NoClass(CourseError):
    """There is no class where one was looked for."""


@dataclass(frozen=True)
class Classroom:
    """The private data of one class.

    Attributes
    ----------
    course : Course
        The checkout that the class is taught from.
    folder : Path
        Everything about the class: a folder anywhere with a ``class.toml``, or ``class/`` in the
        checkout, which git ignores.
    """

    course: Course
    folder: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Classroom:
        """The class whose folder `start`, or the current folder, lies in.

        In a checkout, but in no folder with a ``class.toml``, it is the checkout's own class.

        Raises
        ------
        NoClass
            If it lies in neither.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / CLASS_FILE).is_file():
                return cls.at(folder)
            if is_checkout(folder):
                return cls.of(Course(folder))
        raise NoClass(f"{start} is not in the folder of a class, nor in a checkout of the course: "
                      "change to one, or name the folder of the class with --class")

    @classmethod
    def at(cls, folder: Path) -> Classroom:
        """The class in a folder with a ``class.toml``.

        Raises
        ------
        NoClass
            If there is none.
        """
        folder = folder.resolve()
        if not (folder / CLASS_FILE).is_file():
            raise NoClass(f"{folder} holds no {CLASS_FILE}; make a class with: "
                          f"autograder init {folder} --course NAME")
        return cls(course_of(folder), folder)

    @classmethod
    def of(cls, course: Course) -> Classroom:
        """The class of a checkout, in its folder ``class/``."""
        return cls(course, course.root / "class")

    @cached_property
    def settings(self) -> ClassFile | None:
        """What ``class.toml`` says; None for a class without one."""
        path = self.folder / CLASS_FILE
        return read_class_file(path) if path.is_file() else None

    @property
    def name(self) -> str:
        """nbgrader's course id."""
        return self.settings.name if self.settings else COURSE_ID

    @property
    def root(self) -> Path:
        """From where nbgrader is run: here is its configuration."""
        return self.folder if self.settings else self.course.root

    @property
    def release_folder(self) -> Path:
        """The folder of what this class is given, chapter by chapter."""
        return self.folder / "release"

    @property
    def exchange(self) -> Path:
        """nbgrader's exchange."""
        return self.folder / (self.settings.exchange if self.settings else "exchange")

    @property
    def gradebook(self) -> Path:
        """nbgrader's database, where it is a file."""
        url = self.db_url
        own = self.folder / "gradebook.db"
        return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else own

    @cached_property
    def db_url(self) -> str:
        """The gradebook, as nbgrader wants it: where the instructor's nbgrader_config.py says."""
        config = self.root / NBGRADER_CONFIG
        if self.has_nbgrader_config and b"db_url" in config.read_bytes():
            told = load_nbgrader_config(self.root).CourseDirectory.get("db_url")
            if told:
                return str(told)
        return self.own_db_url

    @property
    def has_nbgrader_config(self) -> bool:
        """Whether an nbgrader_config.py is about this class, and may say more than we do."""
        is_of_nbgrader = self.settings is not None or self == Classroom.of(self.course)
        return is_of_nbgrader and (self.root / NBGRADER_CONFIG).is_file()

    @property
    def own_db_url(self) -> str:
        """The gradebook, unless nbgrader_config.py names another."""
        told = (self.settings.database if self.settings else "") or f"{SQLITE}gradebook.db"
        if told.startswith(SQLITE):
            return f"{SQLITE}{self.folder / told.removeprefix(SQLITE)}"
        return told

    def submitted(self, chapter: str, student: str = "") -> Path:
        """Folder of a submission; without a student, the folder of all."""
        folder = self.folder / "submitted"
        return folder / student / chapter if student else folder

    def autograded(self, chapter: str, student: str) -> Path:
        """Folder of a graded submission."""
        return self.folder / "autograded" / student / chapter

    def feedback(self, chapter: str, student: str) -> Path:
        """Folder of a student's page of feedback, where nbgrader's release_feedback finds it."""
        return self.folder / "feedback" / student / chapter

    def record(self, chapter: str, student: str) -> Path:
        """The engine's own record of a grade: what was found, how, and of which file."""
        return self.folder / "records" / chapter / f"{student}.json"

    def regraded(self, chapter: str, student: str) -> Path:
        """A grade that was made once more, until somebody says that it is to be written."""
        return self.folder / "regraded" / chapter / f"{student}.json"

    def students_with_folders(self, chapter: str) -> list[str]:
        """Students who have a folder for this chapter, whatever is in it."""
        root = self.submitted(chapter)
        if not root.is_dir():
            return []
        return sorted(f.name for f in root.iterdir() if _may_be_a_folder(f / chapter))

    def secrets(self) -> tuple[Path, ...]:
        """What no submission may read, where it really is: the checkout, and all of the class.

        The class's folder, or a student's, may be a link to another place; its gradebook and the
        exchange may be elsewhere.
        """
        found = [self.course.root, self.folder, self.gradebook, self.exchange]
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


SQLITE = "sqlite:///"
"""How the URL of a database begins that is a file."""


def course_of(folder: Path) -> Course:
    """The checkout that a class is taught from: it lies in it, or it is the one installed here."""
    try:
        return Course.find(folder)
    except NoCheckout:
        installed = Path(__file__).resolve().parents[3]
        if is_checkout(installed):
            return Course(installed)
        raise


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


def configure_class(config: Config, file: str) -> None:
    """Configure nbgrader for the class that a ``nbgrader_config.py`` lies in.

    nbgrader goes on without its configuration where that fails, and would then run student code
    with nothing around it. So nbgrader is ended.

    Parameters
    ----------
    config : traitlets.config.Config
    file : str
        The ``__file__`` of the configuration.
    """
    try:
        configure(config, Classroom.at(Path(file).parent))
    except Exception as error:
        kind = "" if isinstance(error, CourseError) else f"{type(error).__name__}: "
        sys.exit(f"autograder: {kind}{' '.join(str(error).split())}")


def configure(config: Config, classroom: Classroom) -> Config:
    """Tell nbgrader where the class is, and to let the jailed engine run student code.

    Called by ``nbgrader_config.py``, so that every stock nbgrader command works from the folder of
    the class; for the checkout's own class, from the top folder of the checkout.
    """
    classroom.folder.mkdir(parents=True, exist_ok=True)
    inside = classroom.folder.relative_to(classroom.root)
    config.CourseDirectory.course_id = classroom.name
    config.CourseDirectory.root = str(classroom.root)
    if classroom.settings:
        _link(classroom.folder / SOURCE, classroom.course.root / "build" / "source")
        config.CourseDirectory.source_directory = SOURCE
        config.CourseDirectory.release_directory = classroom.release_folder.name
        config.GenerateAssignment.exporter_class = CLASS_EXPORTER
        _late_penalty(config, classroom.settings)
    else:
        config.CourseDirectory.source_directory = str(Path("build", "source"))
        config.CourseDirectory.release_directory = "course"
        config.GenerateAssignment.exporter_class = SEALING_EXPORTER
    config.CourseDirectory.submitted_directory = str(inside / "submitted")
    config.CourseDirectory.autograded_directory = str(inside / "autograded")
    config.CourseDirectory.feedback_directory = str(inside / "feedback")
    config.CourseDirectory.db_url = classroom.own_db_url
    config.Exchange.root = str(classroom.exchange)
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
    let_nbgrader_find_alembic()
    return config


def _link(place: Path, target: Path) -> None:
    """Have a link to a folder. nbgrader takes no path outside of its folder for all it does."""
    if place.is_symlink() and os.readlink(place) != str(target):
        place.unlink()
    with contextlib.suppress(FileExistsError):
        place.symlink_to(target, target_is_directory=True)


def _late_penalty(config: Config, settings: ClassFile) -> None:
    if settings.plugin:
        config.AssignLatePenalties.plugin_class = settings.plugin
    elif settings.points_per_hour:
        config.AssignLatePenalties.plugin_class = (
            "autograder.grading.classes.points_per_hour.PointsPerHour")
        config.PointsPerHour.points_per_hour = settings.points_per_hour


def _page_templates(config: Config) -> None:
    """Let the Formgrader make its pages with the templates of `autograder.grading.pages`."""
    # Not by the name of the part: to look that up, Python imports nbgrader for three seconds.
    nbgrader = find_spec("nbgrader")
    if nbgrader is None or nbgrader.origin is None:
        return
    stocks = Path(nbgrader.origin).parent / "server_extensions" / "formgrader" / "templates"
    ours = Path(__file__).resolve().parents[1] / "templates"
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
