"""What the Formgrader needs in its own server, where there is no setting for it."""

from __future__ import annotations

import sys

from autograder.grading.student_id import why_refused

IDS = ("student_id", "assignment_id", "notebook_id")
"""What nbgrader takes from an address and writes into the scripts of a page as it is."""


def guard_pages() -> None:
    """Let the Formgrader make no page about an id that is none, in the process that serves it.

    nbgrader's pages hold the id that their address names, not escaped, in a script. So a link
    in anything that an instructor reads could run what it says. Such a page is not found now.
    """
    formgrader = sys.modules.get("nbgrader.server_extensions.formgrader.base")
    if formgrader is None or hasattr(formgrader.BaseHandler, "render_guarded"):
        return
    from tornado import web

    stock = formgrader.BaseHandler.render

    def render(self, name, **values):
        if any(why_refused(values[key]) for key in IDS if values.get(key)):
            raise web.HTTPError(404)
        return stock(self, name, **values)

    formgrader.BaseHandler.render = formgrader.BaseHandler.render_guarded = render
