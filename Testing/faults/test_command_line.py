"""The places and streams of the command line fail while elastix runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ElastixPlusLib.cli import main
from ElastixPlusLib.mrml.files import write_volume
from faults.conftest import QUICK, WRITE_RESULT, Surroundings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="streams, links and mounts of POSIX")

WARM_UP_SECONDS = 60


@pytest.fixture
def words(surroundings: Surroundings) -> Callable[..., list[str]]:
    """The arguments of a registration of the tiny pair."""
    folder = surroundings.folder
    write_volume(surroundings.fixed, folder / "fixed.nrrd")
    write_volume(surroundings.moving, folder / "moving.nrrd")
    (folder / "quick.txt").write_text(QUICK.format(iterations=2))
    surroundings.before = surroundings.state()

    def make(engine: Path, out: Path, *more: object) -> list[str]:
        given = {
            "--fixed": folder / "fixed.nrrd",
            "--moving": folder / "moving.nrrd",
            "--parameters": folder / "quick.txt",
            "--output-transform": out / "T.h5",
            "--output-volume": out / "V.nrrd",
            "--engine": engine,
        }
        return [
            "register",
            *(str(word) for pair in given.items() for word in pair),
            *map(str, more),
        ]

    return make


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Callable[[list[str]], tuple[int, list[str]]]:
    """Calls the command line in this process; gives the exit code and the lines on standard error."""

    def called(arguments: list[str]) -> tuple[int, list[str]]:
        capfd.readouterr()
        code = main([*arguments, "--quiet"])
        return code, capfd.readouterr().err.splitlines()

    return called


def require_two_sentences(lines: list[str]) -> None:
    assert len(lines) == 2, lines
    assert lines[0].startswith("Error: ")
    assert "Traceback" not in "".join(lines)


@pytest.mark.parametrize(
    "fault",
    [
        "rm -r '{out}'",
        "rm -r '{out}'; touch '{out}'",
        "mkdir '{out}/T.h5' '{out}/V.nrrd'",
    ],
    ids=["the folder is deleted", "a file takes the place of the folder", "folders take the places of the files"],
)
def test_an_output_place_that_is_lost_during_the_run_ends_with_the_code_for_results(
    fault, words, call, fake_elastix, tmp_path
):
    out = tmp_path / "out"
    out.mkdir()
    code, lines = call(words(fake_elastix(f"{fault.format(out=out)}\n{WRITE_RESULT}"), out))
    assert code == 5, "\n".join(lines)
    require_two_sentences(lines)
    assert not [path for path in out.rglob("*") if path.is_file()]


def test_an_output_disk_that_becomes_read_only_during_the_run_keeps_what_it_had(words, call, fake_elastix, disk):
    out = disk("10m")
    (out / "V.nrrd").write_bytes(b"the result of yesterday")
    lock = f"mount -o remount,ro '{out}' || exit 9"
    code, lines = call(words(fake_elastix(f"{lock}\n{WRITE_RESULT}"), out))
    assert code == 5, "\n".join(lines)
    require_two_sentences(lines)
    assert [(path.name, path.read_bytes()) for path in out.iterdir()] == [("V.nrrd", b"the result of yesterday")]


def test_an_output_disk_that_fills_up_during_the_run_gets_no_half_file(words, call, fake_elastix, disk):
    out = disk("2m")
    (out / "V.nrrd").write_bytes(b"the result of yesterday")
    fill = f"head -c 9000000 /dev/zero > '{out}/filling' 2> /dev/null"
    code, lines = call(words(fake_elastix(f"{fill}\n{WRITE_RESULT}"), out))
    assert code == 5, "\n".join(lines)
    require_two_sentences(lines)
    assert sorted(path.name for path in out.iterdir()) == ["V.nrrd", "filling"]
    assert (out / "V.nrrd").read_bytes() == b"the result of yesterday"


def test_an_output_file_that_another_program_holds_stays_whole(words, call, fake_elastix, tmp_path, monkeypatch):
    """As an image that is open in another program on Windows."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "V.nrrd").write_bytes(b"the result of yesterday")
    real = Path.replace

    def held(path: Path, target: Path) -> Path:
        if target.name == "V.nrrd":
            raise PermissionError(13, "in use by another process")
        return real(path, target)

    monkeypatch.setattr(Path, "replace", held)
    code, lines = call(words(fake_elastix(), out))
    assert code == 5
    require_two_sentences(lines)
    assert "V.nrrd" in lines[0]
    assert (out / "V.nrrd").read_bytes() == b"the result of yesterday"
    assert not list(out.glob(".*")), "half a file is left"


def test_results_on_another_drive_than_the_run_folder_are_written(words, call, fake_elastix, disk):
    out = disk("4m")
    code, lines = call(words(fake_elastix(), out))
    assert (code, lines) == (0, [])
    assert {"T.h5", "V.nrrd"} <= {path.name for path in out.iterdir()}


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("--output-transform", 2),
        ("--json", 2),
        ("--report", 2),
        ("--workspace", 2),
        ("--fixed-mask", 2),
        ("--initial", 2),
        ("--engine", 3),
    ],
)
def test_a_name_that_is_too_long_for_the_system_is_refused(option, code, words, call, fake_elastix, tmp_path):
    ending = {"--output-transform": ".h5", "--json": ".json"}.get(option, "")
    told, lines = call([*words(fake_elastix(), tmp_path), option, str(tmp_path / ("x" * 5000 + ending))])
    assert told == code, lines
    require_two_sentences(lines)


def started(arguments: list[str], temporary: Path, closed: str = "", **options: object) -> subprocess.Popen[bytes]:
    """The command line in a process of its own, with some standard streams closed as a shell does it."""
    program = [sys.executable, "-m", "ElastixPlusLib", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(temporary)}
    return subprocess.Popen(["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *program], env=environment, **options)


def test_closed_standard_streams_do_not_cost_the_run(words, fake_elastix, surroundings, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    body = f"echo 'Resolution: 0'; echo to nobody >&2\n{WRITE_RESULT}"
    with started(words(fake_elastix(body), out), surroundings.temporary, "<&- >&- 2>&-") as run:
        assert run.wait(WARM_UP_SECONDS) == 0
    assert {"T.h5", "V.nrrd"} <= {path.name for path in out.iterdir()}


def test_two_processes_with_the_same_places_do_not_disturb_each_other(words, fake_elastix, surroundings, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    # Each waits until the other one runs, too.
    meeting = (
        'touch "../met-$(basename "$PWD")"; left=1000\n'
        'until [ "$(ls -d ../met-* | wc -l)" = 2 ]; do sleep 0.02; left=$((left-1)); [ $left = 0 ] && exit 9; done'
    )
    arguments = words(fake_elastix(f"{meeting}\n{WRITE_RESULT}"), out, "--workspace", surroundings.runs, "--quiet")
    runs = [started(arguments, surroundings.temporary, stderr=subprocess.PIPE) for _ in range(2)]
    told = [run.communicate(timeout=WARM_UP_SECONDS)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    assert {"T.h5", "V.nrrd"} <= {path.name for path in out.iterdir()}
    for path in surroundings.runs.glob("met-*"):
        path.unlink()
