"""What is free is read where the system tells it, and is unknown, not wrong, where it does not."""

from __future__ import annotations

import ctypes
from pathlib import Path

import psutil
import pytest

from ElastixPlusLib.guidance import memory
from ElastixPlusLib.guidance.memory import available_memory_bytes, linux_available_bytes

MEMINFO = "MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\n"
FREE = 8_000_000 * 1024


@pytest.fixture
def kernel(tmp_path: Path) -> Path:
    """The files of a computer with 8 GB free and no control groups."""
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "meminfo").write_text(MEMINFO)
    return tmp_path


def available(kernel: Path) -> int | None:
    return linux_available_bytes(kernel / "proc", kernel / "cgroup")


def group(kernel: Path, folder: str, **files: str) -> None:
    place = kernel / "cgroup" / folder
    place.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (place / name.replace("__", ".")).write_text(text + "\n")


def test_what_the_kernel_calls_available_is_taken(kernel):
    assert available(kernel) == FREE


def test_a_container_with_less_than_the_computer_has_less(kernel):
    (kernel / "proc" / "self" / "cgroup").write_text("0::/\n")
    group(kernel, "", memory__max="3000000000", memory__current="2500000000", memory__stat="inactive_file 400000000")
    assert available(kernel) == 900_000_000


def test_the_narrowest_of_nested_groups_counts(kernel):
    (kernel / "proc" / "self" / "cgroup").write_text("0::/user/job\n")
    group(kernel, "user", memory__max="2000000000", memory__current="1000000000")
    group(kernel, "user/job", memory__max="max", memory__current="900000000")
    assert available(kernel) == 1_000_000_000


def test_a_group_that_gives_more_than_there_is_changes_nothing(kernel):
    (kernel / "proc" / "self" / "cgroup").write_text("0::/\n")
    group(kernel, "", memory__max="90000000000", memory__current="0")
    assert available(kernel) == FREE


def test_groups_of_the_first_version_count_as_well(kernel):
    (kernel / "proc" / "self" / "cgroup").write_text("5:cpu,cpuacct:/\n4:memory:/batch\n")
    group(
        kernel,
        "memory/batch",
        memory__limit_in_bytes="1000000000",
        memory__usage_in_bytes="600000000",
        memory__stat="inactive_file 5\ntotal_inactive_file 100000000",
    )
    group(kernel, "memory", memory__limit_in_bytes="9223372036854771712", memory__usage_in_bytes="7000000000")
    assert available(kernel) == 500_000_000


def test_a_group_that_is_used_up_leaves_nothing(kernel):
    (kernel / "proc" / "self" / "cgroup").write_text("0::/\n")
    group(kernel, "", memory__max="1000", memory__current="2000")
    assert available(kernel) == 0


def test_damaged_files_are_no_obstacle(kernel):
    (kernel / "proc" / "self" / "cgroup").write_bytes(b"\xff\xfe\nno colon\n0::\n4:memory\n")
    group(kernel, "", memory__max="lots", memory__current="-3")
    assert available(kernel) == FREE


def test_a_kernel_that_tells_nothing_leaves_it_unknown(tmp_path):
    assert linux_available_bytes(tmp_path, tmp_path) is None


def test_this_computer_is_read_about_as_others_read_it():
    found = available_memory_bytes()
    assert found is not None
    assert 0 < found <= 1.2 * psutil.virtual_memory().available


class FakeKernel:
    """kernel32 of Windows as far as it is asked."""

    def __init__(self, answers: bool) -> None:
        self.answers = answers

    def GlobalMemoryStatusEx(self, pointer) -> int:  # noqa: N802
        status = pointer._obj
        assert status.length == ctypes.sizeof(status) == 64
        status.available_physical = 5_000_000_000
        return int(self.answers)


def test_windows_is_asked_in_its_way():
    assert memory._windows_available_bytes(FakeKernel(answers=True)) == 5_000_000_000
    assert memory._windows_available_bytes(FakeKernel(answers=False)) is None


class FakeSystem:
    """libSystem of macOS as far as it is asked."""

    def __init__(self, status: int) -> None:
        self.status = status

        def mach_host_self() -> int:
            return 7

        self.mach_host_self = mach_host_self

    def host_statistics64(self, host, flavor, pages, count) -> int:
        assert (host.value, flavor, count._obj.value) == (7, 4, 38)
        assert ctypes.sizeof(pages._obj) >= 4 * 38
        pages._obj[0:4] = (1000, 5000, 2000, 3000)
        return self.status


def test_macos_is_asked_in_its_way():
    assert memory._macos_available_bytes(FakeSystem(0), 16384) == 3000 * 16384
    assert memory._macos_available_bytes(FakeSystem(5), 16384) is None


def test_a_system_call_that_is_missing_leaves_it_unknown(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda name: object())
    assert available_memory_bytes() is None
