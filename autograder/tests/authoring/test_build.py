"""The build: repeatable, in step with what is committed, silent about answers, clear in refusal."""

import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder import working_copy
from autograder.authoring.build import build, build_chapter
from autograder.authoring.headers import BEGIN, END, BuildError
from autograder.brought import call_of, is_unedited
from autograder.cells import (
    BROUGHT,
    CHECK_SUFFIX,
    defined_in,
    header,
    needed_sources,
    read_chapter,
)
from autograder.checking import answers
from autograder.checking.answers import PUBLIC_SEED, freeze, frozen_keys, public_file
from autograder.checking.result import NOT_WRITTEN
from autograder.checking.rubric import run_check
from autograder.course import ChapterFails, Course
from autograder.errors import CourseError
from autograder.exercises import CHAPTERS, brought_into, exercises_of
from autograder.kit.functions import LocalFunctions
from autograder.kit.plain import layout_of
from autograder.tests.built_on import BUILT_ON, CELL, NAMES, add_the_cell, let_it_bring
from autograder.tests.conftest import REPOSITORY
from autograder.tests.keys import assert_frozen

COMMITTED = Course(REPOSITORY)
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS)
some_chapters = pytest.mark.parametrize("chapter", [
    pytest.param(chapter, marks=() if k % 3 == 0 and k < 7 else pytest.mark.slow)
    for k, chapter in enumerate(CHAPTERS)
])
"""Every chapter; the quick tests are content with three."""


def checkout(folder: Path) -> Course:
    """A checkout in which nothing is built yet."""
    shutil.copytree(REPOSITORY / "solutions", folder / "solutions")
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    return Course(folder)


@pytest.fixture
def public(tmp_path, monkeypatch) -> Path:
    """A folder of its own for the public keys that a test builds."""
    folder = tmp_path / "public"
    monkeypatch.setattr("autograder.checking.answers.PUBLIC_FOLDER", folder)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """``built(chapter)``: a checkout in which this chapter is built, once for all tests."""

    @cache
    def build_once(chapter: str) -> Course:
        course = checkout(tmp_path_factory.mktemp("my course") / "here")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("autograder.checking.answers.PUBLIC_FOLDER", course.root / "public")
            assert build(course, (chapter,)) == [chapter]
        return course

    return build_once


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


# In step with what is committed


def assert_up_to_date(course: Course, chapter: str, fresh: Course) -> None:
    path = course.released(chapter)
    assert path.is_file() and path.read_bytes() == fresh.released(chapter).read_bytes(), (
        f"{path.relative_to(course.root)} is not what solutions/{chapter}.py builds. "
        "Run `autograder build` and commit what it changes."
    )


@every_chapter
def test_course_is_what_the_sources_build(chapter, built):
    assert_up_to_date(COMMITTED, chapter, built(chapter))


def test_course_and_solutions_hold_the_chapters_and_nothing_else():
    sources = {path.name for path in (REPOSITORY / "solutions").iterdir() if path.is_file()}
    assert sources == {f"{chapter}.py" for chapter in CHAPTERS}
    released = {name for name in files_in(REPOSITORY / "course") if "checkpoints" not in name}
    assert released == {f"{chapter}/{chapter}.ipynb" for chapter in CHAPTERS}


@pytest.mark.parametrize("damage", [
    "an edit",
    "deletion",
    pytest.param("other line endings"),
])
def test_stale_notebook_is_reported_with_the_command_that_mends_it(damage, tmp_path, public, built):
    chapter = CHAPTERS[0]
    course = checkout(tmp_path / "here")
    build(course, (chapter,))
    path = course.released(chapter)
    good = path.read_bytes()
    if damage == "deletion":
        path.unlink()
    elif damage == "an edit":
        path.write_bytes(good.replace(b"# Welcome", b"# Willkommen"))
    else:
        path.write_bytes(good.replace(b"\n", b"\r\n"))
    with pytest.raises(AssertionError, match=rf"{chapter}\.ipynb.*`autograder build`") as failure:
        assert_up_to_date(course, chapter, built(chapter))
    assert f"solutions/{chapter}.py" in str(failure.value)
    build(course, (chapter,))
    assert path.read_bytes() == good


