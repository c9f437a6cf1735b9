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

    # On the files of the course and of the class.
    Attack("read the solutions", reading(
        "{root}/solutions/03_affine.py", "{root}/build/source/03_affine/03_affine.ipynb",
        "{root}/build/source/03_affine.cells.json"), wall="paths"),
    Attack("import the reference", '''
try:
    import sys
    from pathlib import Path
    sys.path[:0] = [str(Path("{package}").parent)]
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
import subprocess, sys
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
'''), wall="paths and system calls: clone vfork execve setsid"),
]
