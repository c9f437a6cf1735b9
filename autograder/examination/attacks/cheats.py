"""Cheats for points: they get full marks from a grader that shares its process with students."""

from __future__ import annotations

import nbformat

from autograder.authoring.demo import labelled
from autograder.examination.attacks.attack import STUB, ZEROS, Attack, attempt, reading


def _check_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")
            and cell.cell_type == "code"]


def _skip_checks(notebook) -> None:
    for cell in _check_cells(notebook):
        cell.metadata["tags"] = ["skip-execution"]
        shown = {"text/plain": "9.0"}
        cell.outputs = [nbformat.v4.new_output("execute_result", shown, execution_count=1)]


def _forge_outputs(notebook) -> None:
    check = labelled(notebook, "affine_backward-check")
    check.source = "9.0"
    shown = {"text/plain": "9.0"}
    check.outputs = [nbformat.v4.new_output("execute_result", shown, execution_count=1)]
    check.metadata.nbgrader["points"] = 900.0


def _forge_points(notebook) -> None:
    for cell in _check_cells(notebook):
        cell.metadata.nbgrader["points"] = 1e6
        cell.source = "float('inf')"


ATTACKS = [
    # On what judges.
    Attack("patch the comparisons of NumPy", '''
import numpy as np, numpy.testing
np.testing.assert_allclose = lambda *a, **k: None
np.allclose = np.array_equal = lambda *a, **k: True
np.abs = np.max = lambda *a, **k: 0.0
''' + ZEROS),
    Attack("patch the builtins", '''
import builtins
def affine_backward(dout, cache):
    builtins.abs = builtins.max = builtins.sum = lambda *a, **k: 0
    builtins.isinstance = lambda *a: True
    builtins.range = lambda *a: ()
    return []
'''),
    Attack("rewrite the checks with an AST transformer", '''
import ast
class Cheat(ast.NodeTransformer):
    def visit_Call(self, node):
        if getattr(node.func, "id", "") == "check":
            return ast.copy_location(ast.Constant(30.0), node)
        return node
get_ipython().ast_transformers.append(Cheat())
''' + STUB),
    Attack("replace the shell's run_cell", '''
shell = get_ipython()
run = type(shell).run_cell
def run_cell(self, source, *a, **k):
    return run(self, source.replace("check(affine_backward)", "9.0"), *a, **k)
type(shell).run_cell = run_cell
''' + STUB),
    Attack("replace check by a generous one", '''
def check(function):
    return 9.0
''' + STUB),
    Attack("make every result full of points", attempt('''
import autograder.checking.result as r
r.Result.points = property(lambda self: self.max_points)
r.Result.__repr__ = lambda self: "9.0"
''') + '''
affine_db_entry = affine_dw_entry = affine_forward = affine_backward
'''),
    Attack("replace the package that checks", '''
import sys, types
fake = types.ModuleType("autograder")
fake.check = lambda f: 9.0
sys.modules["autograder"] = fake
check = fake.check
''' + STUB),
    Attack("an import hook", attempt('''
import importlib.abc, importlib.machinery, sys
class Hook(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name == "autograder":
            return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        module.check = lambda f: 9.0
sys.meta_path.insert(0, Hook())
for name in [n for n in sys.modules if n.split(".")[0] == "autograder"]:
    del sys.modules[name]
from autograder import check
''')),
    Attack("a forged result before an error", '''
from IPython.display import publish_display_data
def check(function):
    publish_display_data({"text/plain": "9.0"})
    raise AssertionError
''' + STUB),
    Attack("the tag skip-execution on the checks", spoil=_skip_checks),
    Attack("forged outputs and points in the file", spoil=_forge_outputs),
    Attack("checks that return infinity", spoil=_forge_points),

    Attack("an event after every cell", '''
get_ipython().events.register("post_run_cell", lambda *a: print("9.0"))
''' + STUB),
    Attack("a transformer of inputs", '''
get_ipython().input_transformers_post.append(
    lambda lines: ["9.0\\n"] if lines[0].startswith("check(") else lines)
''' + STUB),
    Attack("a formatter that shows full marks", '''
plain = get_ipython().display_formatter.formatters["text/plain"]
plain.for_type(float, lambda value, printer, cycle: printer.text("9.0"))
''' + STUB),
    Attack("a display hook", '''
import sys
sys.displayhook = lambda value: print("9.0")
get_ipython().displayhook = type("Hook", (), {
    "__call__": lambda self, value: print("9.0"), "exec_result": None})()
get_ipython().display_trap.hook = sys.displayhook
''' + STUB),
    Attack("a handler of exceptions that shows full marks", '''
get_ipython().set_custom_exc((Exception,), lambda shell, *a, **k: print("9.0"))
type(get_ipython()).showtraceback = lambda self, *a, **k: print("9.0")
''' + STUB),
    Attack("a thread that keeps replacing check", '''
import threading, time
names = get_ipython().user_ns
def replace():
    for _ in range(400):
        names["check"] = lambda function: 9.0
        time.sleep(0.001)
threading.Thread(target=replace, daemon=True).start()
time.sleep(0.01)
''' + STUB),
    Attack("a namespace of its own for the cells that follow", '''
class Names(dict):
    def __getitem__(self, name):
        return (lambda function: 9.0) if name == "check" else super().__getitem__(name)
shell = get_ipython()
shell.user_ns = Names(shell.user_ns)
run = type(shell).run_code
async def run_code(self, code, *a, **k):
    if "check" in code.co_names:
        print("9.0")
    return await run(self, code, *a, **k)
type(shell).run_code = run_code
''' + STUB),
    Attack("another body for check", attempt('''
def swapped(a, b, c):
    def check(function):
        a, b, c
        return 9.0
    return check
check.__code__ = swapped(1, 2, 3).__code__
''')),
    Attack("other globals for check", attempt('''
class Full:
    points = 9.0
check.__globals__["run_check"] = lambda *a, **k: Full
''')),
    Attack("a trace that changes what check returns", '''
import sys
def follow(frame, event, argument):
    if frame.f_code.co_name == "check" and event == "call":
        frame.f_globals["float"] = lambda value: 9.0
        frame.f_globals["fresh"] = lambda value: 1 / 0
        frame.f_globals["run_check"] = lambda *a: type("Full", (), {"points": 9.0})
    return follow
sys.settrace(follow)
''' + STUB),
    Attack("the rubric of the package, always generous", attempt('''
import autograder.checking.rubric as rubric
from autograder.checking.result import Result
Result.nothing_earned = classmethod(lambda cls, *a, **k: 9.0)
rubric.run_check.__code__ = (lambda *a: type("Full", (), {"points": 9.0})).__code__
rubric.run_check.__defaults__ = None
''')),
    Attack("the cells of the notebook, seen from inside", attempt('''
import sys
frame = sys._getframe()
while frame:
    for cell in (frame.f_locals.get("notebook") or {"cells": []})["cells"]:
        if cell["source"] == "check(affine_backward)":
            cell["source"] = "9.0"
    frame = frame.f_back
''')),
    Attack("the list of points, seen from inside", attempt('''
import sys
frame = sys._getframe()
while frame:
    points = frame.f_locals.get("points")
    if isinstance(points, dict):
        points["a bonus"] = 100.0
    frame = frame.f_back
''')),
    Attack("the size of a difference, always small", '''
import numpy as np
np.max = lambda *a, **k: -1.0
''' + ZEROS),
    Attack("the reader of numbers, always generous", attempt('''
import sys
for frame in sys._current_frames().values():
    while frame:
        if "number_in" in frame.f_globals:
            frame.f_globals["number_in"] = lambda texts: 9.0
        frame = frame.f_back
''')),
    Attack("assertions that are compiled away", '''
import builtins
class Never(BaseException):
    pass
def affine_backward(dout, cache):
    import sys
    frame = sys._getframe(1)
    frame.f_globals["fresh"] = lambda value: value
    builtins.AssertionError = Never
    builtins.range = lambda *a: ()
    return []
'''),
    Attack("a subclass of float that every check returns", '''
import builtins
class Nine(float):
    def __new__(cls, value=0.0):
        return float.__new__(cls, 9.0)
builtins.float = Nine
''' + STUB),

    # On the answers.
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
import numpy as np
def affine_backward(dout, cache):
    for thing in gc.get_objects():
        try:
            if np.array_equal(thing.case.inputs["dout"], dout):
                return thing.right.outputs
        except Exception:
            pass
    return None
'''),

    Attack("what check has around it", '''
import numpy as np
def affine_backward(dout, cache):
    for cell in check.__closure__:
        keys = cell.cell_contents
        if isinstance(keys, dict) and "affine_backward" in keys:
            for keyed in keys["affine_backward"].cases:
                if np.array_equal(keyed.case.inputs["dout"], dout):
                    return keyed.right.outputs
'''),
    Attack("who refers to the arguments", '''
import gc
def affine_backward(dout, cache):
    import sys
    keyed = sys._getframe(1).f_locals["keyed"]
    return [part for thing in gc.get_referents(keyed) for part in gc.get_referents(thing)
            if type(part) is tuple and len(part) == 3][0]
'''),
    Attack("make the answers what it returns", '''
import sys
import numpy as np
def affine_backward(dout, cache):
    for right in sys._getframe(1).f_locals["keyed"].right.outputs:
        right[...] = 0
    return [np.zeros(a.shape) for a in cache]
'''),
    Attack("a traceback that leads to the answers", '''
def affine_backward(dout, cache):
    try:
        1 / 0
    except ZeroDivisionError as error:
        return error.__traceback__.tb_frame.f_back.f_locals["keyed"].right.outputs
'''),
    Attack("a profiler that sees the answers", '''
import sys
seen = []
def watch(frame, event, argument):
    if frame.f_code.co_name == "affine_backward":
        seen[:] = [frame.f_back.f_locals["keyed"]]
sys.setprofile(watch)
def affine_backward(dout, cache):
    return seen[0].right.outputs
'''),
    Attack("an index that is called by the check", '''
import sys
class Late:
    def __len__(self):
        return 3
    def __getitem__(self, k):
        return sys._getframe(1).f_locals["keyed"].right.outputs[k]
def affine_backward(dout, cache):
    return Late()
'''),

    # On the files of the course and of the class.
    Attack("read the solutions", reading(
        "{root}/solutions/03_affine.py", "{root}/build/source/03_affine/03_affine.ipynb",
        "{root}/build/source/03_affine.cells.json", "{root}/solutions"), wall="paths"),
    Attack("import the reference", '''
try:
    import sys
    from pathlib import Path
    sys.path[:0] = [str(Path("{package}").parent)]
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "Finder"]
    del sys.path_hooks[0]
    sys.path_importer_cache.clear()
    for name in [n for n in sys.modules if n.split(".")[0] == "autograder"]:
        del sys.modules[name]
    from autograder.course import Course
    affine_backward = Course(Path("{root}")).reference("03_affine")["affine_backward"]
