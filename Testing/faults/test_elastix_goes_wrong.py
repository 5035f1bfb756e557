"""Elastix is killed, hangs, floods, or leaves rubbish: through the whole registration, not only through its parts."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from ElastixPlusLib import RegistrationJob, register, steps
from ElastixPlusLib.elastix import process as process_module
from ElastixPlusLib.elastix.progress import ProgressEvent
from ElastixPlusLib.errors import ElastixFailedError, RegistrationCancelled, ResultError, TransformImportError
from faults.conftest import RESULT, WRITE_RESULT
from phantoms import mapped

posix_only = pytest.mark.skipif(os.name == "nt", reason="needs signals of POSIX")


def elastix_children(folder: Path) -> list[psutil.Process]:
    """Those of this process's children that run in a folder."""
    return [one for one in psutil.Process().children() if str(folder) in one.cwd()]


# Killed


@posix_only
@pytest.mark.native_engine
@pytest.mark.parametrize(
    ("name", "cause"),
    [("SIGKILL", "memory was full"), ("SIGSEGV", "crashed while it compared"), ("SIGTERM", "ended from outside")],
)
def test_a_real_elastix_that_is_killed_in_the_middle_is_explained(name, cause, surroundings, native_engine_path):
    request = surroundings.request(native_engine_path, iterations=100_000_000)

    def kill(event: ProgressEvent) -> None:
        if event.iteration == 3:
            for running in elastix_children(surroundings.runs):
                running.send_signal(getattr(signal, name))

    with pytest.raises(ElastixFailedError) as caught:
        register(request, on_progress=kill)
    surroundings.kept = 1
    surroundings.require_clear(caught.value, cause)
    surroundings.require_told(caught.value)
    assert caught.value.exit_status == -getattr(signal, name)


# Hanging


