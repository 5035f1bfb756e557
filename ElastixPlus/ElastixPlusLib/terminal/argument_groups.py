"""Options that several commands have, each said once."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

ROLES = ("fixed", "moving")


def add_volume_pair(group: argparse._ArgumentGroup) -> None:
    """The two volumes."""
    group.add_argument("--fixed", type=Path, required=True, metavar="FILE", help="volume that stays where it is")
    group.add_argument("--moving", type=Path, required=True, metavar="FILE", help="volume to be laid on it")


def add_further_pairs(group: argparse._ArgumentGroup) -> None:
    """Volumes that are registered together with the first pair."""
    for role in ROLES:
        group.add_argument(
            f"--further-{role}",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help=f"what the {role} volume shows, in another contrast and in the same world, for a preset that compares "
            "several pairs; may be repeated, in the order of the pairs",
        )


def add_landmark_files(group: argparse._ArgumentGroup) -> None:
    """The point lists of both volumes."""
    for role in ROLES:
        group.add_argument(
            f"--{role}-landmarks", type=Path, metavar="FILE", help=f"points in the {role} volume (.mrk.json, .fcsv)"
        )


def add_skipping(group: argparse._ArgumentGroup) -> None:
    """What to do about landmarks that cannot be used."""
    group.add_argument(
        "--skip-unusable-landmarks",
        action="store_true",
        help="leave out landmarks without a partner or outside their volume instead of refusing them",
    )


def add_overrides(group: argparse._ActionsContainer, when: str) -> None:
    """Changes of single parameters.

    :param when: for what they are made.
    """
    group.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="[STAGE.]NAME=VALUES",
        help="change a parameter of elastix, such as bspline.FinalGridSpacingInPhysicalUnits=8, in all stages of a "
        f"kind, in one (2.NAME=...) or in all (NAME=...); nothing behind = removes it; {when}",
    )


def add_structures(parser: argparse.ArgumentParser) -> None:
    """What is drawn in both volumes, to be compared."""
    group = parser.add_argument_group("structures to be compared")
    for role in ROLES:
        group.add_argument(
            f"--{role}-segmentation",
            type=Path,
            metavar="FILE",
            help=f"what is drawn in the {role} volume: segmentation (.seg.nrrd) or labelmap (.nrrd, .nii.gz, .mha)",
        )
    group.add_argument(
        "--structures",
        type=structure_pair,
        action="append",
        default=[],
        metavar="FIXED=MOVING",
        help="segments to be compared, by name; one NAME if both have the same; may be repeated (default: all that "
        "have the same name)",
    )


def add_talking(group: argparse._ArgumentGroup, silence: str) -> None:
    """How much the command says.

    :param silence: what ``--quiet`` does.
    """
    group.add_argument("--quiet", action="store_true", help=silence)
    add_debug(group)


def add_debug(group: argparse._ActionsContainer) -> None:
    """Where an error came from."""
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")


def structure_pair(text: str) -> tuple[str, str]:
    """The name of a fixed and of a moving segment.

    >>> structure_pair("Liver = liver_2"), structure_pair("Liver")
    (('Liver', 'liver_2'), ('Liver', 'Liver'))
    """
    fixed, equals, moving = text.partition("=")
    names = fixed.strip(), (moving if equals else fixed).strip()
    if not all(names):
        raise argparse.ArgumentTypeError(f"{text!r} does not name a fixed and a moving segment, as in Liver=Liver_2")
    return names


def positive_mm(text: str) -> float:
    """A length of more than 0 mm."""
    try:
        length = float(text)
    except ValueError:
        length = math.nan
    if not 0 < length < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of more than 0 mm")
    return length


def split_labels(given: list[str]) -> tuple[str, ...]:
    """All labels of all repetitions of an option, each once.

    >>> split_labels(["3, 4", "4,5"])
    ('3', '4', '5')
    """
    labels = [label.strip() for text in given for label in text.split(",")]
    return tuple(dict.fromkeys(label for label in labels if label))
