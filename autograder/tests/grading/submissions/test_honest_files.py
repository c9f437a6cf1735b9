"""Files of honest students that would lose what they earned, each with the points it must have."""

import copy
import io
import json
import os
import zipfile

import jupytext
import nbconvert
import nbformat
import pytest

from autograder.authoring.build import source_notebook
from autograder.authoring.demo import labelled
from autograder.course import Course
from autograder.exercises import exercises_of
from autograder.grading.jail.engine import Engine
from autograder.grading.submissions.finding import Unreadable, find
from autograder.grading.submissions.intake import read_release
from autograder.grading.submissions.submission import grade
from autograder.tests.conftest import CHAPTER, FULL, REPOSITORY
from autograder.tests.keys import keys_of

ANSWER = "affine_backward"
WORTH = exercises_of(CHAPTER)["affine_backward"].max_points
NAME = f"{CHAPTER}.ipynb"
COURSE = Course(REPOSITORY)


@pytest.fixture(scope="module")
def engine(level):
    with Engine(level) as engine:
        yield engine


@pytest.fixture(scope="module")
def graded(engine):
    release = read_release(COURSE.released(CHAPTER).read_text(encoding="utf-8"))
    keys = keys_of(CHAPTER, "hidden")

    def graded(handed_in):
        return grade(handed_in, release, keys, engine)

    return graded


@pytest.fixture(scope="module")
def right():
    text = json.dumps(source_notebook(COURSE, CHAPTER))
    return nbformat.reads(text, as_version=4)


def as_file(notebook) -> bytes:
    return nbformat.writes(notebook).encode()


def with_answer(right, change, label=ANSWER) -> bytes:
    notebook = copy.deepcopy(right)
    cell = labelled(notebook, label)
    cell.source = change(cell.source)
    return as_file(notebook)


ABOVE = {
    "a module that is not here": "import pandas",
    "pip": "!pip install pandas",
    "pip as a magic": "%pip install pandas",
    "the output of a command": "files = !ls\nfirst = files[0]",
    "Colab's drive": "from google.colab import drive\ndrive.mount('/content/drive')",
    "a picture that fails": "import matplotlib.pyplot as plt\nplt.plot([1], [1, 2])",
    "a test that fails": "assert 1 + 1 == 3, 'still wrong'",
    "a call above the definition": "affine_backward(np.ones((2, 2)), None)",
    "a cell that is timed": "%%time\nimport pandas",
    "an end": "raise SystemExit",
    "a value below the failure that the function needs": "1 / 0\nBATCH = 0",
    "a function that is not finished": "def helper(:\n    pass",
    "a bracket that is not closed": "values = (",
    "a stray word": "this is my answer",
}
BELOW = {
    "a test that fails": "assert False",
    "two parameters of one name": "def f(x, x):\n    pass",
    "global after use": "def f():\n    k = 1\n    global k",
    "global at the top": "k = 1\nglobal k",
    "a stray nonlocal": "def f():\n    nonlocal k",
    "a return outside": "return 1",
    "a sum of 600 terms": "total = " + " + ".join(["1"] * 600),
    "a long text": "x = '" + "a" * 190_000 + "'",
    "a text of a megabyte": "x = '" + "a" * 1_000_000 + "'",
    "a list of many lines": "x = [\n" + "0,\n" * 200_000 + "]",
    "a null character": "x = 1\0",
    "a broken function": "def helper(:\n    pass",
    "the end of the process": "import os\nos._exit(1)",
}
DEEP = {
    "a sum of 60 000 terms": "total = " + "+".join(["1"] * 60_000),
    "50 000 brackets": "x = " + "(" * 50_000 + ")" * 50_000,
    "50 000 signs": "x = " + "-" * 50_000 + "1",
    "a chain of attributes": "x = a" + ".b" * 50_000,
    "functions in functions": "x = " + "lambda: " * 20_000 + "1",
    "texts in texts": "x = " + "f'{" * 40 + "1" + "}'" * 40,
}


