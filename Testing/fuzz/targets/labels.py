"""Labels of landmarks, as they are typed and listed: paired, chosen, and written into tables and pages."""

from __future__ import annotations

import csv
import io

import numpy as np

from ElastixPlusLib.errors import ElastixPlusError
from ElastixPlusLib.guidance.landmark_pairing import LandmarkList, pair_landmarks
from ElastixPlusLib.mrml.saved_names import file_name_for
from ElastixPlusLib.report.shown_text import short_label, shown_text
from ElastixPlusLib.report.tables import cell_text, text_cell
from ElastixPlusLib.terminal.argument_groups import split_labels

from ..checks import FindingError, require_readable
from .preset_folder import SEPARATOR

TOKENS = (SEPARATOR, b"=cmd|' /C calc'!A0", b"@SUM(1)", b"AC\nPC", b"F-1", b",")


def seeds() -> list[bytes]:
    """The labels of the fixed landmarks, those of the moving ones, and those that are chosen."""
    return [
        SEPARATOR.join((b"AC\nPC\nmid", b"PC\nAC\nmid", b"AC, mid")),
        SEPARATOR.join((b"1\n2\n3", b"a\nb\nc", b"")),
        SEPARATOR.join(("Öhr\n=1+1\n\nAC".encode(), "Öhr\nAC\nX".encode(), b"AC")),
    ]


def one_input(data: bytes) -> None:
    """Pair two lists, and show every label."""
    fixed, moving, chosen = (*data.decode("utf-8", "surrogateescape").split(SEPARATOR.decode()), "", "")[:3]
    labels = split_labels(chosen.split("\n"))
    for label in {*fixed.split("\n"), *labels}:
        _show(label)
    lists = [_listed(side) for side in (fixed, moving)]
    for is_lenient in (True, False):
        try:
            pairs = pair_landmarks(lists[0], lists[1], labels, is_lenient)
        except ElastixPlusError as error:
            require_readable(error)
            continue
        if len(pairs.labels) > len(lists[0].labels) or len(pairs.labels) != len(pairs.fixed_ras) != len(
            pairs.moving_ras
        ):
            raise FindingError("pairs that do not fit together")


def _listed(text: str) -> LandmarkList:
    labels = tuple(text.split("\n")) if text else ()
    return LandmarkList(labels, np.arange(3.0 * len(labels)).reshape(-1, 3))


def _show(label: str) -> None:
    shown = shown_text(label)
    shown.encode("utf-8")
    if len(short_label(label)) > 22 or any(letter in file_name_for(label) for letter in '/\\:"<>|?*&'):
        raise FindingError(f"{label!r} is shown as {short_label(label)!r}")
    written = io.StringIO(newline="")
    csv.writer(written).writerow([text_cell(label)])
    (row,) = csv.reader(io.StringIO(written.getvalue(), newline="")) if "\0" not in shown else ((),)
    if row and ((row[0][:1] in tuple("=+-@\t\r\n") and row[0]) or cell_text(row[0]) != shown):
        raise FindingError(f"{label!r} comes back as {row!r}")
