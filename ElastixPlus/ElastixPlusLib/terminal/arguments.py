"""What can be said on the command line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from .. import __version__
from ..errors import InputError
from .argument_groups import (
    ROLES,
    add_debug,
    add_further_pairs,
    add_landmark_files,
    add_overrides,
    add_skipping,
    add_talking,
    add_volume_pair,
)
from .bundle_arguments import add_bundle
from .evaluate_arguments import add_evaluate
from .evidence_arguments import add_evidence
from .preset_arguments import add_presets
from .record_arguments import add_record
from .rerun_arguments import add_rerun
from .streams import say


class _Parser(argparse.ArgumentParser):
    """Reports a wrong command as every other error: what, and what to do."""

    def error(self, message: str) -> NoReturn:
        say(f"Error: {message[:1].upper()}{message[1:].rstrip('.')}.\nSee {self.prog} --help.")
        sys.exit(InputError.exit_code)


def argument_parser() -> argparse.ArgumentParser:
    """The parser of ``elastixplus``. Building it loads nothing heavy."""
    parser = _Parser(
        prog="elastixplus",
        description="Register medical volumes with elastix, guided by landmarks and masks together with the images.",
    )
    parser.add_argument("--version", action="version", version=f"elastixplus {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    _add_register(commands)
    _add_check(commands)
    add_record(commands)
    add_rerun(commands)
    add_evaluate(commands)
    add_presets(commands, (_add_landmarks, _add_masks))
    _add_doctor(commands)
    add_bundle(commands)
    return parser


def _add_register(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "register",
        help="lay a moving volume on a fixed one",
        description="Lay a moving volume on a fixed one. Positions are those of the files, as 3D Slicer shows them.",
        allow_abbrev=False,
    )
    _add_inputs(parser)
    _add_outputs(parser)
    add_evidence(parser)
    _add_running(parser)


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "check",
        help="say what a registration would meet, without running it",
        description="Look at everything that a registration would use, and say what would fail, what may come out "
        "wrong, and what would help, with the option that does it. Takes the options of register.",
        allow_abbrev=False,
    )
    _add_inputs(parser)
    group = parser.add_argument_group("running")
    _add_engine(group)
    group.add_argument("--json", action="store_true", help="the findings as JSON on standard output")
    add_debug(group)


def _add_inputs(parser: argparse.ArgumentParser) -> None:
    _add_volumes(parser)
    _add_landmarks(parser)
    _add_masks(parser)


def _add_doctor(commands: argparse._SubParsersAction[_Parser]) -> None:
    parser = commands.add_parser(
        "doctor",
        help="show which elastix is used and prove that it works",
        description="Show which elastix is used, its version and what it can do, and register a tiny pair with it.",
        allow_abbrev=False,
    )
    parser.add_argument("--engine", default="auto", metavar="auto|itk|PATH", help="which elastix (default: auto)")
    add_debug(parser)


def _add_volumes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("volumes and method")
    add_volume_pair(group)
    add_further_pairs(group)
    method = group.add_mutually_exclusive_group()
    method.add_argument(
        "--preset",
        default="generic",
        metavar="ID",
        help="how to register: `elastixplus presets list` shows all, `elastixplus presets suggest` those that fit "
        "(default: generic)",
    )
    method.add_argument(
        "--parameters", type=Path, nargs="+", action="extend", metavar="FILE", help="own elastix files, one per stage"
    )
    add_overrides(group, "for this run; may be repeated")
    group.add_argument(
        "--initial",
        default="auto",
        metavar="START|FILE",
        help="position to start from: none (as loaded), centers (of the volumes), gravity (of what is bright), "
        "landmarks (rigid fit), landmarks-similarity, landmarks-affine, or a transform file (default: what the preset "
        "says, which is none but for hard cases)",
    )


def _add_landmarks(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("landmarks")
    add_landmark_files(group)
    group.add_argument(
        "--check-labels",
        action="append",
        default=[],
        metavar="LABEL,LABEL",
        help="labels of the pairs that only measure the result; all others pull",
    )
    group.add_argument(
        "--landmark-weight",
        default="balanced",
        metavar="soft|balanced|firm|NUMBER",
        help="how strongly the landmarks pull (default: balanced)",
    )
    add_skipping(group)


def _add_masks(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("masks")
    for role in ROLES:
        group.add_argument(
            f"--{role}-mask",
            metavar="FILE|body|field-of-view",
            help=f"what counts in the {role} volume: labelmap, .seg.nrrd, ROI box (.mrk.json), closed surface (.stl, "
            ".vtk, .vtp, .ply, .obj), or found in the volume: body, field-of-view",
        )
        group.add_argument(
            f"--{role}-exclude", type=Path, metavar="FILE", help=f"what does not count in the {role} volume"
        )
    group.add_argument(
        "--mask-edge",
        choices=("auto", "region", "artificial"),
        default="auto",
        help="region: the mask's edge is anatomy; artificial: beyond it voxels mean nothing (default: auto, artificial "
        "for a field of view and around what is excluded)",
    )
    group.add_argument(
        "--mask-margin", type=float, default=0.0, metavar="MM", help="grow masks, or shrink them if negative"
    )
    group.add_argument(
        "--crop",
        choices=("auto", "overlap", "none"),
        default="auto",
        help="auto: to a small mask; overlap: to what both volumes show (default: auto)",
    )


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("results")
    group.add_argument("--output-transform", type=Path, metavar="FILE", help="transform (.h5, or .tfm)")
    group.add_argument(
        "--output-volume", type=Path, metavar="FILE", help="moving volume on the fixed one (.nrrd, .nii.gz, .mha)"
    )
    group.add_argument(
        "--transform-kind",
        choices=("exact", "grid"),
        default="exact",
        help="grid: sampled as a displacement grid on the fixed volume (default: exact)",
    )
    group.add_argument(
        "--report",
        type=Path,
        metavar="FOLDER",
        help="folder for the report as a web page, with its tables, account and settings",
    )
    group.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="record of the run, for `elastixplus rerun` (default: beside the first output, as NAME.record.json)",
    )
    group.add_argument("--json", metavar="FILE|-", help="account of the run as JSON; - is standard output")


def _add_running(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("running")
    group.add_argument("--fix", action="store_true", help="make the changes that the check before the run offers")
    _add_engine(group)
    group.add_argument("--workspace", type=Path, metavar="FOLDER", help="where the run folder is made")
    group.add_argument("--keep-workspace", action="store_true", help="keep the run folder, with log and parameters")
    add_talking(group, "no progress and no summary, errors only")


def _add_engine(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--force", action="store_true", help="run although the check says that it would go wrong")
    group.add_argument("--engine", default="auto", metavar="auto|itk|PATH", help="which elastix (default: auto)")
    group.add_argument("--threads", type=int, metavar="N", help="threads of elastix (default: all cores)")
    group.add_argument("--seed", type=int, metavar="N", help="seed of the random sampling")
