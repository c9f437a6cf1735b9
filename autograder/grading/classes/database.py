"""Opening the gradebook's database, and what it refuses, told in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import CourseError

BUSY_SECONDS = 60
"""How long to wait for another program, such as the Formgrader, to let go of the database."""
CONNECT_SECONDS = 10
"""How long to wait for a server."""

CURES = {
    "locked": "; close the program that holds it, then run the command again",
    "full": "; make room, then run the command again",
    "readonly": "; make its folder writable, then run the command again",
    "unable to open": "; see that it is a file, and its folder writable, then run the command "
                      "again",
    "malformed": "; put a copy of it back that is whole",
    "not a database": "; put a copy of it back that is whole",
    "no such": "; it is not nbgrader's, or of another version: `nbgrader db upgrade` may help, "
               "else put a copy of it back that is whole",
}
"""What to do, by a word in what the database says."""


class GradebookError(CourseError):
    """The gradebook cannot be read or written. The message says why."""


def open_database(url: str) -> Engine:
    """The database of a gradebook: an SQLite file, or PostgreSQL.

    Plain ``postgresql://`` means psycopg 3, as SQLAlchemy 2.1 takes it, and with it nbgrader.

    Raises
    ------
    GradebookError
        If there is no such kind of database.
    """
    with refused("the gradebook cannot be opened"):
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
        return create_engine(parsed, connect_args={"connect_timeout": CONNECT_SECONDS})


@contextmanager
def refused(what: str) -> Iterator[None]:
    """Tell what the database refuses, and why, in one line."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        cure = next((cure for sign, cure in CURES.items() if sign in reason), "")
        raise GradebookError(f"{what}: {reason}{cure}") from error
