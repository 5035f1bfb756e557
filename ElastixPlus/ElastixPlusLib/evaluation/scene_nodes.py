"""An evaluation as nodes: tables, charts, arrows and a volume that Slicer shows and saves with the scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt
from slicer import (
    vtkMRMLModelNode,
    vtkMRMLNode,
    vtkMRMLPlotChartNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLTableNode,
)

from ..errors import InputError
from ..grid import Grid
from ..mrml.error_arrows import add_error_arrows, fill_error_arrows, shown_moving_landmarks
from ..mrml.plots import Chart, add_chart, before_against_after, errors_per_pair, fill_chart, histogram
from ..mrml.saved_names import keep_scene_readable
from ..mrml.scalar_map import add_scalar_map
from ..mrml.tables import Column, add_table, fill_table
from ..steps import Steps, in_background, run_to_end
from .evaluation import Evaluation
from .evaluation_request import EvaluationRequest
from .evidence_columns import WORDS_OF_ERROR, WORDS_OF_ROLE, EvidenceTables, evidence_tables
from .kept_nodes import into_folder, keep, kept_nodes, remove_kept

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PairNodes:
    """What shows the landmark pairs of one role.

    :param per_pair: chart of distances before and after over the number of the pair.
    :param before_after: chart of distances after over those before.
    :param arrows: None for pairs that were held out, each of which belongs to a transform of its own.
    """

    table: vtkMRMLTableNode
    per_pair: vtkMRMLPlotChartNode
    before_after: vtkMRMLPlotChartNode
    arrows: vtkMRMLModelNode | None = None


@dataclass(frozen=True, eq=False)
class EvaluationNodes:
    """Where an evaluation is in the scene; None is what was not measured.

    :param warnings: what a user should know about these nodes.
    """

    summary: vtkMRMLTableNode
    statistics: vtkMRMLTableNode | None = None
    check: PairNodes | None = None
    drive: PairNodes | None = None
    held_out: PairNodes | None = None
    structures: vtkMRMLTableNode | None = None
    histogram_table: vtkMRMLTableNode | None = None
    histogram: vtkMRMLPlotChartNode | None = None
    jacobian: vtkMRMLScalarVolumeNode | None = None
    warnings: tuple[str, ...] = ()

    @property
    def nodes(self) -> tuple[vtkMRMLNode, ...]:
        """All of them, the summary first."""
        found: list[vtkMRMLNode | None] = []
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, PairNodes):
                found += [value.table, value.per_pair, value.before_after, value.arrows]
            elif one.name != "warnings":
                found.append(value)
        return tuple(node for node in found if node is not None)


def add_evaluation(evaluation: Evaluation, scene: vtkMRMLScene) -> EvaluationNodes:
    """Put an evaluation into the scene. Nodes that an earlier one of the same transform left are updated.

    All nodes refer to what was evaluated (the transform, or the moving volume where there is none) by the node
    reference role ``ElastixPlus.Evaluated``, and lie in one folder if the scene has a subject hierarchy.

    :param scene: the one that the volumes are in.
    :raises InputError: what was evaluated has left the scene; then nothing is changed.

    Example, with nodes of one scene::

        nodes = add_evaluation(evaluate(request), scene)
        print(nodes.summary.GetName(), nodes.check.table.GetNumberOfRows())
    """
    return run_to_end(add_evaluation_steps(evaluation, scene))


def add_evaluation_steps(evaluation: Evaluation, scene: vtkMRMLScene) -> Steps[EvaluationNodes]:
    """:func:`add_evaluation` with the statistics in the background; then the scene changes, all at once.

    :raises InputError: what was evaluated has left the scene meanwhile; then nothing is changed.
    """
    tables = yield from in_background(lambda: evidence_tables(evaluation.evidence))
    subject = _subject(evaluation.request)
    if subject.GetScene() is not scene:
        raise InputError(
            f"{subject.GetName()} was removed from the scene, so there is nothing to show its evaluation with.",
            "Keep what is evaluated in the scene, and evaluate again.",
        )
    return _added(evaluation, tables, _Shelf(scene, subject, _name(evaluation.request)))


def _added(evaluation: Evaluation, tables: EvidenceTables, shelf: _Shelf) -> EvaluationNodes:
    arrows, warnings = _add_arrows(shelf, evaluation)
    pairs = {role: _add_pairs(shelf, role, columns, arrows.get(role)) for role, columns in tables.pairs.items()}
    histogram_table, histogram_chart = _add_histogram(shelf, evaluation.evidence.region, tables.histogram)
    added = EvaluationNodes(
        summary=shelf.table("summary", "evaluation", tables.summary),
        statistics=shelf.table("statistics", "landmark statistics", tables.statistics) if tables.statistics else None,
        check=pairs.get("check"),
        drive=pairs.get("drive"),
        held_out=pairs.get("held out"),
        structures=shelf.table("structures", "structures", tables.structures) if tables.structures else None,
        histogram_table=histogram_table,
        histogram=histogram_chart,
        jacobian=_add_jacobian(shelf, evaluation),
        warnings=warnings,
    )
    shelf.remove_unused()
    into_folder(list(added.nodes), f"{shelf.name} evaluation")
    return added


def remove_evaluation(subject: vtkMRMLNode) -> None:
    """Remove everything that :func:`add_evaluation` has put into the scene.

    :param subject: the transform that was evaluated, or the moving volume where there was none.
    """
    for node in kept_nodes(subject).values():
        remove_kept(node)


def _subject(request: EvaluationRequest) -> vtkMRMLNode:
    return request.moving if request.transform is None else request.transform


def _name(request: EvaluationRequest) -> str:
    if request.transform is None:
        return f"{request.moving.GetName()} on {request.fixed.GetName()}"
    return str(request.transform.GetName())


@dataclass(eq=False)
class _Shelf:
    """The nodes of one evaluation while they are being written."""

    scene: vtkMRMLScene
    subject: vtkMRMLNode
    name: str
    earlier: dict[str, vtkMRMLNode] = field(init=False)

    def __post_init__(self) -> None:
        self.earlier = kept_nodes(self.subject)

    def take(self, kind: str, name: str) -> vtkMRMLNode | None:
        """A node of an earlier evaluation, under the name that it has now."""
        node = self.earlier.pop(kind, None)
        if node is not None:
            node.SetName(name)
        return node

    def table(self, kind: str, words: str, columns: Sequence[Column]) -> vtkMRMLTableNode:
        name = f"{self.name} {words}"
        node = self.take(kind, name)
        if node is None:
            return keep(add_table(self.scene, name, columns), self.subject, kind)
        fill_table(node, columns)
        keep_scene_readable(node, "tsv")
        return node

    def chart(self, kind: str, words: str, chart: Chart) -> vtkMRMLPlotChartNode:
        name = f"{self.name} {words}"
        node = self.take(kind, name)
        if node is None:
            return keep(add_chart(self.scene, name, chart), self.subject, kind)
        fill_chart(node, chart)
        return node

    def remove_unused(self) -> None:
        """Remove what an earlier evaluation had and this one has not."""
        for node in self.earlier.values():
            remove_kept(node)
        self.earlier = {}


def _add_pairs(shelf: _Shelf, role: str, columns: Sequence[Column], arrows: vtkMRMLModelNode | None) -> PairNodes:
    words = WORDS_OF_ROLE[role]
    table = shelf.table(f"pairs, {role}", words, columns)
    title = f"{shelf.name}: {WORDS_OF_ERROR[role]}"
    return PairNodes(
        table,
        shelf.chart(f"per pair, {role}", f"{words} per pair", errors_per_pair(table, title)),
        shelf.chart(f"before after, {role}", f"{words} before and after", before_against_after(table, title)),
        arrows,
    )


def _add_arrows(shelf: _Shelf, evaluation: Evaluation) -> tuple[dict[str, vtkMRMLModelNode], tuple[str, ...]]:
    """Arrows for driving and for check pairs, in one scale of colours."""
    pairs, places = evaluation.evidence.landmarks.pairs, evaluation.places
    if not pairs or places is None:
        return {}, ()
    errors_mm = np.array([pair.after_mm for pair in pairs])
    color_max_mm = max(2.0 * evaluation.evidence.tolerance.distance_mm, float(np.percentile(errors_mm, 95)))
    size_mm = _diagonal_mm(evaluation.fixed_grid)
    shown = shown_moving_landmarks(evaluation.transform, places.fixed_ras, places.mapped_ras, places.moving_ras)
    found = {}
    for role, word in (("check", "check"), ("drive", "driving")):
        chosen = [index for index, pair in enumerate(pairs) if pair.role == role]
        if not chosen:
            continue
        name, kind = f"{shelf.name} errors {word}", f"arrows, {role}"
        labels = [pairs[index].label for index in chosen]
        start_ras, end_ras = places.fixed_ras[chosen], shown.positions_ras[chosen]
        node = shelf.take(kind, name)
        if node is None:
            node = add_error_arrows(
                shelf.scene, name, start_ras, end_ras, errors_mm[chosen], labels, color_max_mm, size_mm
            )
            keep(node, shelf.subject, kind)
        else:
            fill_error_arrows(node, start_ras, end_ras, errors_mm[chosen], labels, color_max_mm, size_mm)
            keep_scene_readable(node, "vtk")
        found[role] = node
    return found, _arrow_warnings([pairs[index].label for index in np.flatnonzero(shown.is_estimated)])


def _arrow_warnings(labels: Sequence[str]) -> tuple[str, ...]:
    if not labels:
        return ()
    return (
        f"The transform cannot be inverted at the landmarks {', '.join(labels)}, as where it folds; the arrows there "
        "show the error as it was measured in the moving volume. Look at the Jacobian determinant at these places.",
    )


def _diagonal_mm(grid: Grid) -> float:
    corners = grid.positions_ras(np.array([[-0.5, -0.5, -0.5], np.array(grid.dimensions) - 0.5]))
    return float(np.linalg.norm(corners[1] - corners[0]))


def _add_histogram(
    shelf: _Shelf, region: str, columns: Sequence[Column]
) -> tuple[vtkMRMLTableNode | None, vtkMRMLPlotChartNode | None]:
    if not columns:
        return None, None
    table = shelf.table("histogram table", "Jacobian histogram", columns)
    title = f"{shelf.name}: volume change, {region}" if region else f"{shelf.name}: volume change"
    chart = histogram(table, title, "Jacobian determinant (1 keeps the volume, 0 or less is folded)")
    return table, shelf.chart("histogram", "Jacobian histogram chart", chart)


def _add_jacobian(shelf: _Shelf, evaluation: Evaluation) -> vtkMRMLScalarVolumeNode | None:
    made = evaluation.jacobian_map
    if made is None:
        return None
    name = f"{shelf.name} Jacobian determinant"
    node = add_scalar_map(shelf.scene, made.determinants, made.grid, name, "Jacobian determinant")
    earlier = shelf.take("jacobian", name)
    if earlier is None:
        keep_scene_readable(node, "nrrd")
        return keep(node, shelf.subject, "jacobian")
    # The earlier node stays, since views may show it, and takes what the new one holds.
    earlier.SetAndObserveImageData(node.GetImageData())
    earlier.CopyOrientation(node)
    remove_kept(node)
    keep_scene_readable(earlier, "nrrd")
    return earlier
