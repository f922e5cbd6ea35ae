"""The sandbox of one answer, made of Linux's own parts. It runs in the fork server, with `fork_server_main.py`.

Once, the fork server gets a view of the file system that has only Python's library in it, read-only (`make_view`). Then
each answer gets namespaces of its own, a folder in memory with a fixed size, no rights, and no way to start processes
(`isolate` and `forbid`). What fails here raises OSError, and the answer doesn't run.

Without namespaces (`--no-sandbox`) the answers share the system with everything else. There `keep_apart` does what this
kernel can do without them: Landlock for files, seccomp, no capabilities, and limits.
"""
import contextlib
import ctypes
import errno
import functools
import os
import resource
import socket
import struct

LIBC = ctypes.CDLL(None, use_errno=True)
NOBODY, USERS = 65534, 0x7F000000  # who answers are if the grader is root: with a number from here on, each is another
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
NEW_MOUNTS, NEW_USER = 0x20000, 0x10000000
NEW_REST = 0x8000000 | 0x40000000 | 0x4000000 | 0x20000000  # IPC, network, host name, processes
READ_ONLY, NO_SETUID, NO_DEVICES, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 0x1000, 0x4000, 0x40000
DETACH, THREAD = 2, 0x10000  # options of umount2 and clone
END_WITH_PARENT, DUMPABLE, DROP_BOUND, NO_NEW_RIGHTS, SECCOMP, ADOPT = 1, 4, 24, 38, 22, 36  # options of prctl
MOUNT_SETATTR, PIDFD_OPEN = 442, 434  # system calls for which not every Python, or C library, has a function
NAMES = {MOUNT_SETATTR: "mount_setattr", PIDFD_OPEN: "pidfd_open"}

# System calls that no answer needs, by machine: to start processes or namespaces, to use memory that no limit counts,
# to share keys with other processes, to look into them, to program the kernel, to be another user, to send descriptors,
# and to prepare asynchronous input: what's on its way is counted for all answers together.
X86, ARM = ("x86_64", 0xC000003E), ("aarch64", 0xC00000B7)
CLONE = {X86: 56, ARM: 220}
SOCKET = {X86: 41, ARM: 198}
NETWORKS = (1, 2, 10, 16)  # kinds of sockets: local, IP, IPv6, netlink. Others may leave a namespace, such as vsock
CLONE3 = 435  # passes its options in memory, where no filter sees them; without it, threads start by clone
KILL = {X86: (62, 234), ARM: (129, 131)}  # kill and tgkill, with the number of the process in front
FORBIDDEN = {
    X86: (57, 58, 272, 308, 29, 64, 68, 240, 319, 447, 248, 249, 250, 101, 310, 311, 298, 321, 323, 425, 424, 438, 200,
          105, 113, 117, 122, 46, 307, 206),
    ARM: (97, 268, 194, 190, 186, 180, 279, 447, 217, 218, 219, 117, 270, 271, 241, 280, 282, 425, 424, 438, 130,
          146, 145, 147, 151, 211, 269, 0)}

# What an answer without namespaces must not do either, because there it would reach others, past Landlock. In order:
# to signal other processes or slow them down, open sockets, open files by number, use others' shared memory, watch
# folders, label files, and allocate disk space without writing. To set a file's time must be left, because tasks ask
# for that, and no filter sees whose file it is.
ALSO_FORBIDDEN = {
    X86: (129, 297, 141, 142, 144, 203, 314, 251, 256, 279, 312, 440, 448, 41, 42, 49, 304, 30, 31, 65, 66, 220, 69, 70,
          71, 241, 253, 254, 294, 300, 188, 189, 190, 197, 198, 199, 463, 466, 469, 132, 235, 261, 285),
    ARM: (138, 240, 140, 118, 119, 122, 274, 30, 238, 239, 272, 440, 448, 198, 203, 200, 265, 196, 195, 193, 191, 192,
          189, 188, 187, 181, 26, 27, 262, 5, 6, 7, 14, 15, 16, 463, 466, 469, 47)}
