"""Using up the machine: time, memory, disk, processes; or ending too soon."""

from __future__ import annotations

from autograder.examination.attacks.attack import RIGHT, STUB, Attack, attempt

SLOW = RIGHT + '''
right, calls = affine_backward, 0
def affine_backward(dout, cache):
    global calls
    calls += 1
    if calls == 1:
        dawdle()
    return right(dout, cache)
'''
"""Right, after `dawdle` in its first call."""

DAWDLE = "deadlines"

ATTACKS = [
    # Ending too soon.
    Attack("os._exit", "import os\ndef affine_backward(dout, cache):\n    os._exit(0)\n"),
    Attack("a segmentation fault",
           "import ctypes\ndef affine_backward(dout, cache):\n    ctypes.string_at(0)\n"),
    Attack("an abort", "import os\ndef affine_backward(dout, cache):\n    os.abort()\n"),
    Attack("endless recursion", '''
import sys
sys.setrecursionlimit(10**8)
def affine_backward(dout, cache):
    return sorted([0], key=lambda number: affine_backward(dout, cache))
'''),
    Attack("close every descriptor", "import os; os.closerange(0, 256)" + STUB, harmful=True),

    # Never ending.
    Attack("an endless loop that ignores signals", '''
import signal, time
def dawdle():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except Exception:
            pass
    ends = time.monotonic() + 4
    while time.monotonic() < ends:
        try:
            while time.monotonic() < ends:
                pass
        except BaseException:
            pass
''' + SLOW, harmful=True, wall=DAWDLE),
    Attack("a regular expression that takes for ever", '''
import re, time
def dawdle():
    ends = time.monotonic() + 4
    while time.monotonic() < ends:
        re.match(r"(a+)+$", "a" * 22 + "b")
''' + SLOW, wall=DAWDLE),

    # Using up the machine.
    Attack("a fork bomb", '''
import os, time
try:
    for _ in range(20):
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
except BaseException as error:
    print(error)
''' + STUB, harmful=True, wall="system calls: clone"),
    Attack("a memory bomb", attempt('''
hoard = []
for _ in range(7):
    hoard.append(bytearray(10**8))
print("BROKEN OUT")
'''), harmful=True, wall="limits"),
    Attack("a file of 40 MB", attempt('''
with open("full", "wb") as file:
    for _ in range(40):
        file.write(bytes(2**20))
print("BROKEN OUT")
'''), harmful=True, wall="limits"),
]
