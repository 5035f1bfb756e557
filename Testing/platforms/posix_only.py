"""What a module of Python has on POSIX only, found in source text: calls, modules, arguments, folders, habits.

Pure functions from source to findings. What stands behind a question for the platform is not found::

    if os.name != "nt": ...        if hasattr(os, "killpg"): ...        with suppress(AttributeError): ...
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

# From the library reference, "Availability: Unix" or "not Windows", of what an application could be tempted by.
POSIX_NAMES = {
    "os": set(
        "EX_OK F_LOCK O_CLOEXEC O_DIRECTORY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC RTLD_NOW WCOREDUMP WEXITSTATUS "
        "WIFEXITED WIFSIGNALED WNOHANG WTERMSIG chown chroot confstr ctermid fchmod fchown fdatasync fork forkpty "
        "fpathconf fstatvfs fwalk getegid geteuid getgid getgrouplist getgroups getloadavg getpgid getpgrp getpriority "
        "getresuid getsid getuid getxattr initgroups killpg lchown listxattr lockf major mkfifo mknod nice openpty "
        "pathconf pipe2 posix_fadvise posix_fallocate posix_spawn pread preadv pwrite pwritev register_at_fork "
        "sched_getaffinity sched_setaffinity sched_yield sendfile set_blocking setegid seteuid setgid setgroups "
        "setpgid setpriority "
        "setsid setuid setxattr splice statvfs sync sysconf tcgetpgrp ttyname uname wait wait3 wait4 waitid".split()
    ),
    "signal": set(
        "ITIMER_REAL SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGPROF SIGQUIT SIGSTOP SIGSYS "
        "SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ alarm "
        "pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigtimedwait sigwait sigwaitinfo".split()
    ),
    "select": {"epoll", "kqueue", "poll"},
    "socket": {"AF_UNIX", "socketpair"},
    "time": {"clock_gettime", "pthread_getcpuclockid", "tzset"},
}
POSIX_MODULES = {
    "crypt",
    "curses",
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "syslog",
    "termios",
    "tty",
}
POSIX_ARGUMENTS = {"preexec_fn", "pass_fds", "process_group", "dir_fd", "src_dir_fd", "dst_dir_fd"}
POSIX_FOLDERS = ("/bin/", "/dev/", "/etc/", "/home/", "/proc", "/sys/", "/tmp", "/usr/", "/var/")  # noqa: S108 - nothing is written there
# Each is there on Windows, and does something else: a target that exists makes rename fail, links need a right.
HABITS = {
    "rename": "does not replace a file on Windows",
    "symlink": "needs a right on Windows",
    "symlink_to": "needs a right on Windows",
    "chmod": "knows one bit on Windows",
}
QUESTIONS = ("os.name", "sys.platform", "platform.system", "hasattr")
SUPPRESSING = {"AttributeError", "ImportError", "ModuleNotFoundError"}


@dataclass(frozen=True)
class Finding:
    """One thing that a platform does not have.

    :param function: the innermost function in whose body it stands; "" for what is run when the module is loaded.
    :param what: such as "os.killpg" or "folder /tmp".
    """

    line: int
    function: str
    what: str


def posix_only_findings(source: str) -> tuple[Finding, ...]:
    """Return what a source would need POSIX for, without what it asks the platform for first.

    >>> [finding.what for finding in posix_only_findings("import os\\nos.killpg(1, 9)")]
    ['os.killpg']
    """
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    names = imported_names(tree)
    texts = docstrings(tree)
    found = []
    for node in ast.walk(tree):
        for what in needs_of(node, names, texts):
            around = list(ancestors(node, parents))
            steps = list(zip(around, [node, *around], strict=False))
            if not any(asks_first(one, inner) for one, inner in steps):
                functions = [one.name for one, inner in steps if is_body_of(one, inner)]
                found.append(Finding(getattr(node, "lineno", 0), functions[0] if functions else "", what))
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.what)))


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return the dotted name behind each imported name, also of imports inside functions."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def docstrings(tree: ast.Module) -> set[ast.expr]:
    """Return the expressions that are docstrings."""
    return {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }


def needs_of(node: ast.AST, names: dict[str, str], texts: set[ast.expr]) -> Iterator[str]:
    """Yield what one node, its children not looked at, needs POSIX for."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from needs_of_import(node)
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        module = names.get(node.value.id, "")
        if node.attr in POSIX_NAMES.get(module, ()):
            yield f"{module}.{node.attr}"
    elif isinstance(node, ast.Call):
        yield from (f"argument {word.arg}" for word in node.keywords if word.arg in POSIX_ARGUMENTS)
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if called in HABITS:
            yield f"{called} {HABITS[called]}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in texts:
        yield from (f"folder {folder}" for folder in POSIX_FOLDERS if node.value.startswith(folder))


def needs_of_import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield what an import needs POSIX for."""
    if isinstance(node, ast.Import):
        yield from (f"module {alias.name}" for alias in node.names if alias.name in POSIX_MODULES)
    elif node.module in POSIX_MODULES:
        yield f"module {node.module}"
    else:
        yield from (f"{node.module}.{a.name}" for a in node.names if a.name in POSIX_NAMES.get(node.module or "", ()))


def ancestors(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    """Yield what is around a node, from the inside out."""
    while node in parents:
        node = parents[node]
        yield node


def asks_first(around: ast.AST, inner: ast.AST) -> bool:
    """Whether what is around a node asks for the platform before it comes to ``inner``, which has the node in it."""
    if isinstance(around, ast.If | ast.IfExp | ast.While):
        return inner is not around.test and is_question(around.test)
    if isinstance(around, ast.BoolOp):
        return any(is_question(value) for value in around.values[: around.values.index(inner)])  # type: ignore[arg-type]
    if isinstance(around, ast.Try):
        return inner in around.body and any(names_in(handler.type) & SUPPRESSING for handler in around.handlers)
    if isinstance(around, ast.With):
        return any(names_in(item.context_expr) & SUPPRESSING for item in around.items)
    if is_body_of(around, inner):
        return is_marked(around) or leaves_before(around.body[: around.body.index(inner)])  # type: ignore[arg-type, attr-defined]
    return False


def is_body_of(around: ast.AST, inner: ast.AST) -> bool:
    """Whether a node is a statement of a function: run when that is called, unlike decorators and default values."""
    return isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef) and inner in around.body


def leaves_before(statements: list[ast.stmt]) -> bool:
    """Whether one of the statements finds out about the platform and leaves the function on the wrong one."""
    for one in statements:
        if isinstance(one, ast.If) and is_question(one.test) and isinstance(one.body[-1], ast.Return | ast.Raise):
            return True
        for handler in one.handlers if isinstance(one, ast.Try) else ():
            if names_in(handler.type) & SUPPRESSING and isinstance(handler.body[-1], ast.Return | ast.Raise):
                return True
    return False


def is_question(test: ast.expr) -> bool:
    """Whether a condition asks for the platform, directly or by an argument named ``windows``."""
    text = ast.unparse(test)
    return "windows" in names_in(test) or any(question in text for question in QUESTIONS)


def is_marked(function: ast.AST) -> bool:
    """Whether a test is skipped where something is missing: by a marker of its own, or by one with such a name."""
    marks = [ast.unparse(decorator).lower() for decorator in getattr(function, "decorator_list", ())]
    return any("skipif" in mark or mark in ("posix", "posix_only", "linux_only") for mark in marks)


def names_in(node: ast.AST | None) -> set[str]:
    """Return every plain name in an expression."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} if node is not None else set()
