"""What can be said behind ``elastixplus presets``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .argument_groups import ROLES, add_debug, add_further_pairs, add_overrides, add_volume_pair

AddOptions = Callable[[argparse.ArgumentParser], None]


def add_presets(commands: Any, guidance: Sequence[AddOptions]) -> None:
    """Add the command and its own commands.

    :param commands: the subparsers of ``elastixplus``.
    :param guidance: what adds the options of landmarks and masks, for suggestions.
    """
    parser = commands.add_parser(
        "presets",
        help="find, check and change presets: ready-made ways to register",
        description="Find, check and change presets: ready-made ways to register, each with its parameter files.",
        allow_abbrev=False,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="COMMAND", parser_class=type(parser))
    _add_list(actions)
    _add_show(actions)
    _add_suggest(actions, guidance)
    _add_lint(actions)
    _add_copy(actions)
    _add_delete(actions)
    _add_export(actions)
    _add_import(actions)
    _new(actions, "folder", "print the folder of your own presets, which are plain text files")


def _add_list(actions: Any) -> None:
    parser = _new(actions, "list", "list presets, all of them or those that fit")
    parser.add_argument("search", nargs="*", metavar="WORD", help="words that occur in what is known of a preset")
    parser.add_argument("--anatomy", metavar="A", help="made for this anatomy, such as lung")
    parser.add_argument(
        "--modality", action="append", default=[], metavar="M", help="made for this modality, such as CT; repeatable"
    )
    parser.add_argument(
        "--subject", choices=("same", "different"), help="made for volumes of the same or of different patients"
    )
    parser.add_argument("--transform", metavar="T", help="ends with this transform: rigid, affine, bspline ...")
    parser.add_argument("--mine", action="store_true", help="only your own")
    _add_json(parser)


def _add_show(actions: Any) -> None:
    parser = _new(actions, "show", "tell everything about a preset")
    _add_identifier(parser)
    parser.add_argument("--files", action="store_true", help="print its parameter files instead")
    _add_json(parser)


def _add_suggest(actions: Any, guidance: Sequence[AddOptions]) -> None:
    parser = _new(actions, "suggest", "suggest presets for volumes, landmarks and masks, with the reason")
    volumes = parser.add_argument_group("volumes")
    add_volume_pair(volumes)
    add_further_pairs(volumes)
    for add in guidance:
        add(parser)
    hints = parser.add_argument_group("what the files may not tell")
    hints.add_argument(
        "--anatomy", metavar="A", help="what the volumes show, such as lung (default: as they are named)"
    )
    for role in ROLES:
        hints.add_argument(
            f"--{role}-modality",
            metavar="M",
            help=f"of the {role} volume, such as CT (default: as its grey values tell)",
        )
    hints.add_argument("--subject", choices=("same", "different"), help="volumes of the same or of different patients")
    _add_json(parser)
    # What else a registration may be told, as it is if nothing is said.
    parser.set_defaults(preset="generic", parameters=None, overrides=[], initial="auto", force=True)
    parser.set_defaults(engine="auto", threads=None, seed=None)


def _add_lint(actions: Any) -> None:
    parser = _new(actions, "lint", "check parameter files: names, values, contradictions; exit code 2 if one is faulty")
    parser.add_argument(
        "targets", nargs="+", metavar="FILE|ID", help="parameter file (.txt, .toml), preset, or folder of one"
    )
    parser.add_argument(
        "--engine",
        metavar="auto|itk|PATH",
        help="which elastix is asked whether it has the components (default: the one that is found)",
    )
    _add_json(parser)


def _add_copy(actions: Any) -> None:
    parser = _new(actions, "copy", "make a preset of your own from another one")
    _add_identifier(parser)
    parser.add_argument("new_identifier", metavar="NEW-ID", help="id of the copy: lower case letters, digits, hyphens")
    parser.add_argument("--title", metavar="T", help="title of the copy")
    add_overrides(parser, "in the copy; may be repeated")
    _add_replace(parser, "a preset of yours with that id")


def _add_delete(actions: Any) -> None:
    _add_identifier(_new(actions, "delete", "delete a preset of your own"))


def _add_export(actions: Any) -> None:
    parser = _new(actions, "export", "write a preset with its parameter files into one file")
    _add_identifier(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="the file (.json)")
    _add_replace(parser, "a file of that name")


def _add_import(actions: Any) -> None:
    parser = _new(actions, "import", "make presets of your own from files of others")
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="exported preset (.json), parameter files (.txt, .toml; one per stage, in order), folder or archive "
        "(.zip) of either, or database of SlicerElastix (.xml)",
    )
    parser.add_argument(
        "--id",
        dest="new_identifier",
        metavar="ID",
        help="id of the preset, where it is a single one; without it they get ids that are free",
    )
    _add_replace(parser, "a preset of yours with that id")


def _new(actions: Any, name: str, purpose: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=purpose, description=f"{purpose[:1].upper()}{purpose[1:]}.", allow_abbrev=False
    )
    add_debug(parser)
    return parser


def _add_identifier(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("identifier", metavar="ID", help="id of the preset, as `elastixplus presets list` shows it")


def _add_replace(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--replace", action="store_true", help=f"replace {what}")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the answer as JSON on standard output")
