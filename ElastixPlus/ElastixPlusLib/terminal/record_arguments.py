"""What can be said to ``elastixplus record``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .argument_groups import add_debug


def add_record(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "record",
        help="show the record of a run, or the text for the methods section of a paper",
        description="Show what the record of a run says, or write from it: the text for the methods section of a "
        "paper, its references, and the very parameter files that elastix got.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "record", type=Path, metavar="RECORD", help="NAME.record.json, or the folder of a report or of a run"
    )
    parser.add_argument("--methods", action="store_true", help="the text for the methods section, with its references")
    parser.add_argument("--bibtex", action="store_true", help="these references as entries of BibTeX")
    parser.add_argument(
        "--parameters",
        type=Path,
        metavar="FOLDER",
        help="write the parameter files into a new folder, for `register --parameters`",
    )
    parser.add_argument("--json", action="store_true", help="the record as JSON on standard output")
    add_debug(parser)
