"""Script, and what else a page could run or load, in every field that a student controls.

These are no attacks on the jail: it is the reader of a page that they are after. So they are not
graded one by one: they are a class of hostile students, whose pages a test opens in a browser.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.authoring.demo import CHAPTER, labelled
from autograder.cells import WRITTEN_ANSWER
from autograder.course import Course

RAN = "OWNED"
"""The name of a variable of the window that a vector sets, and a word in every address it asks."""

VECTORS = {
    "svg": "<svg onload=\"{js}\">",
    "script": "<script>{js}</script>",
    "image": "<img src=x onerror=\"{js}\">",
    "blank lines": "\n\n<img src=x onerror=\"{js}\">\n\n",
    "carriage returns": "4\r\n\r\n<img src=x onerror='{js}'>\r\n\r\n",
    "other line ends": "\u2028\u2029\x0b\x0c\x85<img src=x onerror='{js}'>",
    "end of what is open": "--></style></textarea></title></pre></td><script>{js}</script>",
    "end of a script": "\";</script><script>{js}</script>",
    "in a script": "\";{js};//",
    "attribute": "\" autofocus tabindex=0 onfocus=\"{js}\" x=\"",
    "attribute, one quote": "' autofocus tabindex=0 onfocus='{js}' x='",
    "link": "[click me](javascript:{js}) <a href=\"javascript:{js}\">click me</a>",
    "link by reference": "[click me]\n\n[click me]: javascript:{js}\n",
    "link to data": "<a href=\"data:text/html,<script>{js}</script>\">click me</a>",
    "formula": "$\\href{javascript:{js}}{click}$ $$\\style{background:url({beacon}f)}{x}$$",
    "frame": "<iframe srcdoc=\"<script>parent.{js}</script>\"></iframe>",
    "frame of script": "<iframe src=\"javascript:parent.{js}\"></iframe>",
    "frame from elsewhere": "<iframe src=\"{beacon}frame\"></iframe>",
    "focus": "<input autofocus onfocus=\"{js}\">",
    "details": "<details open ontoggle=\"{js}\">x</details>",
    "media": "<video><source onerror=\"{js}\"></video><audio src=x onerror=\"{js}\">",
    "animation": "<style>@keyframes k{}</style><b style=\"animation:k 1s\" "
                 "onanimationstart=\"{js}\">x</b>",
    "mathml": "<math><mtext><table><mglyph><style><img src=x onerror=\"{js}\">",
    "template": "<svg><style><img src=x onerror=\"{js}\"></style></svg><template><script>{js}"
                "</script></template>",
    "object": "<object data=\"data:text/html,<script>parent.{js}</script>\"></object>"
              "<embed src=\"{beacon}embed\">",
    "beacons": "<img src=\"{beacon}image\"> ![x]({beacon}markdown.png) "
               "<link rel=stylesheet href=\"{beacon}link\">",
    "style": "<style>@import url({beacon}import);*{background:url({beacon}style)}</style>"
             "<b style=\"background:url({beacon}attribute)\">x</b>",
    "refresh": "<meta http-equiv=refresh content=\"0;url={beacon}refresh\">",
    "base": "<base href=\"{beacon}\">",
    "form": "<form action=\"javascript:{js}\"><button autofocus>click me</button></form>"
            "<form action=\"{beacon}form\"><input type=submit value=\"click me\"></form>",
    "braces": "{{ 1234567 * 1000 }} {% set x = 1 %} ${1234567*1000} <%= 1234567*1000 %>",
    "fence": "```\x00```\n<img src=x onerror=\"{js}\">\n",
    "fences": "~~~\n```\n````\n\n<img src=x onerror=\"{js}\">\n",
    "terminal": "\x1b[31m<img src=x onerror=\"{js}\">\x1b[0m\x1b]8;;{beacon}osc\x07x\x1b]8;;\x07",
    "order": "\u202e<img src=x onerror=\"{js}\">\u2066\u200f",
    "marks of rich": "[bold][link={beacon}rich]x[/link][/bold][/]",
    "entities": "&lt;img src=x onerror=\"{js}\"&gt; &#60;script&#62;{js}&#60;/script&#62;",
    "wide signs": "＜img src=x onerror=\"{js}\"＞ \ufeff<\u200bimg src=x onerror=\"{js}\">",
}
"""What a page could take for more than text, by what it is.

