"""Time and memory of the report on the real brain pair at 1 mm, by the command line, as a user would wait for it.

The parts are timed one by one beside it, to show where the time goes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pairs import REPOSITORY, Pair, shared_brain_pair

AIM_SECONDS, AIM_MIB = 10.0, 2048.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--transform", type=Path, help="an existing result; else one is made with the preset generic")
    options = parser.parse_args()
    pair = shared_brain_pair()
    if pair is None:
        print("No real pair (ELASTIXPLUS_SHARED_DATA): nothing to measure.")
        return
    with tempfile.TemporaryDirectory(prefix="elastixplus-bench-") as name:
        transform = options.transform or registered(pair, Path(name) / "result.h5")
        for title, more in (
            ("report", []),
            ("report and Jacobian map", ["--output-jacobian", str(Path(name) / "jacobian.nrrd")]),
        ):
            runs = [report_run(pair, transform, Path(name) / "report", more) for _ in range(options.rounds)]
            seconds, mib = (statistics.median(column) for column in zip(*runs, strict=True))
            print(f"{title}: median {seconds:.2f} s (aim {AIM_SECONDS:.0f}), {mib:.0f} MiB (aim {AIM_MIB:.0f})")
        account = json.loads((Path(name) / "report" / "evaluation.json").read_text(encoding="utf-8"))
        print(f"of it, measuring alone: {account['seconds']['total']:.2f} s")
        print(f"size of report.html: {(Path(name) / 'report' / 'report.html').stat().st_size / 1e6:.2f} MB")


def registered(pair: Pair, path: Path) -> Path:
    command = [sys.executable, "-m", "ElastixPlusLib", "register", *pair.options(), "--quiet", "--force"]
    subprocess.run([*command, "--output-transform", str(path)], env=environment(), check=True)
    return path


def report_run(pair: Pair, transform: Path, folder: Path, more: list[str]) -> tuple[float, float]:
    """Wall time in seconds and largest memory in MiB of one command."""
    command = [sys.executable, "-m", "ElastixPlusLib", "evaluate", *pair.options(), "--transform", str(transform)]
    started = time.perf_counter()
    process = subprocess.Popen([*command, "--report", str(folder), "--quiet", *more], env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY / "ElastixPlus")}


if __name__ == "__main__":
    main()
