"""The stages of a preset in a list, with buttons that add, remove and move them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import qt
from slicer.i18n import tr as _

from ElastixPlusLib.presets.draft import DraftStage
from ElastixPlusLib.presets.stage_kinds import STAGE_KINDS
from ElastixPlusLib.presets.stage_names import stage_kind


@dataclass(frozen=True)
class StageActions:
    """What the list asks for.

    :param add: gets the place and the kind of a new stage.
    :param remove: gets the number of a stage.
    :param move: gets the number of a stage and the one that it shall have.
    :param choose: gets the number of the stage that is looked at.
    """

    add: Callable[[int, str], None]
    remove: Callable[[int], None]
    move: Callable[[int, int], None]
    choose: Callable[[int], None]


class KindOfStage:
    """One entry of the menu of kinds."""

    def __init__(self, menu: Any, kind: str, on_chosen: Callable[[str], None]) -> None:
        self._kind, self._on_chosen = kind, on_chosen
        self.action = menu.addAction(kind_text(kind))
        self.action.connect("triggered()", self.choose)

    def choose(self) -> None:
        """Ask for a stage of this kind."""
        self._on_chosen(self._kind)


class StageList:
    """Shows stages in a QListWidget.

    :param list_widget: the list.
    :param buttons: add, remove, up and down.
    :param actions: what is asked for.
    """

    def __init__(self, list_widget: Any, buttons: Sequence[Any], actions: StageActions) -> None:
        self._list_widget, self._actions = list_widget, actions
        self._add_button, self._remove_button, self._up_button, self._down_button = buttons
        self._is_showing = False
        self._may_add = True
        self.menu = qt.QMenu(self._add_button)
        self.kinds = [KindOfStage(self.menu, kind, self._add) for kind in STAGE_KINDS]
        self._add_button.setMenu(self.menu)
        self._remove_button.connect("clicked(bool)", self._remove)
        self._up_button.connect("clicked(bool)", self._up)
        self._down_button.connect("clicked(bool)", self._down)
        list_widget.connect("currentRowChanged(int)", self._chosen)

    @property
    def chosen(self) -> int:
        """The number of the stage that is looked at; -1 if there is none."""
        return int(self._list_widget.currentRow)

    def show(self, stages: Sequence[DraftStage], chosen: int, may_add: bool) -> None:
        """Show the stages.

        :param chosen: the number of the one that is looked at.
        :param may_add: whether the preset can have stages.
        """
        self._is_showing, self._may_add = True, may_add
        try:
            while self._list_widget.count > len(stages):
                self._list_widget.takeItem(self._list_widget.count - 1)
            for number, stage in enumerate(stages):
                if number == self._list_widget.count:
                    self._list_widget.addItem("")
                item = self._list_widget.item(number)
                item.setText(f"{number + 1}. {stage_text(stage)}")
                item.setToolTip(stage.name)
            self._list_widget.setCurrentRow(min(chosen, len(stages) - 1))
        finally:
            self._is_showing = False
        self._show_buttons()

    def _show_buttons(self) -> None:
        count, chosen = int(self._list_widget.count), self.chosen
        self._add_button.enabled = self._may_add
        self._remove_button.enabled = count > 1 and chosen >= 0
        self._up_button.enabled = chosen > 0
        self._down_button.enabled = 0 <= chosen < count - 1

    def _chosen(self, number: int) -> None:
        if not self._is_showing and number >= 0:
            self._show_buttons()
            self._actions.choose(number)

    def _add(self, kind: str) -> None:
        self._actions.add(self.chosen + 1, kind)

    def _remove(self) -> None:
        self._actions.remove(self.chosen)

    def _up(self) -> None:
        self._actions.move(self.chosen, self.chosen - 1)

    def _down(self) -> None:
        self._actions.move(self.chosen, self.chosen + 1)


def kind_text(kind: str) -> str:
    """A kind of stage in words."""
    return {
        "translation": _("Translation (shifts only)"),
        "rigid": _("Rigid (rotations and shifts)"),
        "similarity": _("Similarity (rigid and one scaling)"),
        "affine": _("Affine (scalings and shears, too)"),
        "bspline": _("B-spline (smooth deformation)"),
    }[kind]


def stage_text(stage: DraftStage) -> str:
    """A stage in a few words; one that cannot be read, or is of another kind, by the name of its file."""
    names = {
        "translation": _("Translation"),
        "rigid": _("Rigid"),
        "similarity": _("Similarity"),
        "affine": _("Affine"),
        "bspline": _("B-spline"),
    }
    return names.get(stage_kind(stage.text), stage.name)
