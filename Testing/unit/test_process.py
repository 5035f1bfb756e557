"""Running a child: its lines, its end, its start that fails, its output that never stops."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from ElastixPlusLib.elastix import process as process_module
from ElastixPlusLib.elastix.process import ElastixProcess
from ElastixPlusLib.errors import ElastixFailedError, OutputPlaceError


def python_process(code: str, folder: Path) -> ElastixProcess:
    """A Python program as the child."""
    return ElastixProcess([sys.executable, "-c", code], folder, dict(os.environ), folder / "console.txt")


def test_lines_arrive_in_order_and_the_status_is_that_of_the_child(tmp_path: Path):
    lines: list[str] = []
    with python_process("print('one'); print('two'); raise SystemExit(7)", tmp_path) as process:
        assert process.wait(on_line=lines.append) == 7
    assert lines == ["one", "two"]
    assert process.exit_status == 7
    assert not process.was_cancelled


def test_errors_are_printed_among_the_lines(tmp_path: Path):
    lines: list[str] = []
    with python_process("import sys; sys.stderr.write('wrong\\n')", tmp_path) as process:
        process.wait(on_line=lines.append)
    assert lines == ["wrong"]


def test_lines_arrive_while_the_child_runs(tmp_path: Path):
    code = "import sys, time; print('early', flush=True); time.sleep(30)"
    with python_process(code, tmp_path) as process:
        lines: list[str] = []
        deadline = time.monotonic() + 10
        while not lines and time.monotonic() < deadline:
            lines += process.poll()
            time.sleep(0.01)
        assert lines == ["early"]
        assert process.is_running
        assert process.exit_status is None


def test_polling_does_not_wait(tmp_path: Path):
    with python_process("import time; time.sleep(30)", tmp_path) as process:
        started = time.monotonic()
        assert process.poll() == []
        assert process.is_running
        assert time.monotonic() - started < 0.1


def test_nothing_is_lost_between_the_end_of_the_child_and_the_last_poll(tmp_path: Path):
    lines: list[str] = []
    with python_process("print('x\\n' * 20000, end='')", tmp_path) as process:
        while process.is_running:
            lines += process.poll()
        lines += process.poll()
    assert len(lines) == 20000


def test_bytes_that_are_no_text_do_not_stop_the_reading(tmp_path: Path):
    lines: list[str] = []
    with python_process("import os; os.write(1, b'caf\\xe9 \\xff\\nnext\\n')", tmp_path) as process:
        process.wait(on_line=lines.append)
    assert lines == ["caf� �", "next"]


def test_all_kinds_of_line_ends_end_a_line(tmp_path: Path):
    lines: list[str] = []
    with python_process("import os; os.write(1, b'a\\r\\nProgress: 1%\\rProgress: 2%\\nlast')", tmp_path) as process:
        process.wait(on_line=lines.append)
    assert lines == ["a", "Progress: 1%", "Progress: 2%", "last"]


def test_the_console_log_holds_what_was_printed(tmp_path: Path):
    with python_process("print('for the report')", tmp_path) as process:
        process.wait()
    assert (tmp_path / "console.txt").read_text() == f"for the report{os.linesep}"


def test_output_without_end_fills_neither_memory_nor_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(process_module, "CONSOLE_LIMIT_BYTES", 1000)
    with python_process(
        "print('x' * 9 + '\\n', end='')\n" * 1 + "print('y\\n' * 200_000, end='')", tmp_path
    ) as process:
        deadline = time.monotonic() + 20
        while process.is_running and time.monotonic() < deadline:
            time.sleep(0.01)
        assert process.exit_status == 0
    assert len(process.poll()) == process_module.LINE_LIMIT
    assert (tmp_path / "console.txt").stat().st_size == 1000


def test_a_line_without_end_is_cut(tmp_path: Path):
    lines: list[str] = []
    with python_process("print('x' * 1_000_000, end='')", tmp_path) as process:
        process.wait(on_line=lines.append)
    assert sum(map(len, lines)) == 1_000_000
    assert max(map(len, lines)) < 200_000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_does_not_make_the_child_wait_for_ever(tmp_path: Path):
    code = "print('x' * 500_000)"
    with ElastixProcess([sys.executable, "-c", code], tmp_path, dict(os.environ), Path("/dev/full")) as process:
        assert process.wait(timeout=10) == 0


def test_the_child_has_nothing_to_read(tmp_path: Path):
    lines: list[str] = []
    with python_process("import sys; print(repr(sys.stdin.read()))", tmp_path) as process:
        assert process.wait(on_line=lines.append, timeout=10) == 0
    assert lines == ["''"]


def test_the_child_runs_in_its_folder_with_its_environment_and_no_other(tmp_path: Path):
    lines: list[str] = []
    code = "import os; print(os.path.basename(os.getcwd())); print(os.environ.get('GIVEN'), os.environ.get('HOME'))"
    folder = tmp_path / "Jörg Müller"
    folder.mkdir()
    environment = {"GIVEN": "yes", **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}}
    command = [sys.executable, "-X", "utf8", "-c", code]
    with ElastixProcess(command, folder, environment, folder / "console.txt") as process:
        process.wait(on_line=lines.append)
    assert lines == ["Jörg Müller", "yes None"]


def test_waiting_ends_at_the_timeout_and_leaves_the_child_running(tmp_path: Path):
    with python_process("import time; time.sleep(30)", tmp_path) as process:
        assert process.wait(timeout=0.1) is None
        assert process.is_running


def test_an_executable_that_is_not_there_is_said_by_name(tmp_path: Path):
    process = ElastixProcess([str(tmp_path / "elastix")], tmp_path, {}, tmp_path / "console.txt")
    with pytest.raises(ElastixFailedError, match="elastix") as caught:
        process.start()
    assert str(tmp_path / "elastix") in caught.value.what
    assert not process.is_running
    assert process.exit_status is None


def test_a_console_log_that_cannot_be_written_is_said_before_the_start(tmp_path: Path):
    process = ElastixProcess([sys.executable], tmp_path, {}, tmp_path / "nowhere" / "console.txt")
    with pytest.raises(OutputPlaceError, match="nowhere"):
        process.start()


def test_a_process_that_was_never_started_can_be_cancelled_and_closed(tmp_path: Path):
    process = python_process("", tmp_path)
    process.cancel()
    process.close()
    assert process.poll() == []
