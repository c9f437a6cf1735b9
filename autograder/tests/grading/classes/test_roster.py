"""The list of students, as instructors and their spreadsheets write it."""

import pytest

from autograder.grading.classes.roster import RosterError, Student, read_roster, write_roster


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "students.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_list_is_read_as_it_was_written(tmp_path):
    students = [Student("ada", "12", "S-1", "al1", "Lovelace, Ada", "ada@example.org"),
                Student("émile")]
    path = tmp_path / "students.csv"
    write_roster(path, students)
    assert read_roster(path) == students


@pytest.mark.parametrize("text", [
    "id,name\r\nada,Ada\r\n\r\nalan,Alan\r\n",
    "\ufeffid;name\nada;Ada\nalan;Alan\n;\n",
    "name, id\nAda, ada\nAlan, alan",
])
def test_spreadsheets_write_it_in_their_own_ways(tmp_path, text):
    assert read_roster(written(tmp_path, text)) == [
        Student("ada", name="Ada"), Student("alan", name="Alan")]


def test_no_list_has_no_students(tmp_path):
    assert read_roster(tmp_path / "students.csv") == []
    assert read_roster(written(tmp_path, "")) == []


@pytest.mark.parametrize("text, told", [
    ("name\nAda\n", "no column id"),
    ("id,name\nada,Ada\n,Alan\n", "line 3: there is no id"),
    ("id\nada\nada\n", "line 3: ada stands there twice"),
    ("id\n../ada\n", "line 2: the student's id holds signs"),
])
def test_line_that_cannot_be_used_is_named(tmp_path, text, told):
    with pytest.raises(RosterError, match=told):
        read_roster(written(tmp_path, text))


def test_other_encodings_are_told(tmp_path):
    with pytest.raises(RosterError, match="UTF-8"):
        read_roster(written(tmp_path, "id,name\nemile,Émile\n", "latin-1"))
