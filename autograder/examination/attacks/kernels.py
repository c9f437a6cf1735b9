"""Ways out that Landlock closes on newer kernels only, or not at all; system calls close them here.

The walls of these attacks are taken out on a kernel that is made to be as old as it takes.
"""

from __future__ import annotations

from autograder.examination.attacks.attack import Attack, attempt

OLD = "Landlock 1 and users and system calls: "

SIGNALLED = '''
import fcntl, os, signal, socket, struct
ours, theirs = socket.socketpair()
F_SETSIG, F_SETOWN_EX, F_OWNER_PID = 10, 15, 1
FIOASYNC, FIOSETOWN, SIOCSPGRP = 0x5452, 0x8901, 0x8902
'''

ASYNC = '''
fcntl.fcntl(ours, fcntl.F_SETFL, fcntl.fcntl(ours, fcntl.F_GETFL) | os.O_ASYNC)
os.write(theirs.fileno(), b"x")
'''

DATAGRAMS = '''
import errno, socket
ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
def sent(send):
    """Say so if the kernel has looked for a receiver, and found none."""
    try:
        send()
    except OSError as error:
        if error.errno == errno.ECONNREFUSED:
            print("BROKEN OUT")
'''

ATTACKS = [
    Attack("cut a file of the grader's user", attempt('''
import os
os.truncate("{secret}", 3)
'''), harmful=True, wall=OLD + "truncate"),
    Attack("empty a file that may be read", attempt('''
import os
from autograder.kit import student_error
before = os.path.getsize(student_error.__file__)
os.close(os.open(student_error.__file__, os.O_RDONLY | os.O_TRUNC))
if before and not os.path.getsize(student_error.__file__):
    print("BROKEN OUT")
'''), harmful=True, wall=OLD + "open openat"),
    Attack("a signal when there is something to read", attempt(SIGNALLED + '''
fcntl.fcntl(ours, fcntl.F_SETOWN, {pid})
''' + ASYNC), harmful=True, wall=OLD + "fcntl"),
    Attack("another signal when there is something to read", attempt(SIGNALLED + '''
fcntl.fcntl(ours, F_SETSIG, signal.SIGUSR1)
fcntl.fcntl(ours, F_SETOWN_EX, struct.pack("ii", F_OWNER_PID, {pid}))
''' + ASYNC), harmful=True, wall=OLD + "fcntl"),
    Attack("a signal from a pipe", attempt(SIGNALLED + '''
read, write = os.pipe()
fcntl.fcntl(read, fcntl.F_SETOWN, {pid})
fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC)
os.write(write, b"x")
'''), harmful=True, wall=OLD + "fcntl"),
    Attack("a signal asked for as from a device", attempt(SIGNALLED + '''
fcntl.ioctl(ours, SIOCSPGRP, struct.pack("i", {pid}))
fcntl.ioctl(ours, FIOASYNC, struct.pack("i", 1))
os.write(theirs.fileno(), b"x")
'''), harmful=True, wall=OLD + "ioctl"),
    Attack("a signal when a folder changes", attempt(SIGNALLED + '''
folder = os.open(".", os.O_RDONLY)
fcntl.fcntl(folder, F_SETSIG, signal.SIGUSR2)
fcntl.fcntl(folder, fcntl.F_NOTIFY, fcntl.DN_CREATE | fcntl.DN_MULTISHOT)
fcntl.fcntl(folder, fcntl.F_SETOWN, {pid})
open("new", "w").close()
'''), harmful=True, wall=OLD + "fcntl"),
    Attack("a lease on a file", attempt('''
import fcntl
with open("mine", "w") as file:
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    print("BROKEN OUT")
'''), wall="system calls: fcntl"),
    Attack("a datagram to an abstract address", attempt(DATAGRAMS + '''
sent(lambda: ours.sendmsg([b"hello"], [], 0, "\\0{meeting}"))
'''), wall="system calls: socketpair sendmsg"),
    Attack("a datagram to an abstract address, more simply", attempt(DATAGRAMS + '''
sent(lambda: ours.sendto(b"hello", "\\0{meeting}"))
'''), wall="system calls: socketpair sendto"),
    Attack("a datagram to a socket in the file system", attempt(DATAGRAMS + '''
sent(lambda: ours.sendmsg([b"hello"], [], 0, "/dev/null"))
'''), wall="system calls: socketpair sendmsg"),
    Attack("packets in sequence", attempt('''
import socket
socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
print("BROKEN OUT")
'''), wall="system calls: socketpair"),
    Attack("descriptors sent over a socket", attempt('''
import array, socket
ours, theirs = socket.socketpair()
ours.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [3]))])
print("BROKEN OUT")
'''), wall="system calls: sendmsg"),
    Attack("a device in place of a file", attempt('''
import ctypes, os, stat
open("mine", "w").close()
ctypes.CDLL(None).renameat2(-100, b"mine", -100, b"yours", 4)
if stat.S_ISCHR(os.stat("mine").st_mode):
    print("BROKEN OUT")
'''), wall="system calls: renameat2"),
    Attack("a file in memory that counts for nothing", attempt('''
import os
os.ftruncate(os.memfd_create("mine"), 1000)
print("BROKEN OUT")
'''), wall="system calls: memfd_create"),
]
