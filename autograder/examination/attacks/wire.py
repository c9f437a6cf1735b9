"""Attacks on the channel to the grader: a worker sends what no worker would send."""

from __future__ import annotations

from autograder.examination.attacks.attack import POINTS, STUB, Attack

REPLIES = """
import autograder.kit.worker as worker
_encode = worker.encode
def encode(reply):
    return _encode(forged(reply))
worker.encode = encode
"""
"""What the worker sends goes through ``forged(reply)`` from now on."""

FORWARD = """
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
"""
"""Earns the points of affine_forward, and keeps tuples in the worker."""

NOISE = """
import json, os, struct
def message(header, body=b""):
    header = header if type(header) is bytes else json.dumps(header).encode()
    os.write(3, struct.pack("<4sIQ", b"BPC1", len(header), len(body)) + header + body)
"""
"""``message(header)`` sends a message that nobody has asked for."""


def _forging(name: str, body: str, wall: str) -> Attack:
    """All replies are forged from now on."""
    return Attack(name, REPLIES + body + FORWARD + STUB, harmful=True, wall=wall,
                  deserves=POINTS["affine_forward"])


def _noise(name: str, code: str, wall: str = "decoding") -> Attack:
    """Something is sent before it is asked for."""
    return Attack(name, NOISE + code + STUB, harmful=True, wall=wall)


ATTACKS = [
    # Too much.
    Attack("a huge array", """
import numpy as np
def affine_backward(dout, cache):
    big = np.zeros(30_000_000)
    return big, dout, dout
""", harmful=True, wall="size of replies"),
    _noise("a header of 300 MB", """
os.write(3, struct.pack("<4sIQ", b"BPC1", 300 << 20, 0))
blank = b" " * (1 << 20)
for _ in range(300):
    sent = 0
    while sent < len(blank):
        sent += os.write(3, blank[sent:])
""", "size of headers"),
    # Not in the form of a reply.
    _forging("a cell whose failure is a number", """
def forged(reply):
    return {**reply, "failure": 7} if "stdout" in reply else reply
""", "form of cells"),
    _forging("a cell that printed a number", """
def forged(reply):
    return {**reply, "stdout": 7} if "stdout" in reply else reply
""", "form of cells"),
    _forging("a cell without anything", """
def forged(reply):
    return {"nonce": reply["nonce"], "error": None} if "stdout" in reply else reply
""", "form of cells"),
    _forging("figures that are no pictures", """
def forged(reply):
    return {**reply, "figures": [1, "x", None]} if "stdout" in reply else reply
""", "form of cells"),
    _forging("an error that is a number", """
def forged(reply):
    return reply if "stdout" in reply else {**reply, "error": 7}
""", "form of errors"),
    _forging("an error of too many parts", """
def forged(reply):
    return reply if "stdout" in reply else {**reply, "error": ["a", "b", "c", "d", "e"]}
""", "form of errors"),
    _forging("an error of numbers", """
def forged(reply):
    return reply if "stdout" in reply else {**reply, "error": [1, 2, 3]}
""", "form of errors"),
    _forging("printed text that is a list", """
def forged(reply):
    return {**reply, "printed": [1, 2]}
""", "form of notes"),
    _forging("a warning that is a number", """
def forged(reply):
    return {**reply, "warned": [1, None]}
""", "form of notes"),
    _forging("warnings that are no list", """
def forged(reply):
    return {**reply, "warned": 7}
""", "form of notes"),
    _forging("changed arguments that are a list", """
def forged(reply):
    return {**reply, "changed": [1, 2, 3]} if "changed" in reply else reply
""", "form of changes"),
    _forging("entries of a tuple without numbers", """
def forged(reply):
    return {**reply, "parts": [["x"], [], 7]} if "parts" in reply else reply
""", "form of parts"),
    _forging("entries of a tuple that are no list", """
def forged(reply):
    return {**reply, "parts": 7} if "parts" in reply else reply
""", "form of parts"),

    # Not a message.
    _noise("a header that is no JSON", """
message(b"{'nonce': hello")
"""),
    _noise("a header that is no text", """
message(b"\\xff\\xfe\\x00" * 50)
"""),
    _noise("a header nested a hundred thousand times", """
message(b"[" * 100_000 + b"]" * 100_000)
"""),
    _noise("a header that is a list", """
message([1, 2, 3])
"""),
    _noise("a tag that nobody knows", """
message({"dict": {"nonce": {"code": "import os"}}})
"""),
    _noise("source code in a message", """
message({"dict": {"nonce": {"source": "__import__('os').getcwd()"}}})
"""),
    _noise("an array of Python objects", """
message({"dict": {"value": {"array": ["|O8", [1], ""]}}}, bytes(8))
"""),
    _noise("an array longer than the message", """
message({"dict": {"value": {"array": ["<f8", [1000, 1000], ""]}}}, bytes(8))
"""),
    _noise("an array of a negative size", """
message({"dict": {"value": {"array": ["<f8", [-1, -8], ""]}}}, bytes(64))
"""),
    _noise("an array of a size beyond counting", """
message({"dict": {"value": {"array": ["<f8", [2**62, 2**62, 0], ""]}}})
"""),
    _noise("an integer of a million digits", """
message({"dict": {"value": {"int": "9" * 1_000_000}}})
"""),
]
