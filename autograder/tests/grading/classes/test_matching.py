"""Whose something is: names clash, accents and case differ, and nobody is guessed."""

import pytest

from autograder.grading.classes.matching import Roll
from autograder.grading.classes.roster import Student

CLASS = Roll([
    Student("ada", "101", "S-101", "al1", "Lovelace, Ada King", "ada.l@example.org"),
    Student("bruno", "102", "S-102", "bm2", "Bruno Müller"),
    Student("soren", name="Søren Łukasz D'Arc"),
    Student("jose", name="José García"),
    Student("jose2", name="Jose Garcia"),
    Student("wei1", name="Li Wei"),
    Student("wei2", "202", name="Wei Li"),
    Student("suman", login="chapsu01", name="Suman Chapai"),
    Student("nameless", "900"),
])


@pytest.mark.parametrize("asked, student", [
    ({"number": "101"}, "ada"),
    ({"sis_id": "s-102"}, "bruno"),
    ({"logins": ("affine_al1", "al1")}, "ada"),
    ({"logins": ("ADA.L@example.org",)}, "ada"),
    ({"name": "lovelaceadaking"}, "ada"),
    ({"name": "Ada King Lovelace"}, "ada"),
    ({"name": "MULLER, bruno"}, "bruno"),
    ({"name": "mu\u0308llerbruno"}, "bruno"),
    ({"name": "Soren Lukasz DArc"}, "soren"),
    ({"name": "garcíajosé"}, "jose"),
    ({"name": "chapsu01 Suman Chapai"}, "suman"),
    ({"name": "Li Wei", "perhaps": ("202",)}, "wei2"),
    ({"name": "Somebody New", "perhaps": ("900",)}, "nameless"),
])
def test_who_is_meant(asked, student):
    assert CLASS.find(**asked).student.id == student


@pytest.mark.parametrize("asked, why", [
    ({"name": "Jose Garcia"}, "several are called so: jose, jose2"),
    ({"name": "Li Wei"}, "several are called so: wei1, wei2"),
    ({"name": "lovelaceadaking", "number": "555"}, "ada is called so, but has another lms_id"),
    ({"sis_id": "S-101", "number": "555"}, "nobody"),
    ({"name": "al1 Grace Hopper"}, "nobody"),
    ({"name": "Ada"}, "nobody"),
    ({"name": "", "number": "", "logins": ("",)}, "nobody"),
    ({"name": "Grace Hopper", "perhaps": ("101",)}, "nobody"),
])
def test_nobody_is_guessed(asked, why):
    found = CLASS.find(**asked)
    assert found.student is None
    assert why in found.why


def test_login_of_two_is_nobodys():
    roll = Roll([Student("b", login="x"), Student("a_b", login="y")])
    assert roll.find(logins=("a_b", "b")).student is None
