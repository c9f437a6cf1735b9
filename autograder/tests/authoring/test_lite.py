"""JupyterLite as a reader meets it: in a browser for which there is no network."""

import json
import os
import time
from pathlib import Path

import nbformat
import pytest

from autograder.authoring.build import source_notebook
from autograder.authoring.lite import PYODIDE_CDN, build_lite, write_chapters
from autograder.authoring.site import build_book
from autograder.cells import defined_in
from autograder.course import Course
from autograder.exercises import CHAPTERS, exercises_of
from autograder.grading.batch import grade_batch
from autograder.tests.browser import find_chromium
from autograder.tests.conftest import CHAPTER, REPOSITORY
from autograder.tests.lite_browser import LiteNotebook, note_figure, offline_browser, serving

COURSE = Course(REPOSITORY)
FIRST_LINE = "from autograder import check"
WELCOME, CONVOLUTION, NETWORK = "00_welcome", "07_convolution", "09_two_layer_net"
TRANSPOSED = '''def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(len(x), -1)
    return (dout @ w.T).reshape(x.shape), dout.T @ flat, dout.sum(axis=0)
'''
WATCH = """import json, time
from IPython import get_ipython

took, began = {}, [time.perf_counter()]
get_ipython().events.register("pre_run_cell", lambda info: began.append(time.perf_counter()))
get_ipython().events.register("post_run_cell", lambda result: took.update({
    result.info.raw_cell.strip(): time.perf_counter() - began[-1]}))
"""
REPORT = "print(json.dumps(took))"


def solution(chapter: str, name: str) -> str:
    """The cell that solves an exercise."""
    return next(cell for cell in COURSE.solution_cells(chapter) if name in defined_in(cell))


def test_chapters_lie_side_by_side_and_their_links_lead_there(tmp_path):
    write_chapters(COURSE, tmp_path / "contents")
    texts = {path.stem: path.read_text() for path in (tmp_path / "contents").iterdir()}
    assert tuple(sorted(texts)) == CHAPTERS
    assert "](../" not in "".join(texts.values())
    assert "](04_activations.ipynb)" in texts[CHAPTER]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_first_line_of_every_chapter_is_the_same_everywhere(chapter):
    notebook = nbformat.read(COURSE.released(chapter), as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert first.source.partition(",")[0] in (FIRST_LINE, "from autograder import bring")


# In a browser. `make site-test` runs what follows.


@pytest.fixture(scope="session")
def pyodide() -> Path:
    """A distribution of Pyodide: what the CDN would answer."""
    folder = Path(os.environ.get("PYODIDE_DIST") or REPOSITORY.parent / "shared/pyodide-0.27.7")
    pytest.importorskip("playwright", reason="Playwright is not installed")
    pytest.importorskip("jupyterlite_core", reason="JupyterLite is not installed")
    if not find_chromium():
        pytest.skip("no Chromium or Chrome on the PATH")
    if not (folder / "pyodide.js").is_file():
        pytest.skip("no Pyodide 0.27.7: PYODIDE_DIST names its folder")
    return folder


@pytest.fixture(scope="session")
def own(pyodide, tmp_path_factory):
    """The address of a site that holds all it needs: the book, and JupyterLite below it."""
    pytest.importorskip("myst_nb", reason='the extra "site" is not installed')
    folder = tmp_path_factory.mktemp("site")
    build_book(COURSE, folder)
    build_lite(COURSE, folder / "lite", pyodide_dist=pyodide)
    with serving(folder) as site:
        yield site


@pytest.fixture(scope="module")
def browser():
    with offline_browser() as browser:
        yield browser


@pytest.fixture
def page(own, browser):
    """A page in a fresh profile, which asks nobody but the site for anything."""
    asked: list[str] = []
    with browser.new_context(viewport={"width": 1280, "height": 1000}) as context:
        context.on("request", lambda request: asked.append(request.url))
        yield context.new_page()
    ours = (own.url, "blob:", "data:")
    assert not [address for address in asked if not address.startswith(ours)]


@pytest.mark.site
def test_affine_layer_is_written_checked_kept_and_graded(own, page, classroom, level):
    page.goto(f"{own.url}{CHAPTER}.html")
    began, before = time.perf_counter(), own.megabytes
    page.get_by_role("link", name="Open chapter 03 in the browser").first.click()
    notebook = LiteNotebook.on(page, f"{CHAPTER}.ipynb")
    notebook.run(FIRST_LINE)
    notebook.run("draw_node(")
    assert "affine" in notebook.html("draw_node(")
    note_figure("site", "first_output_s", round(time.perf_counter() - began, 1))

    notebook.replace("def affine_forward(", solution(CHAPTER, "affine_forward"))
    notebook.run("def affine_forward(")
    notebook.run("check(affine_forward)")
    note_figure("site", "lite_mb", round(own.megabytes - before, 1))

    notebook.replace("def affine_backward(dout, cache)", TRANSPOSED)
    notebook.run("def affine_backward(dout, cache)")
    notebook.run("check(affine_backward)")
    assert "Known mistake: dw is transposed." in notebook.text("check(affine_backward)")

    notebook.replace("def affine_backward(dout, cache)", solution(CHAPTER, "affine_backward"))
    notebook.run("def affine_backward(dout, cache)")
    notebook.run("check(affine_backward)")
    most = exercises_of(CHAPTER)["affine_backward"].max_points
    assert f"affine_backward: {most:g} of {most:g} points" in notebook.text(
        "check(affine_backward)")

    notebook.save()
    page.reload()
    notebook = LiteNotebook.on(page, notebook.path)
    assert notebook.source("def affine_backward(dout, cache)") == solution(
        CHAPTER, "affine_backward").strip()

    earned = exercises_of(CHAPTER)["affine_forward"].max_points + most
    page.goto(f"{own.url}lite/progress.html")
    row = page.get_by_role("row", name="03 affine")
    row.wait_for()
    assert f"{earned:g} of " in row.inner_text()
    assert "Next: predict_touched in 03 affine." in page.locator("#next").inner_text()

    notebook = LiteNotebook(page, own, f"{CHAPTER}.ipynb")
    folder = classroom.submitted(CHAPTER, "ada")
    folder.mkdir(parents=True)
    notebook.download(folder)
    (graded,) = grade_batch(classroom, CHAPTER, level=level)
    assert graded.points == earned

    notebook = LiteNotebook(page, own, f"{NETWORK}.ipynb")
    notebook.run("from autograder import bring")
    notebook.run(f'bring("{NETWORK}")')
    found = notebook.text("# Answers of earlier chapters")
    assert f"affine_backward\t{CHAPTER}\t{most:g} of {most:g} points" in found
    assert "relu_forward (04_activations) is not written yet" in found


@pytest.mark.site
def test_naive_convolution_passes(own, page):
    notebook = LiteNotebook(page, own, f"{CONVOLUTION}.ipynb")
    notebook.run(FIRST_LINE)
    for name in ("output_size", "conv2d_forward_naive", "conv2d_backward_naive"):
        notebook.replace(f"def {name}(", solution(CONVOLUTION, name))
        notebook.run(f"def {name}(")
        notebook.run(f"check({name})")
        most = exercises_of(CONVOLUTION)[name].max_points
        assert f"{name}: {most:g} of {most:g} points" in notebook.text(f"check({name})")


def solved(chapter: str) -> nbformat.NotebookNode:
    """The notebook of somebody who has answered everything; it tells how long each cell took."""
    notebook = source_notebook(COURSE, chapter)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(WATCH, id="watch"))
    notebook.cells.append(nbformat.v4.new_code_cell(REPORT, id="report"))
    return notebook


