"""The guard beside a run: what it ends and removes, what it never touches, and that it goes when the run is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ElastixPlusLib import register
from ElastixPlusLib.elastix import host_guard
from ElastixPlusLib.elastix.guard_program import end_groups, remove, what_is_left
from ElastixPlusLib.elastix.host_guard import HostGuard
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.workspace import Workspace
from ElastixPlusLib.errors import ElastixFailedError
from faults.conftest import WRITE_RESULT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the guard is a program for POSIX")

HOST = """
import sys, time
from pathlib import Path
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.elastix.workspace import Workspace

workspace = Workspace.create(Path(sys.argv[1]), keep=sys.argv[2] == "keep")
if sys.argv[2] == "fails":
    workspace.keep_on_failure()
(workspace.result / "read-only").mkdir(mode=0o500)
command = ["/bin/sh", "-c", sys.argv[3]]
process = ElastixProcess(command, workspace.folder, {"PATH": "/usr/bin:/bin"}, workspace.console_log, workspace.guard)
if sys.argv[2] != "exports":
    process.start()
    while not process.poll():
        time.sleep(0.01)
print(workspace.folder, flush=True)
time.sleep(0 if sys.argv[2] == "ends" else 60)
"""
STUBBORN = "trap '' TERM; (trap '' TERM HUP INT; exec sleep 60) & echo begun; wait; sleep 60"


def guards(of: int | None = None) -> list[psutil.Process]:
    """The guards among the children of a process."""
    found = []
    for child in psutil.Process(of).children():
        with suppress(psutil.Error):
            happens(lambda child=child: child.cmdline() or not child.is_running(), 0.5)  # none yet while it starts
            if any(word.endswith("guard_program.py") for word in child.cmdline()):
                found.append(child)
    return found


def living_in(folder: Path) -> list[int]:
    """The processes that work in a folder, or that know it from their command line."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            words = [*process.cmdline(), process.cwd()]
            if process.status() != psutil.STATUS_ZOMBIE and any(word.startswith(str(folder)) for word in words):
                found.append(process.pid)
    return found


