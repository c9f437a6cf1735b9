"""class.toml: what is read, and how a mistake in it is told."""

from datetime import datetime, timedelta

import pytest

from autograder.grading.classes.class_file import BadClassFile, ClassFile, read_class_file

WHOLE = """
name = "backprop-2026"
database = "postgresql://course@db/backprop"
exchange = "/srv/exchange"
timezone = "Europe/Berlin"
[due]
03_affine = 2026-11-30T23:59:00
05_svm_loss = 2026-07-01T12:00:00-05:00
[extensions.03_affine]
ada = 2026-12-02T23:59:00
"o'neil" = 2026-11-30T23:59:00
[late]
points_per_hour = 0.5
"""


def read(tmp_path, text: str) -> ClassFile:
    path = tmp_path / "class.toml"
    path.write_text(text, encoding="utf-8")
    return read_class_file(path)


def test_all_settings_are_read(tmp_path):
    told = read(tmp_path, WHOLE)
    assert (told.name, told.database) == ("backprop-2026", "postgresql://course@db/backprop")
    assert (told.exchange, told.timezone) == ("/srv/exchange", "Europe/Berlin")
    assert (told.points_per_hour, told.plugin) == (0.5, "")


def test_dates_are_kept_in_utc_as_nbgrader_keeps_them(tmp_path):
    told = read(tmp_path, WHOLE)
    assert told.due == {"03_affine": datetime(2026, 11, 30, 22, 59),
                        "05_svm_loss": datetime(2026, 7, 1, 17)}
    assert told.local(told.due["03_affine"]) == "2026-11-30 23:59 Europe/Berlin"


def test_extension_is_what_a_due_date_of_ones_own_adds(tmp_path):
    told = read(tmp_path, WHOLE)
    assert told.extension("03_affine", "ada") == timedelta(days=2)
    assert told.extension("03_affine", "o'neil") == timedelta()
    assert told.extension("03_affine", "bruno") is None
    assert told.extension("05_svm_loss", "ada") is None


def test_only_the_name_is_needed(tmp_path):
    assert read(tmp_path, '\ufeffname = "a"\ndatabase = ""\n') == ClassFile("a")


@pytest.mark.parametrize("text, told", [
    ("name = \n", "at line 1"),
    ("", "the name of the class is missing"),
    ('name = "a/b"', "letters, digits"),
    ('name = "../x"', "letters, digits"),
    ("name = 3", "name must be a text in quotes"),
    ('name = "a"\ncolour = 1', "colour is not known; there are name, database"),
    ('name = "a"\ndue = 2026-11-30', r"due must be a part of its own: \[due\]"),
    ('name = "a"\ntimezone = "Atlantis"', "'Atlantis' is not known"),
    ('name = "a"\ntimezone = "../../etc/passwd"', "is not known"),
    ('name = "a"\n[due]\n03_afine = 2026-11-30T12:00:00', "03_afine"),
    ('name = "a"\n[due]\n03_affine = 2026-11-30', "must be a date with a time"),
    ('name = "a"\n[due]\n03_affine = "2026-11-30"', "without quotes"),
    ('name = "a"\n[extensions.03_affine]\nada = 2026-12-02T12:00:00', "no due date"),
    ('name = "a"\n[due]\n03_affine = 2026-12-02T12:00:00\n[extensions]\n03_affine = 2',
     "a line for each student"),
    ('name = "a"\n[due]\n03_affine = 2026-12-02T12:00:00\n[extensions.03_affine]\n'
     "ada = 2026-12-01T12:00:00", "time for ada ends before"),
    ('name = "a"\n[late]\npoints_per_hour = -1', "a number, 0 or more"),
    ('name = "a"\n[late]\npoints_per_hour = nan', "a number, 0 or more"),
    ('name = "a"\n[late]\npoints_per_hour = true', "a number, 0 or more"),
    ('name = "a"\n[late]\nper_day = 1', "per_day is not known"),
    ('name = "a"\n[late]\nplugin = "os.system(1)"', "must name a class"),
    ('name = "a"\n[late]\nplugin = "a.B"\npoints_per_hour = 1', "leave one of them out"),
])
def test_what_cannot_be_meant_is_told_in_one_line(tmp_path, text, told):
    with pytest.raises(BadClassFile, match=told) as error:
        read(tmp_path, text)
    said = str(error.value)
    assert said.startswith(str(tmp_path / "class.toml")) and "\n" not in said


def test_files_that_cannot_be_read_are_told(tmp_path):
    with pytest.raises(BadClassFile, match="cannot be read"):
        read_class_file(tmp_path / "class.toml")
    (tmp_path / "class.toml").write_bytes('name = "ä"'.encode("latin-1"))
    with pytest.raises(BadClassFile, match="UTF-8"):
        read_class_file(tmp_path / "class.toml")
