"""The sandbox of one answer, made of Linux's own parts. It runs in the fork server, with `fork_server_main.py`.

Once, the fork server gets a view of the file system that has only Python's library in it, read-only (`make_view`). Then
each answer gets namespaces of its own, a folder in memory with a fixed size, no rights, and no way to start processes
(`isolate` and `forbid`). What fails here raises OSError, and the answer doesn't run.
"""
import ctypes
import errno
import os
import resource
import socket
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
FOLDER = "/tmp/answer-folder"  # of every answer: each one sees only its own
NOBODY = 65534  # who an answer is if the grader is root
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
NEW_MOUNTS, NEW_USER = 0x20000, 0x10000000
NEW_REST = 0x8000000 | 0x40000000 | 0x4000000 | 0x20000000  # IPC, network, host name, processes
READ_ONLY, NO_SETUID, NO_DEVICES, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 0x1000, 0x4000, 0x40000
DETACH, THREAD = 2, 0x10000  # options of umount2 and clone
DUMPABLE, DROP_BOUND, NO_NEW_RIGHTS, SECCOMP, ADOPT = 4, 24, 38, 22, 36  # options of prctl
MOUNT_SETATTR, PIDFD_OPEN = 442, 434  # system calls for which not every Python, or C library, has a function

# System calls that no answer needs, by machine: to start processes or namespaces, to use memory that no limit counts,
# to share keys with other processes, to look into them, to program the kernel, and to send descriptors: those on their
# way are counted for all answers together.
X86, ARM = ("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)
CLONE = {X86: 56, ARM: 220}
CLONE3 = 435  # passes its options in memory, where no filter sees them; without it, threads start by clone
KILL = {X86: (62, 234), ARM: (129, 131)}  # kill and tgkill, with the number of the process in front
FORBIDDEN = {
    X86: (57, 58, 272, 308, 29, 64, 68, 240, 319, 447, 248, 249, 250, 101, 310, 311, 298, 321, 323, 425, 424, 438, 200,
          46, 307),
    ARM: (97, 268, 194, 190, 186, 180, 279, 447, 217, 218, 219, 117, 270, 271, 241, 280, 282, 425, 424, 438, 130,
          211, 269)}


def call(name, *arguments):
    """Call a function of the C library and return the result. Raises OSError, which names the function."""
    prepared = [os.fsencode(each) if isinstance(each, str) else ctypes.c_ulong(each) if isinstance(each, int) else each
                for each in arguments]
    result = getattr(LIBC, name)(*prepared)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def make_view(shown, hidden):
    """Let this process see only the paths in `shown`, read-only, without those in `hidden`.

    Returns a descriptor of the system's /proc, which no answer gets, and whether this is root.
    """
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    root = True
    try:
        call("unshare", NEW_MOUNTS)
    except PermissionError:
        root = False
        new_user(proc, NEW_MOUNTS)
    call("mount", None, "/", None, RECURSIVE | PRIVATE, None)
    os.umask(0o022)  # the answer may be another user, who must get into the folders that are made here
    view = "/proc"  # a folder that every system has, so nothing is left on the disk
    call("mount", "tmpfs", view, "tmpfs", NO_SETUID | NO_DEVICES, "mode=755,size=1m")
    for path in (*shown, *DEVICES):
        show(path, view + path)
    for path in hidden:
        if os.path.isdir(view + path):
            call("mount", "tmpfs", view + path, "tmpfs", NO_SETUID | NO_DEVICES, "mode=755,size=4k")
    os.makedirs(view + FOLDER)
    attributes = struct.pack("4Q", READ_ONLY | NO_SETUID, 0, 0, 0)
    call("syscall", MOUNT_SETATTR, -1, view, 0x8000, attributes, len(attributes))  # 0x8000: and all below
    os.chdir(view)
    call("pivot_root", ".", ".")
    call("umount2", ".", DETACH)
    os.chdir("/")
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    call("prctl", ADOPT, 1, 0, 0, 0)  # this process becomes the parent of its children's children
    return proc, root


def show(path, target):
    """Bind a file or a folder to `target`, or make the same link there."""
    if not os.path.lexists(path) or os.path.lexists(target):
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.mkdir(target)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    call("mount", path, target, None, BIND | RECURSIVE, None)


def new_user(proc, others=0):
    """Start namespaces: of users, with only the present one, and others."""
    user, group = os.geteuid(), os.getegid()
    call("unshare", NEW_USER | others)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        tell(proc, name, text)


def tell(proc, name, text):
    """Write a setting of this process to /proc."""
    file = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def start_namespaces(proc, root):
    """Start namespaces for an answer: the next process that this one forks is the first in there."""
    if root:
        call("unshare", NEW_MOUNTS | NEW_REST)
    else:
        new_user(proc, NEW_MOUNTS | NEW_REST)


def isolate(proc, root, settings):
    """Give the first process in an answer's namespaces its folder and limits, and take its rights away.

    Returns a descriptor of the folder, through which the grader reads and writes there.
    """
    owner = (NOBODY, NOBODY) if root else (os.geteuid(), os.getegid())
    size, entries = settings["folder_size"], settings["folder_entries"]
    call("mount", "tmpfs", FOLDER, "tmpfs", NO_SETUID | NO_DEVICES,
         "size={},nr_inodes={},mode=700,uid={},gid={}".format(size, entries, *owner))
    folder = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY)
    tell(proc, "oom_score_adj", "1000")  # if the machine runs out of memory, an answer ends before anything else
    if root:
        become_nobody()
        new_user(proc)  # in which the limit on processes counts only the answer's own
    os.close(proc)
    for right in range(64):
        LIBC.prctl(DROP_BOUND, ctypes.c_ulong(right), 0, 0, 0)  # an error: this kernel has fewer
    call("prctl", NO_NEW_RIGHTS, 1, 0, 0, 0)
    call("capset", struct.pack("Ii", 0x20080522, 0), bytes(24))
    resource.setrlimit(resource.RLIMIT_NPROC, (settings["threads"],) * 2)
    return folder


