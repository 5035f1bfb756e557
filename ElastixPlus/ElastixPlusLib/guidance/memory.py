"""How much memory a process may still take on this computer, with the standard library alone."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

_PROC, _CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")
# A cgroup without a limit says "max" or, in the first version, a number close to 2**63.
_NO_LIMIT = 2**60
_HOST_VM_INFO64 = 4


def available_memory_bytes() -> int | None:
    """Memory that can be taken without swapping, or None where it cannot be known.

    On Linux what the kernel calls available, or what a control group (a container, a batch job) leaves if that is less;
    on macOS free and inactive pages; on Windows available physical memory.

    >>> (available_memory_bytes() or 1) > 0
    True
    """
    try:
        if sys.platform == "win32":
            return _windows_available_bytes(ctypes.windll.kernel32)
        if sys.platform == "darwin":
            return _macos_available_bytes(ctypes.CDLL(None), os.sysconf("SC_PAGE_SIZE"))
    except (OSError, AttributeError, ValueError):
        return None
    return linux_available_bytes()


def linux_available_bytes(proc: Path = _PROC, cgroups: Path = _CGROUPS) -> int | None:
    """The same from the files of a Linux kernel.

    :param proc: where process information is mounted.
    :param cgroups: where control groups are mounted.
    """
    found = re.search(r"^MemAvailable:\s*(\d+) kB", _text(proc / "meminfo"), re.MULTILINE)
    numbers = [1024 * int(found.group(1))] if found else []
    numbers += _left_by_groups(proc, cgroups)
    return min(numbers) if numbers else None


def _left_by_groups(proc: Path, cgroups: Path) -> Iterator[int]:
    """What each control group above this process leaves; version 2, or the memory controller of version 1."""
    for line in _text(proc / "self" / "cgroup").splitlines():
        number, controllers, name = [*line.split(":", 2), "", ""][:3]
        if number == "0" and not controllers:
            yield from _left_along(cgroups, name, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            names = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
            yield from _left_along(cgroups / "memory", name, *names)


def _left_along(root: Path, name: str, limit_name: str, usage_name: str, reclaimable: str) -> Iterator[int]:
    """What is left in a group and in those around it; inside a container the group itself is mounted at the root."""
    parts = PurePosixPath(name.strip()).parts[1:]
    for depth in range(len(parts), -1, -1):
        folder = root.joinpath(*parts[:depth])
        limit, usage = _number(folder / limit_name), _number(folder / usage_name)
        if limit is None or usage is None or limit >= _NO_LIMIT:
            continue
        # Pages of files that have been read count as used, but are given back at once.
        found = re.search(rf"^{reclaimable} (\d+)$", _text(folder / "memory.stat"), re.MULTILINE)
        yield max(0, limit - usage + (int(found.group(1)) if found else 0))


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text("ascii", errors="replace")
    except OSError:
        return ""


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of the Windows API."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load_percent", ctypes.c_uint32),
        ("total_physical", ctypes.c_uint64),
        ("available_physical", ctypes.c_uint64),
        ("total_page_file", ctypes.c_uint64),
        ("available_page_file", ctypes.c_uint64),
        ("total_virtual", ctypes.c_uint64),
        ("available_virtual", ctypes.c_uint64),
        ("available_extended_virtual", ctypes.c_uint64),
    )


def _windows_available_bytes(kernel: Any) -> int | None:
    status = _MemoryStatus()
    status.length = ctypes.sizeof(status)
    return int(status.available_physical) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None


def _macos_available_bytes(system: Any, page_bytes: int) -> int | None:
    """Free and inactive pages of ``vm_statistics64``, which begins with free, active, inactive and wired ones."""
    pages = (ctypes.c_uint32 * 256)()
    count = ctypes.c_uint32(38)  # 32-bit numbers that the kernel may fill in
    system.mach_host_self.restype = ctypes.c_uint32
    arguments = ctypes.c_uint32(system.mach_host_self()), _HOST_VM_INFO64, ctypes.byref(pages), ctypes.byref(count)
    return None if system.host_statistics64(*arguments) else (pages[0] + pages[2]) * page_bytes
