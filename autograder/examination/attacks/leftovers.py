"""Filling the scratch folder, and leaving in it what the next student finds, or stumbles over."""

from __future__ import annotations

from autograder.examination.attacks.attack import STUB, Attack, attempt

WATCHED = "watched scratch"
DELETION = "deletion"

SLOWLY = '''
import os, time
written = 0
def write(path):
    """One megabyte, at the pace of a slow disk."""
    global written
    with open(path, "ab") as file:
        file.write(bytes(2**20))
    written += 1
    time.sleep(0.01)
'''

ATTACKS = [
    Attack("many files below the limit of one", attempt(SLOWLY + '''
while written < 64:
    write(f"full{written // 8}")
print("BROKEN OUT")
'''), harmful=True, wall=WATCHED),
    Attack("files that have no name any more", attempt(SLOWLY + '''
kept = []
while written < 160:
    kept.append(open(f"full{written}", "wb"))
    os.unlink(f"full{written}")
    for _ in range(8):
        kept[-1].write(bytes(2**20))
        kept[-1].flush()
        written += 1
    time.sleep(0.1)
print("BROKEN OUT")
'''), harmful=True, wall=WATCHED),
    Attack("more empty files than there may be files", attempt('''
import os, time
os.makedirs("many/files")
for number in range(12_000):
    open(f"many/files/{number}", "w").close()
    if number % 2000 == 0:
        time.sleep(0.1)
print("BROKEN OUT")
'''), harmful=True, wall=WATCHED),
    Attack("files that a thread writes behind the scenes", attempt(SLOWLY + '''
import threading
def fill():
    while written < 60:
        write(f"full{written // 8}")
    print("filled")
threading.Thread(target=fill).start()
''', answer='''
def affine_backward(dout, cache):
    time.sleep(0.5)
    if written == 60:
        print("BROKEN OUT")
'''), harmful=True, wall=WATCHED),
    Attack("1 500 folders in one another", attempt('''
import os
for _ in range(1500):
    os.mkdir("deeper")
    os.chdir("deeper")
open("left", "w").close()
'''), harmful=True, wall=DELETION),
    Attack("folders in one another with files beside them", attempt('''
import os
for _ in range(1100):
    open("left" * 30, "w").close()
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
'''), harmful=True, wall=DELETION),
    Attack("folders that look into one another", attempt('''
import os
for _ in range(1200):
    os.symlink("..", "up")
    os.mkdir("deeper")
    os.chdir("deeper")
''', answer=STUB), harmful=True, wall=DELETION),
]