@pytest.mark.parametrize("line", ABOVE.values(), ids=ABOVE)
def test_what_fails_above_a_definition_costs_nothing(line, right, graded):
    found = graded(with_answer(right, lambda source: f"{line}\n{source}".replace(
        "axis=0", "axis=BATCH" if "BATCH" in line else "axis=0")))
    assert (found.points, found.problem) == (FULL, "")


@pytest.mark.parametrize("line", [
    *(pytest.param(line, id=name) for name, line in BELOW.items()),
    *(pytest.param(line, id=name, marks=pytest.mark.slow) for name, line in DEEP.items()),
])
def test_what_is_broken_below_a_definition_costs_nothing(line, right, graded):
    found = graded(with_answer(right, lambda source: f"{source}\n{line}\n"))
    assert (found.points, found.problem) == (FULL, "")


@pytest.mark.parametrize("line", [BELOW["two parameters of one name"], DEEP["50 000 brackets"],
                                  DEEP["a chain of attributes"]])
def test_cell_of_a_students_own_that_is_broken_costs_nothing(line, right, graded):
    notebook = copy.deepcopy(right)
    notebook.cells.insert(1, nbformat.v4.new_code_cell(line))
    assert graded(as_file(notebook)).points == FULL


def test_failure_is_told_where_it_costs_nothing(right, graded):
    found = graded(with_answer(right, lambda source: f"import pandas\n{source}"))
    assert any("pandas" in note for note in found.results[ANSWER].notes)


@pytest.mark.parametrize("spoil", [
    pytest.param(lambda source: source.replace("return dx, dw, db", "return (("), id="a bracket"),
    pytest.param(lambda source: source.replace("(dout, cache)", "(dout, dout)"), id="parameters"),
    pytest.param(lambda source: source.replace("db =", "nonlocal db\n    db ="), id="nonlocal"),
])
def test_broken_definition_costs_its_own_exercise_and_no_other(spoil, right, graded):
    assert graded(with_answer(right, spoil)).points == FULL - WORTH


def test_magic_in_a_function_and_what_a_helper_cell_cannot_import(right, graded):
    notebook = copy.deepcopy(right)
    cell = labelled(notebook, ANSWER)
    cell.source = cell.source.replace("    x, w, b = cache", "    x, w, b = cache\n"
                                      "    %precision 3").replace("dout @ w.T", "product(dout, w)")
    helper = "import pandas\ndef product(a, b):\n    return a @ b.T"
    notebook.cells.insert(1, nbformat.v4.new_code_cell(helper))
    assert graded(as_file(notebook)).points == FULL


# Files


def archive(files) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return packed.getvalue()


def hand_in(folder, files):
    folder = folder / "submitted" / CHAPTER
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content)
    return folder


def in_python(notebook) -> bytes:
    return jupytext.writes(notebook, "py:percent").encode()


def exported(notebook) -> bytes:
    return nbconvert.PythonExporter().from_notebook_node(notebook)[0].encode()


def plain(notebook) -> bytes:
    return "\n".join(c.source for c in notebook.cells if c.cell_type == "code").encode()


def released(_) -> bytes:
    return COURSE.released(CHAPTER).read_bytes()


def other_chapter(_) -> bytes:
    return COURSE.released("04_activations").read_bytes()


