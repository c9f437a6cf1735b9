"""``autograder release``: a chapter goes to the students, by nbgrader's exchange and as a zip."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.batch import check_chapter
from autograder.grading.classes.class_entries import enter_class
from autograder.grading.classes.classroom import (
    CLASS_EXPORTER,
    Classroom,
    let_nbgrader_find_alembic,
)
from autograder.grading.classes.nbgrader_config import NBGRADER_CONFIG, load_nbgrader_config
from autograder.seal import is_written_in, read_notebook

if TYPE_CHECKING:
    from traitlets.config import Config

HANDOUT = "handout"
"""The folder of a class for what its students are given outside of the exchange."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of what is in a zip, so that the same notebook makes the same file."""


class ReleaseError(CourseError):
    """A chapter cannot be released. The message says why."""


def release_chapter(classroom: Classroom, chapter: str) -> list[str]:
    """Give a chapter to the students of a class; once more, if it has changed since.

    Parameters
    ----------
    classroom : Classroom
    chapter : str

    Returns
    -------
    list of str
        What was done and what has changed, in words.

    Raises
    ------
    NoSuchChapter
    GradingError
        If the chapter is not built.
    ReleaseError
        If nbgrader refuses.
    """
    check_chapter(classroom.course, chapter)
    config = _config(classroom, chapter)
    notebook = classroom.release_folder / chapter / f"{chapter}.ipynb"
    exchange = Path(config.Exchange.root, config.CourseDirectory.course_id, "outbound", chapter)
    before = _content(exchange / notebook.name)
    lines = enter_class(classroom)  # students first: what fails here has released nothing
    _generate(config, classroom, chapter)
    _only_the_notebook(notebook)
    lines += enter_class(classroom)  # the dates of a chapter that is new
    now = notebook.read_bytes()
    if before != now:
        _give_out(config)
    again = "" if before is None else ", as it was" if before == now else ", changed"
    packed = classroom.folder / HANDOUT / f"{chapter}.zip"
    write_whole(packed, _zip({f"{chapter}/{chapter}.ipynb": now}))
    return [*dict.fromkeys(lines), f"{chapter} is in the exchange{again}: {exchange}",
            f"For the learning platform: {packed}", *_due(classroom, chapter)]


def _due(classroom: Classroom, chapter: str) -> list[str]:
    settings = classroom.settings
    if settings is None:
        return []
    if chapter not in settings.due:
        return [f"{chapter} has no due date in class.toml: nobody will be late."]
    return [f"Due {settings.local(settings.due[chapter])}."]


def _config(classroom: Classroom, chapter: str) -> Config:
    """nbgrader's configuration of this class. The checkout's own class releases its own copy, too:
    ``course/`` is for everybody, and has the model answers."""
    let_nbgrader_find_alembic()
    if (classroom.root / NBGRADER_CONFIG).is_file():
        config = load_nbgrader_config(classroom.root)
    else:
        raise ReleaseError(f"{classroom.root} has no {NBGRADER_CONFIG}")
    config.CourseDirectory.assignment_id = chapter
    config.CourseDirectory.root = str(classroom.root)
    relative = classroom.release_folder.relative_to(classroom.root)
    config.CourseDirectory.release_directory = str(relative)
    config.GenerateAssignment.exporter_class = CLASS_EXPORTER
    return config


def _generate(config: Config, classroom: Classroom, chapter: str) -> None:
    """nbgrader's generate_assignment, which enters the chapter into the gradebook, too."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory

    with _quiet(f"{chapter} cannot be generated"):
        converter = GenerateAssignment(CourseDirectory(config=config), config=config)
        converter.force = True
        converter.start()


def _give_out(config: Config) -> None:
    """nbgrader's release_assignment."""
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange import ExchangeFactory

    with _quiet("nbgrader's exchange refuses it"):
        release = ExchangeFactory(config=config).ReleaseAssignment
        release(coursedir=CourseDirectory(config=config), config=config, force=True).start()


@contextmanager
def _quiet(what: str) -> Iterator[None]:
    """Run a step of nbgrader without its log, which is in the error if it fails."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setLevel(logging.ERROR)
    logger = logging.getLogger("traitlets")
    others, logger.handlers = logger.handlers, [handler]
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            yield
    except CourseError:
        raise
    except (Exception, SystemExit) as error:
        said = [line for line in log.getvalue().splitlines() if line.strip()]
        reason = str(error) if str(error) and not isinstance(error, SystemExit) else ""
        raise ReleaseError(f"{what}: {reason or next(reversed(said), type(error).__name__)}"
                           ) from error
    finally:
        logger.handlers = others


def _only_the_notebook(notebook: Path) -> None:
    """Check once more what goes out of the house: one notebook, and nobody has written in it."""
    others = [path.name for path in notebook.parent.rglob("*") if path != notebook]
    if others:
        raise ReleaseError(f"{notebook.parent} holds more than the notebook: {others[0]}; students "
                           "would get it, so remove it from where the notebook comes from")
    if is_written_in(read_notebook(notebook.read_bytes())):
        raise ReleaseError(f"{notebook} holds answers; run `autograder build`, then release it")


def _content(path: Path) -> bytes | None:
    with suppress(OSError):
        return path.read_bytes()
    return None


def _zip(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return content.getvalue()