CHANGE_MODE = {X86: (90, 91, 92, 93, 94, 260, 268, 452), ARM: (52, 53, 54, 55, 452)}  # chmod, chown, and the like
TRUNCATE, LIMITS_OF, SOCKETPAIR = {X86: 76, ARM: 45}, {X86: 302, ARM: 261}, {X86: 53, ARM: 199}
REFUSED_VALUES = (  # calls by machine, the place of an argument, and its values that let signals out or label files
    ({X86: 157, ARM: 167}, 0, (END_WITH_PARENT, DUMPABLE)),  # prctl
    ({X86: 72, ARM: 25}, 1, (8, 15)),  # fcntl: F_SETOWN, F_SETOWN_EX
    ({X86: 16, ARM: 29}, 1, (0x8901, 0x8902, 0x40086602, 0x401C5820)))  # ioctl: owners of signals, flags of files
LOAD, EQUAL, AT_LEAST, HAS, AND, END = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06  # steps of a filter
REFUSE, PRETEND, ALLOW = (END, 0, 0, 0x50000 | errno.EPERM), (END, 0, 0, 0x50000), (END, 0, 0, 0x7FFF0000)

NEW_RULES, ADD_RULE, RULE_OVER_ME = 444, 445, 446  # Landlock's system calls
ALL_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 4: 0x7FFF}  # to files, by Landlock's version; since the fifth 0xFFFF
READ_FILE, READ_FOLDER, WRITE_FILE = 4, 8, 2
IN_ITS_FOLDER = 0x75BE  # all but to run programs, and to make devices and sockets
OWN_USERS = 2**30  # with a process number added, the user who an answer of root's counts as
SLOTS = 2**14  # at most so many processes may a user have when an answer starts one more thread


def call(name, *arguments):
    """Call a function of the C library and return the result. Raises OSError, which names the function."""
    prepared = [os.fsencode(each) if isinstance(each, str) else ctypes.c_ulong(each) if isinstance(each, int) else each
                for each in arguments]
    result = getattr(LIBC, name)(*prepared)
    if result < 0:
        number, name = ctypes.get_errno(), NAMES.get(arguments[0], name)
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def in_words(problem):
    """Return why there's no sandbox, as a teacher would understand it, followed by what the system said."""
    number, said = getattr(problem, "errno", None), getattr(problem, "strerror", None) or repr(problem)
    if number in (errno.EPERM, errno.EACCES, errno.EINVAL):
        return f"this system or container doesn't let a program make one ({said})"
    if number in (errno.ENOSPC, errno.EUSERS):
        return f"this system's limit on namespaces is reached ({said})"
    if number == errno.ENOSYS:
        return f"it needs Linux 5.14 or newer, on x86-64 or ARM64 ({said})"
    return said


def make_view(folder, shown, hidden):
    """Let this process see only the paths in `shown`, read-only, without those in `hidden`, and an empty `folder`.

    Returns a descriptor of the system's /proc, which no answer gets, and whether this is root.
    """
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
    root = True
    try:
        call("unshare", NEW_MOUNTS)
    except PermissionError:
        root = False
        with contextlib.suppress(OSError):
            count_apart()  # root without its rights, as in a container
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
    os.makedirs(view + folder)
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
    except OSError as problem:
        raise OSError(problem.errno, f"{name}: {problem.strerror}") from None
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
    user = other_user(proc) if root else None
    owner = (user, user) if user else (os.geteuid(), os.getegid())
    size, entries = settings["folder_size"], settings["folder_entries"]
    call("mount", "tmpfs", settings["folder"], "tmpfs", NO_SETUID | NO_DEVICES,
         "size={},nr_inodes={},mode=700,uid={},gid={}".format(size, entries, *owner))
    folder = os.open(settings["folder"], os.O_RDONLY | os.O_DIRECTORY)
    tell(proc, "oom_score_adj", "1000")  # if the machine runs out of memory, an answer ends before anything else
    if user:
        become(user)
    if root and user in (NOBODY, None):
        new_user(proc)  # in which the limit on processes counts only the answer's own
    os.close(proc)
    give_up_rights()
    resource.setrlimit(resource.RLIMIT_NPROC, (settings["threads"],) * 2)
    return folder


def other_user(proc):
    """Return the number of a user who owns nothing: only this answer's, if the system has so many. None if it has none.

    With a number that's only this answer's, root needs no namespace of users, which many systems refuse.
    """
    own = USERS + os.stat("self/ns/pid", dir_fd=proc).st_ino % 2**24  # another in each namespace of processes
    for number in (own, NOBODY):
        if all(has_number(proc, name, number) for name in ("uid_map", "gid_map")):
            return number
    return None


