"""What being late costs: nbgrader's plugin is asked, the one that the configuration names."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from math import isnan
from typing import TYPE_CHECKING

from autograder.grading.classes.classroom import Classroom
from autograder.grading.classes.nbgrader_config import load_nbgrader_config, not_working

if TYPE_CHECKING:
    from nbgrader.plugins import BasePlugin


class LatePenalties:
    """What being late costs in one chapter.

    nbgrader is imported, which takes two seconds, when the first is late.

    Parameters
    ----------
    classroom : Classroom
    due : datetime or None
        In UTC.
    """

    def __init__(self, classroom: Classroom, due: datetime | None):
        self.classroom, self.due = classroom, due
        self.plugin: BasePlugin | None = None

    def penalty(
        self, student: str, score: float, handed_in: datetime | None, extension: timedelta | None
    ) -> float | None:
        """What is taken off, between nothing and all; None if it is not late.

        Raises
        ------
        ConfigurationError
            If the plugin does not work.
        """
        if self.due is None or handed_in is None:
            return None
        late = (handed_in - self.due - (extension or timedelta())).total_seconds()
        if late <= 0:
            return None
        if self.plugin is None:
            self.plugin = late_submission_plugin(self.classroom)
        name = type(self.plugin).__name__
        try:
            penalty = self.plugin.late_submission_penalty(student, score, late)
            if penalty is None:
                return None
            penalty = float(penalty)
        except Exception as error:  # it is a program of the instructor's
            raise not_working(f"the late penalty {name}", error) from error
        if isnan(penalty):
            raise not_working(f"the late penalty {name}", ValueError("it gives nan"))
        return min(max(penalty, 0.0), score)


def late_submission_plugin(classroom: Classroom) -> BasePlugin:
    """How late submissions are punished, as the instructor's nbgrader_config.py says."""
    from nbgrader.preprocessors import AssignLatePenalties

    config = load_nbgrader_config(classroom.root)
    try:
        step = AssignLatePenalties(config=config)
        step.init_plugin()
    except Exception as error:
        raise not_working("nbgrader_config.py", error) from error
    step.plugin_inst.log.setLevel(logging.ERROR)
    return step.plugin_inst
