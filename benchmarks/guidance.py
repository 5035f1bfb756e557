"""``make bench-guidance``: hard cases as a user runs them who knows of no guidance, and with it.

Each case is made from a real or sample anatomy by a deformation that is known, so that the error is measured against
the truth, at places that no landmark marks. Without the real data (ELASTIXPLUS_SHARED_DATA) the cases that need it are
left out.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from dataclasses import dataclass

from anatomies import MissingDataError
from check_time import show_check_time
from guided_run import ASTRAY_MM, GOOD_VOXELS, Outcome, guided_run, plain_run, succeeded
from hard_case import HardCase
from hard_cases import hard_cases
from ordinary_pairs import findings_on_ordinary_pairs

_SHORT_SENTENCE = 120


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    case: HardCase
    plain: Outcome | None
    guided: Outcome
    recipe: Outcome | None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="a case; may be given again")
    parser.add_argument(
        "--plain", action=argparse.BooleanOptionalAction, default=True, help="the run without guidance, too"
    )
    parser.add_argument("--recipe", action="store_true", help="the preset for hard cases, too")
    parser.add_argument("--ordinary", action=argparse.BooleanOptionalAction, default=True, help="the ordinary pairs")
    parser.add_argument("--rounds", type=int, default=3, help="how often the check is made and its fixes are applied")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if unknown := set(options.only) - set(hard_cases()):
        parser.error(f"no case is called {', '.join(sorted(unknown))}; there are {', '.join(hard_cases())}")
    started = time.perf_counter()
    rows = measured_rows(options)
    show(rows)
    is_quiet = show_ordinary() if options.ordinary and not options.only else True
    if not options.only:
        show_check_time()
    print(f"\nAll of it took {time.perf_counter() - started:.0f} s with {options.threads} threads.")
    return 0 if is_quiet and all(succeeded(row.case, row.guided) for row in rows) else 1


def measured_rows(options: argparse.Namespace) -> list[Row]:
    rows = []
    for name, make in hard_cases().items():
        if options.only and name not in options.only:
            continue
        try:
            case = make()
        except MissingDataError as missing:
            print(f"{name}: left out, {missing}", flush=True)
            continue
        plain = plain_run(case, options.threads) if options.plain else None
        guided = guided_run(case, options.threads, options.rounds)
        recipe = guided_run(case, options.threads, options.rounds, "guided") if options.recipe else None
        rows.append(Row(name, case, plain, guided, recipe))
        print(f"{name}: {'as expected' if succeeded(case, guided) else 'NOT AS EXPECTED'}", flush=True)
        gc.collect()  # nodes and their scene refer to each other
    return rows


def show(rows: list[Row]) -> None:
    with_recipe = any(row.recipe is not None for row in rows)
    print("\n| case | plain run | with guidance |" + (" preset guided |" if with_recipe else "") + " seconds |")
    print("|---|---|---|" + ("---|" if with_recipe else "") + "---|")
    for row in rows:
        mark = "" if succeeded(row.case, row.guided) else "**not as expected:** "
        cells = [row.case.like, _plain_cell(row), mark + _guided_cell(row.case, row.guided)]
        if row.recipe is not None:
            cells.append(_guided_cell(row.case, row.recipe))
        times = [outcome.seconds for outcome in (row.plain, row.guided, row.recipe) if outcome is not None]
        print(f"| {' | '.join(cells)} | {' / '.join(f'{seconds:.1f}' for seconds in times)} |")
    wrong = [row for row in rows if row.plain is not None and row.plain.went_wrong]
    good = [row for row in rows if succeeded(row.case, row.guided)]
    refused = [row for row in good if row.case.expectation == "refused"]
    if any(row.plain is not None for row in rows):
        print(f"\nThe plain run fails or is more than {ASTRAY_MM:g} mm off in {len(wrong)} of {len(rows)} cases.")
    print(
        f"With guidance {len(good)} of {len(rows)} come out as they should: {len(good) - len(refused)} below "
        f"{GOOD_VOXELS:g} voxels, {len(refused)} refused beforehand with the reason."
    )


def show_ordinary() -> bool:
    """Whether there are no more warnings than may be."""
    pairs, findings = findings_on_ordinary_pairs()
    print(f"\nWarnings on {pairs} ordinary pairs: {len(findings)}")
    for name, finding in findings:
        print(f"- {name}: {finding.severity}: {finding.sentence}")
    return len(findings) <= 1


def _plain_cell(row: Row) -> str:
    if row.plain is None:
        return ""
    if row.plain.error_mm is None:
        return ("refused: " if row.plain.refusal else "failed: ") + _short(row.plain.sentence)
    return f"{row.plain.error_mm:.1f} mm"


def _guided_cell(case: HardCase, outcome: Outcome) -> str:
    fixes = "; ".join(dict.fromkeys(outcome.fixes))
    if outcome.error_mm is None:
        cell = ("refused: " if outcome.refusal else "failed: ") + _in_a_cell(outcome.sentence)
    else:
        cell = f"{outcome.error_mm:.2f} mm, {outcome.error_mm / case.voxel_mm:.2f} voxels"
    return f"{fixes}: {cell}" if fixes else cell


def _short(sentence: str) -> str:
    words = _in_a_cell(sentence)
    return words if len(words) <= _SHORT_SENTENCE else words[: _SHORT_SENTENCE - 4].rsplit(" ", 1)[0] + " ..."


def _in_a_cell(sentence: str) -> str:
    return " ".join(sentence.replace("|", "/").split())


if __name__ == "__main__":
    sys.exit(main())