@pytest.mark.site
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_solved_chapter_earns_full_marks_in_good_time(own, page, chapter, slowest):
    page.goto(f"{own.url}lite/lab/index.html")
    page.wait_for_function("window.jupyterapp?.serviceManager?.isReady")
    page.evaluate(
        """([path, content]) => jupyterapp.serviceManager.contents.save(
            path, {type: 'notebook', format: 'json', content})""",
        [f"{chapter}.ipynb", json.loads(nbformat.writes(solved(chapter)))])
    notebook = LiteNotebook(page, own, f"{chapter}.ipynb", timeout=1200)
    notebook.run_all()
    assert not notebook.errors()
    took = json.loads(notebook.text(REPORT))
    for name, exercise in exercises_of(chapter).items():
        most = f"{exercise.max_points:g}"
        assert f"{name}: {most} of {most} points" in notebook.text(f"check({name})")
        slowest[f"{chapter}: {name}"] = took[f"check({name})"]
    if chapter == NETWORK:
        assert "2000 steps in" in page.locator(".jp-Notebook").inner_text()


@pytest.fixture(scope="module")
def slowest():
    """Seconds of each check; the longest goes into the file of figures."""
    took: dict[str, float] = {}
    yield took
    if len({name.partition(":")[0] for name in took}) == len(CHAPTERS):
        note_figure("site", "slowest_check_s", round(max(took.values()), 2))
        note_figure("site", "slowest_check", max(took, key=took.get))


@pytest.mark.site
def test_python_comes_from_the_cdn_unless_the_site_brings_it(pyodide, browser, tmp_path):
    build_lite(COURSE, tmp_path / "lite")
    asked = []

    def answer(route):
        asked.append(route.request.url)
        file = pyodide / route.request.url.removeprefix(PYODIDE_CDN)
        route.fulfill(path=file, headers={"Access-Control-Allow-Origin": "*"})

    with serving(tmp_path) as site, browser.new_context() as context:
        context.route(f"{PYODIDE_CDN}**", answer)
        notebook = LiteNotebook(context.new_page(), site, f"{WELCOME}.ipynb")
        notebook.run(FIRST_LINE)
        notebook.replace("def identity(", "def identity(x):\n    return x\n")
        notebook.run("def identity(")
        notebook.run("check(identity)")
        assert "identity: 1 of 1 points" in notebook.text("check(identity)")
    assert f"{PYODIDE_CDN}pyodide.js" in asked


@pytest.mark.site
def test_one_line_says_what_a_browser_cannot_do(own, page):
    page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'deviceMemory', {get: () => 0.5});")
    notebook = LiteNotebook(page, own, f"{WELCOME}.ipynb")
    told = page.locator(".Toastify")
    told.get_by_text("little memory").wait_for()
    notebook.panel.get_by_role("button", name="Interrupt the kernel").click()
    told.get_by_text("Stop cannot reach Python").wait_for()
    assert not told.get_by_text("no service workers").count()


@pytest.mark.site
def test_page_without_service_workers_says_what_is_missing(own, browser):
    with browser.new_context(service_workers="block") as context:
        page = context.new_page()
        notebook = LiteNotebook(page, own, f"{WELCOME}.ipynb")
        page.locator(".Toastify").get_by_text("no service workers").wait_for()
        notebook.run(FIRST_LINE)
        notebook.replace("def identity(", "def identity(x):\n    return x\n")
        notebook.run("def identity(")
        notebook.run("check(identity)")
        assert "identity: 1 of 1 points" in notebook.text("check(identity)")
