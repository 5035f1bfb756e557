"""``make bench-presets``: what every general preset does on the real brain pair at 1 mm, without and with landmarks.

Landmarks are split as elsewhere: sorted by label, 29 and 30 left out, even places drive, odd ones check. ``--swap``
lets the others drive, which shows how much of a figure is luck of the split; ``--seeds`` repeats every run with other
random samples. Presets run in turn, round by round; medians are shown, and the Pareto front of time and error is
marked. ``--keep`` writes the figures into the presets and into Docs/presets.md.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pairs import Pair, shared_brain_pair
from preset_records import keep_in_docs, keep_in_presets
from reference_figures import split
from variants import environment

from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.presets import Preset, builtin_preset_folder, list_presets

CALL_SCRIPT = Path(__file__).with_name("preset_call.py")
FIGURES = ("seconds", "drive_mm", "check_mm", "folded_percent", "memory_mib")
WITHOUT, WITH = "without landmarks", "with landmarks"
AIMS = {WITHOUT: 2.05, WITH: 1.80}  # mm at the check pairs
AIM_SECONDS = 25.0
BESIDE = (  # measured elsewhere on the same pair, without landmarks
    ("ANTs SyNQuick[s]", 100.0, 2.59, 2.29),
    ("greedy, rigid NMI + deformable WNCC", 77.0, 2.34, 1.96),
)


@dataclass(frozen=True)
class Row:
    """Medians of one preset; of a run that failed there is the reason instead."""

    preset: Preset
    way: str
    engine: str = ""
    seconds: float = 0.0
    drive_mm: float = 0.0
    check_mm: float = 0.0
    folded_percent: float = 0.0
    memory_mib: float = 0.0
    check_range: tuple[float, float] = (0.0, 0.0)
    failure: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="a preset; may be repeated")
    parser.add_argument("--seeds", type=int, default=1, help="rounds, each with other random samples")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--weight", default="balanced", help="how strongly the landmarks pull")
    parser.add_argument("--swap", action="store_true", help="the pairs that check drive, and the other way round")
    parser.add_argument("--keep", action="store_true", help="write the figures into the presets and the Docs")
    options = parser.parse_args()
    whole = shared_brain_pair()
    if whole is None:
        print("No real pair (ELASTIXPLUS_SHARED_DATA): nothing to measure.")
        return
    with tempfile.TemporaryDirectory(prefix="elastixplus-bench-") as name:
        pair, check = split(whole, Path(name))
        if options.swap:
            numbers = [str(number) for number in range(1, 33) if number not in (29, 30)]
            check = ",".join(sorted(set(numbers) - set(check.split(",")), key=int))
        rows = measured(pair, check, options)
    lines = table(rows, options)
    print("\n" + "\n".join(lines))
    if options.keep:
        keep_in_presets(rows, builtin_preset_folder())
        if not options.only:
            keep_in_docs(lines)


def general_presets(only: list[str]) -> list[Preset]:
    """Presets for everything, and those that are asked for by name."""
    presets = list_presets([builtin_preset_folder()])
    return [one for one in presets if (one.id in only if only else one.anatomy == ("any",) and one.image_pairs == 1)]


def measured(pair: Pair, check: str, options: argparse.Namespace) -> list[Row]:
    ways = [(one, way) for one in general_presets(options.only) for way in (WITHOUT, WITH) if is_sensible(one, way)]
    runs: dict[tuple[str, str], list[dict[str, float | str]]] = {}
    failures: dict[tuple[str, str], str] = {}
    for number in range(options.seeds):
        for preset, way in ways:
            seed = None if number == 0 else number
            try:
                told = one_run(pair, check, preset, way, seed, options)
            except subprocess.CalledProcessError as error:
                failures[preset.id, way] = (error.stderr.strip().splitlines() or ["no reason"])[-1]
                print(f"{preset.id}, {way}: failed: {failures[preset.id, way]}", flush=True)
                continue
            runs.setdefault((preset.id, way), []).append(told)
            print(f"{preset.id}, {way}: {told['seconds']:.1f} s, check {told['check_mm']:.2f} mm", flush=True)
    return [row_of(one, way, runs.get((one.id, way), []), failures.get((one.id, way), "")) for one, way in ways]


def is_sensible(preset: Preset, way: str) -> bool:
    return way == WITH or "landmarks" not in preset.needs


def one_run(
    pair: Pair, check: str, preset: Preset, way: str, seed: int | None, options: argparse.Namespace
) -> dict[str, float | str]:
    words = [sys.executable, str(CALL_SCRIPT), preset.id, *pair.options(), "--check-labels", check]
    words += ["--threads", str(options.threads), "--engine", options.engine, "--weight", options.weight]
    words += ["--without-landmarks"] if way == WITHOUT else []
    words += ["--seed", str(seed)] if seed is not None else []
    done = subprocess.run(words, env=environment(), check=True, capture_output=True, text=True)
    told: dict[str, float | str] = json.loads(done.stdout.splitlines()[-1])
    return told


def row_of(preset: Preset, way: str, runs: list[dict[str, float | str]], failure: str) -> Row:
    if not runs:
        return Row(preset, way, failure=failure or "not run")
    medians = {key: statistics.median(float(run[key]) for run in runs) for key in FIGURES}
    checks = [float(run["check_mm"]) for run in runs]
    return Row(preset, way, str(runs[0]["engine"]), **medians, check_range=(min(checks), max(checks)), failure=failure)


def front(rows: list[Row]) -> set[str]:
    """Ids of the presets than which no other is both as fast and as close; folding presets are never among them."""
    sound = [row for row in rows if not row.failure and row.folded_percent < 0.1]
    return {
        row.preset.id
        for row in sound
        if not any(
            other.seconds <= row.seconds
            and other.check_mm <= row.check_mm
            and (other.seconds, other.check_mm) != (row.seconds, row.check_mm)
            for other in sound
        )
    }


def table(rows: list[Row], options: argparse.Namespace) -> list[str]:
    drawn = f"{options.seeds} seeds, medians" if options.seeds > 1 else "one run each"
    split_words = ", pairs swapped" if options.swap else ""
    lines = [
        f"MNI152 and Colin27 at 1 mm{split_words}; {options.threads} threads of a {platform.machine()} machine with "
        f"{platform.system()}; {drawn}. ◆: on the Pareto front of time and check error. As loaded: drive 3.37, check "
        "3.05 mm."
        if not options.swap
        else f"MNI152 and Colin27 at 1 mm{split_words}; {drawn}.",
    ]
    for way in (WITHOUT, WITH):
        of_way = sorted((row for row in rows if row.way == way), key=lambda row: row.seconds)
        lines += ["", f"**{way.capitalize()}**" + (f" (weight {options.weight})" if way == WITH else ""), ""]
        lines += ["|  | preset | time s | drive mm | check mm | folded % | memory MiB |", "|---" * 7 + "|"]
        on_front = front(of_way)
        lines += [cells_of(row, row.preset.id in on_front, options.seeds > 1) for row in of_way]
        if way == WITHOUT:
            lines += [f"|  | *{name}, known* | {s:.0f} | {d:.2f} | {c:.2f} |  |  |" for name, s, d, c in BESIDE]
        lines += ["", verdict(of_way, way)]
    return lines


def cells_of(row: Row, is_on_front: bool, with_range: bool) -> str:
    if row.failure and not row.seconds:
        reason = row.failure.partition("Error: ")[2] or row.failure
        return f"|  | {row.preset.id} | {reason.split('. ')[0]} |  |  |  |  |"
    spread = f" ({row.check_range[0]:.2f} to {row.check_range[1]:.2f})" if with_range else ""
    figures = f"{row.seconds:.1f} | {row.drive_mm:.2f} | {row.check_mm:.2f}{spread} | {row.folded_percent:.2f}"
    return f"| {'◆' if is_on_front else ''} | {row.preset.id} | {figures} | {row.memory_mib:.0f} |"


def verdict(rows: list[Row], way: str) -> str:
    aim = AIMS[way]
    met = [row.preset.id for row in rows if not row.failure and row.check_mm <= aim and row.seconds <= AIM_SECONDS]
    return f"Aim: check at most {aim:.2f} mm in at most {AIM_SECONDS:.0f} s: {', '.join(met) or 'missed by all'}."


if __name__ == "__main__":
    try:
        main()
    except ElastixPlusError as fault:
        sys.exit(str(fault))