@every_chapter
def test_two_builds_are_byte_identical(chapter, tmp_path, public, built):
    first, second = built(chapter), checkout(tmp_path / "elsewhere")
    assert build(second, (chapter,)) == [chapter]
    for file in (first.released(chapter), first.source(chapter)):
        assert (second.root / file.relative_to(first.root)).read_bytes() == file.read_bytes()
    key = f"{chapter}.npz"
    assert (public / key).read_bytes() == (first.root / "public" / key).read_bytes()


def test_second_build_changes_nothing_and_says_so(tmp_path, public):
    course, chapter = checkout(tmp_path / "here"), CHAPTERS[0]
    build(course, (chapter,))
    before = {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)}
    assert build(course, (chapter,)) == []
    assert {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)} == before


def test_answers_in_course_are_kept_before_it_is_built_anew(tmp_path, public, capsys):
    course, chapter = checkout(tmp_path / "here"), CHAPTERS[0]
    build(course, (chapter,))
    path, mine = course.released(chapter), course.root / "my-course" / chapter / f"{chapter}.ipynb"
    good = path.read_bytes()
    capsys.readouterr()
    written = read(path)
    cells_by_label(written)["identity"].source = "def identity(x):\n    return x"
    nbformat.write(written, path)
    assert build(course, (chapter,)) == [chapter]
    assert path.read_bytes() == good
    assert cells_by_label(read(mine))["identity"].source == "def identity(x):\n    return x"
    assert capsys.readouterr().out == (
        f"Somebody has written in course/{chapter}/{chapter}.ipynb; that is kept as "
        f"my-course/{chapter}/{chapter}.ipynb.\n")
    assert build(course, (chapter,)) == []


def test_a_new_version_of_an_unwritten_notebook_is_built_in_silence(tmp_path, public, capsys):
    course, chapter = checkout(tmp_path / "here"), CHAPTERS[0]
    build(course, (chapter,))
    source = course.solution(chapter)
    source.write_text(source.read_text("utf-8").replace("# Welcome", "# Hello"), "utf-8")
    assert build(course, (chapter,)) == [chapter]
    assert capsys.readouterr().out == ""
    assert not (course.root / "my-course").exists()


def test_build_writes_only_where_generated_files_live(built):
    chapter = CHAPTERS[0]
    course = built(chapter)
    written = files_in(course.root) - {f"solutions/{name}.py" for name in CHAPTERS}
    assert written == {
        "nbgrader_config.py", f"build/source/{chapter}/{chapter}.ipynb",
        f"build/source/{chapter}.cells.json", f"course/{chapter}/{chapter}.ipynb",
        f"public/{chapter}.npz", f"docs/exercises/{chapter}.md",
    }


# Public keys


def assert_agree(a, b, where: str) -> None:
    """Two pieces of plain data: the same, up to the last digits of numbers."""
    a, b = (np.array(value) if isinstance(value, float) else value for value in (a, b))
    assert type(a) is type(b), where
    if isinstance(a, np.ndarray):
        assert (a.shape, a.dtype) == (b.shape, b.dtype), where
        digits = 1e-5 if a.dtype == np.float32 else 1e-9
        np.testing.assert_allclose(a, b, rtol=digits, atol=digits, err_msg=where)
    elif isinstance(a, dict):
        assert list(a) == list(b), where
        for name in a:
            assert_agree(a[name], b[name], f"{where}, {name}")
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), where
        for k, (p, q) in enumerate(zip(a, b)):
            assert_agree(p, q, f"{where}, {k}")
    else:
        assert a == b, where


def as_data(key) -> dict:
    """An answer key as plain data."""
    def trial(t):
        error = t.error and t.error.kind
        return {"outputs": t.outputs, "error": error, "changed": tuple(t.changed)}

    return {
        "mistakes": {name: tuple(texts) for name, texts in key.mistakes.items()},
        "cases": [
            {"name": k.case.name, "item": k.case.item, "dims": dict(k.case.dims),
             "inputs": dict(k.case.inputs), "cache": k.cache, "right": trial(k.right),
             "layouts": layouts(k.case.inputs), "forward": k.right.forward,
             "wrong": {name: trial(t) for name, t in k.wrong.items()}}
            for k in key.cases
        ],
    }


