"""What can be said to ``elastixplus bundle``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .argument_groups import add_debug

DEFAULT_FILE = "elastixplus-bundle.zip"


def add_bundle(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "bundle",
        help="pack what tells a fault, without voxels and names, to be posted",
        description="Pack log, parameter files, record and geometry of a run into one zip file that can be posted. "
        "Voxels are never in it; names of volumes, files, landmarks, user and computer are taken out. Look through it "
        "before you post it.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "run",
        type=Path,
        nargs="?",
        metavar="RECORD|FOLDER",
        help="NAME.record.json, or the folder of a run or of a report (default: only versions and the engine)",
    )
    parser.add_argument(
        "--output", type=Path, default=Path(DEFAULT_FILE), metavar="FILE", help=f"(default: {DEFAULT_FILE})"
    )
    parser.add_argument(
        "--name",
        dest="names",
        action="append",
        default=[],
        metavar="WORD",
        help="a further word to take out, such as the name of a patient; may be repeated",
    )
    parser.add_argument("--list", action="store_true", help="print all that would be posted, and write nothing")
    parser.add_argument("--engine", default="auto", metavar="auto|itk|PATH", help="which elastix (default: auto)")
    add_debug(parser)