``{js}`` is a piece of script without quotation marks, ``{beacon}`` the address of a server.
"""


@dataclass(frozen=True)
class HostileStudent:
    """Somebody who hands in script.

    Attributes
    ----------
    name : str
    spoil : callable
        ``spoil(notebook, text)`` puts a text with vectors into a notebook of format 4, as JSON.
    file_name : str
    files : dict of str to str
        What else lies in the folder.
    first : int
        With which vector the text begins: some fields are cut.
    """

    name: str
    spoil: Callable[[dict, str], object]
    file_name: str = f"{CHAPTER}.ipynb"
    files: tuple[tuple[str, str], ...] = ()
    first: int = 0


def vectors(beacon: str, first: int = 0) -> str:
    """All vectors in one text.

    Parameters
    ----------
    beacon : str
        Address of a server that nobody may ask, with a slash at the end.
    first : int
        The number of the vector it begins with.
    """
    names = list(VECTORS)
    first %= len(names)
    return " ".join(one(name, beacon) for name in names[first:] + names[:first])


def one(name: str, beacon: str) -> str:
    """One vector by its name."""
    number = list(VECTORS).index(name)
    js = f"window.{RAN}={number},fetch(`/api/contents?{RAN}={number}`),fetch(`{beacon}{number}`)"
    return VECTORS[name].replace("{js}", js).replace("{beacon}", f"{beacon}{RAN}/{number}/")


# Fields of the file


def in_metadata(notebook: dict, text: str) -> None:
    """Names, titles and versions, of the notebook and of its cells."""
    notebook["metadata"] = {
        "kernelspec": {"name": text, "display_name": text, "language": text},
        "language_info": {"name": text, "pygments_lexer": text, "version": text},
        "title": text, "authors": [{"name": text}], text: text,
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {text: text}}},
    }
    notebook["nbformat_minor"] = text
    for cell in notebook["cells"]:
        cell["metadata"].update(tags=[text], name=text, title=text)


def in_version(notebook: dict, text: str) -> None:
    """The version of a notebook of an old format, which the grader quotes."""
    notebook.update(nbformat=text, nbformat_minor=text, worksheets=[{"cells": text}])
    del notebook["cells"]


def in_ids(notebook: dict, text: str) -> None:
    """Ids and labels of cells, and their kinds."""
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"{number}{text}"
        if number % 2:
            cell["metadata"]["nbgrader"] = {"grade_id": f"{text}{number}", "solution": True,
                                            "grade": text, "points": text, "schema_version": text}
        if cell["cell_type"] != "code":
            cell["cell_type"] = text


def in_outputs(notebook: dict, text: str) -> None:
    """Outputs of every kind, attachments, and Markdown of a student's own."""
    data = {kind: text for kind in ("text/html", "text/markdown", "image/svg+xml", "text/latex",
                                    "application/javascript", "text/plain")}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "display_data", "data": data, "metadata": {text: text}},
                {"output_type": "stream", "name": text, "text": text},
                {"output_type": "error", "ename": text, "evalue": text, "traceback": [text]},
            ]
        else:
            cell["source"] = f"{text}\n\n![x](attachment:x.svg)"
            cell["attachments"] = {"x.svg": {"image/svg+xml": text}, text: {"text/html": text}}


def in_written_answer(notebook: dict, text: str) -> None:
    """The answer in words."""
    cell = next(c for c in notebook["cells"] if c["id"] == WRITTEN_ANSWER)
    cell["source"] = text
    cell["attachments"] = {"x.svg": {"image/svg+xml": text}}


def nothing(notebook: dict, text: str) -> None:
    """The notebook is honest."""


# Code


def coded(code: str, exercise: str = "affine_backward") -> Callable[[dict, str], None]:
    """Puts code into an exercise's cell; ``{text!r}`` in it is the text with the vectors."""
    def spoil(notebook: dict, text: str) -> None:
        labelled(nbformat.from_dict(notebook), exercise)  # it is there
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == exercise:
                cell["source"] = f"text = {text!r}\n{code}"
    return spoil