def layouts(inputs) -> dict[str, str]:
    """Which inputs are read-only or not contiguous."""
    return {name: layout_of(v) for name, v in inputs.items() if isinstance(v, np.ndarray)}


@every_chapter
def test_frozen_keys_agree_with_a_fresh_build(chapter):
    assert_frozen(chapter)
    frozen = frozen_keys(chapter, exercises_of(chapter))
    fresh = {key.exercise.name: key for key in COMMITTED.answer_keys(chapter, PUBLIC_SEED)}
    assert list(frozen) == list(fresh) == list(exercises_of(chapter))
    for name in fresh:
        assert_agree(as_data(frozen[name]), as_data(fresh[name]), f"{chapter}, {name}")


@some_chapters
def test_freezing_again_leaves_the_file_alone(chapter, tmp_path):
    assert_frozen(chapter)
    path = tmp_path / "key.npz"
    shutil.copy(public_file(chapter), path)
    before = path.read_bytes()
    assert freeze(COMMITTED.answer_keys(chapter, PUBLIC_SEED), path) is False
    assert path.read_bytes() == before


def test_damaged_key_is_frozen_anew(tmp_path):
    path, chapter = tmp_path / "key.npz", CHAPTERS[0]
    path.write_bytes(public_file(chapter).read_bytes()[:-200])
    keys = COMMITTED.answer_keys(chapter, PUBLIC_SEED)
    assert freeze(keys, path) is True
    assert freeze(keys, path) is False


@some_chapters
def test_last_digits_of_another_machine_leave_the_file_alone(chapter, tmp_path, monkeypatch):
    """Sums round differently elsewhere, and so no two outputs need agree bit for bit."""
    assert_frozen(chapter)
    path = tmp_path / "key.npz"
    shutil.copy(public_file(chapter), path)
    play_here, digits = answers.play, np.random.default_rng(1)

    def elsewhere(value):
        factor = 1 + float(digits.choice([-3e-16, 0.0, 3e-16]))
        if isinstance(value, tuple):
            return tuple(map(elsewhere, value))
        if isinstance(value, np.ndarray) and value.dtype == np.float64:
            return np.asarray(value * factor)
        return value * factor if isinstance(value, float) else value

    def play_elsewhere(*arguments):
        trial = play_here(*arguments)
        object.__setattr__(trial, "outputs", elsewhere(trial.outputs))
        return trial

    monkeypatch.setattr(answers, "play", play_elsewhere)
    assert freeze(COMMITTED.answer_keys(chapter, PUBLIC_SEED), path) is False


# No answer is given away


def solutions_in(source: str) -> list[set[str]]:
    """The telling lines of each solution: those that stand nowhere else in the chapter.

    Short lines prove nothing, and ``return x, dout`` is known from the docstring.
    """
    solutions, outside, solving = [], [], False
    for line in source.splitlines():
        if line.strip() in (BEGIN, END):
            solving = line.strip() == BEGIN
            solutions += [set()] if solving else []
        elif solving:
            solutions[-1].add(line.strip())
        else:
            outside.append(line.strip())
    known = "\n".join(outside)
    return [
        {line for line in solution
         if len(line) > 12 and line not in known and not re.fullmatch(r"return [\w, ]+", line)}
        for solution in solutions
    ]


