"""Feed every reader with hostile input for a while, each in a process of its own, and print one table.

::

    python Testing/fuzz/run.py --seconds 60 --jobs 2
    python Testing/fuzz/run.py --target zip_names --seconds 600

An input that brings about what must not be is kept in ``fuzz-findings/``; the exit code is 1 then. With atheris
(Linux, Python 3.11 to 3.13) inputs are found by what they reach in the library, without it hypothesis makes them.
"""

from __future__ import annotations

import argparse
import base64
import importlib.util
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]
REPOSITORY = TESTING.parent
if not __package__:
    sys.path[0] = str(TESTING)  # instead of this folder, whose files are modules of the package fuzz

from fuzz.engine_child import RSS_LIMIT_MB, SECONDS_PER_INPUT  # noqa: E402
from fuzz.fuzz_target import target_names  # noqa: E402

_GRACE_SECONDS = 60  # to import the library, and to end
_LINES_KEPT = 60
_MOST_LETTERS_TOLD = 8_000
_is_over = threading.Event()  # by Ctrl-C or a signal: no child is left behind
_COVERAGE = re.compile(r"(INITED|DONE) +cov: (\d+)")
_ROUTINE = re.compile(r"#\d+\s+(NEW|REDUCE|RELOAD|pulse)")
_INPUTS = re.compile(r'stat::number_of_executed_units: (\d+)|"inputs": (\d+)')


@dataclass(frozen=True)
class Outcome:
    """What became of one target."""

    target: str
    engine: str
    seconds: float
    inputs: int
    new_coverage: int | None
    findings: tuple[Path, ...]
    last_lines: tuple[str, ...]


