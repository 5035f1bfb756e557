"""``make bench-presets`` (second part): general presets on pairs whose truth is known, to choose the generic one.

Every pair is a real or sample anatomy and the same moved and deformed as known, seen by another scanner: other
contrast, noise, lighting, voxels or field of view. No landmarks and no masks are given, as a newcomer would run it.
A preset is *good* on a pair where the mean error at 150 places is below 1.5 voxels. ``--keep`` writes the table into
the Docs.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from dataclasses import dataclass, replace

from anatomies import MissingDataError
from hard_case import MadePair
from ordinary_pairs import ordinary_pairs
from preset_records import keep_in_docs

from ElastixPlusLib import register
from ElastixPlusLib.errors import ElastixPlusError

CASES = (
    *("same contrast", "T1 and T2", "inverted contrast", "strong noise", "uneven lighting", "voxels of 2 x 2 x 6 mm"),
    *("moving volume without its upper fifth", "larger field of view", "tilted slices", "head again", "chest CT again"),
)
GOOD_VOXELS = 1.5
ALTERNATIVES = (  # general presets that could be the generic one: they deform, and need nothing but two volumes
    *("generic", "generic-fast", "rigid-affine-bspline", "accurate", "uneven-brightness", "coarse"),
    *("manual-defaults", "same-contrast", "accurate-same-contrast"),
)


@dataclass(frozen=True)
class Outcome:
    """Error and time of one preset on one pair; infinite where it failed."""

    error_mm: float
    seconds: float
    is_good: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="a preset; may be repeated")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--keep", action="store_true", help="write the table into the Docs")
    options = parser.parse_args()
    presets = options.only or ALTERNATIVES
    outcomes: dict[str, dict[str, Outcome]] = {preset: {} for preset in presets}
    for case in CASES:
        try:
            pair, request = ordinary_pairs()[case]()
        except MissingDataError as missing:
            print(f"{case}: left out, {missing}", flush=True)
            continue
        assert isinstance(pair, MadePair)
        truth = pair.case(case)
        for preset in presets:
            began = time.perf_counter()
            try:
                result = register(replace(request, preset=preset, threads=options.threads, despite_findings=True))
                error_mm = truth.error_mm(result.transform)
            except ElastixPlusError as error:
                print(f"{case}, {preset}: {error}", flush=True)
                error_mm = float("inf")
            good = error_mm < GOOD_VOXELS * truth.voxel_mm
            outcomes[preset][case] = Outcome(error_mm, time.perf_counter() - began, good)
        print(f"{case}: " + ", ".join(f"{name} {of[case].error_mm:.2f}" for name, of in outcomes.items()), flush=True)
        gc.collect()  # nodes and their scene refer to each other
    lines = table(outcomes)
    print("\n" + "\n".join(lines))
    if options.keep:
        keep_in_docs(lines, "known deformations")


def table(outcomes: dict[str, dict[str, Outcome]]) -> list[str]:
    """Presets as rows, the best first: by pairs that come out good, then by the median error."""
    cases = list(next(iter(outcomes.values())))
    ranked = sorted(outcomes.items(), key=lambda item: (-good_count(item[1]), middle(item[1])))
    lines = [
        "| preset | good of " + f"{len(cases)} | median mm | worst mm | seconds | " + " | ".join(cases) + " |",
        "|---|---|---|---|---|" + "---|" * len(cases),
    ]
    for name, of in ranked:
        cells = [f"{outcome.error_mm:.2f}" for outcome in of.values()]
        worst = max(outcome.error_mm for outcome in of.values())
        seconds = sum(outcome.seconds for outcome in of.values())
        figures = f"{good_count(of)} | {middle(of):.2f} | {worst:.2f} | {seconds:.0f}"
        lines.append(f"| {name} | {figures} | {' | '.join(cells)} |")
    return lines


def good_count(of: dict[str, Outcome]) -> int:
    return sum(outcome.is_good for outcome in of.values())


def middle(of: dict[str, Outcome]) -> float:
    return statistics.median(outcome.error_mm for outcome in of.values())


if __name__ == "__main__":
    main()
