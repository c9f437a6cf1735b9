"""Changing what is written about files: modes, owners, times, links and attributes."""

from __future__ import annotations

from autograder.examination.attacks.attack import Attack, attempt

CHANGED = '''
import os, stat
def changed(path, *, mode=None, time=None):
    """Say so if a file has these bits of a mode, or this time."""
    told = os.stat(path)
    if mode and told.st_mode & mode or time and int(told.st_mtime) == time:
        print("BROKEN OUT", oct(told.st_mode), told.st_mtime)
'''

RAW = CHANGED + '''
import ctypes, platform
libc = ctypes.CDLL(None)
'''

MODES = "system calls: chmod fchmod fchmodat fchmodat2"
TIMES = "system calls: utimensat utime utimes futimesat"


def _on_a_copy(code: str) -> str:
    """Code after which a copied program must not run as who owns it."""
    return attempt(f'''{CHANGED}
import shutil, sys
shutil.copyfile("/proc/self/statm", "tool")
{code}
changed("tool", mode=stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX)
''')


ATTACKS = [
    Attack("a copied program that runs as the grader", _on_a_copy('''
os.chmod("tool", 0o4755)
'''), harmful=True, wall=MODES),
    Attack("a copied program that runs as the grader's group", _on_a_copy('''
with open("tool") as file:
    os.fchmod(file.fileno(), 0o2755)
'''), harmful=True, wall=MODES),
    Attack("the mode of a file in a folder that is open", _on_a_copy('''
os.chmod("tool", 0o6755, dir_fd=os.open(".", os.O_RDONLY))
'''), harmful=True, wall=MODES),
    Attack("a mode by the newest of the calls", _on_a_copy('''
import ctypes
ctypes.CDLL(None).syscall(452, -100, b"tool", 0o4755, 0)
'''), harmful=True, wall=MODES),
    Attack("a file that is made with the mode it should not have", attempt(CHANGED + '''
os.umask(0)
os.close(os.open("made", os.O_CREAT | os.O_WRONLY, 0o4755))
changed("made", mode=stat.S_ISUID)
'''), harmful=True, wall="system calls: open openat"),
    Attack("a file without a name that is made so", attempt(CHANGED + '''
os.umask(0)
file = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o4755)
changed(file, mode=stat.S_ISUID)
'''), harmful=True, wall="system calls: open openat"),
    Attack("a file made by the oldest of the calls", attempt(RAW + '''
libc.umask(0)
libc.creat(b"made", 0o4755)
changed("made", mode=stat.S_ISUID)
'''), harmful=True, wall="system calls: creat open openat"),
    Attack("a folder whose files are the group's", attempt(CHANGED + '''
import ctypes
ctypes.CDLL(None).mkdir(b"made", 0o3777)
changed("made", mode=stat.S_ISGID | stat.S_ISVTX)
'''), harmful=True, wall="system calls: mkdir mkdirat"),
    Attack("a folder that nobody can look into", attempt('''
import os, stat
os.mkdir("closed", 0o300)
if not os.stat("closed").st_mode & stat.S_IRUSR:
    print("BROKEN OUT")
'''), harmful=True, wall="system calls: mkdir mkdirat"),
    Attack("a mask that takes the owner's rights", attempt('''
import os, stat
os.umask(0o777)
os.mkdir("closed")
if not os.stat("closed").st_mode & stat.S_IRWXU:
    print("BROKEN OUT")
'''), harmful=True, wall="system calls: umask"),
    Attack("the times of its own files", attempt(CHANGED + '''
open("mine", "w").close()
os.utime("mine", (1, 1))
changed("mine", time=1)
'''), wall=TIMES),
    Attack("the mode of a file of the grader's user", attempt('''
import os
os.chmod("{secret}", 0o777)
'''), harmful=True, wall=f"{MODES} and users"),
    Attack("the times of a file of the grader's user", attempt('''
import os
os.utime("{secret}", (1, 1))
'''), harmful=True, wall=f"{TIMES} and users"),
    Attack("attributes of its own files", attempt('''
import os
open("mine", "w").close()
os.setxattr("mine", "user.mine", b"1")
if os.getxattr("mine", "user.mine") == b"1":
    print("BROKEN OUT")
'''), wall="system calls: setxattr getxattr"),
    Attack("flags of a file, by its device", attempt('''
import fcntl, struct
FS_IOC_GETFLAGS, FS_IOC_SETFLAGS, NO_ACCESS_TIME = 0x80086601, 0x40086602, 0x80
with open("mine", "w") as file:
    fcntl.ioctl(file, FS_IOC_SETFLAGS, struct.pack("l", NO_ACCESS_TIME))
    told = fcntl.ioctl(file, FS_IOC_GETFLAGS, bytes(8))
    if struct.unpack("l", told)[0] & NO_ACCESS_TIME:
        print("BROKEN OUT")
'''), wall="system calls: ioctl"),
]
