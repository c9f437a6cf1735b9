"""Ways to carry the numbers of a hidden case out to where a student gets to see them."""

from __future__ import annotations

from autograder.examination.attacks.attack import Attack

DIGITS = '''
import sys, warnings
import numpy as np
def digits(values):
    return " ".join("%.12f" % abs(value) for value in np.ravel(values)[-3:])
'''

WALL = "discretion"


def telling(name: str, body: str, **more) -> Attack:
    """An attack whose backward function has nothing else to do."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    code = f"{DIGITS}\ndef affine_backward(dout, cache):\n{lines}\n    return None\n"
    return Attack(name, code, wall=WALL, **more)


ATTACKS = [
    telling("print what a function is given", "print(digits(dout))"),
    telling("print it to the standard error", "sys.stderr.write(digits(dout))"),
    telling("print it in many short pieces",
            "for letter in digits(dout):\n    print(letter, end='', flush=True)"),
    telling("warn of it", "warnings.warn(digits(dout))"),
    telling("warn of it in the words of NumPy",
            "warnings.warn('overflow encountered in exp ' + digits(dout), RuntimeWarning)"),
    telling("name a warning after it",
            "warnings.warn('', type(digits(dout), (UserWarning,), {}))"),
    telling("raise it", "raise ValueError(digits(dout))"),
    telling("raise it as a missing key", "return {}[digits(dout)]"),
    telling("raise it as a missing name",
            "return eval('d' + digits(dout).replace('.', '_').split()[0])"),
    telling("raise it as a message of NumPy's",
            "raise ValueError('operands could not be broadcast together ' + digits(dout))"),
    telling("raise it as one of the names that the course uses",
            "raise type('Missing', (Exception,), {})(digits(dout) + ' is not defined')"),
    telling("raise it as what is no plain data",
            "raise type('NotPlain', (Exception,), {})('a value of type ' + digits(dout))"),
    telling("name an exception after it", "raise type(digits(dout), (Exception,), {})()"),
    telling("name an exception after it and after one of Python's",
            "raise type('ValueError ' + digits(dout), (ValueError,), {})()"),
    telling("a line of code that was never handed in", '''
import linecache
names = {}
exec(compile("def told():\\n    raise ValueError\\n", "<told>", "exec"), names)
lines = ["def told():\\n", "    raise ValueError  # " + digits(dout) + "\\n"]
linecache.cache["<told>"] = (2, None, lines, "<told>")
names["told"]()'''),
    telling("another line in the place of its own", '''
import linecache
for name, entry in list(linecache.cache.items()):
    if name.startswith("<"):
        linecache.cache[name] = (entry[0], None, [digits(dout)] * 99, name)
raise ValueError'''),
    telling("return it as text in place of a gradient", "return digits(dout), 0.0, 0.0"),
    telling("return it as a tuple of words",
            "return tuple(digits(dout).split()), 0.0, 0.0"),
    telling("return it as the name of a type", "return type(digits(dout), (), {})()"),
    telling("return it as the field of an array",
            "return np.zeros(2, dtype=[(digits(dout)[:15], float)]), 0.0, 0.0"),
    telling("return it as the shape of an array without entries",
            "return np.zeros((0, int((1 + abs(dout.flat[-1]) % 1) * 1e11))), 0.0, 0.0"),
    Attack("name a node after it", DIGITS + '''
kept = [0.0]
class MulNode:
    def __new__(cls):
        if len(kept) > 15:
            return type(digits(kept), (), {})()
        return object.__new__(cls)
    def forward(self, x, y):
        kept.extend([x, y])
        return x * y
    def backward(self, dout):
        return dout, dout
''', deserves=100.0, wall=WALL, chapter="02_computational_graphs", exercise="MulNode"),
    Attack("answer a question with what another exercise was given", DIGITS + '''
kept = [0.0]
earlier = globals()["bill_collapsed"]
def asked(prices, numbers, tax_rate):
    if len(kept) < 4:
        kept.extend(prices)
    return earlier(prices, numbers, tax_rate)
globals()["bill_collapsed"] = asked
def exposing_graph():
    return [("z", digits(kept), ("x", "y"))]
''', deserves=100.0, wall=WALL, chapter="02_computational_graphs", exercise="exposing_graph"),
]
