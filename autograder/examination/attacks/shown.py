"""Looking for what lies where Python's own files are, and for what surroundings tell."""

from __future__ import annotations

from autograder.examination.attacks.attack import STUB, Attack, attempt, reading

FIND = attempt('''
import os
for top in ("{root}", "{package}", "/usr/src", "/usr/share", "/usr/lib", "/opt", "/srv", "/home"):
    for folder, folders, files in os.walk(top):
        if {"gradebook.db", "nbgrader_config.py", "03_affine.py", "mistakes"} & {*files, *folders}:
            print("BROKEN OUT: found in", folder)
            break
''')

TOLD = '''
for path in {places}:
    try:
        with open(path, "rb") as file:
            if b"{package}" in file.read():
                print("BROKEN OUT: told by", path)
    except OSError as error:
        print(type(error))
'''

ATTACKS = [
    Attack("read the solutions where the checkout lies", reading(
        "{root}/solutions/03_affine.py", "{root}/build/source/03_affine/03_affine.ipynb",
        "{root}/build/source/03_affine.cells.json"), wall="shown"),
    Attack("read the known mistakes from the package", reading(
        "{package}/mistakes/affine.py", "{package}/mistakes"), wall="shown"),
    Attack("read the frozen answers from the package", reading(
        "{package}/public/03_affine.npz", "{package}/public"), wall="shown"),
    Attack("read how attacks are tested", reading(
        "{package}/examination", "{package}/tests", "{package}/grading/grader.py"), wall="shown"),
    Attack("read the gradebook and the seed where the class lies", reading(
        "{class_}/gradebook.db", "{class_}/seed", "{class_}/seeds"), wall="shown"),
    Attack("names of the class", reading("{class_}/submitted", "{class_}"), wall="shown"),
    Attack("the catalogue of mistakes by another path", attempt('''
import os, sys
for name in [name for name in sys.modules if name.split(".")[0] == "autograder"]:
    del sys.modules[name]
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "Finder"]
sys.path.insert(0, os.path.dirname("{package}"))
import autograder.mistakes.affine
print("BROKEN OUT")
'''), wall="shown"),
    Attack("what else is installed", attempt('''
import os, sys
for folder in sys.path:
    path = os.path.join(folder, "nbformat", "__init__.py")
    if os.path.exists(path) and open(path).read():
        print("BROKEN OUT")
'''), wall="shown"),
    Attack("look for the course everywhere", FIND, wall="shown"),
    Attack("what the surroundings of the process tell", TOLD.replace(
        "{places}", '("/proc/self/environ", "/proc/self/cmdline")') + STUB,
        wall="paths and surroundings"),
]
