"""Reading, writing and reaching what lies outside the jail."""

from __future__ import annotations

from autograder.examination.attacks.attack import Attack, attempt, reading

SHELL = "system calls: clone vfork execve"

ATTACKS = [
    Attack("connect to a server", attempt('''
import socket
socket.create_connection(("127.0.0.1", {port}), 1).sendall(b"hello")
'''), wall="system calls: socket connect"),
    Attack("run a shell", attempt('''
import subprocess
print(subprocess.check_output(["/bin/sh", "-c", "echo BROKEN $((1 - 1))OUT"]).decode()
      .replace("0", ""))
'''), wall=SHELL),
    Attack("kill a process of the host", attempt('''
import os, signal
os.kill({pid}, signal.SIGKILL)
'''), harmful=True, wall="paths and system calls: kill"),
    Attack("signals to everybody", attempt('''
import os
os.kill(-1, 0)  # says whether there is anybody it could be sent to, and sends nothing
print("BROKEN OUT")
'''), harmful=True, wall="paths and system calls: kill"),
    Attack("read another student's work", reading(
        "{class_}/submitted/ada/03_affine/03_affine.ipynb"), wall="paths"),
    Attack("read a file of the grader's user", reading("{secret}"), wall="paths"),
    Attack("overwrite another student's work", attempt('''
open("{class_}/submitted/ada/03_affine/03_affine.ipynb", "w").write("mine now")
'''), wall="paths"),
    Attack("a new file among the solutions", attempt('''
open("{root}/solutions/x.py", "w").write("mine now")
'''), wall="paths"),
    Attack("look around in /proc", reading(
        "/proc/{pid}/environ", "/proc/{grader}/environ", "/proc/{pid}/maps"), wall="paths"),
    Attack("links out of the scratch folder", attempt('''
import os
os.symlink("{root}", "way out")
''', answer=reading("way out/solutions/03_affine.py")), wall="paths"),
    Attack("a file of a name of its own at the secret's side", attempt('''
open("{secret}.mine", "w").write("mine")
'''), wall="paths"),
]
