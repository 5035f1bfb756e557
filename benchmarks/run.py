"""``make bench``: time and memory of one registration, side by side with what users would run instead.

The variants run in turn, round by round, so that a machine that grows warm or busy disturbs all of them alike; medians
are shown. Without the real pair (ELASTIXPLUS_SHARED_DATA) the sample brain and a turned copy of it stand in.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from pairs import Pair, benchmark_pair
from variants import (
    Measurement,
    bare_elastix,
    command_line,
    help_text,
    prepared_run,
    python_call,
    with_result_images_and_transformix,
)

AIMS = (
    ("register() / bare elastix, time", "python call", "bare elastix", "seconds", 1.10),
    ("command line / bare elastix, time", "command line", "bare elastix", "seconds", 1.25),
    ("register() / elastix + transformix, time", "python call", "elastix + transformix", "seconds", 0.50),
    ("memory of the child / bare elastix", "python call", "bare elastix", "child_mib", 1.30),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--preset", default="generic")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="elastixplus-bench-") as name:
        folder = Path(name)
        pair = benchmark_pair(folder)
        run = prepared_run(pair, options.preset, options.threads, folder / "prepared")
        variants: dict[str, Callable[[], Measurement]] = {
            "bare elastix": lambda: bare_elastix(run),
            "python call": lambda: python_call(run),
            "command line": lambda: command_line(run),
            "elastix + transformix": lambda: with_result_images_and_transformix(run),
            "elastixplus --help": help_text,
        }
        measured: dict[str, list[Measurement]] = {title: [] for title in variants}
        for number in range(options.rounds):
            for title, measure in variants.items():
                measured[title].append(measure())
                print(f"round {number + 1}: {title}: {measured[title][-1].seconds:.2f} s", flush=True)
    show(pair, options, {title: median_of(runs) for title, runs in measured.items()})


def median_of(runs: list[Measurement]) -> Measurement:
    return Measurement(*(statistics.median(values) for values in zip(*runs, strict=True)))


def show(pair: Pair, options: argparse.Namespace, medians: dict[str, Measurement]) -> None:
    print(f"\n{pair.title}, preset {options.preset}, {options.threads} threads, medians of {options.rounds} rounds")
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}\n")
    print(f"| {'variant':24} | time s | child MiB | parent MiB |\n|{'-' * 26}|--------|-----------|------------|")
    for title, measurement in medians.items():
        seconds, child_mib, parent_mib = measurement
        print(f"| {title:24} | {seconds:6.2f} | {child_mib:9.0f} | {parent_mib:10.0f} |")
    print(f"\n| {'aim':42} | measured | at most |\n|{'-' * 44}|----------|---------|")
    for title, variant, reference, field, limit in AIMS:
        ratio = getattr(medians[variant], field) / getattr(medians[reference], field)
        print(f"| {title:42} | {ratio:8.2f} | {limit:7.2f} |{'' if ratio <= limit else ' missed'}")
    print(f"| {'parent memory, MiB':42} | {medians['python call'].parent_mib:8.0f} | {1536:7d} |")
    print(f"| {'elastixplus --help, s':42} | {medians['elastixplus --help'].seconds:8.2f} | {0.4:7.2f} |")


if __name__ == "__main__":
    main()