def has_number(proc, name, number):
    """Return whether this namespace of users has the number of a user or a group."""
    file = os.open(f"self/{name}", os.O_RDONLY, dir_fd=proc)
    try:
        lines = os.read(file, 10**5).split(b"\n")
    finally:
        os.close(file)
    ranges = [tuple(map(int, line.split())) for line in lines if line]
    return any(first <= number < first + size for first, _, size in ranges)


def become(user):
    """Change from root to another user and their group."""
    drop_bound()  # which the other may not
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    call("prctl", DUMPABLE, 1, 0, 0, 0)  # else its own files in /proc are root's


def drop_bound():
    """Give up all rights that a program could have got from its file."""
    for right in range(64):
        LIBC.prctl(DROP_BOUND, ctypes.c_ulong(right), 0, 0, 0)  # an error: this kernel has fewer


def descriptor_of(number):
    """Return a descriptor that can be read as soon as the process has ended."""
    return call("syscall", PIDFD_OPEN, number, 0)


def forbid(only=None):
    """Forbid this process the system calls that no answer needs.

    With `only`, its own number, also those that reach others if there are no namespaces.
    """
    machine = next((each for each in FORBIDDEN if each[0] == os.uname().machine), None)
    if not machine or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, f"seccomp: no rules for {os.uname().machine}")
    steps = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, machine[1]), REFUSE, (LOAD, 0, 0, 0),
             (AT_LEAST, 0, 1, 0x40000000), REFUSE,  # the calls once more, under other numbers
             (EQUAL, 0, 1, CLONE3), (END, 0, 0, 0x50000 | errno.ENOSYS)]
    for number in FORBIDDEN[machine]:
        steps += [(EQUAL, 0, 1, number), REFUSE]
    steps += by_argument(SOCKET[machine], 0, NETWORKS, ALLOW, REFUSE) if not only else []
    steps += keeping_apart(machine, only) if only else []
    steps += [(EQUAL, 0, 3, CLONE[machine]), (LOAD, 0, 0, 16), (HAS, 1, 0, THREAD), REFUSE, ALLOW]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    call("prctl", NO_NEW_RIGHTS, 1, 0, 0, 0)
    call("prctl", SECCOMP, 2, struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program)), 0, 0)


def keeping_apart(machine, only):
    """Return the filter's steps against what would reach others, for a process with the number `only`."""
    steps = []
    for number in (*ALSO_FORBIDDEN[machine], *([TRUNCATE[machine]] if landlock_version() < 3 else [])):
        steps += [(EQUAL, 0, 1, number), REFUSE]
    for number in CHANGE_MODE[machine]:  # without an error, because a function like shutil.copy would stop at that
        steps += [(EQUAL, 0, 1, number), PRETEND]
    for number in KILL[machine]:
        steps += by_argument(number, 0, [only], ALLOW, REFUSE)
    steps += by_argument(LIMITS_OF[machine], 0, [0, only], ALLOW, REFUSE)
    steps += by_argument(SOCKETPAIR[machine], 1, [1], ALLOW, REFUSE, 0xF)  # streams: they can't send anywhere else
    for numbers, place, values in REFUSED_VALUES:
        steps += by_argument(numbers[machine], place, values, REFUSE, ALLOW)
    return steps


def by_argument(number, place, values, then, otherwise, mask=0xFFFFFFFF):
    """Return the steps that end a system call with `then` if an argument is one of the values."""
    steps = [(LOAD, 0, 0, 16 + 8 * place), (AND, 0, 0, mask)]
    for value in values:
        steps += [(EQUAL, 0, 1, value), then]
    return [(EQUAL, 0, len(steps) + 1, number), *steps, otherwise]


def keep_apart(settings, rules):
    """Keep an answer without namespaces from all others, as far as this kernel can. Its folder must be there.

    What this kernel can't do is left out. `rules` are those of `rules_for_reading`.
    """
    for step, *arguments in ((die_first,), (limit_threads, settings["threads"]), (give_up_rights,),
                             (allow_only, [*rules, (settings["folder"], IN_ITS_FOLDER)]), (forbid, os.getpid())):
        with contextlib.suppress(OSError):
            step(*arguments)


def die_first():
    """End with the fork server, and before anything else if the machine runs out of memory."""
    call("prctl", DUMPABLE, 1, 0, 0, 0)  # else the next file is root's
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    call("prctl", DUMPABLE, 0, 0, 0, 0)  # so no other process of the same user looks into this one
    call("prctl", END_WITH_PARENT, 9, 0, 0, 0)


