"""What can be said to ``elastixplus rerun``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .argument_groups import ROLES, add_landmark_files, add_talking


def add_rerun(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "rerun",
        help="do a run again from its record, and say whether the result is the same",
        description="Do a run again from its record: with the same files, the very parameter files that elastix got, "
        "and the elastix of this computer. Says whether the result is the same, or how far it is off.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "record", type=Path, metavar="RECORD", help="NAME.record.json, or the folder of a report or of a run"
    )
    _add_moved_files(parser)
    _add_outputs(parser)
    _add_running(parser)


def _add_moved_files(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "files that lie elsewhere now", "What is not named is looked for where it was then, and beside the record."
    )
    for role in ROLES:
        group.add_argument(f"--{role}", type=Path, metavar="FILE", help=f"the {role} volume")
        group.add_argument(
            f"--further-{role}", type=Path, action="append", metavar="FILE", help=f"a further {role} volume, in order"
        )
    add_landmark_files(group)
    for role in ROLES:
        group.add_argument(f"--{role}-mask", type=Path, metavar="FILE", help=f"the mask of the {role} volume")
        group.add_argument(f"--{role}-exclude", type=Path, metavar="FILE", help=f"what was excluded in the {role} one")
    group.add_argument("--initial", type=Path, metavar="FILE", help="the transform to start from")


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("results")
    group.add_argument("--output-transform", type=Path, metavar="FILE", help="transform (.h5, or .tfm)")
    group.add_argument(
        "--output-volume", type=Path, metavar="FILE", help="moving volume on the fixed one (.nrrd, .nii.gz, .mha)"
    )
    group.add_argument("--json", metavar="FILE|-", help="account of the run and of the comparison as JSON")


def _add_running(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("running")
    group.add_argument("--force", action="store_true", help="run although not the same goes in as then")
    group.add_argument("--engine", metavar="auto|itk|PATH", help="another elastix than then")
    group.add_argument("--threads", type=int, metavar="N", help="another number of threads than then")
    group.add_argument("--workspace", type=Path, metavar="FOLDER", help="where the run folder is made")
    group.add_argument("--keep-workspace", action="store_true", help="keep the run folder, with log and parameters")
    add_talking(group, "no progress and no summary, errors only")