def texts_in(node) -> Iterator[str]:
    """Every string in nested JSON data, keys included."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        yield from node
        for part in node.values():
            yield from texts_in(part)
    elif isinstance(node, (list, tuple)):
        for part in node:
            yield from texts_in(part)


def leaked(secrets: set[str], data) -> set[str]:
    text = "\n".join(texts_in(data))
    return {line for line in secrets if line in text}


@every_chapter
def test_no_solution_line_reaches_students(chapter, built):
    solutions = solutions_in(COMMITTED.solution(chapter).read_text(encoding="utf-8"))
    secrets = set().union(*solutions)
    assert secrets == leaked(secrets, read(built(chapter).source(chapter))) != set()
    assert not leaked(secrets, read(COMMITTED.released(chapter)))
    with np.load(public_file(chapter)) as frozen:
        assert not leaked(secrets, json.loads(frozen["tree"].tobytes()))


@every_chapter
def test_no_other_chapter_gives_a_whole_solution_away(chapter):
    """Single lines may return in later chapters."""
    solutions = solutions_in(COMMITTED.solution(chapter).read_text(encoding="utf-8"))
    for other in set(CHAPTERS) - {chapter}:
        notebook = read(COMMITTED.released(other))
        for solution in solutions:
            assert len(solution) < 2 or leaked(solution, notebook) != solution, f"in {other}"


@every_chapter
def test_no_marker_of_a_solution_reaches_students(chapter):
    text = COMMITTED.released(chapter).read_text(encoding="utf-8")
    assert BEGIN not in text and END not in text


# What students get


def cells_by_label(notebook) -> dict[str, nbformat.NotebookNode]:
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells if "nbgrader" in cell.metadata
    }


@every_chapter
def test_released_notebook_is_valid_and_empty(chapter):
    notebook = read(COMMITTED.released(chapter))
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None


@every_chapter
def test_labelled_cells_are_the_exercise_table(chapter):
    cells = cells_by_label(read(COMMITTED.released(chapter)))
    exercises = exercises_of(chapter)
    checks = [name + CHECK_SUFFIX for name in exercises]
    assert [label for label in cells if label in exercises] == list(exercises)
    others = [label for label in cells if label not in exercises]
    assert [label for label in others if label not in ("written", BROUGHT)] == checks
    assert (BROUGHT in others) == bool(brought_into(chapter))
    for name, exercise in exercises.items():
        answer, check = cells[name], cells[name + CHECK_SUFFIX]
        assert answer.cell_type == check.cell_type == "code"
        assert answer.id == name and check.id == name + CHECK_SUFFIX
        flags = answer.metadata.nbgrader
        assert (flags.solution, flags.grade, flags.locked) == (True, False, False)
        assert "points" not in flags and answer.metadata.get("editable", True)
        flags = check.metadata.nbgrader
        assert (flags.solution, flags.grade, flags.locked) == (False, True, True)
        assert flags.points == exercise.max_points
        assert check.metadata.editable is False and check.metadata.deletable is False
        assert check.source == f"check({name})"


FOLDED_IN = {
    "JupyterLab": lambda cell: cell.metadata.get("jupyter", {}).get("source_hidden") is True,
    "Colab": lambda cell: cell.metadata.get("cellView") == "form",
    "the book": lambda cell: "hide-input" in cell.metadata.get("tags", ()),
}
DRAWS = re.compile(r"\bplt\.(show|subplots|figure)\b|\bFuncAnimation\(")


@pytest.mark.parametrize("reader", FOLDED_IN)
@every_chapter
def test_cells_that_draw_are_folded_and_no_others_are(chapter, reader):
    """Wherever a notebook is read, what draws a picture is out of the way."""
    headers = {
        cell.source: header(cell).get("title")
        for cell in read_chapter(COMMITTED.solution_text(chapter)).cells
    }
    cells = read(COMMITTED.released(chapter)).cells
    folded = [cell.source for cell in cells if FOLDED_IN[reader](cell)]
    assert folded == [cell.source for cell in cells if headers.get(cell.source) == "figure"]
    assert not [cell.source for cell in cells if DRAWS.search(cell.source)
                and cell.cell_type == "code" and cell.source not in folded]


@every_chapter
def test_stubs_raise_not_implemented(chapter, built):
    notebook = read(COMMITTED.released(chapter))
    solutions = cells_by_label(read(built(chapter).source(chapter)))
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    cells = cells_by_label(notebook)
    keys = frozen_keys(chapter, exercises_of(chapter))
    for name, row in exercises_of(chapter).items():
        stub, solved = cells[name].source, solutions[name].source
        assert re.search(r"^ +# YOUR CODE HERE\n +raise NotImplementedError\(\)$", stub, re.M)
        assert stub.count("raise NotImplementedError()") == solved.count(BEGIN)
        namespace: dict = {}
        used = [source for source in sources if set(defined_in(source)) & set(row.uses)]
        for source in needed_sources(sources, [stub, *used]):
            exec(source, namespace)
        result = run_check(keys[name], LocalFunctions(namespace))
        assert result.points == 0
        waits = all(item.message.startswith("waits for ") for item in result.items)
        if not (brought_into(chapter) and waits):  # nothing is brought here
            assert {item.status for item in result.items} == {NOT_WRITTEN}, str(result)


# What the builder refuses

EXERCISE, CHECK = "# %% exercise\ndef identity", "# %% check\ncheck(identity)\n"
SOLUTION = f"    {BEGIN}\n    return x\n    {END}\n"
ANSWER = f"{EXERCISE}(x):\n{SOLUTION}"
WRITTEN = """# %% written [markdown]
# Explain it to a friend.
#
# ### BEGIN MARK SCHEME
# - One point for the sum.
# ### END MARK SCHEME