FOLDERS = {
    "a copy that was solved": (
        {NAME: released, f"{CHAPTER}-Copy1.ipynb": as_file}, "most answers counts"),
    "a solved one and a copy": (
        {NAME: as_file, f"{CHAPTER}-Copy1.ipynb": lambda nb: as_file(nb) + b"\n"}, "right name"),
    "two of any name": (
        {"one.ipynb": as_file, "two.ipynb": lambda nb: as_file(nb) + b"\n"}, "named first"),
    "another chapter beside it": ({NAME: other_chapter, "x.ipynb": as_file}, "x.ipynb"),
    "an empty one beside it": ({NAME: lambda _: b"", "x.ipynb": as_file}, "was not read: the file"),
    ".ipynb.txt": ({f"{NAME}.txt": as_file}, "was called"),
    ".ipynb.json": ({f"{NAME}.json": as_file}, "was called"),
    ".IPYNB": ({f"{CHAPTER}.IPYNB": as_file}, "was called"),
    "no ending": ({CHAPTER: as_file}, "was called"),
    "a zip archive": (
        {f"{CHAPTER}.zip": lambda nb: archive({
            f"{CHAPTER}/{NAME}": as_file(nb), f"__MACOSX/{CHAPTER}/._{NAME}": b"\0\5\x16\7"})},
        "was called"),
    "a zip archive under its name": ({NAME: lambda nb: archive({NAME: as_file(nb)})}, "was called"),
    "a folder": ({f"{CHAPTER}/{NAME}": as_file}, "was called"),
    "folders": ({f"a/b/c/{NAME}": as_file}, "was called"),
    "percent format": ({f"{CHAPTER}.py": in_python}, "Python file"),
    "nbconvert's format": ({f"{CHAPTER}.py": exported}, "Python file"),
    "plain Python": ({"solution.py": plain}, "Python file"),
    "a name that is not UTF-8": ({os.fsdecode(b"affine\xff.ipynb"): as_file}, "was called"),
    "zeros at the end": ({NAME: lambda nb: as_file(nb) + bytes(4096)}, "zeros"),
    "more at the end": ({NAME: lambda nb: as_file(nb) + b" ]}\n"}, "below the end"),
    "UTF-16 without a mark": (
        {NAME: lambda nb: as_file(nb).decode().encode("utf-16-le")}, "UTF-16"),
}


@pytest.mark.parametrize("files, note", FOLDERS.values(), ids=FOLDERS)
def test_what_can_be_read_is_read_with_a_note(files, note, right, graded, tmp_path):
    folder = hand_in(tmp_path, {name: make(right) for name, make in files.items()})
    found = graded(find(folder, CHAPTER))
    assert (found.points, found.problem) == (FULL, "")
    assert any(note in told for told in found.notes), found.notes
    assert found.record()["of_several"] == (note in ("right name", "named first"))


OTHER_FILES = {
    "another chapter": (other_chapter, "this is the notebook of 04_activations"),
    "a page to sign in": (lambda _: b"<!DOCTYPE html>\n<title>Sign in</title>", "asks to sign in"),
    "a page": (lambda _: b"<html><body>hello", "web page (HTML)"),
    "a Word document": (
        lambda _: archive({"[Content_Types].xml": "", "word/document.xml": ""}), "Word document"),
    "a zip archive without one": (
        lambda _: archive({"a.txt": "", "b.txt": ""}), "without a notebook in it; it holds: a.txt"),
    "a damaged archive": (lambda nb: archive({NAME: as_file(nb)})[:2000], "damaged"),
    "a pickle": (lambda _: b"\x80\x04K\1.", "pickle"),
    "a picture": (lambda _: b"\x89PNG\r\n", "picture"),
    "RTF": (lambda _: b"{\\rtf1", "RTF"),
    "a link of macOS": (lambda _: b"bplist00", "in the place of a file"),
    "a link to Google": (lambda _: b'{"url": "https://docs.google.com", "doc_id": "x"}', "Google"),
    "a git conflict": (
        lambda nb: as_file(nb).replace(b'"cells": [', b'"cells": [\n<<<<<<< HEAD\n>>>>>>> b\n'),
        "git conflict"),
    "zeros": (lambda _: bytes(4096), "nothing but zeros"),
}


@pytest.mark.parametrize("make, reason", OTHER_FILES.values(), ids=OTHER_FILES)
def test_what_is_no_notebook_of_the_chapter_is_called_what_it_is(make, reason, right, graded):
    found = graded(make(right))
    assert found.points == 0
    assert reason in found.problem


