"""The instructor's ``nbgrader_config.py``, found and run as nbgrader does it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import CourseError

if TYPE_CHECKING:
    from traitlets.config import Config

NBGRADER_CONFIG = "nbgrader_config.py"


class ConfigurationError(CourseError):
    """nbgrader_config.py, or what it names, does not work. The message says why."""


def load_nbgrader_config(folder: Path) -> Config:
    """The configuration in a folder.

    nbgrader finds modules in the folder that it is run from. This may be run from another one.

    Raises
    ------
    ConfigurationError
        If it does not work: it is a program of the instructor's.
    """
    from traitlets.config import PyFileConfigLoader

    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        return PyFileConfigLoader(NBGRADER_CONFIG, path=str(folder)).load_config()
    except SystemExit as end:  # it has said why
        raise ConfigurationError(str(end).removeprefix("autograder: ")) from None
    except Exception as error:
        raise not_working(NBGRADER_CONFIG, error) from error


def not_working(what: str, error: Exception) -> ConfigurationError:
    """The error of something of the instructor's that has failed, in one line."""
    reason = " ".join(str(error).split())
    return ConfigurationError(f"{what} does not work: {type(error).__name__}: {reason}")
