"""A late penalty in nbgrader's own form: so many points for each hour that has begun."""

from __future__ import annotations

from math import ceil

from nbgrader.plugins import LateSubmissionPlugin
from traitlets import Float

SECONDS = 3600


class PointsPerHour(LateSubmissionPlugin):
    """Takes off points for each hour that has begun; nbgrader takes off no more than there are."""

    points_per_hour = Float(0.0, help="Points for each hour that has begun.").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """What is taken off."""
        return self.points_per_hour * ceil(total_seconds_late / SECONDS)
