"""Nothing that is installed calls what only POSIX has without asking first, and the search for such calls works."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from platforms.posix_only import posix_only_findings

REPOSITORY = Path(__file__).resolve().parents[2]
MODULE = REPOSITORY / "ElastixPlus"
INSTALLED = sorted(MODULE.rglob("*.py"))
ALSO_RUN_BY_USERS = sorted((REPOSITORY / "Resources" / "Demo").glob("*.py"))

# Reached where the platform has been asked for already, in another function; test_process_ends.py and
# test_without_posix.py show it. "*" stands for all functions of a file.
ASKED_ELSEWHERE = {
    ("elastix/guard_program.py", "*"): "a program that host_guard starts on POSIX only",
    ("elastix/host_guard.py", "_pipe"): "HostGuard.start asks",
    ("elastix/process_tree.py", "_end_group"): "end_tree asks",
    ("elastix/process_tree.py", "_signal_group"): "end_tree asks",
    ("elastix/process_tree.py", "kill_group"): "called by host_guard where a guard runs",
}
# There is something of that name on Windows, and what it does there is enough.
ENOUGH_ON_WINDOWS = {
    ("elastix/workspace.py", "_make_writable"): "the one bit that Windows knows is the one that keeps from removing",
    ("guidance/memory.py", ""): "a folder that is not there is read as empty, and only where nothing else is known",
    ("presets/preset_folder.py", "_replace"): "renames to names that are free, test_names_and_places.py",
}


def allowance(path: Path, function: str) -> tuple[str, str] | None:
    name = path.relative_to(MODULE / "ElastixPlusLib").as_posix() if "ElastixPlusLib" in path.parts else path.name
    keys = ((name, function), (name, "*"))
    return next((key for key in keys if key in ASKED_ELSEWHERE or key in ENOUGH_ON_WINDOWS), None)


@pytest.fixture(scope="module")
def findings() -> dict[str, tuple[str, str] | None]:
    """What needs POSIX in everything that is installed or shown to users, and what excuses it."""
    return {
        f"{path.relative_to(REPOSITORY)}:{finding.line}: {finding.what}": allowance(path, finding.function)
        for path in (*INSTALLED, *ALSO_RUN_BY_USERS)
        for finding in posix_only_findings(path.read_text(encoding="utf-8"))
    }


def test_nothing_that_is_installed_needs_posix_without_asking(findings):
    assert len(INSTALLED) > 250
    assert [finding for finding, excuse in findings.items() if excuse is None] == []


def test_every_exception_is_still_needed(findings):
    assert {*ASKED_ELSEWHERE, *ENOUGH_ON_WINDOWS} - set(findings.values()) == set()


def test_every_test_can_at_least_be_loaded_without_posix():
    """What a decorator or a module names is looked up before anything is skipped, and would end the whole run."""
    tests = [path for path in sorted((REPOSITORY / "Testing").rglob("*.py")) if "targets" not in path.parts]
    found = {
        f"{path.relative_to(REPOSITORY)}:{finding.line}: {finding.what}"
        for path in tests
        for finding in posix_only_findings(path.read_text(encoding="utf-8"))
        if not finding.function
        and finding.what.startswith(("os.", "signal.", "select.", "socket.", "time.", "module "))
    }
    assert found == set()


BAD = [
    ("import os\nos.killpg(1, 9)", "os.killpg"),
    ("import os as system\nsystem.getuid()", "os.getuid"),
    ("from os import fork", "os.fork"),
    ("import signal\nsignal.signal(signal.SIGHUP, print)", "signal.SIGHUP"),
    ("import signal\ndef f():\n    return signal.SIGKILL", "signal.SIGKILL"),
    ("import fcntl", "module fcntl"),
    ("import signal\n@posix_only\n@each(signal.SIGHUP)\ndef test_a(number):\n    pass", "signal.SIGHUP"),
    ("import os\ndef f(flag=os.O_SYNC):\n    pass", "os.O_SYNC"),
    ("def f():\n    import resource", "module resource"),
    ("from pwd import getpwuid", "module pwd"),
    ("import subprocess\nsubprocess.Popen([], preexec_fn=print)", "argument preexec_fn"),
    ("import os\nos.unlink('a', dir_fd=3)", "argument dir_fd"),
    ("open('/tmp/a', 'rb')", "folder /tmp"),
    ("from pathlib import Path\nPath('/proc/self')", "folder /proc"),
    ("import os\nos.rename('a', 'b')", "rename does not replace a file on Windows"),
    ("from pathlib import Path\nPath('a').symlink_to('b')", "symlink_to needs a right on Windows"),
    ("import os\nif os.name == 'nt':\n    pass\nos.killpg(1, 9)", "os.killpg"),
    ("import os\ndef f(windows):\n    os.killpg(1, 9)\n    if windows:\n        return", "os.killpg"),
    ("import os\nif os.getuid() and os.name:\n    pass", "os.getuid"),
    ("import os\nfrom contextlib import suppress\nwith suppress(OSError):\n    os.sync()", "os.sync"),
    ("import os\ntry:\n    os.sync()\nexcept OSError:\n    pass", "os.sync"),
    ("import os\ndef f():\n    try:\n        g()\n    except ImportError:\n        pass\n    os.getuid()", "os.getuid"),
    ("import os\ntry:\n    pass\nexcept AttributeError:\n    os.sync()", "os.sync"),
]

GOOD = [
    "import os\nif os.name != 'nt':\n    os.killpg(1, 9)",
    "import os\nif hasattr(os, 'sync'):\n    os.sync()",
    "import os\nroot = hasattr(os, 'geteuid') and os.geteuid() == 0",
    "import os\ncount = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1",
    "import os\ndef f(windows):\n    if windows:\n        return\n    os.killpg(1, 9)",
    "import os\nfrom contextlib import suppress\nwith suppress(AttributeError):\n    os.sync()",
    "try:\n    import fcntl\nexcept ImportError:\n    fcntl = None",
    "import os\ndef f():\n    try:\n        import pwd\n    except ImportError:\n        return\n    os.getuid()",
    "import signal\nsignal.signal(signal.SIGINT, print)\nsignal.SIGTERM",
    "import os\nos.replace('a', 'b')\nos.kill(1, 15)\ngetattr(os, 'sync', None)",
    "class A:\n    def fork(self):\n        self.fork()",
    'def f():\n    """Look into /proc."""',
    "import pytest\n@pytest.mark.skipif(True, reason='')\ndef test_a():\n    import fcntl",
]


@pytest.mark.parametrize(("source", "what"), BAD, ids=[what for _, what in BAD])
def test_the_search_finds_what_needs_posix(source: str, what: str):
    assert [finding.what for finding in posix_only_findings(source)] == [what]


@pytest.mark.parametrize("source", GOOD)
def test_the_search_lets_pass_what_asks_first(source: str):
    assert posix_only_findings(source) == ()


OPENING = {"read_text", "write_text", "open", "run", "Popen", "check_output", "NamedTemporaryFile", "TemporaryFile"}


def text_opened_without_encoding(source: str) -> list[int]:
    """Return the lines that read or write text in whatever encoding the computer prefers: cp1252 on many."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or any(word.arg in (None, "encoding") for word in node.keywords):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in OPENING:
            continue
        holder = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        given = {"read_text": 1, "write_text": 2}.get(name)
        if given is not None and len(node.args) < given:
            lines.append(node.lineno)
        if name == "open" and (not holder or "path" in holder.lower() or holder == "io"):
            modes = [ast.unparse(one) for one in [*node.args, *(word.value for word in node.keywords)]]
            if not any("b" in mode.strip("'\"") and set(mode.strip("'\"")) <= set("rwabx+") for mode in modes):
                lines.append(node.lineno)
        is_text = any(word.arg in ("text", "universal_newlines") for word in node.keywords)
        if name in ("run", "Popen", "check_output") and holder == "subprocess" and is_text:
            lines.append(node.lineno)
        if name in ("NamedTemporaryFile", "TemporaryFile") and any(
            word.arg == "mode" and "b" not in ast.unparse(word.value) for word in node.keywords
        ):
            lines.append(node.lineno)
    return lines


def test_every_text_is_read_and_written_in_an_encoding_that_is_said():
    found = {
        str(path.relative_to(REPOSITORY)): lines
        for path in (*INSTALLED, *ALSO_RUN_BY_USERS)
        if (lines := text_opened_without_encoding(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("open('a')", 1),
        ("open('a', 'w')", 1),
        ("open(log_path)", 1),
        ("path.open()", 1),
        ("path.read_text()", 1),
        ("path.write_text(text)", 1),
        ("import subprocess\nsubprocess.run([], text=True)", 1),
        ("tempfile.NamedTemporaryFile(mode='w')", 1),
        ("open('a', 'rb')", 0),
        ("open('a', mode='wb')", 0),
        ("open('a', encoding='utf-8')", 0),
        ("path.open('rb')", 0),
        ("path.read_text('ascii')", 0),
        ("path.write_text(text, encoding='utf-8')", 0),
        ("tempfile.TemporaryFile()", 0),
        ("zipped.open(entry)", 0),
    ],
)
def test_text_without_an_encoding_is_found(source: str, count: int):
    assert len(text_opened_without_encoding(source)) == count