def become_nobody():
    """Change from root to a user who owns nothing, as far as this system has one."""
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.EPERM):  # a namespace of users which has only this one
            raise
    call("prctl", DUMPABLE, 1, 0, 0, 0)  # else its own files in /proc are root's


def descriptor_of(number):
    """Return a descriptor that can be read as soon as the process has ended."""
    return call("syscall", PIDFD_OPEN, number, 0)


def forbid(only=None):
    """Forbid this process the system calls that no answer needs; with `only`, signals to any other process as well."""
    machine = next((each for each in FORBIDDEN if each[0] == os.uname().machine), None)
    if not machine or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, f"seccomp: no list of system calls for {os.uname().machine}")
    load, equal, at_least, has, end = 0x20, 0x15, 0x35, 0x45, 0x06
    refuse, allow = (end, 0, 0, 0x50000 | errno.EPERM), (end, 0, 0, 0x7FFF0000)
    steps = [(load, 0, 0, 4), (equal, 1, 0, machine[1]), refuse, (load, 0, 0, 0),
             (at_least, 0, 1, 0x40000000), refuse,  # the calls once more, under other numbers
             (equal, 0, 1, CLONE3), (end, 0, 0, 0x50000 | errno.ENOSYS)]
    for number in FORBIDDEN[machine]:
        steps += [(equal, 0, 1, number), refuse]
    for number in KILL[machine] if only else ():
        steps += [(equal, 0, 4, number), (load, 0, 0, 16), (equal, 1, 0, only), refuse, allow]
    steps += [(equal, 0, 3, CLONE[machine]), (load, 0, 0, 16), (has, 1, 0, THREAD), refuse, allow]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    call("prctl", NO_NEW_RIGHTS, 1, 0, 0, 0)
    call("prctl", SECCOMP, 2, struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)), 0, 0)


def escapes(outside, others, port):
    """Return what an answer can do in here and shouldn't, in words. It runs as an answer, past the guard in Python.

    It gets a folder of the grader's, the numbers of some of its processes, and a port on which it listens.
    """
    attempts = {
        "see a folder of the grader's": LIBC.access(outside.encode(), 0) == 0,
        "write to the system": any(LIBC.access(os.fsencode(path), os.W_OK) == 0 for path in (
            "/", "/tmp", os.path.dirname(os.__file__))),  # only asked: if it could, nothing should change
        "see the system's processes": os.path.exists("/proc/1"),
        "signal another process": any(LIBC.kill(number, 0) == 0 for number in others),
        "reach the network": connects(port) or any(name != "lo" for _, name in socket.if_nameindex()),
        "start a process": started(),
        "get rights": has_rights() or LIBC.unshare(NEW_USER) == 0 or LIBC.setuid(0) == 0 and os.getuid() != 0,
        "fill the memory with files": os.statvfs(".").f_blocks * os.statvfs(".").f_frsize > 2**30,
    }
    return [what for what, worked in attempts.items() if worked]


def connects(port):
    file = LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    address = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", port, bytes([127, 0, 0, 1]))
    return LIBC.connect(file, address, len(address)) == 0


def started():
    number = LIBC.fork()
    if number == 0:
        os._exit(0)
    return number > 0


def has_rights():
    """Return whether this process has a capability, or may get one."""
    now = (ctypes.c_uint32 * 6)()
    call("capget", struct.pack("Ii", 0x20080522, 0), now)
    return any(now) or any(LIBC.prctl(23, right, 0, 0, 0) == 1 for right in range(64))
