"""Using up the machine: time, memory, disk, processes; or ending too soon.

Each proves with a bounded number of seconds, bytes or forks that nothing would have stopped it.
"""

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

WRITING = "limits and watched scratch"


def _dawdling(name: str, code: str) -> Attack:
    """Takes longer than it may, and would be right after that."""
    return Attack(name, code + SLOW, harmful=True, wall="deadlines")


def _ending(name: str, code: str) -> Attack:
    """Ends the process that it runs in."""
    body = "".join(f"    {line}\n" for line in code.strip().split("\n"))
    return Attack(name, f"def affine_backward(dout, cache):\n{body}")


ATTACKS = [
    # Ending too soon.
    _ending("os._exit", "import os; os._exit(0)"),
    _ending("a segmentation fault", "import ctypes; ctypes.string_at(0)"),
    _ending("an abort", "import os; os.abort()"),
    _ending("a signal to itself", "import signal; signal.raise_signal(signal.SIGKILL)"),
    _ending("an alarm to itself", '''
import signal, time
signal.setitimer(signal.ITIMER_REAL, 0.01)
time.sleep(1)
'''),
    _ending("too many frames of C", '''
import sys
sys.setrecursionlimit(10**8)
return sorted([0], key=lambda number: affine_backward(dout, cache))
'''),
    _ending("a broken code object", '''
code = affine_backward.__code__
exec(code.replace(co_code=bytes(code.co_code[:2]) + bytes([116, 255]) * 40, co_names=()))
'''),
    _ending("a tuple that is freed twice", '''
import ctypes
thing = ctypes.py_object((1, 2, object()))
for _ in range(1000):
    ctypes.pythonapi.Py_DecRef(thing)
import gc; gc.collect()
'''),
    _ending("a fatal error of Python", "import ctypes; ctypes.pythonapi.Py_FatalError(b'over')"),

    # Never ending.
    _dawdling("an endless loop that ignores signals", '''
import signal, time
def dawdle():
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except Exception:
            pass
    ends = time.process_time() + 4
    while time.process_time() < ends:
        try:
            while time.process_time() < ends:
                pass
        except BaseException:
            pass
'''),
    _dawdling("a regular expression that takes for ever", '''
import re, time
def dawdle():
    ends = time.process_time() + 4
    while time.process_time() < ends:
        re.match(r"(a+)+$", "a" * 22 + "b")
'''),
    _dawdling("a sum that is never interrupted", '''
import time
def dawdle():
    ends = time.monotonic() + 4
    while time.monotonic() < ends:
        sum(range(10**7))
'''),
    _dawdling("integers of many digits", '''
import time
def dawdle():
    ends = time.monotonic() + 4
    while time.monotonic() < ends:
        pow(7, 3_000_000)
'''),

    # Using up memory.
    Attack("a memory bomb", attempt('''
hoard = []
for _ in range(7):
    hoard.append(bytearray(10**8))
print("BROKEN OUT")
'''), harmful=True, wall="limits"),
    Attack("memory that is mapped", attempt('''
import mmap
maps = [mmap.mmap(-1, 10**8) for _ in range(8)]
print("BROKEN OUT")
'''), harmful=True, wall="limits"),
    Attack("memory that is locked", attempt('''
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
page = ctypes.create_string_buffer(1 << 16)
if libc.mlock(page, len(page)) == 0:
    print("BROKEN OUT")
'''), harmful=True, wall="limits"),
    Attack("an array of 800 MB", attempt('''
import numpy as np
big = np.ones(10**8)
print("BROKEN OUT")
'''), harmful=True, wall="limits"),

    # Using up the disk.
    Attack("a file of 40 MB", attempt('''
with open("full", "wb") as file:
    for _ in range(40):
        file.write(bytes(2**20))
print("BROKEN OUT")
'''), harmful=True, wall=WRITING),
    Attack("a sparse file of 2 GB", attempt('''
with open("sparse", "wb") as file:
    file.truncate(2**31)
print("BROKEN OUT")
'''), harmful=True, wall="limits"),
    Attack("space that is reserved", attempt('''
import os
with open("reserved", "wb") as file:
    os.posix_fallocate(file.fileno(), 0, 40 << 20)
print("BROKEN OUT")
'''), harmful=True, wall=WRITING),
    Attack("four files of 10 MB", attempt('''
for number in range(4):
    with open(f"full{number}", "wb") as file:
        for _ in range(10):
            file.write(bytes(2**20))
            file.flush()
print("BROKEN OUT")
'''), harmful=True, wall=WRITING),
    Attack("a file without a name", attempt('''
import tempfile
with tempfile.TemporaryFile(dir=".") as file:
    for _ in range(40):
        file.write(bytes(2**20))
    print("BROKEN OUT")
'''), harmful=True, wall=WRITING),
    Attack("shared memory", attempt('''
import os
os.close(os.open("/dev/shm/autograder-{grader}", os.O_CREAT | os.O_RDWR))
os.unlink("/dev/shm/autograder-{grader}")
print("BROKEN OUT")
'''), harmful=True, wall="paths"),
    Attack("files in the temporary folder", attempt('''
import os
with open("/tmp/autograder-{grader}", "w") as file:
    file.write("for my friend")
os.unlink("/tmp/autograder-{grader}")
print("BROKEN OUT")
'''), harmful=True, wall="paths"),

    # Using up tables of the kernel.
    Attack("a fork bomb", '''
import os, time
try:
    for _ in range(20):
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
    print("BROKEN OUT")
except BaseException as error:
    print(error)
''' + STUB, harmful=True, wall="system calls: clone"),
    Attack("as many open files as there may be", attempt('''
import os
for _ in range(300):
    os.dup(0)
print("BROKEN OUT")
'''), harmful=True, wall="limits"),
    Attack("a queue of messages", attempt('''
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
name = b"/autograder-{grader}"
if libc.mq_open(name, 0o102, 0o600, None) >= 0:
    libc.mq_unlink(name)
    print("BROKEN OUT")
'''), harmful=True, wall="limits and paths and system calls: mq_open mq_unlink"),
    Attack("shared memory of System V", attempt('''
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
number = libc.shmget(0, 4096, 0o1600)
if number >= 0:
    libc.shmctl(number, 0, None)
    print("BROKEN OUT")
'''), harmful=True, wall="system calls: shmget shmctl"),
    Attack("semaphores of System V", attempt('''
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
number = libc.semget(0, 1, 0o1600)
if number >= 0:
    libc.semctl(number, 0, 0)
    print("BROKEN OUT")
'''), harmful=True, wall="system calls: semget semctl"),
    Attack("a message queue of System V", attempt('''
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
number = libc.msgget(0, 0o1600)
if number >= 0:
    libc.msgctl(number, 0, None)
    print("BROKEN OUT")
'''), harmful=True, wall="system calls: msgget msgctl"),
    Attack("other processors", attempt('''
import os
os.sched_setaffinity(0, os.sched_getaffinity(0))
print("BROKEN OUT")
'''), harmful=True, wall="system calls: sched_setaffinity"),
    Attack("first in the queue for the processor", attempt('''
import os
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
print("BROKEN OUT")
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
'''), harmful=True, wall="capabilities and system calls: sched_setscheduler"),
    Attack("a better priority", attempt('''
import os
os.setpriority(os.PRIO_PROCESS, 0, -1)
print("BROKEN OUT")
'''), harmful=True, wall="capabilities and system calls: setpriority"),
    Attack("limits that are raised again", attempt('''
import resource
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (1000, hard))
print("BROKEN OUT")
'''), harmful=True, wall="limits and system calls: prlimit64 setrlimit"),
    Attack("core files", attempt('''
import resource
soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
if hard:
    print("BROKEN OUT")
'''), harmful=True, wall="limits"),
]
