"""Signals and job objects that only Windows has, with what stands in for the system."""

from __future__ import annotations

import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ElastixPlusLib.elastix.host_guard import HostGuard
from ElastixPlusLib.elastix.windows_job import WindowsJob
from ElastixPlusLib.terminal.interrupts import Interrupts

KILL_ON_JOB_CLOSE = 0x2000


@pytest.fixture
def signals_of_windows(monkeypatch: pytest.MonkeyPatch) -> int:
    """The signals that Python has on Windows: no hang-up, but the key Ctrl-Break, played by another number.

    :returns: that number.
    """
    number = getattr(signal, "SIGUSR1", None) or signal.SIGBREAK  # type: ignore[attr-defined]
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, number)}
    monkeypatch.setattr(signal, "SIGBREAK", number, raising=False)
    monkeypatch.delattr(signal, "SIGHUP", raising=False)
    yield number
    for one, handler in before.items():
        signal.signal(one, handler)


def test_ctrl_break_and_a_closed_console_cancel_where_there_is_no_hang_up(signals_of_windows: int):
    Interrupts().install()
    assert callable(signal.getsignal(signals_of_windows))  # otherwise the signal would end the tests
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signals_of_windows)
    signal.raise_signal(signals_of_windows)  # one that follows, while the run is cleaned up, does no harm


def test_ctrl_break_waits_until_a_library_is_loaded(signals_of_windows: int):
    interrupts = Interrupts()
    interrupts.install()
    assert callable(signal.getsignal(signals_of_windows))
    done = []

    def load() -> None:
        with interrupts.deferred():
            signal.raise_signal(signals_of_windows)
            done.append("loaded")

    with pytest.raises(KeyboardInterrupt):
        load()
    assert done == ["loaded"]


class Kernel32:
    """The part of Windows that job objects need, as far as it is asked; keeps what it was told."""

    def __init__(self, gives_a_job: bool = True, takes_limits: bool = True) -> None:
        self.handle = 77 if gives_a_job else None
        self.takes_limits = takes_limits
        self.flags = 0
        self.members: list[tuple[int, int]] = []
        self.closed: list[int] = []

    def CreateJobObjectW(self, security: None, name: None) -> int | None:  # noqa: N802
        return self.handle

    def SetInformationJobObject(self, job: int, kind: int, limits: Any, size: int) -> int:  # noqa: N802
        self.flags = limits._obj.BasicLimitInformation.LimitFlags
        return int(self.takes_limits)

    def AssignProcessToJobObject(self, job: int, process: int) -> int:  # noqa: N802
        self.members.append((job, process))
        return 1

    def CloseHandle(self, handle: int) -> int:  # noqa: N802
        self.closed.append(handle)
        return 1


CHILD: Any = SimpleNamespace(_handle=1234, pid=4711)


def test_a_child_on_windows_ends_with_its_host_as_a_member_of_a_job():
    kernel = Kernel32()
    job = WindowsJob.create(kernel)
    assert job is not None
    assert kernel.flags == KILL_ON_JOB_CLOSE
    assert job.add(CHILD)
    assert kernel.members == [(77, 1234)]
    assert kernel.closed == []
    job.close()
    job.close()
    assert kernel.closed == [77]
    assert not job.add(CHILD)


@pytest.mark.parametrize("kernel", [Kernel32(gives_a_job=False), Kernel32(takes_limits=False)])
def test_a_run_goes_on_where_windows_gives_no_job(kernel: Kernel32):
    assert WindowsJob.create(kernel) is None
    assert kernel.closed == ([77] if kernel.handle else [])


def test_on_windows_the_guard_starts_no_program_and_puts_every_child_into_one_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kernel, started = Kernel32(), []
    monkeypatch.setattr("ElastixPlusLib.elastix.windows_job._kernel32", lambda: kernel)
    monkeypatch.setattr("subprocess.Popen", lambda *words, **_: started.append(words))
    guard = HostGuard(tmp_path, (1, 2))
    guard.start(windows=True)
    guard.watch(CHILD, windows=True)
    guard.watch(CHILD, windows=True)
    guard.forget(CHILD)
    guard.keep_folder()
    assert started == []
    assert kernel.members == [(77, 1234)] * 2
    guard.release()
    guard.release()
    assert kernel.closed == [77]