def main(arguments: list[str] | None = None) -> int:
    """Run the targets that are asked for; 1 if one has a finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--seed", type=int, default=0, help="of the changes that atheris makes; 0: another each time")
    parser.add_argument("--target", action="append", choices=target_names(), help="only this one; may be repeated")
    parser.add_argument("--jobs", type=int, default=1, help="how many targets run at once")
    parser.add_argument("--engine", choices=("atheris", "hypothesis"), default=best_engine())
    parser.add_argument("--findings", type=Path, default=REPOSITORY / "fuzz-findings", help="where findings are kept")
    options = parser.parse_args(arguments)
    names = options.target or target_names()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: _is_over.set())
    with ThreadPoolExecutor(options.jobs) as pool:
        jobs: list[Future[Outcome]] = [
            pool.submit(outcome_of, name, options.engine, options.seconds, options.findings, options.seed)
            for name in names
        ]
        print(f"{'target':<24} {'engine':<10} {'seconds':>7} {'inputs':>9} {'new coverage':>12}  findings", flush=True)
        outcomes = []
        for job in jobs:
            while not job.done():  # a signal that another thread got is only seen by one that does not sleep for ever
                time.sleep(0.1)
            outcomes.append(job.result())
            print(row(outcomes[-1]), flush=True)
    for one in outcomes:
        if one.findings:
            print(f"\n{one.target}", *one.last_lines, *map(told_finding, one.findings), sep="\n  ")
    return int(_is_over.is_set() or any(one.findings for one in outcomes))


def told_finding(path: Path) -> str:
    """Where a finding lies, and itself in base64: the machine that it was found on may be gone when it is read of."""
    content = path.read_bytes()
    text = base64.b64encode(zlib.compress(content, 9)).decode("ascii")
    return f"{path}\n    compressed, in base64: {text if len(text) <= _MOST_LETTERS_TOLD else 'too long'}"


def best_engine() -> str:
    """The engine that finds more, where it is installed."""
    return "atheris" if importlib.util.find_spec("atheris") else "hypothesis"


def row(one: Outcome) -> str:
    """A line of the table."""
    coverage = "-" if one.new_coverage is None else f"+{one.new_coverage}"
    told = f"{one.target:<24} {one.engine:<10} {one.seconds:>7.0f} {one.inputs:>9} {coverage:>12}"
    return f"{told}  {len(one.findings)}"


def outcome_of(name: str, engine: str, seconds: int, findings: Path, seed: int = 0) -> Outcome:
    """Run one target to its end, and keep what it finds."""
    if _is_over.is_set():
        return Outcome(name, engine, 0.0, 0, None, (), ())
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="elastixplus-fuzz-", dir=_fast_place()) as temporary:
        folder = Path(temporary)
        (folder / "scratch").mkdir()
        status, lines = _run_child(name, engine, seconds, folder, seed)
        kept = _kept_findings(name, folder, findings)
        if status and not kept and not _is_over.is_set():
            kept = (_kept(b"\n".join(line.encode() for line in lines), f"{name}-output", findings),)
    inputs = [int(found[1] or found[2]) for line in lines if (found := _INPUTS.search(line))]
    coverage = {found[1]: int(found[2]) for line in lines if (found := _COVERAGE.search(line))}
    new = coverage["DONE"] - coverage["INITED"] if {"DONE", "INITED"} <= coverage.keys() else None
    return Outcome(name, engine, time.monotonic() - began, inputs[-1] if inputs else 0, new, kept, tuple(lines[-40:]))


def _fast_place() -> Path | None:
    """Where files cost least, as every input becomes one."""
    memory = Path("/dev/shm")  # noqa: S108
    return memory if memory.is_dir() and os.access(memory, os.W_OK) else None


def _run_child(name: str, engine: str, seconds: int, folder: Path, seed: int) -> tuple[int, list[str]]:
    """The exit status of the child and the lines that count; a child that hangs or eats memory is ended."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(REPOSITORY / "ElastixPlus"), str(TESTING))),
        "PYTHONHASHSEED": "0",
        "TMPDIR": str(folder / "scratch"),
        "ELASTIXPLUS_PRESETS": str(folder / "no-presets"),
        # libFuzzer keeps the input at which native code crashes, unless Python takes the signal first.
        **({"PYTHONFAULTHANDLER": "1"} if engine == "hypothesis" else {}),
    }
    command = [sys.executable, "-m", "fuzz.engine_child", "--target", name, "--engine", engine]
    child = subprocess.Popen(
        [*command, "--seconds", str(seconds), "--folder", str(folder), "--seed", str(seed)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    lines: deque[str] = deque(maxlen=_LINES_KEPT)
    telling: list[str] = []
    reader = threading.Thread(target=_read, args=(child, lines, telling))
    reader.start()
    end = time.monotonic() + seconds + _GRACE_SECONDS
    try:
        while child.poll() is None:
            time.sleep(0.2)
            if why := _why_to_end(child.pid, folder, end):
                telling.append(why)
                child.kill()
    finally:
        child.kill()
        child.wait()
        reader.join()
    return child.returncode, [*telling, *lines]


def _read(child: subprocess.Popen[str], lines: deque[str], telling: list[str]) -> None:
    for line in child.stdout or ():
        if _ROUTINE.match(line):
            continue
        (telling if _COVERAGE.search(line) or _INPUTS.search(line) else lines).append(line.rstrip()[:300])


def _why_to_end(pid: int, folder: Path, end: float) -> str:
    """Why a child has to be ended; atheris looks after itself, but for what it cannot see."""
    if _is_over.is_set():
        return "it was interrupted"
    if time.monotonic() > end:
        return "it did not end in time"
    try:
        waiting = time.time() - (folder / "in-hand").stat().st_mtime
    except OSError:
        return ""
    if waiting > SECONDS_PER_INPUT:
        return f"one input took more than {SECONDS_PER_INPUT} s"
    size = _resident_mb(pid)
    return f"it took {size} MB" if size > RSS_LIMIT_MB else ""


def _resident_mb(pid: int) -> int:
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss // 2**20)
    except psutil.Error:
        return 0


def _kept_findings(name: str, folder: Path, findings: Path) -> tuple[Path, ...]:
    """What the engines left: artifacts of atheris, and the input that hypothesis had in hand at the end."""
    found = [*sorted(folder.glob("finding-*")), *folder.glob("in-hand")]
    return tuple(_kept(path.read_bytes(), f"{name}-{path.name.removeprefix('finding-')}", findings) for path in found)


def _kept(content: bytes, name: str, findings: Path) -> Path:
    findings.mkdir(parents=True, exist_ok=True)
    path = findings / name
    number = 1
    while path.exists() and path.read_bytes() != content:
        number += 1
        path = findings / f"{name}-{number}"
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    sys.exit(main())