# %% model answer [markdown]
# Because the paths add up.

"""
STUB = SOLUTION.replace(BEGIN, "#").replace(END, "#")


def headed(header: str) -> dict[str, str]:
    """The change that gives the exercise `identity` another header."""
    return {EXERCISE: f"# %% {header}\ndef identity"}


def refusal(name: str, changes: dict[str, str], accused: str, says: str, *marks):
    """A change to the source of 00_welcome, a piece of the cell that is to blame, and why."""
    return pytest.param(changes, accused, says, id=name, marks=marks)


REFUSALS = [
    refusal("a check without an exercise", {**headed(""), SOLUTION: STUB},
            "check(identity)", "identity has a check but no exercise"),
    refusal("an exercise without a check", {CHECK: ""},
            "def identity", "identity has no check"),
    refusal("a second exercise of a name", {CHECK: f"{ANSWER}{CHECK}"},
            "def identity", "a second exercise identity; the first is cell"),
    refusal("a second check of a name", {CHECK: CHECK + CHECK},
            "check(identity)", "a second check identity; the first is cell"),
    refusal("a check before its exercise", {CHECK: "", EXERCISE: CHECK + EXERCISE},
            "check(identity)", "the check of identity comes before it"),
    refusal("another parameter", {"def identity(x)": "def identity(y)"},
            "def identity", "identity(y), the exercise table says identity(x)"),
    refusal("a default value", {"def identity(x)": "def identity(x=None)"},
            "def identity", "identity(x=None), the exercise table says identity(x)"),
    refusal("an unknown header key", headed('exercise points="3"'),
            "def identity", "unknown header key 'points'"),
    refusal("a key of jupytext", headed('exercise tags=["a"]'),
            "def identity", "unknown header key 'tags'"),
    refusal("a misspelt header key", headed('excercise="identity"'),
            "def identity", "unknown header key 'excercise'"),
    refusal("a misspelt header", headed("excercise"),
            "def identity", "'excercise'; a header knows exercise, check, bring, figure"),
    refusal("two words in a header", headed("exercise check"),
            "def identity", "unknown header 'exercise check'"),
    refusal("a title in the header", headed('First exercise="identity"'),
            "def identity", "unknown header 'First'"),
    refusal("a name without quotes", headed("exercise=identity"),
            "def identity", "unknown header key"),
    refusal("a figure with a name", headed('figure="identity"'),
            "def identity", "unknown header key 'figure'"),
    refusal("an exercise that is not in the table", headed('exercise="identitaet"'),
            "def identity", "no exercise 'identitaet' in the exercise table"),
    refusal("a name that is a number", headed("exercise=3"),
            "def identity", "no exercise 3 in the exercise table"),
    refusal("a name that is empty", headed('exercise=""'),
            "def identity", "no exercise '' in the exercise table"),
    refusal("a name that is a list", headed('exercise=["identity"]'),
            "def identity", "no exercise ['identity'] in the exercise table"),
    refusal("a check of a name that is not in the table", {"check(identity)": "check(identitaet)"},
            "check(identitaet)", "no exercise 'identitaet' in the exercise table"),
    refusal("a name that the cell does not define",
            {**headed('exercise="identity"'), "def identity": "def identical"},
            "def identical", "does not define identity"),
    refusal("a cell that defines no exercise", {"def identity(x)": "def identical(x)"},
            "def identical", "defines identical, and the exercise table has no such row; "
            "add one to autograder/exercises/welcome.py"),
    refusal("a definition inside another", {"def identity(x):\n": "def f():\n  def identity(x):\n"},
            "def identity", "defines f, and the exercise table has no such row"),
    refusal("two exercises in a cell without a name",
            {"def identity(x)": "def step_function(x): pass\ndef identity(x)"},
            "def identity", "defines step_function and identity of the exercise table"),
    refusal("no solution markers", {SOLUTION: STUB}, "def identity", f"{BEGIN} and {END}"),
    refusal("no end of the solution", {f"return x\n    {END}": "return x"},
            "def identity", f"{BEGIN} and {END}"),
    refusal("no begin of the solution", {f"    {BEGIN}\n    return x\n": "    return x\n"},
            "def identity", f"{BEGIN} and {END}"),
    refusal("a check with other text", {CHECK: CHECK.replace("(identity)", "(identity, 1)")},
            "check(identity, 1)", "a check is the one line check(name)"),
    refusal("a check of two lines", {CHECK: CHECK + "print()\n"},
            "check(identity)", "a check is the one line check(name)"),
    refusal("a check of another name", {"%% check\ncheck(i": '%% check="step_function"\ncheck(i'},
            "check(identity)", "a check is the one line check(step_function)"),
    refusal("both keys in one cell",
            headed('exercise="identity" check="identity"'),
            "def identity", "an exercise, a check or a figure, and its header says so once"),
    refusal("a word and a key in one cell",
            headed('figure exercise="identity"'),
            "def identity", "an exercise, a check or a figure, and its header says so once"),
    refusal("a solution in a figure", headed("figure"),
            "def identity", BEGIN),
    refusal("a figure in prose", {"[markdown]\n# # Welcome": "[markdown] figure\n# # Welcome"},
            "# Welcome", "figure belongs above a code cell"),
    refusal("a syntax error", {"def identity(x):": "def identity(x)"},
            "def identity", "this is not Python"),
    refusal("an end before its begin", {SOLUTION: f"    {END}\n    return x\n    {BEGIN}\n"},
            "def identity", END),
    refusal("a begin inside a solution", {SOLUTION: f"    {BEGIN}\n{SOLUTION}"},
            "def identity", BEGIN),
    refusal("a second solution without an end", {SOLUTION: f"{SOLUTION}    {BEGIN}\n    pass\n"},
            "def identity", BEGIN),
    refusal("a solution in a cell without a header", {"x = np": f"{BEGIN}\n{END}\nx = np"},
            "x = np", BEGIN),
    refusal("a solution in prose", {"# # Welcome": f"# # Welcome\n# {BEGIN}\n# {END}"},
            "# Welcome", BEGIN),
    refusal("a check in prose", {CHECK: "# %% [markdown] check\n# check(identity)\n"},
            "check(identity)", "check belongs above a code cell"),
    refusal("a solution that raises", {"    return x\n": "    return 1 / 0\n"},
            "def identity", "ZeroDivisionError"),
    refusal("a written question above code", {CHECK: CHECK.replace("check", "written", 1)},
            "check(identity)", "written belongs above a markdown cell"),
    refusal("a worked derivation above code", {CHECK: CHECK.replace("check", "worked", 1)},
            "check(identity)", "worked belongs above a markdown cell"),
    refusal("text for the book above code", {CHECK: CHECK.replace("check", "book", 1)},
            "check(identity)", "book belongs above a markdown cell"),
    refusal("a written question without its marks", {CHECK: WRITTEN.replace("###", "##") + CHECK},
            "Explain", "say how the written answer is marked"),
    refusal("a written question without its model answer", {CHECK: WRITTEN[:WRITTEN.index(
        "# %% model")] + CHECK}, "Explain", "its model answer is the next cell"),
    refusal("a model answer without its question", {CHECK: WRITTEN[WRITTEN.index(
        "# %% model"):] + CHECK}, "Because", "one written question, and its model answer"),
    refusal("two written questions", {CHECK: WRITTEN * 2 + CHECK},
            "Explain", "a chapter has one written question"),
    refusal("a magic in an exercise", {"def identity(x)": "%matplotlib inline\ndef identity(x)"},
            "def identity", "matplotlib"),
]


def welcome_with(changes: dict[str, str]) -> str:
    text = COMMITTED.solution("00_welcome").read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"00_welcome.py no longer contains {old!r}"
        text = text.replace(old, new, 1)
    return text


@pytest.mark.parametrize("changes, accused, says", REFUSALS)
def test_builder_refuses_in_one_line_with_file_and_cell(changes, accused, says, tmp_path, public):
    course = Course(tmp_path)
    text = welcome_with(changes)
    course.solution("00_welcome").parent.mkdir()
    course.solution("00_welcome").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError) as refused:
        build_chapter(course, "00_welcome")
    message = str(refused.value)
    assert "\n" not in message
    assert says in message
    cell = re.match(r"00_welcome\.py, cell (\d+)\b", message)
    assert cell, message
    assert accused in read_chapter(text).cells[int(cell[1]) - 1].source
    assert files_in(tmp_path) == {"solutions/00_welcome.py"}, "something was written all the same"


@pytest.mark.parametrize("named", [
    pytest.param(headed('exercise="identity"'), id="an exercise with its name"),
    pytest.param({CHECK: '# %% check="identity"\ncheck(identity)\n'}, id="a check with its name"),
    pytest.param(headed("exercise\ndef helper(): pass\n"), id="a helper above"),
    pytest.param(headed('exercise="identity"\ndef helper(): pass\n'),
                 id="a helper above, and a name"),
])
def test_name_may_be_written_or_shown_by_the_cell(named, tmp_path, public, built):
    course = Course(tmp_path)
    course.solution("00_welcome").parent.mkdir()
    course.solution("00_welcome").write_text(welcome_with(named), encoding="utf-8")
    build(course, ("00_welcome",))
    labels = cells_by_label(read(course.released("00_welcome")))
    assert list(labels) == list(cells_by_label(read(built("00_welcome").released("00_welcome"))))


def test_name_tells_two_exercises_in_a_cell_apart(tmp_path, public):
    course = Course(tmp_path)
    course.solution("00_welcome").parent.mkdir()
    text = welcome_with(headed('exercise="identity"\ndef step_function(x): pass\n'))
    course.solution("00_welcome").write_text(text, encoding="utf-8")
    build(course, ("00_welcome",))
    answer = cells_by_label(read(course.released("00_welcome")))["identity"]
    assert answer.source.startswith("def step_function(x): pass")


def test_written_question_is_a_task_with_a_cell_for_the_answer(tmp_path, public):
    course = Course(tmp_path)
    course.solution("00_welcome").parent.mkdir()
    course.solution("00_welcome").write_text(welcome_with({CHECK: WRITTEN + CHECK}))
    build(course, ("00_welcome",))
    source, released = read(course.source("00_welcome")), read(course.released("00_welcome"))
    at = [cell.id for cell in released.cells].index("written")
    question, answer, model = released.cells[at:at + 3]
    label = question.metadata.nbgrader
    assert (label.task, label.points, label.locked, label.grade) == (True, 3, True, False)
    assert question.source.startswith("### In your own words\n\n*3 points,")
    assert question.source.endswith("\nExplain it to a friend.\n")
    assert "MARK SCHEME" not in question.source
    assert "One point for the sum" in source.cells[at].source
    assert answer.id == "written-answer" and "nbgrader" not in answer.metadata
    assert answer.source == "*Write your answer here.*" and answer.metadata.get("editable", True)
    assert model.source.startswith("<details>") and "the paths add up" in model.source
    assert model.metadata.tags == ["model-answer"]


def test_answers_of_earlier_chapters_have_a_cell(tmp_path, public, monkeypatch):
    """The instructor's notebook holds them; the released one holds the line that brings them."""
    let_it_bring(monkeypatch)
    course = checkout(tmp_path / "here")
    add_the_cell(course)
    build(course, (BUILT_ON,))
    source = cells_by_label(read(course.source(BUILT_ON)))[BROUGHT]
    released = cells_by_label(read(course.released(BUILT_ON)))[BROUGHT]
    for cell in (source, released):
        flags = cell.metadata.nbgrader
        assert (cell.id, flags.solution, flags.grade, flags.locked) == (BROUGHT, True, False, False)
        assert cell.metadata.get("editable", True)
    assert released.source == call_of(BUILT_ON) == f'bring("{BUILT_ON}")'
    assert is_unedited(source.source) and BEGIN not in source.source
    for name in NAMES:
        assert f"def {name}(" in source.source
    assert "def sigmoid(" in source.source, "what sigmoid_forward needs has to come along"
    assert "def sigmoid_backward(" not in source.source
    assert not working_copy.is_written_in(json.loads(course.released(BUILT_ON).read_text("utf-8")))
    assert build(course, (BUILT_ON,)) == []


