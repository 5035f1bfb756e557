"""The report as one web page that needs nothing but itself: no network, no other file."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..accuracy.evidence import Evidence
from ..accuracy.structure_overlap import StructureAgreement
from ..accuracy.tolerance import Statement, statements
from .charts import Change, change_chart, jacobian_chart
from .citations import citations
from .contents import ReportContents
from .landmark_groups import LandmarkGroup, landmark_groups
from .number_words import difference, interval, limit, millimetres, number, share, small
from .pictures import slice_views
from .report_packages import report_packages
from .shown_text import shown_text

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATE_FOLDER = Path(__file__).parent / "templates"
TEMPLATE_NAME, STYLE_NAME, SCRIPT_NAME = "report.html.jinja", "report.css", "report.js"


@dataclass(frozen=True)
class Chart:
    """A chart as a picture.

    :param uri: SVG as a data URI; a script in it would not run.
    :param text: what it shows, for those who do not see it.
    """

    uri: str
    text: str


def html_report(contents: ReportContents) -> str:
    """Write everything that is known about a registration as one web page.

    The page allows itself no network access: a policy in its head lets a browser load embedded pictures only, and run
    no script but the one whose hash it names. Draws with matplotlib, whose settings are changed while it draws and put
    back after that: not beside another thread that draws.

    :raises ReportPackageError: jinja2 or matplotlib is missing.
    """
    style = (TEMPLATE_FOLDER / STYLE_NAME).read_text(encoding="utf-8")
    script = (TEMPLATE_FOLDER / SCRIPT_NAME).read_text(encoding="utf-8")
    evidence = contents.evidence
    groups = landmark_groups(evidence)
    with report_packages():
        from markupsafe import Markup
    return (
        _environment()
        .get_template(TEMPLATE_NAME)
        .render(
            contents=contents,
            evidence=evidence,
            statements=[(line, *standing_words(line)) for line in statements(evidence)],
            slices=slice_views(contents.pictures),
            groups=groups,
            group_of={group.key: group for group in groups},
            landmark_charts=_landmark_charts(groups, evidence),
            structure_charts=_structure_charts(evidence),
            jacobian_chart=_jacobian_chart(evidence),
            citations=citations(evidence),
            style=Markup(style),  # noqa: S704  # a file of this package
            script=Markup(script),  # noqa: S704
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        )
    )


def standing_words(statement: Statement) -> tuple[str, str]:
    """How a statement stands, and what it says beyond that, its quantity and its value.

    >>> line = "Folding: none, within the tolerance used (no folding). It may yet be wrong."
    >>> standing_words(Statement("Folding", "none", "within", line))
    ('within the tolerance used (no folding)', 'It may yet be wrong.')
    """
    text = statement.text
    for start in (f"{statement.quantity}: {statement.value}, ", f"{statement.quantity} "):
        if text.startswith(start):
            text = text[len(start) :]
            break
    end = re.search(r"\.(?:\s+|$)|:\s+", text)
    return (text[: end.start()], text[end.end() :]) if end else (text, "")


def _environment() -> Environment:
    with report_packages():
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "mm": millimetres,
        "number": number,
        "small": small,
        "limit": limit,
        "share": share,
        "interval": interval,
        "difference": difference,
    }
    return environment


def _finalized(value: Any) -> Any:
    """Replace what cannot be shown in every text that the template writes; what is markup already stays."""
    return shown_text(value) if type(value) is str else value


def _landmark_charts(groups: Sequence[LandmarkGroup], evidence: Evidence) -> dict[str, Chart]:
    tolerance_mm = evidence.tolerance.distance_mm
    most = max([tolerance_mm, *(max(before, after) for group in groups for _, before, after in group.pairs)])
    charts = {}
    for group in groups:
        svg = change_chart(
            [Change(*pair) for pair in group.pairs],
            f"distance of the landmarks of a pair (mm); after: {group.error}",
            tolerance_mm,
            f"tolerance used ({limit(tolerance_mm)} mm)",
            most,
            more_is_better=False,
        )
        text = f"{group.title}: distance of every pair before and after, largest after at the top. Values below."
        charts[group.key] = _chart(svg, text)
    return charts


def _structure_charts(evidence: Evidence) -> tuple[Chart, ...]:
    if not evidence.structures:
        return ()
    tolerance = evidence.tolerance
    dice = [Change(_name(pair), pair.before.dice, pair.after.dice) for pair in evidence.structures]
    line = f"tolerance used ({limit(tolerance.dice, 2)})"
    charts = [
        _chart(
            change_chart(dice, "Dice overlap", tolerance.dice, line, 1.0, more_is_better=True),
            "Dice overlap of every structure before and after, smallest after at the top. Values below.",
        )
    ]
    distances = [
        Change(_name(pair), pair.before.mda_mm, pair.after.mda_mm)
        for pair in evidence.structures
        if pair.before.mda_mm is not None and pair.after.mda_mm is not None
    ]
    if distances:
        most = max([tolerance.distance_mm, *(max(row.before, row.after) for row in distances)])
        line = f"tolerance used ({limit(tolerance.distance_mm)} mm)"
        label = "mean distance to agreement (mm)"
        svg = change_chart(distances, label, tolerance.distance_mm, line, most, more_is_better=False)
        text = "Mean distance to agreement of every structure before and after, largest after at the top. Values below."
        charts.append(_chart(svg, text))
    return tuple(charts)


def _name(pair: StructureAgreement) -> str:
    return pair.fixed_name if pair.fixed_name == pair.moving_name else f"{pair.fixed_name} / {pair.moving_name}"


def _jacobian_chart(evidence: Evidence) -> Chart | None:
    deformation = evidence.deformation
    if deformation is None or deformation.is_linear or not sum(deformation.histogram_counts):
        return None
    return _chart(
        jacobian_chart(deformation),
        "Histogram of the Jacobian determinant, in percent of the places; a line at 1, the part below 0 in red.",
    )


def _chart(svg: str, text: str) -> Chart:
    return Chart(f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode('ascii')}", text)
