"""Who of the class a learning platform means: by number, login, email or name.

Names are compared without case, accents, signs and the order of their words. What fits several
students, or contradicts a number in the list of students, is nobody's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from autograder.grading.classes.roster import Student

WITHOUT_ACCENT = str.maketrans({
    "ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h",
})
"""Letters that Unicode does not take apart."""


def folded(text: str) -> str:
    """Letters and digits of a text, in lower case and without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(sign for sign in apart if sign.isalnum())
    return letters.translate(WITHOUT_ACCENT)


def spelled(text: str) -> str:
    """Letters and digits of a text, in lower case, with their accents."""
    together = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in together if sign.isalnum())


def name_forms(name: str, form: Callable[[str], str] = folded) -> set[str]:
    """A name as platforms run it together, whichever of its words comes first."""
    words = [word for word in map(form, name.replace(",", " ").split()) if word]
    return {"".join(words[k:] + words[:k]) for k in range(len(words))}


@dataclass(frozen=True)
class Found:
    """Whom something belongs to; None, and why, if that is not certain."""

    student: Student | None = None
    why: str = ""


class Roll:
    """The list of students, to look somebody up in.

    Parameters
    ----------
    students : iterable of Student
    """

    def __init__(self, students: Iterable[Student]):
        self.students = list(students)

    def with_number(self, number: str) -> list[Student]:
        """Those to whom the platform has given a number."""
        return [s for s in self.students if number.strip() and s.lms_id == number.strip()]

    def with_sis_id(self, number: str) -> list[Student]:
        """Those to whom the university has given a number."""
        return [s for s in self.students if folded(number) and folded(s.sis_id) == folded(number)]

    def with_login(self, login: str) -> list[Student]:
        """Those who are called so: by login, id, university's number, or email address."""
        wanted = login.strip().casefold()
        return [s for s in self.students if wanted and wanted in {
            name.casefold()
            for name in (s.login, s.id, s.sis_id, s.email, s.email.partition("@")[0])
        }]

    def named(self, name: str) -> list[Student]:
        """Those whose name it is; of several, those who have its accents, too.

        Without any, they may have been taken off.
        """
        fits = [s for s in self.students if name_forms(name) & name_forms(s.name)]
        if name.isascii():
            return fits
        same = [s for s in fits if name_forms(name, spelled) & name_forms(s.name, spelled)]
        return same if len(fits) > 1 and same else fits

    def find(
        self, *, number: str = "", sis_id: str = "", logins: Iterable[str] = (), name: str = "",
        perhaps: Collection[str] = (),
    ) -> Found:
        """Look somebody up: the surest first.

        Parameters
        ----------
        number : str
            What the platform has given; it is the same in all its files.
        sis_id : str
        logins : iterable of str
            What may be the login or the email address, the likeliest first.
        name : str
        perhaps : collection of str
            Numbers of which it is not sure that they are the person's: they only tell apart people
            of one name, and find who has no name in the list.
        """
        for fits in (self.with_number(number), self.with_sis_id(sis_id)):
            if len(fits) == 1 and not _contradicts(fits[0], number):
                return Found(fits[0])
        by_login = [s for login in logins for s in self.with_login(login)]
        if len({s.id for s in by_login}) == 1 and not _contradicts(by_login[0], number):
            return Found(by_login[0])
        fits = by_login or self.named(name) or self._named_with_login(name)
        fits = fits or [s for s in self.students if s.lms_id in perhaps and not s.name]
        open_to = [s for s in fits if not _contradicts(s, number)]
        if len(open_to) > 1:
            open_to = [s for s in open_to if s.lms_id in perhaps] or open_to
        if len(open_to) == 1 and not by_login:
            return Found(open_to[0])
        return Found(None, _reason(fits, open_to, number))

    def _named_with_login(self, name: str) -> list[Student]:
        """Those whose login or number stands before or behind the name."""
        words = name.replace(" - ", " ").split()
        if len(words) < 2:
            return []
        fits = []
        for login, rest in ((words[0], words[1:]), (words[-1], words[:-1])):
            for student in self.with_login(login) or self.with_number(login):
                # A first name may be somebody else's login.
                if name_forms(" ".join(rest)) & name_forms(student.name):
                    fits.append(student)
        return fits


def _contradicts(student: Student, number: str) -> bool:
    """Whether the list of students gives a student another number than the platform."""
    return bool(number and student.lms_id and student.lms_id != number)


def _reason(fits: list[Student], open_to: list[Student], number: str) -> str:
    ids = ", ".join(dict.fromkeys(s.id for s in fits[:4]))
    if not fits:
        return "nobody in the list of students is called so"
    if not open_to:
        return f"{ids} is called so, but has another lms_id than {number}"
    return f"several are called so: {ids}"
