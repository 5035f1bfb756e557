"""An evaluation in the scene: its nodes, and which of them to look at first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slicer.i18n import tr as _

from ElastixPlusLib.evaluation.kept_nodes import keep
from ElastixPlusLib.evaluation.repeats import mean_transform
from ElastixPlusLib.evaluation.scene_nodes import add_evaluation_steps
from ElastixPlusLib.mrml.scalar_map import add_scalar_map
from ElastixPlusLib.mrml.transforms import add_transform_node, set_references
from ElastixPlusLib.steps import Steps, run_to_end

from . import views

if TYPE_CHECKING:
    from ElastixPlusLib.evaluation.scene_nodes import EvaluationNodes, PairNodes

    from .evaluation_work import Measured

SPREAD, MEAN = "spread", "mean transform"


@dataclass(frozen=True, eq=False)
class ShownEvaluation:
    """Where an evaluation is in the scene.

    :param spread: volume with the spread of repeated runs in mm; None if nothing was repeated.
    :param mean: their mean transform; None likewise.
    """

    nodes: EvaluationNodes
    spread: Any = None
    mean: Any = None

    @property
    def chart(self) -> Any:
        """The chart to look at first; None if there is none, or if the user has removed it."""
        nodes = self.nodes
        charts = [_per_pair(nodes.check), _per_pair(nodes.held_out), _per_pair(nodes.drive), nodes.histogram]
        return next((chart for chart in charts if chart is not None and chart.GetScene() is not None), None)

    def show(self) -> None:
        """Show the first chart and the summary in a layout that has room for them."""
        table = self.nodes.summary
        views.show_chart(self.chart, table if table.GetScene() is not None else None)


def _per_pair(pairs: PairNodes | None) -> Any:
    return pairs.per_pair if pairs is not None else None


def add_to_scene(measured: Measured, scene: Any) -> ShownEvaluation:
    """Put what was measured into the scene; what an earlier evaluation of the same transform left is updated.

    :raises InputError: what was evaluated has left the scene; then nothing is changed.
    """
    return run_to_end(add_to_scene_steps(measured, scene))


def add_to_scene_steps(measured: Measured, scene: Any) -> Steps[ShownEvaluation]:
    """:func:`add_to_scene` in pieces of about 30 ms; the scene changes at the end, all at once."""
    nodes = yield from add_evaluation_steps(measured.evaluation, scene)
    if measured.repeats is None:
        return ShownEvaluation(nodes)
    request, spread = measured.evaluation.request, measured.repeats.spread
    subject = request.transform if request.transform is not None else request.moving
    name = _("{subject} spread of repeated runs").format(subject=subject.GetName())
    node = add_scalar_map(scene, spread.sd_mm, spread.grid, name, "standard deviation")
    mean_name = _("{subject} mean of repeated runs").format(subject=subject.GetName())
    mean = add_transform_node(scene, mean_transform(spread), scene.GenerateUniqueName(mean_name))
    set_references(mean, request.fixed, request.moving)
    return ShownEvaluation(nodes, keep(node, subject, SPREAD), keep(mean, subject, MEAN))