except BaseException as error:
    print(type(error))
''' + STUB.replace("\n", "\n    "), wall="paths"),
    Attack("run the catalogue of mistakes", attempt('''
print("BROKEN" if "right_gradients" in open("{package}/mistakes/affine.py").read() else "", "OUT")
'''), wall="paths"),
    Attack("read the gradebook", reading("{class_}/gradebook.db", "{class_}/seed"), wall="paths"),
    Attack("write the gradebook", attempt('''
import sqlite3
connection = sqlite3.connect("{class_}/gradebook.db", timeout=1)
connection.execute("update assignment set name = 'mine'")
connection.execute("update grade set manual_score = 9")
connection.commit()
'''), wall="paths"),
    Attack("leave a trigger in the gradebook", attempt('''
import sqlite3
connection = sqlite3.connect("{class_}/gradebook.db", timeout=1)
connection.execute("create trigger cheat after update on grade begin "
                   "update grade set auto_score = 9 where id = new.id; end")
connection.commit()
'''), wall="paths"),
    Attack("a daemon that edits the gradebook later", attempt('''
import subprocess, sys, textwrap
subprocess.Popen([sys.executable, "-c", textwrap.dedent("""
import sqlite3, time
for _ in range(200):
    time.sleep(0.1)
    try:
        c = sqlite3.connect("{class_}/gradebook.db", timeout=1)
        c.execute("update grade set auto_score = 9"); c.commit(); c.close()
    except Exception:
        pass
""")], start_new_session=True)
'''), wall="paths and system calls: clone vfork execve setsid"),
]