@pytest.mark.parametrize("names, cell, says", [
    ((), CELL, "nothing is brought into this chapter; name it in BROUGHT in autograder/exercises/"),
    (NAMES, "# %% [markdown]\n", "put a cell # %% bring with the line bring("),
    (NAMES, CELL.replace('bring("05', 'bring("06'), 'is the one line bring("05_svm_loss")'),
    (NAMES, CELL.replace(")\n", ")\n1 + 1\n"), 'is the one line bring("05_svm_loss")'),
    (NAMES, CELL.replace("# %% [markdown]\n", CELL), "a chapter has one cell # %% bring"),
    (NAMES, CELL.replace("bring\n", "bring [markdown]\n", 1), "bring belongs above a code cell"),
    ((*NAMES, "unheard_of"), CELL, "something which no earlier chapter has: unheard_of"),
], ids=["nothing to bring", "no cell", "another chapter", "more lines", "twice", "text", "unknown"])
def test_builder_refuses_a_bring_that_does_not_fit(
    names, cell, says, tmp_path, public, monkeypatch
):
    let_it_bring(monkeypatch, names)
    course = checkout(tmp_path / "here")
    add_the_cell(course, cell)
    with pytest.raises(CourseError) as refused:
        build(course, (BUILT_ON,))
    assert f"{BUILT_ON}.py" in str(refused.value) and says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not course.released(BUILT_ON).exists()