NOTHING = {
    "other files": ({"report.docx": b"PK", "photo.jpg": b"\xff\xd8\xff", "timestamp.txt": b"x"},
                    "no notebook was handed in; found: photo.jpg, report.docx"),
    "nothing": ({}, "no file was found"),
    "too deep": ({f"a/b/c/d/{NAME}": b"{}"}, "no file was found"),
    "iCloud": ({f".{NAME}.icloud": b"bplist00"}, "still in iCloud"),
    "a pipe": ({NAME: os.mkfifo}, "named pipe"),
    "a link to a device": ({NAME: lambda path: path.symlink_to("/dev/zero")}, "link to another"),
    "a terabyte": ({NAME: lambda path: (path.touch(), os.truncate(path, 1 << 40))},
                   "more than the 50 MB"),
    "a folder": ({f"{NAME}/x": b"1"}, "a folder"),
}


@pytest.mark.parametrize("files, reason", NOTHING.values(), ids=NOTHING)
def test_where_there_is_nothing_to_read_what_is_there_is_named(files, reason, tmp_path):
    with pytest.raises(Unreadable) as refused:
        find(hand_in(tmp_path, files), CHAPTER)
    assert reason in str(refused.value)


def test_pipe_beside_a_notebook_stops_nothing(right, graded, tmp_path):
    folder = hand_in(tmp_path, {NAME: os.mkfifo, "x.ipynb": as_file(right)})
    found = graded(find(folder, CHAPTER))
    assert found.points == FULL
    assert any("named pipe" in note for note in found.notes)


def test_notebook_is_found_among_very_many_files(right, tmp_path):
    folder = hand_in(tmp_path, {f"{k}.txt": b"" for k in range(4000)})
    (folder / NAME).write_bytes(as_file(right))
    assert [file.name for file in find(folder, CHAPTER).files] == [NAME]


def using(right, module):
    notebook = copy.deepcopy(right)
    cell = labelled(notebook, ANSWER)
    cell.source = f"from {module} import product\n" + cell.source.replace(
        "x.reshape(x.shape[0], -1).T @ dout", "product(x, dout)")
    return notebook


HELPER = b"import flattening\ndef product(x, dout):\n    return flattening.flat(x).T @ dout\n"
FLAT = b"def flat(x):\n    return x.reshape(len(x), -1)\n"


def test_python_files_beside_the_notebook_can_be_imported(right, graded, tmp_path):
    folder = hand_in(tmp_path, {NAME: as_file(using(right, "helper")), "helper.py": HELPER,
                                "flattening.py": FLAT})
    found = graded(find(folder, CHAPTER))
    assert found.points == FULL
    assert any("Taken along" in note for note in found.notes)


def test_python_file_hides_no_module_and_is_named_where_nothing_imports_it(
    right, graded, tmp_path
):
    folder = hand_in(tmp_path, {NAME: as_file(right), "solution.py": b"1 / 0"})
    found = graded(find(folder, CHAPTER))
    assert found.points == FULL
    assert any("imported by no cell: solution.py" in note for note in found.notes)
    (folder / "numpy.py").write_bytes(b"1 / 0")
    assert graded(find(folder, CHAPTER)).points == FULL


def test_file_that_a_cell_writes_can_be_imported(right, graded):
    notebook = using(right, "helper")
    source = "%%writefile helper.py\n" + (FLAT + HELPER).decode().replace("import flattening\n", "")
    source = source.replace("flattening.", "")
    notebook.cells.insert(1, nbformat.v4.new_code_cell(source))
    assert graded(as_file(notebook)).points == FULL


def test_python_file_that_is_too_long_is_told(right, graded, tmp_path):
    folder = hand_in(tmp_path, {NAME: as_file(right), "helper.py": b"#" * 300_000})
    assert any("not taken along" in note for note in graded(find(folder, CHAPTER)).notes)


def test_nbgrader_is_given_the_likeliest_file_under_the_name_it_knows(right, tmp_path):
    from autograder.grading.nbgrader_plugin import restore_file_names

    folder = hand_in(tmp_path, {f"{CHAPTER} (1).ipynb": as_file(right), "x.ipynb": b"{}"})
    notebooks = [str(folder / "x.ipynb")]
    restore_file_names(CHAPTER, "ada", notebooks)
    assert notebooks == [str(folder / NAME)]
    assert (folder / NAME).read_bytes() == as_file(right)