def happens(what: Callable[[], bool], seconds: float = 8.0) -> bool:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def host(surroundings) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a program with one run that does not end by itself; returns once it is at work."""
    hosts: list[subprocess.Popen[str]] = []

    def start(mode: str = "", child: str = "echo begun; sleep 60", **options: object) -> subprocess.Popen[str]:
        words = [sys.executable, "-c", HOST, str(surroundings.runs), mode, child]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        hosts.append(subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True, **options))
        assert hosts[-1].stdout.readline().startswith(str(surroundings.runs))
        return hosts[-1]

    yield start
    for one in hosts:
        one.kill()
        one.communicate()


@pytest.mark.parametrize("number", [getattr(signal, "SIGKILL", 9), signal.SIGSEGV])
def test_a_stubborn_child_and_the_run_folder_go_with_the_host(number, host, surroundings):
    one = host(child=STUBBORN)
    assert living_in(surroundings.runs)
    one.send_signal(number)
    assert happens(lambda: not living_in(surroundings.runs))
    assert happens(lambda: not os.listdir(surroundings.runs))


def test_a_script_that_ends_in_the_middle_of_a_run_leaves_nothing(host, surroundings):
    assert host("ends").wait(10) == 0
    assert happens(lambda: not living_in(surroundings.runs))
    assert happens(lambda: not os.listdir(surroundings.runs))


def test_a_host_that_dies_before_elastix_was_started_leaves_no_folder(host, surroundings):
    host("exports").kill()
    assert happens(lambda: not os.listdir(surroundings.runs))


@pytest.mark.parametrize("mode", ["keep", "fails"])
def test_a_folder_that_is_to_be_kept_outlives_the_host_and_the_child_does_not(mode, host, surroundings):
    host(mode).kill()
    assert happens(lambda: not living_in(surroundings.runs))
    surroundings.kept = 1


def test_an_interrupt_at_the_keyboard_does_not_reach_the_guard(host, surroundings):
    """It goes to the whole process group of the host."""
    one = host(start_new_session=True)
    (guard,) = guards(one.pid)
    assert os.getsid(guard.pid) == guard.pid
    os.killpg(one.pid, signal.SIGINT)
    assert happens(lambda: not living_in(surroundings.runs))
    assert happens(lambda: not os.listdir(surroundings.runs))


def test_the_guard_goes_with_a_run_that_succeeds(surroundings, fake_elastix, monkeypatch):
    seen: list[int] = []
    watch = HostGuard.watch
    monkeypatch.setattr(HostGuard, "watch", lambda *words: (watch(*words), seen.extend(one.pid for one in guards()))[0])
    register(surroundings.request(fake_elastix()))
    surroundings.changes_scene = True
    assert len(seen) == 1
    assert not psutil.pid_exists(seen[0])


def test_the_guard_is_told_of_each_process_that_runs_and_that_has_ended(surroundings, fake_elastix, monkeypatch):
    """The number of a process that has ended may soon be that of another."""
    said: list[str] = []
    monkeypatch.setattr(HostGuard, "_say", lambda _, word: said.append(word))
    fake_elastix("cp probe_points.txt result/outputpoints.txt", "transformix")
    body = WRITE_RESULT.replace("TranslationTransform", "SplineKernelTransform")
    surroundings.fails(surroundings.request(fake_elastix(body)), ElastixFailedError, keeps=True)
    assert [word[0] for word in said] == ["+", "-", "+", "-", "+", "-", "k"]
    assert said[0][1:] == said[1][1:]
    assert [word[1:] for word in said[2::2][:2]] == [word[1:] for word in said[3::2]]


def test_an_interrupt_while_elastix_is_started_leaves_no_process(surroundings, fake_elastix, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(HostGuard, "watch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        register(surroundings.request(fake_elastix("sleep 60")))


def test_a_guard_that_has_been_killed_changes_nothing(surroundings, fake_elastix, monkeypatch):
    start = HostGuard.start

    def start_and_kill(self: HostGuard, *words: object) -> None:
        start(self, *words)
        for guard in guards():
            guard.kill()
            happens(lambda: guard.status() == psutil.STATUS_ZOMBIE)  # noqa: B023

    monkeypatch.setattr(HostGuard, "start", start_and_kill)
    assert register(surroundings.request(fake_elastix())).transform is not None
    surroundings.changes_scene = True


@pytest.mark.parametrize("interpreter", [None, "/no/such/python", "/bin/false", "/bin/cat"])
def test_a_run_without_an_interpreter_for_the_guard_goes_on(interpreter, surroundings, fake_elastix, monkeypatch):
    monkeypatch.setattr(host_guard, "find_interpreter", lambda *_: interpreter)
    assert register(surroundings.request(fake_elastix(f"sleep 0.1\n{WRITE_RESULT}"))).transform is not None
    surroundings.changes_scene = True


@pytest.mark.parametrize("missing", ["pipe", "fcntl"])
def test_a_system_without_another_pipe_has_no_guard(missing, surroundings, fake_elastix, monkeypatch):
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(24, "Too many open files")

    guard = HostGuard(surroundings.runs, (1, 2))
    monkeypatch.setattr(*((os, "pipe") if missing == "pipe" else (fcntl, "fcntl")), refuse)
    guard.start()
    assert not guards()


def test_no_other_child_holds_the_pipe_of_the_guard(surroundings):
    """Else the guard would not notice the end of the host as long as that child runs."""
    with Workspace.create(surroundings.runs) as workspace, subprocess.Popen(["sleep", "60"], close_fds=False) as other:
        (guard,) = guards()
        pipe = os.readlink(f"/proc/{guard.pid}/fd/0")
        held = {os.readlink(f"/proc/{other.pid}/fd/{name}") for name in os.listdir(f"/proc/{other.pid}/fd")}
        assert pipe.startswith("pipe:")
        assert pipe not in held
        assert len(os.listdir(f"/proc/{guard.pid}/fd")) <= 4, "its streams, and its own file while it starts"
        assert os.readlink(f"/proc/{guard.pid}/cwd") == "/"
        other.kill()
        assert workspace.folder.is_dir()


def test_a_run_that_is_forgotten_takes_its_guard_along(surroundings):
    workspace = Workspace.create(surroundings.runs)
    assert happens(lambda: len(guards()) == 1)
    folder = workspace.folder
    del workspace
    assert happens(lambda: not guards())
    assert folder.is_dir(), "nobody said that it was over"
    surroundings.kept = 1


def test_a_folder_that_is_kept_anyway_gets_a_guard_only_for_what_runs_in_it(surroundings):
    with Workspace.create(surroundings.runs, keep=True) as workspace:
        assert not guards()
        words, folder = ["/bin/sh", "-c", "sleep 60"], workspace.folder
        with ElastixProcess(words, folder, {"PATH": "/bin:/usr/bin"}, workspace.console_log, workspace.guard):
            assert happens(lambda: len(guards()) == 1)
    surroundings.kept = 1


# The program itself


@pytest.mark.parametrize(
    ("news", "groups", "keep"),
    [
        (b"", set(), False),
        (b"+12\n+13\n-12\n", {13}, False),
        (b"+12\nkeep\n", {12}, True),
        (b"+12", set(), False),
        (b"+0\n+1\n+-1\n+ 7\n+7x\n12\n++5\n+\n+99999999999999\n", set(), False),
        (b"\xff\x00\nkeep it\n+12\n", {12}, False),
    ],
)
def test_only_what_the_host_can_have_said_counts(news, groups, keep):
    assert what_is_left(news) == (groups, keep)


def test_a_group_that_is_gone_is_no_fault():
    child = subprocess.Popen(["true"], start_new_session=True)
    child.wait()
    began = time.monotonic()
    end_groups({child.pid})
    assert time.monotonic() - began < 1


def identity(path: Path) -> tuple[int, int]:
    return path.stat().st_dev, path.stat().st_ino


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a run, with a link out of it."""
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("years of work")
    made = tmp_path / "elastixplus-x"
    (made / "result" / "deep").mkdir(parents=True)
    (made / "result" / "deep" / "file").touch()
    (made / "link").symlink_to(tmp_path / "precious", target_is_directory=True)
    (made / "result" / "file link").symlink_to(tmp_path / "precious" / "thesis.txt")
    return made


def test_a_run_folder_is_removed_without_what_its_links_lead_to(folder, tmp_path):
    remove(str(folder), identity(folder))
    assert not folder.exists()
    assert (tmp_path / "precious" / "thesis.txt").read_text() == "years of work"


def test_a_folder_of_another_name_or_identity_is_left_alone(folder, tmp_path):
    remove(str(folder), (folder.stat().st_dev, folder.stat().st_ino + 1))
    remove(str(tmp_path / "precious"), identity(tmp_path / "precious"))
    link = tmp_path / "elastixplus-link"
    link.symlink_to(folder, target_is_directory=True)
    remove(str(link), identity(folder))
    remove(str(tmp_path / "elastixplus-gone"), (1, 2))
    assert (folder / "result" / "deep" / "file").exists()
    assert (tmp_path / "precious" / "thesis.txt").exists()
