"""The job object of Windows, with a library that stands in for the system's."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import pytest

from ElastixPlusLib.elastix.host_guard import HostGuard
from ElastixPlusLib.elastix.windows_job import ExtendedLimits, WindowsJob

KILL_ON_CLOSE = 0x2000


class FakeKernel32:
    """Remembers what it was asked for."""

    def __init__(self, handle: int | None = 77, allows: int = 1) -> None:
        self.handle, self.allows = handle, allows
        self.flags: int | None = None
        self.members: list[int] = []
        self.closed: list[int] = []

    def CreateJobObjectW(self, security: None, name: None) -> int | None:  # noqa: N802
        return self.handle

    def SetInformationJobObject(self, job: int, kind: int, limits: object, size: int) -> int:  # noqa: N802
        assert (job, kind) == (self.handle, 9)
        given = limits._obj
        assert size == ctypes.sizeof(given)
        self.flags = given.BasicLimitInformation.LimitFlags
        return self.allows

    def AssignProcessToJobObject(self, job: int, process: int) -> int:  # noqa: N802
        assert job == self.handle
        self.members.append(process)
        return self.allows

    def CloseHandle(self, job: int) -> int:  # noqa: N802
        self.closed.append(job)
        return 1


CHILD = SimpleNamespace(_handle=1234, pid=5)


def test_what_is_in_the_job_ends_with_its_last_handle():
    kernel32 = FakeKernel32()
    job = WindowsJob.create(kernel32)
    assert kernel32.flags == KILL_ON_CLOSE
    assert job.add(CHILD)
    assert kernel32.members == [1234]
    assert kernel32.closed == []
    job.close()
    job.close()
    assert kernel32.closed == [77]
    assert not job.add(CHILD)


def test_a_system_that_gives_no_job_is_done_without():
    assert WindowsJob.create(FakeKernel32(handle=None)) is None
    refusing = FakeKernel32(allows=0)
    assert WindowsJob.create(refusing) is None
    assert refusing.closed == [77]
    assert WindowsJob.create(SimpleNamespace()) is None


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the sizes of 64 bits")
def test_the_structure_is_as_long_as_that_of_windows():
    """144 bytes on 64-bit Windows: the system refuses any other size."""
    assert ctypes.sizeof(ExtendedLimits) == 144


def test_a_run_on_windows_is_put_into_a_job_and_needs_no_guard(surroundings, monkeypatch):
    kernel32 = FakeKernel32()
    create = WindowsJob.create
    monkeypatch.setattr(WindowsJob, "create", lambda: create(kernel32))
    guard = HostGuard(surroundings.runs, (1, 2))
    guard.start(windows=True)
    guard.watch(CHILD, windows=True)
    guard.forget(CHILD)
    assert kernel32.members == [1234]
    guard.release()
    guard.release()
    assert kernel32.closed == [77]