@pytest.mark.parametrize("body", ["sleep 60", "exec >&- 2>&-; sleep 60", "trap '' TERM; while :; do sleep 1; done"])
def test_an_elastix_that_hangs_in_silence_keeps_no_step_waiting_and_can_be_cancelled(body, surroundings, fake_elastix):
    job = RegistrationJob(surroundings.request(fake_elastix(body)))
    work, seconds = job.in_steps(), []
    while len(seconds) < 20:
        waits, began = job.is_running, time.perf_counter()
        assert next(work) is None
        if waits:
            seconds.append(time.perf_counter() - began)
    assert sorted(seconds)[len(seconds) // 2] < 0.01
    job.cancel()
    with pytest.raises(RegistrationCancelled):
        next(work)


# Output


@pytest.mark.parametrize(
    "flood",
    [
        "yes 'a line of no use, over and over again, and then some more of it' | head -c 12000000",
        "head -c 12000000 /dev/zero | tr '\\0' x",
        "head -c 12000000 /dev/zero",
        "head -c 3000000 /dev/urandom",
    ],
    ids=["lines", "one line", "NUL", "noise"],
)
def test_megabytes_of_output_neither_stop_the_run_nor_fill_anything(flood, surroundings, fake_elastix, monkeypatch):
    monkeypatch.setattr(process_module, "CONSOLE_LIMIT_BYTES", 1_000_000)
    result = register(surroundings.request(fake_elastix(f"{flood}\n{WRITE_RESULT}"), keep_workspace=True))
    surroundings.changes_scene, surroundings.kept = True, 1
    assert mapped(result.transform, [[0, 0, 0]])[0] == pytest.approx([-3, 0, 0])
    assert (result.workspace / "console.txt").stat().st_size == 1_000_000


@pytest.mark.parametrize("flood", ["head -c 1000000 /dev/zero", "yes | head -c 200000", "head -c 300000 /dev/urandom"])
def test_a_failure_after_megabytes_of_rubbish_is_told_in_a_short_sentence(flood, surroundings, fake_elastix):
    request = surroundings.request(fake_elastix(f"{flood}\necho\nexit 3"))
    error = surroundings.fails(request, ElastixFailedError, keeps=True)
    assert error.exit_status == 3
    assert all(line.isprintable() for line in error.last_lines)


SAID = "ERROR: the disk of Jörg is full of 写真\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "latin-1", "shift-jis"])
@pytest.mark.parametrize("status", [0, 1])
def test_output_in_any_encoding_is_survived(encoding, status, surroundings, fake_elastix, tmp_path):
    (tmp_path / "said").write_bytes(SAID.encode(encoding, errors="replace") * 3)
    request = surroundings.request(fake_elastix(f"cat '{tmp_path}/said'\n{WRITE_RESULT}exit {status}"))
    if status == 0:
        assert register(request).transform is not None
        surroundings.changes_scene = True
    else:
        surroundings.fails(request, ElastixFailedError, keeps=True)


def test_a_decimal_comma_in_the_console_does_not_disturb_the_progress(surroundings, fake_elastix):
    said = "1:ItNr\\t2:Metric\\t3a:Time\\n0\\t-1,5\\t2,0\\n1\\t-1,75\\t2,0\\n"
    result = register(surroundings.request(fake_elastix(f"printf '{said}'\n{WRITE_RESULT}")))
    surroundings.changes_scene = True
    assert result.transform is not None


# Results

RUINED = {
    "empty": "",
    "cut off": RESULT[:60],
    "without its end": RESULT[: RESULT.index("(Initial")],
    "not a number": RESULT.replace("3.0 0.0", "nan 0.0"),
    "infinite": RESULT.replace("3.0 0.0", "inf 0.0"),
    "decimal commas": RESULT.replace("3.0 0.0 0.0", "3,0 0,0 0,0"),
    "another count": RESULT.replace("3.0 0.0 0.0", "3.0 0.0"),
    "NUL bytes": "\0" * 4000,
    "a circle": RESULT.replace("NoInitialTransform", "result/TransformParameters.0.txt"),
    "a link to nothing": RESULT.replace("NoInitialTransform", "result/TransformParameters.9.txt"),
}


@pytest.mark.parametrize("content", RUINED.values(), ids=RUINED.keys())
def test_a_ruined_result_is_refused(content, surroundings, fake_elastix, tmp_path):
    (tmp_path / "ruined").write_text(content)
    engine = fake_elastix(f"cp '{tmp_path}/ruined' result/TransformParameters.0.txt")
    surroundings.fails(surroundings.request(engine), TransformImportError, "TransformParameters.0.txt", keeps=True)


@pytest.mark.parametrize(
    "body", ["true", "mkdir result/TransformParameters.0.txt", "ln -s nowhere result/TransformParameters.0.txt"]
)
def test_a_result_that_is_missing_is_explained_although_elastix_ended_well(body, surroundings, fake_elastix):
    request = surroundings.request(fake_elastix(body))
    surroundings.fails(request, ElastixFailedError, "missing or incomplete", "enough room", keeps=True)


def fake_transformix(fake_elastix, surroundings, body: str):
    """An elastix whose transform has to be sampled, and the transformix that does it."""
    fake_elastix(body, "transformix")
    ending = RESULT.replace("TranslationTransform", "SplineKernelTransform")
    engine = fake_elastix(f"cat > result/TransformParameters.0.txt <<'END'\n{ending}END\n")
    return surroundings.request(engine)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("exit 1", ElastixFailedError),
        ("true", ElastixFailedError),
        ("kill -SEGV $$", ElastixFailedError),
        ("echo rubbish > result/outputpoints.txt; echo rubbish > result/deformationField.mha", ResultError),
        (
            "cp probe_points.txt result/outputpoints.txt; head -c 9000 /dev/zero > result/deformationField.mha",
            ResultError,
        ),
        (": > result/outputpoints.txt; cp fixed.mha result/deformationField.mha", ResultError),
    ],
)
def test_a_sampled_field_that_is_missing_or_ruined_is_refused(body, kind, surroundings, fake_elastix):
    surroundings.fails(fake_transformix(fake_elastix, surroundings, body), kind, keeps=True)


# Threads


@pytest.mark.parametrize("others_too", [False, True])
def test_a_system_that_allows_no_further_thread_ends_the_run_in_words(
    others_too, surroundings, fake_elastix, monkeypatch
):
    """What elastix prints has to be read by a thread; the steps can do without."""

    def refuse(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    start = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", lambda one: refuse() if one.name == "elastix output" else start(one))
    if others_too:
        monkeypatch.setattr(steps.ThreadPoolExecutor, "submit", refuse)
        monkeypatch.setattr(steps.ThreadPoolExecutor, "map", lambda pool, work, arguments: map(work, arguments))
    surroundings.fails(surroundings.request(fake_elastix("sleep 60")), ElastixFailedError, "thread", keeps=False)
