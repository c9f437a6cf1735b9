"""Reading, writing and reaching what lies outside the jail."""

from __future__ import annotations

from autograder.examination.attacks.attack import Attack, attempt, reading

SHELL = "system calls: clone vfork execve"
ROOT = "capabilities and paths and system calls: "

LIBC = '''
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def done(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
def system_call(name, *arguments):
    x86, arm = {
        "bpf": (321, 280), "keyctl": (250, 219), "perf_event_open": (298, 241),
        "userfaultfd": (323, 282), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
        "pidfd_send_signal": (424, 424), "io_uring_setup": (425, 425), "memfd_secret": (447, 447),
        "landlock_create_ruleset": (444, 444), "rt_sigqueueinfo": (129, 138), "tkill": (200, 130),
        "seccomp": (317, 277), "kcmp": (312, 272), "add_key": (248, 217),
        "process_madvise": (440, 440),
    }[name]
    return done(libc.syscall(arm if os.uname().machine == "aarch64" else x86, *arguments))
'''


def _calling(name: str, code: str, wall: str) -> Attack:
    """Makes a call of the system that it should not be able to make."""
    return Attack(name, LIBC + attempt(code), harmful=True, wall=wall)


ATTACKS = [
    # Reading.
    Attack("read another student's work", reading(
        "{class_}/submitted/ada/03_affine/03_affine.ipynb"), wall="paths"),
    Attack("read a file of the grader's user", reading("{secret}"), wall="paths"),
    Attack("list the class", reading("{class_}/submitted"), wall="paths"),
    Attack("list the processes of the host", attempt('''
import os
if "{grader}" in os.listdir("/proc"):
    print("BROKEN OUT")
'''), wall="paths"),
    Attack("the command lines of other processes", reading("/proc/{grader}/cmdline"), wall="paths"),
    Attack("the environment of other processes", reading(
        "/proc/{pid}/environ", "/proc/{grader}/environ"), wall="capabilities and paths"),
    Attack("the memory of other processes", attempt('''
line = next(line for line in open("/proc/{pid}/maps") if line.split()[1].startswith("r"))
with open("/proc/{pid}/mem", "rb") as memory:
    memory.seek(int(line.split("-")[0], 16))
    if memory.read(16):
        print("BROKEN OUT")
'''), wall="capabilities and paths"),
    Attack("the files that others have open", attempt('''
import os
if os.readlink("/proc/{pid}/fd/1"):
    print("BROKEN OUT")
'''), wall="capabilities and paths"),
    Attack("the root folder of another process", reading(
        "/proc/{grader}/root{secret}", "/proc/{grader}/cwd"), wall="capabilities and paths"),
    Attack("the names of users", reading("/etc/passwd"), wall="paths"),
    Attack("the network's tables", reading("/proc/net/tcp", "/proc/self/net/tcp"), wall="paths"),
    Attack("what is mounted", reading("/proc/self/mountinfo", "/proc/mounts"), wall="paths"),
    Attack("links out of the scratch folder", attempt('''
import os
os.symlink("{root}", "way out")
''', answer=reading("way out/solutions/03_affine.py")), wall="paths"),
    Attack("dots that lead out", reading(
        "../../../../../../../../..{secret}", "/proc/self/cwd/../../../../../..{secret}"),
        wall="paths"),
    Attack("a folder opened first, then a file in it", attempt('''
import os
folder = os.open("{class_}", os.O_RDONLY | os.O_DIRECTORY)
if os.read(os.open("gradebook.db", os.O_RDONLY, dir_fd=folder), 10):
    print("BROKEN OUT")
'''), wall="paths"),
    Attack("a path that is only a place, then its contents", attempt('''
import os
place = os.open("{secret}", os.O_PATH)
if os.read(os.open(f"/proc/self/fd/{place}", os.O_RDONLY), 10):
    print("BROKEN OUT")
'''), wall="paths"),
    Attack("a file mapped into memory", attempt('''
import numpy as np
if np.memmap("{secret}", np.uint8, "r")[0]:
    print("BROKEN OUT")
'''), wall="paths"),
    Attack("a file that the system copies", attempt('''
import os
source, target = os.open("{secret}", os.O_RDONLY), os.open("copy", os.O_CREAT | os.O_RDWR)
if os.sendfile(target, source, 0, 10):
    print("BROKEN OUT")
'''), wall="paths"),
    Attack("a file loaded as code", attempt('''
import importlib.machinery
loader = importlib.machinery.SourceFileLoader("answers", "{root}/solutions/03_affine.py")
if loader.get_source("answers"):
    print("BROKEN OUT")
'''), wall="paths"),
    Attack("an array file that is the gradebook", attempt('''
import numpy as np
if np.fromfile("{class_}/gradebook.db", np.uint8, 16).size:
    print("BROKEN OUT")
'''), wall="paths"),
    _calling("a watch on the files of the class", '''
watch = done(libc.inotify_init1(0))
done(libc.inotify_add_watch(watch, b"{class_}", 0xFFF))
print("BROKEN OUT")
''', "capabilities and system calls: inotify_init1 inotify_add_watch"),
    _calling("a file opened by its handle", '''
handle, mount = (ctypes.c_uint * 64)(128), ctypes.c_int()
done(libc.name_to_handle_at(-100, b"{secret}", handle, ctypes.byref(mount), 0))
print("BROKEN OUT")
''', "capabilities and system calls: name_to_handle_at"),

    # Writing.
    Attack("overwrite another student's work", attempt('''
open("{class_}/submitted/ada/03_affine/03_affine.ipynb", "w").write("mine now")
'''), wall="paths"),
    Attack("a new file among the solutions", attempt('''
open("{root}/solutions/x.py", "w").write("mine now")
'''), wall="paths"),
    Attack("a file beside the secret", attempt('''
open("{secret}.mine", "w").write("mine")
'''), wall="paths"),
    Attack("a folder beside the secret", attempt('''
import os
os.mkdir("{secret}.folder")
'''), wall="paths"),
    Attack("a link beside the secret", attempt('''
import os
os.symlink("/", "{secret}.link")
'''), wall="paths"),
    Attack("a pipe beside the secret", attempt('''
import os
os.mkfifo("{secret}.pipe")
'''), wall="paths and system calls: mknod mknodat"),
    Attack("another name for the secret", attempt('''
import os
os.link("{secret}", "{secret}.too")
'''), wall="paths and system calls: link linkat"),
    Attack("delete the secret", attempt('''
import os
os.unlink("{secret}")
'''), wall="paths"),
    Attack("a file of mine in place of a solution", attempt('''
import os
open("mine", "w").write("def affine_backward(): pass")
os.rename("{root}/solutions/03_affine.py", "{root}/solutions/gone.py")
'''), wall="paths"),
    Attack("empty the gradebook by its path", attempt('''
import os
os.truncate("{class_}/gradebook.db", 0)
'''), wall="paths and system calls: truncate"),
    Attack("take the attributes of the gradebook", attempt('''
import os
os.setxattr("{class_}/seed", "user.mine", b"yes")
'''), wall="capabilities and system calls: setxattr"),
    Attack("give the seed to somebody else", attempt('''
import os
os.chown("{class_}/seed", os.getuid(), os.getgid())
'''), wall="capabilities and system calls: chown lchown fchownat"),

    # Reaching out.
    Attack("connect to a server", attempt('''
import socket
socket.socket().connect(("127.0.0.1", {port}))
'''), wall="system calls: socket connect"),
    Attack("connect to a server by IPv6", attempt('''
import socket
outside = socket.socket(socket.AF_INET6)
outside.connect(("::ffff:127.0.0.1", {port}))
'''), wall="system calls: socket connect"),
    Attack("listen for somebody", attempt('''
import socket
inside = socket.socket()
inside.bind(("127.0.0.1", 0))
inside.listen()
print("BROKEN OUT")
'''), wall="system calls: socket bind listen"),
    Attack("a socket without a connection", attempt('''
import socket
socket.socket(type=socket.SOCK_DGRAM).sendto(b"hello", ("127.0.0.1", 9))
print("BROKEN OUT")
'''), wall="system calls: socket sendto"),
    Attack("ask the kernel about the network", attempt('''
import socket
kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
kernel.bind((0, 0))
print("BROKEN OUT")
'''), wall="system calls: socket bind"),
    Attack("a socket on the wire itself", attempt('''
import socket
socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
print("BROKEN OUT")
'''), wall="capabilities and system calls: socket"),
    Attack("run a shell", attempt('''
import subprocess
print(subprocess.check_output(["/bin/sh", "-c", "echo BROKEN $((1 - 1))OUT"]).decode()
      .replace("0", ""))
'''), wall=SHELL),
    Attack("a shell by an exclamation mark", attempt('''
import os
if os.system("exit 3") == 3 << 8:
    print("BROKEN OUT")
'''), wall=SHELL),
    Attack("another program in place of this one", attempt('''
import os
os.execv("/bin/sh", ["sh", "-c", "echo mine > '{secret}'"])
'''), wall="paths and system calls: execve"),
    _calling("a program that is in memory only", '''
program = done(libc.memfd_create(b"program", 0))
os.write(program, b"#!/bin/sh")
print("BROKEN OUT")
''', "system calls: memfd_create"),

    # Other processes.
    Attack("kill a process of the host", attempt('''
import os, signal
os.kill({pid}, signal.SIGKILL)
'''), harmful=True, wall="paths and system calls: kill"),
    Attack("signals to everybody", attempt('''
import os
os.kill(-1, 0)  # says whether there is anybody it could be sent to, and sends nothing
print("BROKEN OUT")
'''), harmful=True, wall="paths and system calls: kill"),
    _calling("a signal to a thread", '''
system_call("tkill", {pid}, 10)
''', "paths and system calls: tkill"),
    _calling("a signal with a message", '''
information = (ctypes.c_int * 32)(10, 0, -1)
system_call("rt_sigqueueinfo", {pid}, 10, information)
''', "paths and system calls: rt_sigqueueinfo"),
    _calling("a signal by a descriptor", '''
system_call("pidfd_send_signal", system_call("pidfd_open", {pid}, 0), 10, None, 0)
''', "paths and system calls: pidfd_open pidfd_send_signal"),
    _calling("a descriptor of another process", '''
system_call("pidfd_getfd", system_call("pidfd_open", {pid}, 0), 1, 0)
print("BROKEN OUT")
''', ROOT + "pidfd_open pidfd_getfd"),
    _calling("follow another process", '''
done(libc.ptrace(0x4206, {pid}, None, None))
print("BROKEN OUT")
''', ROOT + "ptrace"),
    _calling("read the memory of another process", '''
line = next(line for line in open("/proc/{pid}/maps") if line.split()[1].startswith("r"))
piece = ctypes.create_string_buffer(16)
class Part(ctypes.Structure):
    _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t)]
here = Part(ctypes.addressof(piece), 16)
there = Part(int(line.split("-")[0], 16), 16)
done(libc.process_vm_readv({pid}, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
print("BROKEN OUT")
''', ROOT + "process_vm_readv"),
    _calling("compare with another process", '''
system_call("kcmp", {pid}, {pid}, 0, 0, 1)
print("BROKEN OUT")
''', ROOT + "kcmp"),
    Attack("the priority of another process", attempt('''
import os
os.setpriority(os.PRIO_PROCESS, {pid}, 5)
print("BROKEN OUT")
'''), harmful=True, wall="capabilities and paths and system calls: setpriority"),

    # Parts of the kernel that have had holes.
    _calling("a namespace of its own", '''
done(libc.unshare(0x10000000))
print("BROKEN OUT")
''', "capabilities and system calls: unshare"),
    _calling("the namespaces of another process", '''
done(libc.setns(os.open("/proc/{pid}/ns/uts", os.O_RDONLY), 0))
print("BROKEN OUT")
''', ROOT + "setns"),
    _calling("another root folder", '''
done(libc.chroot(b"."))
print("BROKEN OUT")
''', "capabilities and system calls: chroot"),
    _calling("a mount", '''
done(libc.unshare(0x20000))
done(libc.mount(b"none", b"/", None, 0x44000, None))
print("BROKEN OUT")
''', ROOT + "unshare mount"),
    _calling("a ring of requests, which no filter sees", '''
system_call("io_uring_setup", 1, ctypes.create_string_buffer(120))
print("BROKEN OUT")
''', "system calls: io_uring_setup"),
    _calling("a program in the kernel", '''
system_call("bpf", 0, (ctypes.c_uint * 32)(2, 4, 8, 1), 128)
print("BROKEN OUT")
''', "capabilities and limits and system calls: bpf"),
    _calling("the counters of the processor", '''
attributes = (ctypes.c_uint * 32)(1, 128, 0, 0)
system_call("perf_event_open", attributes, 0, -1, -1, 0)
print("BROKEN OUT")
''', "capabilities and system calls: perf_event_open"),
    _calling("faults that are served by hand", '''
system_call("userfaultfd", 1)
print("BROKEN OUT")
''', "system calls: userfaultfd"),
    _calling("a key in the kernel's ring", '''
system_call("keyctl", 0, -2, 1)
print("BROKEN OUT")
''', "system calls: keyctl"),
    _calling("another personality", '''
done(libc.personality(0x0040000))
print("BROKEN OUT")
''', "system calls: personality"),
    _calling("a name for the machine", '''
name = ctypes.create_string_buffer(64)
done(libc.gethostname(name, 64))
done(libc.sethostname(name, len(name.value)))
print("BROKEN OUT")
''', "capabilities and system calls: sethostname"),
    _calling("a life after its parent", '''
done(libc.prctl(1, 0, 0, 0, 0))
print("BROKEN OUT")
''', "system calls: prctl"),
    _calling("the clock", '''
class Time(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("parts", ctypes.c_long)]
done(libc.adjtimex(ctypes.create_string_buffer(256)))
print("BROKEN OUT")
''', "system calls: adjtimex clock_adjtime"),
    _calling("the kernel's log", '''
done(libc.klogctl(10, None, 0))
print("BROKEN OUT")
''', "capabilities and system calls: syslog"),
    _calling("a filter of its own for system calls", '''
system_call("seccomp", 2, 0, ctypes.byref(ctypes.c_uint(0)))
print("BROKEN OUT")
''', "system calls: seccomp"),
]
