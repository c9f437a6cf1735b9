"""The command: what it lists, how it complains, and what it leaves alone until it is needed."""

import re
import subprocess
import sys
import textwrap

import pytest

from autograder.cli import WHERE_GRADING_RUNS, main
from autograder.errors import CourseError
from autograder.tests.conftest import CHAPTER, FULL

COMMANDS = ("build", "start", "check", "watch", "init", "students-package", "release", "collect",
            "grade", "report", "similar", "feedback", "export", "demo", "bench")


def run(code: str, folder) -> subprocess.CompletedProcess:
    """Run a program that uses the command, in a Python of its own."""
    return subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=folder,
                          capture_output=True, text=True, check=False)


def complaint_of(done: subprocess.CompletedProcess, status: int = 1) -> str:
    """The one line that a command complained in."""
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("autograder: ")
    return done.stderr.removeprefix("autograder: ").strip()


def test_help_lists_every_command_with_what_it_does(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    for command in COMMANDS:
        assert re.search(rf"^ +{command}\s+[A-Z][a-z]+ ", shown, re.MULTILINE), command


@pytest.mark.parametrize("command, options", [
    ("build", ["CHAPTER"]),
    ("start", ["FOLDER", "--chapter"]),
    ("check", ["NOTEBOOK", "--hint", "--allow-weak-isolation"]),
    ("watch", ["NOTEBOOK", "--hint"]),
    ("init", ["DIR", "--course"]),
    ("students-package", ["--class"]),
    ("release", ["CHAPTER", "--class"]),
    ("collect", ["CHAPTER", "DOWNLOAD", "--assign", "--class"]),
    ("grade", ["CHAPTER", "--jobs", "--student", "--again", "--yes", "--dask",
               "--allow-weak-isolation", "--class"]),
    ("report", ["CHAPTER", "--class"]),
    ("similar", ["CHAPTER", "--class"]),
    ("feedback", ["CHAPTER", "--student", "--class"]),
    ("export", ["CHAPTER", "--items", "--lms", "--into", "--column", "--class"]),
    ("demo", []),
    ("bench", ["--submissions", "--many", "--only"]),
])
def test_help_of_a_command_lists_its_options(capsys, command, options):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    shown = capsys.readouterr().out
    assert all(option in shown for option in options)
    assert set(re.findall(r"--[a-z-]+", shown)) == {o for o in options if o[0] == "-"} | {"--help"}


def test_without_arguments_the_help_is_shown(capsys):
    with pytest.raises(SystemExit) as end:
        main([])
    assert end.value.code == 2
    assert "commands:" in capsys.readouterr().out


@pytest.mark.parametrize("arguments, complaint", [
    (["mark"], "mark"),
    (["grade"], "required: CHAPTER"),
    (["grade", CHAPTER, "--jobs", "many"], "--jobs: invalid number value: 'many'"),
    (["grade", CHAPTER, "--jobs", "0"], "--jobs: 0 is less than 1"),
    (["grade", CHAPTER, "--agian"], "--agian"),
    (["watch", CHAPTER, "--hint", "0"], "--hint: 0 is less than 1"),
    (["grade", CHAPTER, "--stud", "ada"], "--stud"),
    (["bench", "--submissions", "3"], "3 is less than 20"),
])
def test_wrong_options_end_in_one_line_and_status_2(capsys, arguments, complaint):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert complaint in shown.err
    assert "--help" in shown.err


def test_help_imports_nothing_that_is_slow(tmp_path):
    done = run("""
        import sys
        from autograder.cli import main
        try:
            main(["--help"])
        except SystemExit:
            slow = {"numpy", "nbgrader", "nbformat", "jupytext", "rich", "sqlalchemy", "matplotlib",
                    "IPython", "traitlets", "multiprocessing"}
            print("slow:", sorted(slow & set(sys.modules)))
        """, tmp_path)
    assert done.stdout.endswith("slow: []\n"), done.stdout + done.stderr


def test_grading_imports_nbgrader_and_notebook_libraries_only_where_they_decide(tmp_path):
    """Of a chapter that is in the gradebook, nobody late; the report never."""
    done = run("""
        import sys
        import autograder.grading.batch, autograder.grading.classes.gradebook
        import autograder.grading.reporting.report_page, autograder.grading.reporting.report_table
        slow = {"nbgrader", "nbformat", "jupytext", "matplotlib", "IPython", "traitlets"}
        print(sorted(slow & set(sys.modules)))
        """, tmp_path)
    assert done.stdout == "[]\n", done.stdout + done.stderr


WITHOUT = """
    import sys
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name.startswith({names!r}):
                raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
    sys.meta_path.insert(0, Missing())
    from autograder.cli import main
    sys.exit(main({arguments!r}))
"""
"""A program that runs the command where some modules are not installed."""


@pytest.mark.parametrize("library, arguments, extra", [
    ("jupytext", ["grade", CHAPTER], "grading"),
    ("rich", ["grade", CHAPTER], "grading"),
    ("rich", ["report", CHAPTER], "grading"),
    ("sqlalchemy", ["grade", CHAPTER], "grading"),
    ("nbgrader", ["build"], "grading"),
    ("nbgrader", ["demo"], "grading"),
    ("distributed", ["grade", CHAPTER, "--dask", "tcp://127.0.0.1:1"], "grading,cluster"),
    ("copydetect", ["similar", CHAPTER], "grading,similar"),
])
def test_a_missing_extra_is_named_in_one_line(classroom, library, arguments, extra):
    folder = classroom.submitted(CHAPTER, "ada")
    folder.mkdir(parents=True)
    (folder / f"{CHAPTER}.ipynb").write_bytes(classroom.course.source(CHAPTER).read_bytes())
    done = run(WITHOUT.format(names=(library,), arguments=arguments), classroom.course.root)
    told = complaint_of(done)
    assert told == f'{library} is not installed; install it with: pip install -e ".[{extra}]"'


TEACHERS = ("autograder.grading", "autograder.course", "autograder.mistakes",
            "autograder.authoring", "autograder.examination")
AS_INSTALLED_BY_A_STUDENT = """
    import importlib.util, sys
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name.startswith({names!r}):
                raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
    find = importlib.util.find_spec
    importlib.util.find_spec = lambda name: None if name.startswith({names!r}) else find(name)
    sys.meta_path.insert(0, Missing())
    from autograder.cli import main
    sys.exit(main({arguments!r}))
"""


@pytest.mark.parametrize("arguments", [
    ["grade", CHAPTER], ["report", CHAPTER], ["build"], ["demo"], ["bench"]])
def test_where_students_install_it_grading_says_where_it_runs(classroom, arguments):
    code = AS_INSTALLED_BY_A_STUDENT.format(names=TEACHERS, arguments=arguments)
    told = complaint_of(run(code, classroom.course.root))
    assert told == WHERE_GRADING_RUNS
    assert told == (
        'grading runs from a checkout of the course, `pip install -e ".[grading]"` there'
    )


def test_where_students_install_it_check_runs_the_notebook_itself(classroom):
    notebook = str(classroom.course.source(CHAPTER))
    code = AS_INSTALLED_BY_A_STUDENT.format(names=TEACHERS, arguments=["check", notebook])
    done = run(code, classroom.course.root)
    assert done.returncode == 0, done.stderr
    assert "check only what you trust" in done.stdout
    assert done.stdout.endswith(
        f"automatic {FULL:g} of {FULL:g} points · written: graded by a person\n")


def test_start_fills_my_course_from_any_folder_of_a_checkout(classroom):
    root = classroom.course.root
    done = run("""
        from autograder.cli import main
        raise SystemExit(main(["start", "--chapter", "03_affine", "--chapter", "00_welcome"]))
        """, root / "solutions")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Copied into {root.resolve() / 'my-course'}: 03_affine, 00_welcome.\n"
    copied = root / "my-course" / CHAPTER / f"{CHAPTER}.ipynb"
    assert copied.read_bytes() == classroom.course.released(CHAPTER).read_bytes()


def test_start_in_a_checkout_names_the_folder_shortly(classroom, monkeypatch, capsys):
    monkeypatch.chdir(classroom.course.root)
    assert main(["start"]) == 0
    assert capsys.readouterr().out.startswith("Copied into my-course: 00_welcome, ")
    assert main(["start"]) == 0
    assert capsys.readouterr().out.startswith("In my-course and up to date: 00_welcome, ")


def test_where_students_install_it_start_takes_the_notebooks_of_the_package(tmp_path):
    arguments = ["start", "here", "--chapter", CHAPTER]
    done = run(AS_INSTALLED_BY_A_STUDENT.format(names=TEACHERS, arguments=arguments), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Copied into here: {CHAPTER}.\n"
    assert (tmp_path / "here" / CHAPTER / f"{CHAPTER}.ipynb").is_file()


def test_start_serves_the_others_if_one_notebook_is_broken(classroom, monkeypatch, capsys):
    monkeypatch.chdir(classroom.course.root)
    broken = classroom.course.root / "my-course" / CHAPTER / f"{CHAPTER}.ipynb"
    broken.parent.mkdir(parents=True)
    broken.write_text("{", encoding="utf-8")
    assert main(["start"]) == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("Copied into my-course: 00_welcome, ")
    assert shown.err.count("\n") == 1
    assert shown.err.startswith(f"autograder: my-course/{CHAPTER}/{CHAPTER}.ipynb was left alone")
    assert broken.read_text(encoding="utf-8") == "{"


def test_start_in_a_file_is_refused_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text("a file")
    assert main(["start", "mine"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "mine is not a folder" in told


def test_start_imports_nothing_that_students_lack(tmp_path):
    done = run("""
        import sys
        lacking = ("nbgrader", "nbformat", "jupytext", "rich", "sqlalchemy", "traitlets")
        sys.modules.update(dict.fromkeys(lacking))  # importing one of them now fails
        from autograder.cli import main
        raise SystemExit(main(["start", "mine"]))
        """, tmp_path)
    assert done.returncode == 0, done.stderr


def test_outside_a_checkout_check_runs_the_notebook_itself(classroom, tmp_path):
    done = run(f"""
        from autograder.cli import main
        raise SystemExit(main(["check", {str(classroom.course.source(CHAPTER))!r}]))
        """, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "check only what you trust" in done.stdout


def test_a_wrong_nbgrader_configuration_is_one_line(capsys, monkeypatch):
    from traitlets import TraitError

    def refuse():
        raise TraitError("The 'penalty_method' trait expected 'none' or 'zero',\nnot 'half'.")

    monkeypatch.setattr("autograder.course.Course.find", refuse)
    assert main(["demo"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "penalty_method" in told


def test_an_error_is_shown_without_what_could_act_on_a_terminal(capsys, monkeypatch):
    def refuse():
        raise CourseError("the file \x1b[2J\x07is\nnot there")

    monkeypatch.setattr("autograder.course.Course.find", refuse)
    assert main(["build"]) == 1
    assert capsys.readouterr().err == "autograder: the file is not there\n"


def test_a_mistake_of_ours_is_not_hidden(monkeypatch):
    def fail():
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("autograder.course.Course.find", fail)
    with pytest.raises(ZeroDivisionError):
        main(["build"])