@pytest.mark.parametrize("role", ["worked", "book"])
def test_text_for_the_book_is_only_for_the_book(role, tmp_path, public):
    course = Course(tmp_path)
    course.solution("00_welcome").parent.mkdir()
    course.solution("00_welcome").write_text(
        welcome_with({CHECK: f"# %% {role} [markdown]\n# The whole derivation.\n\n" + CHECK}))
    build(course, ("00_welcome",))
    for path in (course.source("00_welcome"), course.released("00_welcome")):
        assert "The whole derivation" not in path.read_text(encoding="utf-8")


@every_chapter
def test_notebook_says_what_it_is_generated_from_in_its_metadata_alone(chapter):
    released = read(COMMITTED.released(chapter))
    assert released.metadata.generated_from == f"solutions/{chapter}.py"
    assert "solutions/" not in "".join(cell.source for cell in released.cells)


def test_builder_names_an_exercise_that_the_chapter_lacks(tmp_path, public):
    course = Course(tmp_path)
    course.solution("00_welcome").parent.mkdir()
    text = welcome_with({**headed(""), SOLUTION: STUB, CHECK: ""})
    course.solution("00_welcome").write_text(text, encoding="utf-8")
    with pytest.raises(BuildError, match=r"^00_welcome\.py.* neither exercise nor check$"):
        build(course, ("00_welcome",))


def test_builder_names_a_missing_source(tmp_path, public):
    with pytest.raises(ChapterFails, match=r"00_welcome\.py does not exist"):
        build(Course(tmp_path), ("00_welcome",))
    assert files_in(tmp_path) == set()


def test_refused_chapter_leaves_its_last_build_alone(tmp_path, public):
    course = checkout(tmp_path)
    build(course, ("00_welcome",))
    before = {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)}
    broken = welcome_with({CHECK: ""}).encode()
    course.solution("00_welcome").write_bytes(broken)
    with pytest.raises(CourseError):
        build(course, ("00_welcome",))
    after = {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)}
    assert after == {**before, "solutions/00_welcome.py": broken}


def test_windows_line_endings_in_a_source_build_the_same(tmp_path, public, built):
    course = checkout(tmp_path)
    path = course.solution("00_welcome")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    build(course, ("00_welcome",))
    assert_up_to_date(course, "00_welcome", built("00_welcome"))
