"""Charts as SVG text, drawn by matplotlib without pyplot and without the settings of the user's own plots."""

from __future__ import annotations

import io
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..accuracy.deformation import DeformationStatistics
from .report_packages import report_packages
from .shown_text import short_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _FAINT, _BEFORE, _AFTER, _WORSE, _FOLDED = "#1f2933", "#d9dee3", "#8a94a0", "#0072b2", "#d55e00", "#c1121f"
_WIDTH_INCH, _ABOVE_INCH, _BELOW_INCH = 5.2, 0.3, 0.45
_MOST_NAMED_ROWS = 40
_STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # letters stay letters: small, and in the fonts of the reader's system
    "svg.hashsalt": "ElastixPlus",
    "font.sans-serif": ["Arial", "Helvetica", "Liberation Sans", "DejaVu Sans", "sans-serif"],
    "font.size": 9.0,
    "text.parse_math": False,  # a name may hold dollar signs
    "text.color": _INK,
    "axes.edgecolor": _BEFORE,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": _FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
}


@dataclass(frozen=True)
class Change:
    """A named value before and after."""

    name: str
    before: float
    after: float


def change_chart(
    changes: Sequence[Change], axis_label: str, limit: float, limit_label: str, most: float, *, more_is_better: bool
) -> str:
    """Before and after of every row, the best one at the bottom, as SVG.

    :param limit: where the line of the tolerance is drawn.
    :param most: right end of the axis at least, so that charts beside each other have one scale.
    :raises ReportPackageError: matplotlib is missing.
    """
    rows = sorted(changes, key=lambda change: change.after, reverse=not more_is_better)
    named = len(rows) <= _MOST_NAMED_ROWS
    names = [short_label(row.name) for row in rows] if named else []
    left_inch = 0.15 + max(map(_width_of_text_inch, names)) if names else 0.3
    with _drawing(0.85 + (0.19 * len(rows) if named else 7.0), left_inch) as (figure, axes):
        _draw_changes(axes, rows, more_is_better=more_is_better)
        axes.axvline(limit, color=_INK, linestyle=(0, (4, 3)), linewidth=1.0, label=limit_label)
        axes.set_yticks(range(len(names)), names)
        if not named:
            axes.set_ylabel(f"{len(rows)} rows, sorted")
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.set_xlim(0.0, 1.04 * most if most > 0 else 1.0)
        axes.grid(axis="x")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(axis_label)
        figure.legend(loc="upper left", ncols=4, borderaxespad=0.2, handletextpad=0.4, columnspacing=1.2)
        return _svg(figure)


def jacobian_chart(deformation: DeformationStatistics) -> str:
    """Histogram of the Jacobian determinant, with what is folded in red, as SVG.

    :raises ReportPackageError: matplotlib is missing.
    """
    edges = np.array(deformation.histogram_edges)
    counts = np.array(deformation.histogram_counts, dtype=np.float64)
    share = 100.0 * counts / max(counts.sum(), 1.0)
    folded = (edges[:-1] + edges[1:]) / 2 <= 0.0
    with _drawing(2.9, 0.5) as (figure, axes):
        axes.stairs(share, edges, fill=True, color=_AFTER)
        if share[folded].any():
            axes.stairs(np.where(folded, share, 0.0), edges, fill=True, color=_FOLDED)
        left, right = min(float(edges[0]), -0.1), max(float(edges[-1]), 1.2)
        axes.axvspan(left, 0.0, color=_FOLDED, alpha=0.08, linewidth=0)
        axes.axvline(1.0, color=_INK, linestyle=(0, (4, 3)), linewidth=1.0)
        axes.set_xlim(left, right)
        axes.margins(y=0.12)
        top: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "va": "top", "fontsize": 8.5}
        axes.text(0.0, 0.99, "folded ", color=_FOLDED, ha="right", **top)
        axes.text(1.0, 0.99, " volume kept", ha="left", **top)
        axes.set_xlabel("Jacobian determinant")
        axes.set_ylabel("places (%)")
        axes.grid(axis="y")
        return _svg(figure)


def _draw_changes(axes: Axes, rows: Sequence[Change], *, more_is_better: bool) -> None:
    before, after = np.array([row.before for row in rows]), np.array([row.after for row in rows])
    places = np.arange(len(rows))
    worse = after < before if more_is_better else after > before
    over: dict[str, Any] = {"zorder": 3, "clip_on": False}
    size = 26.0 if len(rows) <= _MOST_NAMED_ROWS else 9.0
    axes.hlines(places[~worse], before[~worse], after[~worse], color=_FAINT, linewidth=2.0)
    axes.hlines(places[worse], before[worse], after[worse], color=_WORSE, linewidth=2.0, alpha=0.35)
    axes.scatter(before, places, s=size, facecolor="white", edgecolor=_BEFORE, linewidth=1.2, label="before", **over)
    axes.scatter(after[~worse], places[~worse], s=size, color=_AFTER, linewidth=0, label="after", **over)
    if worse.any():
        word = "smaller" if more_is_better else "larger"
        label = f"after, {word} than before"
        axes.scatter(after[worse], places[worse], s=size, marker="D", color=_WORSE, linewidth=0, label=label, **over)


@contextmanager
def _drawing(height_inch: float, left_inch: float) -> Iterator[tuple[Figure, Axes]]:
    """A figure with one pair of axes; matplotlib's settings are as they were afterwards.

    Its margins are reckoned here, as a layout engine of matplotlib draws everything twice.
    """
    with report_packages():
        import matplotlib as mpl
        from matplotlib.figure import Figure
    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = mpl.rcParams  # a Literal of all names to a type checker
        settings.update(_STYLE)
        figure = Figure(figsize=(_WIDTH_INCH, height_inch))
        left, bottom = left_inch / _WIDTH_INCH, _BELOW_INCH / height_inch
        yield figure, figure.add_axes((left, bottom, 0.98 - left, 1.0 - bottom - _ABOVE_INCH / height_inch))


def _width_of_text_inch(text: str) -> float:
    """What a name takes at most in nearly every font: it is set in one of the reader's system."""
    ems = sum(1.05 if unicodedata.east_asian_width(letter) in "WF" else 0.6 for letter in text)
    return ems * float(_STYLE["font.size"]) / 72.0


def _svg(figure: Figure) -> str:
    file = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with warnings.catch_warnings():
        # Letters are drawn by the browser, from whatever font has them.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure.savefig(file, format="svg", metadata=nothing, transparent=True)
    return file.getvalue()
