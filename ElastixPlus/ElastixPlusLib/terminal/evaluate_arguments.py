"""What can be said to ``elastixplus evaluate``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .argument_groups import (
    add_landmark_files,
    add_skipping,
    add_structures,
    add_talking,
    add_volume_pair,
    positive_mm,
)


def add_evaluate(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "evaluate",
        help="measure how good a transform is",
        description="Measure how well a transform lays a moving volume on a fixed one: at landmarks, at structures, in "
        "the grey values, and whether the deformation is plausible. The transform may come from any program. What is "
        "not given is not assessed, and the answer says so.",
        allow_abbrev=False,
    )
    group = parser.add_argument_group("transform and volumes")
    group.add_argument(
        "--transform",
        type=Path,
        required=True,
        metavar="FILE",
        help="under which the moving volume lies on the fixed one in 3D Slicer (.h5, .tfm, .mat, .txt of ITK), or a "
        "displacement field (.nrrd, .nii.gz, .mha)",
    )
    add_volume_pair(group)
    _add_landmarks(parser)
    add_structures(parser)
    _add_measuring(parser)
    _add_outputs(parser)


def _add_landmarks(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("landmarks")
    add_landmark_files(group)
    roles = group.add_mutually_exclusive_group()
    roles.add_argument(
        "--check-labels",
        action="append",
        default=[],
        metavar="LABEL,LABEL",
        help="labels of the pairs that did not drive the registration; all others did",
    )
    roles.add_argument(
        "--drive-labels",
        action="append",
        default=[],
        metavar="LABEL,LABEL|all",
        help="the other way round: labels of the pairs that drove it (default: none did, so that all pairs check)",
    )
    group.add_argument(
        "--placing-sd-mm",
        type=positive_mm,
        metavar="MM",
        help="error with which landmarks are placed, as a standard deviation along each axis: says what a registration "
        "without error would leave",
    )
    add_skipping(group)


def _add_measuring(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("measuring")
    group.add_argument(
        "--fixed-mask",
        default="auto",
        metavar="FILE|body|none",
        help="where deformation and grey values are measured: labelmap, .seg.nrrd, ROI box (.mrk.json), closed surface "
        "(.stl, .vtk, .vtp, .ply, .obj), body (found in the volume), or none: the whole volume (default: body, if "
        "there is one)",
    )
    group.add_argument(
        "--fixed-exclude",
        type=Path,
        metavar="FILE",
        help="what does not count in the fixed volume, such as resected tissue: for deformation, grey values and "
        "structures",
    )
    group.add_argument(
        "--tolerance-mm",
        type=positive_mm,
        metavar="MM",
        help="what distances are held against (default: the largest voxel edge of the fixed volume)",
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("results")
    group.add_argument(
        "--output-jacobian",
        type=Path,
        metavar="FILE",
        help="local change of volume at every voxel of the fixed volume: below 1 smaller, above 1 larger in the moving "
        "one, 0 and less folded (.nrrd, .nii.gz, .mha)",
    )
    group.add_argument(
        "--report", type=Path, metavar="FOLDER", help="folder for the report as a web page, with its tables"
    )
    group.add_argument("--json", metavar="FILE|-", help="everything measured as JSON; - is standard output")
    add_talking(group, "no summary, errors only")
