"""How long several runs of one registration take one after the other and side by side, with the same cores.

    python benchmarks/parallel_trials.py [--runs 4] [--rounds 3] [--preset generic] [--small]

On the real brain pair at 1 mm if it is there, else on the sample brain and a turned copy; ``--small`` takes the latter.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import slicer
from pairs import Pair, benchmark_pair, turned_sample

from ElastixPlusLib import RegistrationRequest
from ElastixPlusLib.checking.preparation import check_steps
from ElastixPlusLib.evaluation.trials import cores_at_hand, trials_steps, waited_for
from ElastixPlusLib.mrml.files import read_landmarks, read_volume
from ElastixPlusLib.steps import run_to_end


def request_of(scene: slicer.vtkMRMLScene, pair: Pair, preset: str) -> RegistrationRequest:
    points = [
        None if path is None else read_landmarks(scene, path, role)
        for role, path in (("fixed", pair.fixed_landmarks), ("moving", pair.moving_landmarks))
    ]
    return RegistrationRequest(
        read_volume(scene, pair.fixed, "fixed"),
        read_volume(scene, pair.moving, "moving"),
        preset=preset,
        fixed_landmarks=points[0],
        moving_landmarks=points[1],
        skip_unusable_landmarks=True,
        despite_findings=True,
    )


def seconds_of(request: RegistrationRequest, runs: int, at_once: int) -> tuple[float, float]:
    """Wall time, and processor time of all elastix together, which other work on the machine hardly changes."""
    requests = [replace(request, seed=seed, threads=threads_of(at_once)) for seed in range(1, runs + 1)]
    wall, processor = time.perf_counter(), processor_seconds()
    waited_for(trials_steps(requests, at_once))
    return time.perf_counter() - wall, processor_seconds() - processor


def threads_of(at_once: int) -> int:
    return max(1, cores_at_hand() // at_once)


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def check_seconds(request: RegistrationRequest) -> float:
    began = time.perf_counter()
    run_to_end(check_steps(request))
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--preset", default="generic")
    parser.add_argument("--small", action="store_true")
    options = parser.parse_args()
    scene = slicer.vtkMRMLScene()
    with tempfile.TemporaryDirectory() as folder:
        pair = turned_sample(Path(folder)) if options.small else benchmark_pair(Path(folder))
        request = request_of(scene, pair, options.preset)
        taken: dict[int, list[tuple[float, float]]] = {at_once: [] for at_once in sorted({1, cores_at_hand()})}
        for _ in range(options.rounds):  # in turn, so that a slow minute of the machine meets all
            for at_once, seconds in taken.items():
                seconds.append(seconds_of(request, options.runs, at_once))
        checks = [check_seconds(request) for _ in range(options.rounds)]
    print(f"{pair.title}, preset {options.preset}, {options.runs} runs, medians of {options.rounds}")
    print("| at once | threads each | all runs | per run | processor time per run |")
    print("|---|---|---|---|---|")
    for at_once, seconds in taken.items():
        wall, processor = (statistics.median(column) for column in zip(*seconds, strict=True))
        per_run = f"{wall / options.runs:.1f} s | {processor / options.runs:.1f} s"
        print(f"| {at_once} | {threads_of(at_once)} | {wall:.1f} s | {per_run} |")
    print(f"The check, which every run repeats: {statistics.median(checks):.2f} s")
    print(f"Peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
