"""A job object of Windows: the system ends everything in it as soon as the process that holds it has ended."""

from __future__ import annotations

import ctypes
import subprocess
from contextlib import suppress
from typing import Any

_EXTENDED_LIMIT_INFORMATION = 9
_KILL_ON_JOB_CLOSE = 0x2000


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class WindowsJob:
    """A job object that ends its processes when the last handle to it is closed, by whatever cause.

    :param kernel32: the library of Windows, or what stands in for it.
    :param handle: of the job.
    """

    def __init__(self, kernel32: Any, handle: int) -> None:
        self._kernel32 = kernel32
        self._handle: int | None = handle

    @classmethod
    def create(cls, kernel32: Any = None) -> WindowsJob | None:
        """Make a job object.

        :param kernel32: for tests.
        :returns: None where the system gives none; runs go on without.
        """
        try:
            library = _kernel32() if kernel32 is None else kernel32
            handle = library.CreateJobObjectW(None, None)
        except (OSError, AttributeError):
            return None
        if not handle:
            return None
        job = cls(library, handle)
        limits = ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
        size = ctypes.sizeof(limits)
        if not library.SetInformationJobObject(handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size):
            job.close()
            return None
        return job

    def add(self, process: subprocess.Popen[bytes]) -> bool:
        """Put a process into the job, and with it all that it will start.

        :returns: whether the system did so.
        """
        handle = getattr(process, "_handle", None)  # what subprocess keeps of a process on Windows
        if self._handle is None or handle is None:
            return False
        return bool(self._kernel32.AssignProcessToJobObject(self._handle, int(handle)))

    def close(self) -> None:
        """Close the job: what still runs in it is ended by the system; safe to call twice."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                self._kernel32.CloseHandle(handle)


def _kernel32() -> Any:
    """Load the library and tell how its functions are called: a handle is as wide as a pointer."""
    name = "WinDLL"  # not there on other systems
    library = getattr(ctypes, name)("kernel32", use_last_error=True)
    handle = ctypes.c_void_p
    library.CreateJobObjectW.restype = handle
    library.CreateJobObjectW.argtypes = (handle, ctypes.c_wchar_p)
    library.SetInformationJobObject.argtypes = (handle, ctypes.c_int, handle, ctypes.c_uint32)
    library.AssignProcessToJobObject.argtypes = (handle, handle)
    library.CloseHandle.argtypes = (handle,)
    return library
