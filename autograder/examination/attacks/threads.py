"""More threads than a machine has use for."""

from __future__ import annotations

from autograder.examination.attacks.attack import ANSWER, RIGHT, Attack, attempt

MANY = '''
import threading, time
threading.stack_size(32768)
def start(many):
    for _ in range(many):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
'''

FAR_TOO_MANY = 1200

ATTACKS = [
    Attack("a thread bomb", attempt(MANY + f'''
start({FAR_TOO_MANY})
print("BROKEN OUT")
'''), harmful=True, wall="threads"),
    Attack("a thread bomb that tries again and again", attempt(MANY + f'''
refused = 0
while threading.active_count() < {FAR_TOO_MANY} and refused < 200:
    try:
        start(100)
    except RuntimeError:
        refused += 1
if threading.active_count() >= {FAR_TOO_MANY}:
    print("BROKEN OUT")
'''), harmful=True, wall="threads"),
    Attack("more threads with every call", MANY + RIGHT + f'''
right = affine_backward
def affine_backward(dout, cache):
    start({FAR_TOO_MANY} // 4)
    if threading.active_count() >= {FAR_TOO_MANY}:
        print("BROKEN OUT")
    return right(dout, cache)
''', deserves=ANSWER, harmful=True, wall="threads"),
    Attack("threads that start threads", attempt(MANY + f'''
def more(depth):
    try:
        for _ in range(11):
            next = (more, depth - 1) if depth else (time.sleep, 60)
            threading.Thread(target=next[0], args=next[1:], daemon=True).start()
    except RuntimeError:
        pass
    time.sleep(60)
threading.Thread(target=more, args=(2,), daemon=True).start()
time.sleep(1)
if threading.active_count() >= {FAR_TOO_MANY}:
    print("BROKEN OUT")
'''), harmful=True, wall="threads"),
]
