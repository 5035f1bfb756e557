"""``elastixplus presets list``: which presets there are, or which fit."""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace

from ..presets.finding import Filter, PresetIndex, anatomies, found, modalities
from ..presets.library import faulty_presets, list_presets
from ..presets.preset import ANY, Preset
from .evaluation_lines import printable
from .preset_words import is_for_all, names_in_words, needs_in_words, preset_account, what_it_does
from .progress_line import has_rich
from .streams import in_encoding, put_out, put_out_json, say

_NARROWEST_TABLE, _NARROWEST_WITH_ALL_COLUMNS, _WIDEST_TABLE = 60, 112, 140


def run_list(options: argparse.Namespace) -> int:
    """Carry out the command.

    :raises ElastixPlusError: the built-in presets cannot be read.
    """
    presets = PresetIndex(list_presets())
    wanted = Filter(
        words=" ".join(options.search),
        anatomy=options.anatomy or ANY,
        modality=tuple(options.modality) or ANY,
        subject=options.subject or ANY,
        transform=options.transform or ANY,
        only_mine=options.mine,
    )
    listed = presets.found(wanted)
    if options.json:
        put_out_json([preset_account(preset) for preset in listed])
    elif listed:
        put_out(_table(listed) if _is_wide_terminal() else _lines(listed))
    else:
        say(_why_none(options, presets.presets))
    general = _general(presets, wanted, listed)
    if general and not options.json:
        say(f"For everything, and therefore not listed: {', '.join(preset.id for preset in general)}.")
    for fault in faulty_presets():
        say(f"Warning: {fault}")
    return 0


def _lines(presets: Sequence[Preset]) -> str:
    """One line per preset, for other programs and for files."""
    width = max(len(preset.id) for preset in presets)
    return "".join(printable(f"{preset.id:<{width}}  {_in_one_line(preset)}\n") for preset in presets)


def _in_one_line(preset: Preset) -> str:
    needs = needs_in_words(preset)
    made_for = [
        names_in_words(names) if not is_for_all(names) else f"any {what}"
        for what, names in (("anatomy", preset.anatomy), ("modality", preset.modality))
    ]
    text = f"{what_it_does(preset)} For {'; '.join(made_for)}.{f' Needs {needs}.' if needs else ''}"
    return " ".join(text.split())


def _table(presets: Sequence[Preset]) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    width = min(shutil.get_terminal_size().columns, _WIDEST_TABLE)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, expand=True)
    table.add_column("Id", no_wrap=True, overflow="fold")
    rows: list[tuple[str, ...]] = [(preset.id, _in_one_line(preset)) for preset in presets]
    if width < _NARROWEST_WITH_ALL_COLUMNS:
        table.add_column("What it does, for what, and what it needs", ratio=1)
    else:
        for title, share in (("What it does", 4), ("Anatomy", 1), ("Modality", 1), ("Needs", 1)):
            table.add_column(title, ratio=share, min_width=10)
        rows = [
            (
                *(preset.id, what_it_does(preset), names_in_words(preset.anatomy)),
                *(names_in_words(preset.modality), needs_in_words(preset)),
            )
            for preset in presets
        ]
    for row in rows:
        # Not as strings: brackets in texts of others are no markup.
        table.add_row(*(Text(printable(cell)) for cell in row))
    drawn = io.StringIO()
    Console(file=drawn, width=width, color_system=None).print(table)
    return in_encoding(drawn.getvalue(), sys.stdout.encoding)


def _is_wide_terminal() -> bool:
    try:
        is_terminal = sys.stdout.isatty()
    except (AttributeError, ValueError):  # there is no standard output, or it is closed
        return False
    return is_terminal and shutil.get_terminal_size().columns >= _NARROWEST_TABLE and has_rich()


def _general(presets: PresetIndex, wanted: Filter, listed: Sequence[Preset]) -> tuple[Preset, ...]:
    """What is not listed only because it is made for every anatomy or modality."""
    asked_modalities = (wanted.modality,) if isinstance(wanted.modality, str) else tuple(wanted.modality)
    if asked_modalities == (ANY,) and wanted.anatomy == ANY:
        return ()
    others = []
    for preset in presets.found(replace(wanted, anatomy=ANY, modality=ANY)):
        as_asked = (
            (is_for_all(preset.anatomy) or bool(found([preset], Filter(anatomy=wanted.anatomy)))),
            (is_for_all(preset.modality) or bool(found([preset], Filter(modality=asked_modalities)))),
        )
        if all(as_asked) and preset not in listed:
            others.append(preset)
    return tuple(others)


def _why_none(options: argparse.Namespace, presets: Sequence[Preset]) -> str:
    """That nothing was found, with the names that there are where one was asked for that is not among them."""
    if options.mine and not any(preset.origin == "user" for preset in presets):
        return "You have no presets of your own; `elastixplus presets copy ID NEW-ID` makes one."
    if options.anatomy and not found(presets, Filter(anatomy=options.anatomy)):
        known = ", ".join(name for name in anatomies(presets) if name != ANY)
        return f'No preset is made for the anatomy "{options.anatomy}" in particular; there are: {known or "none"}.'
    for modality in options.modality:
        if not found(presets, Filter(modality=modality)):
            known = ", ".join(name for name in modalities(presets) if name != ANY)
            return f'No preset is made for the modality "{modality}" in particular; there are: {known or "none"}.'
    return "No preset fits; leave out a word or a filter."