def limit_threads(threads):
    """Limit the threads of an answer. The system counts those of a user, not of a process."""
    try:
        count_apart()
        most = threads
    except OSError:
        most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        most = (min(most, SLOTS) if most >= 0 else SLOTS) * 3 // 4  # a quarter is left to others
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def count_apart():
    """If this is root, count as a user of its own, because the system doesn't limit the processes of root.

    Files still see root, so it gets into the folders that only root may. Raises OSError if it can't.
    """
    if os.geteuid():
        raise PermissionError(errno.EPERM, "not root")
    os.setresuid(OWN_USERS + os.getpid(), 0, 0)
    os.access = functools.partial(os.access, effective_ids=True)


def give_up_rights():
    """Let go of all capabilities, for good."""
    drop_bound()
    call("prctl", NO_NEW_RIGHTS, 1, 0, 0, 0)
    call("capset", struct.pack("Ii", 0x20080522, 0), bytes(24))


def landlock_version():
    """Return the version of this kernel's Landlock, 0 without."""
    try:
        return call("syscall", NEW_RULES, None, 0, 1)
    except OSError:
        return 0


def rules_for_reading(shown, hidden):
    """Return [(path, rights)] with which the paths in `shown` can be read, but none in `hidden`."""
    paths = {os.path.realpath(path) for path in (*shown, *DEVICES[1:])}
    hidden = {os.path.realpath(path) for path in hidden}
    return [(DEVICES[0], READ_FILE | WRITE_FILE), *(rule for path in sorted(paths) for rule in reading(path, hidden))]


def reading(path, hidden):
    """Return the rules for reading a path. Landlock can't take a folder out, so what's beside it is allowed instead."""
    if path in hidden or os.path.islink(path) or not os.path.exists(path):
        return []
    if not os.path.isdir(path):
        return [(path, READ_FILE)]
    if not any(each.startswith(os.path.join(path, "")) for each in hidden):
        return [(path, READ_FILE | READ_FOLDER)]
    inner = (reading(os.path.join(path, name), hidden) for name in os.listdir(path))
    return [(path, READ_FOLDER), *(rule for rules in inner for rule in rules)]


def allow_only(rules):
    """Allow this process only what the rules do: of files, of TCP, and of signals and sockets by name to others."""
    version = landlock_version()
    every = ALL_RIGHTS.get(version, 0xFFFF)
    ruleset = call("syscall", NEW_RULES, struct.pack("3Q", every, 3 * (version >= 4), 3 * (version >= 6)), 24, 0)
    try:
        for path, rights in rules:
            file = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                call("syscall", ADD_RULE, ruleset, 1, struct.pack("=Qi", rights & every, file), 0)
            finally:
                os.close(file)
        call("syscall", RULE_OVER_ME, ruleset, 0)
    finally:
        os.close(ruleset)


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
        "reach the network": connects(port) or any(name != "lo" for _, name in socket.if_nameindex())
        or LIBC.socket(40, socket.SOCK_STREAM, 0) >= 0,  # 40: vsock, to the host of a virtual machine
        "start a process": started(),
        "get rights": has_rights() or LIBC.unshare(NEW_USER) == 0 or LIBC.setuid(0) == 0,
        "fill the memory with files": os.statvfs(".").f_blocks * os.statvfs(".").f_frsize > 2**30,
    }
    return [what for what, worked in attempts.items() if worked]


def reaches(outside, others, port):
    """Return what an answer can do without namespaces and shouldn't, in words, as `escapes` does in a sandbox."""
    attempts = {
        "read files of yours": LIBC.open(outside.encode(), os.O_DIRECTORY) >= 0,
        "change files of yours": LIBC.open(outside.encode(), os.O_TMPFILE | os.O_WRONLY, 0o600) >= 0,
        "signal other processes": any(LIBC.kill(number, 0) == 0 for number in others),
        "reach the network": connects(port),
        "start processes": started(),
        "use root's rights": has_rights(ever=False) or LIBC.prctl(39, 0, 0, 0, 0) != 1,  # 39: no new ones
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


def has_rights(ever=True):
    """Return whether this process has a capability, or with `ever`, whether another program could ever get one."""
    now = (ctypes.c_uint32 * 6)()
    call("capget", struct.pack("Ii", 0x20080522, 0), now)
    return any(now) or ever and any(LIBC.prctl(23, right, 0, 0, 0) == 1 for right in range(64))
