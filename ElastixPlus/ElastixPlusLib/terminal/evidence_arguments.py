"""What ``elastixplus register`` can do to find out how good its result is."""

from __future__ import annotations

import argparse
from pathlib import Path

from .argument_groups import add_structures

FEWEST_RUNS = 2
FEWEST_FOLDS = 2
LEAVE_ONE_OUT = "one"


def add_evidence(parser: argparse.ArgumentParser) -> None:
    """Add the options; those that run the registration again say so."""
    group = parser.add_argument_group(
        "evidence", "How good is the result? These options run the registration again, which takes its time."
    )
    group.add_argument(
        "--cross-validate",
        type=fold_count,
        metavar="one|K",
        help="error at landmarks that did not pull, where all are needed to pull: leave out one pair at a time, or K "
        "groups of pairs in turn, and measure there",
    )
    group.add_argument(
        "--both-ways",
        action="store_true",
        help="register the other way round, too, and measure how far there and back leads from the start",
    )
    group.add_argument(
        "--repeat",
        type=seeds_or_presets,
        metavar="N|ID,ID",
        help="register with N seeds of the random sampling, or with each of these presets, and measure how far the "
        "results lie apart",
    )
    group.add_argument(
        "--output-mean-transform", type=Path, metavar="FILE", help="mean transform of the runs of --repeat (.h5, .tfm)"
    )
    group.add_argument(
        "--output-uncertainty",
        type=Path,
        metavar="FILE",
        help="standard deviation of the displacement over the runs of --repeat, in mm, as a volume with voxels of "
        "about 4 mm (.nrrd, .nii.gz, .mha)",
    )
    add_structures(parser)


def fold_count(text: str) -> str | int:
    """``one``, or how many groups of pairs are left out in turn."""
    return text if text == LEAVE_ONE_OUT else _whole_number(text, FEWEST_FOLDS, f"{LEAVE_ONE_OUT} or a number")


def seeds_or_presets(text: str) -> int | tuple[str, ...]:
    """How many seeds, or which presets, are compared.

    >>> seeds_or_presets("5"), seeds_or_presets("rigid,generic")
    (5, ('rigid', 'generic'))
    """
    presets = tuple(name for part in text.split(",") if (name := part.strip()))
    if len(presets) >= FEWEST_RUNS:
        return presets
    return _whole_number(text, FEWEST_RUNS, "a number")


def _whole_number(text: str, least: int, what: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what} of {least} or more")
    return number
