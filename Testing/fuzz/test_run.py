"""The program that feeds the readers: it prints a table, keeps what it finds, and ends with 1 then."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from fuzz import run
from fuzz.engine_child import SECONDS_PER_INPUT

PROGRAM = [sys.executable, str(Path(run.__file__))]


def test_a_reader_without_a_finding_is_a_row_with_its_figures(tmp_path: Path):
    words = ["--target", "point_file", "--seconds", "1", "--engine", "hypothesis", "--findings", str(tmp_path / "kept")]
    answer = subprocess.run([*PROGRAM, *words], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    name, engine, _, inputs, coverage, findings = answer.stdout.splitlines()[1].split()
    assert (name, engine, coverage, findings) == ("point_file", "hypothesis", "-", "0")
    assert int(inputs) > 0
    assert not (tmp_path / "kept").exists()


def test_a_child_that_ends_with_an_error_is_a_finding_that_is_kept(tmp_path: Path):
    found = run.outcome_of("no_such_reader", "hypothesis", 1, tmp_path / "kept")
    assert [path.name for path in found.findings] == ["no_such_reader-output"]
    assert "no_such_reader" in found.findings[0].read_text()


def test_inputs_of_both_engines_are_kept_under_the_name_of_their_reader(tmp_path: Path):
    (tmp_path / "finding-crash-12").write_bytes(b"a")
    (tmp_path / "in-hand").write_bytes(b"b")
    kept = run._kept_findings("console", tmp_path, tmp_path / "kept")
    assert [(path.name, path.read_bytes()) for path in kept] == [("console-crash-12", b"a"), ("console-in-hand", b"b")]
    (tmp_path / "in-hand").write_bytes(b"c")
    assert run._kept_findings("console", tmp_path, tmp_path / "kept")[1].name == "console-in-hand-2"


def test_a_finding_is_told_with_its_input_as_the_machine_may_be_gone(tmp_path: Path):
    (tmp_path / "crash").write_bytes(bytes(range(256)) * 9)
    words = run.told_finding(tmp_path / "crash").split()
    assert words[0] == str(tmp_path / "crash")
    assert zlib.decompress(base64.b64decode(words[-1])) == bytes(range(256)) * 9
    (tmp_path / "crash").write_bytes(os.urandom(20_000))
    assert run.told_finding(tmp_path / "crash").endswith("too long")


def test_an_input_that_takes_too_long_ends_its_child(tmp_path: Path):
    (tmp_path / "in-hand").write_bytes(b"x")
    assert run._why_to_end(os.getpid(), tmp_path, time.monotonic() + 9) == ""
    long_ago = time.time() - SECONDS_PER_INPUT - 1
    os.utime(tmp_path / "in-hand", (long_ago, long_ago))
    assert "took more than" in run._why_to_end(os.getpid(), tmp_path, time.monotonic() + 9)
    assert "in time" in run._why_to_end(os.getpid(), tmp_path, time.monotonic() - 1)


def test_a_child_that_takes_too_much_memory_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "in-hand").write_bytes(b"x")
    monkeypatch.setattr(run, "RSS_LIMIT_MB", 1)
    assert "MB" in run._why_to_end(os.getpid(), tmp_path, time.monotonic() + 9)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_who_is_interrupted_leaves_no_child(tmp_path: Path):
    words = ["--target", "point_file", "--seconds", "60", "--engine", "hypothesis", "--findings", str(tmp_path)]
    with subprocess.Popen([*PROGRAM, *words], stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline().startswith("target")
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 1
    assert list(tmp_path.iterdir()) == []