PRINTS = '''
import sys
print(text)
print(text, file=sys.stderr)
def affine_backward(dout, cache):
    print(text)
    return None
'''
DISPLAYS = '''
from IPython.display import HTML, SVG, Image, Javascript, Latex, Markdown, display
for kind in (HTML, Javascript, Latex, Markdown):
    display(kind(text))
display({"text/html": text, "image/svg+xml": text, "text/plain": text}, raw=True)
import base64, zlib
def chunk(name, data):
    whole = name + data
    return len(data).to_bytes(4, "big") + whole + zlib.crc32(whole).to_bytes(4, "big")
picture = b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", b"\\0\\0\\0\\1\\0\\0\\0\\1\\x08\\0\\0\\0\\0")
picture += chunk(b"tEXt", b"Title\\0" + text.encode("latin-1", "ignore"))
picture += chunk(b"IDAT", zlib.compress(b"\\0\\0")) + chunk(b"IEND", b"") + text.encode()
display(Image(picture), metadata={"image/png": {"alt": text, "width": text}})
def affine_backward(dout, cache):
    return None
text
'''
RAISES = '''
import warnings
def affine_backward(dout, cache):
    warnings.warn(text)
    raise type(text.replace("\\0", ""), (Exception,), {})(text)
'''
STOPS = '''
def affine_backward(dout, cache):
    return None
raise type(text.replace("\\0", ""), (Exception,), {})(text)
'''
RETURNS = '''
class Strange:
    def __repr__(self):
        return text
Strange.__name__ = Strange.__qualname__ = text.replace("\\0", "")
turn = [text, {text: text}, Strange(), (text, text, text), [text]]
def affine_backward(dout, cache):
    turn.append(turn.pop(0))
    return turn[0]
'''
FORGES = '''
import sys
for module in list(sys.modules.values()):
    if hasattr(module, "_failure") and hasattr(module, "run_cell"):
        module._failure = lambda error: [text, text, text]
def affine_backward(dout, cache):
    raise ValueError(text)
raise ValueError
'''

SHORT = "<svg onload=document.title=`{ran}`,window.{ran}=1>"
FILE_NAME = f"a\n\n{SHORT}\n\nb.ipynb".replace("{ran}", RAN)
"""No slash may be in it."""

STUDENTS = [
    HostileStudent("metadata", in_metadata),
    HostileStudent("version", in_version),
    HostileStudent("ids", in_ids),
    HostileStudent("outputs", in_outputs),
    HostileStudent("written", in_written_answer),
    HostileStudent("renamed", nothing, FILE_NAME),
    HostileStudent("several", nothing, f"b{FILE_NAME}", ((f"c{FILE_NAME}", "{}"),)),
    HostileStudent("timestamp", nothing, files=(("timestamp.txt", SHORT.replace("{ran}", RAN)),)),
    HostileStudent("prints", coded(PRINTS)),
    HostileStudent("displays", coded(DISPLAYS)),
    *(HostileStudent(f"raises{k}", coded(RAISES), first=k) for k in range(0, len(VECTORS), 6)),
    *(HostileStudent(f"stops{k}", coded(STOPS), first=k) for k in range(1, len(VECTORS), 9)),
    *(HostileStudent(f"returns{k}", coded(RETURNS), first=k) for k in range(0, len(VECTORS), 9)),
    *(HostileStudent(f"forges{k}", coded(FORGES), first=k) for k in range(2, len(VECTORS), 9)),
]

STRANGE_IDS = (
    SHORT.replace("{ran}", RAN), f'";window.{RAN}=1;"', f"a\n<img src=x onerror=window.{RAN}=1>",
    "[bold]x[red]", "=1+1", f"x' onclick='window.{RAN}=1",
)
"""Names of folders that are no students'."""


def hand_in(course: Course, submitted: Path, student: HostileStudent, beacon: str) -> None:
    """Put what a hostile student hands in where it is collected.

    Parameters
    ----------
    course : Course
    submitted : Path
        The student's folder for the chapter.
    student : HostileStudent
    beacon : str
        See `vectors`.
    """
    notebook = json.loads(course.source(CHAPTER).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    student.spoil(notebook, vectors(beacon, student.first))
    submitted.mkdir(parents=True)
    (submitted / student.file_name).write_text(json.dumps(notebook), encoding="utf-8")
    for name, text in student.files:
        (submitted / name).write_text(text, encoding="utf-8")
