"""Which landmark pairs do not agree with the others, in words for the table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from slicer.i18n import tr as _

from .background_steps import BackgroundSteps

if TYPE_CHECKING:
    from ElastixPlusLib.guidance.landmark_examination import Examination
    from ElastixPlusLib.guidance.pair_rows import PairRow

FloatArray = npt.NDArray[np.float64]


def do_nothing(*_arguments: object) -> None:
    """Neither tell of progress nor refuse anything."""


class PairDoubts:
    """Looks for doubtful pairs in the background, and only where a landmark has moved, come or gone.

    :param on_found: gets a sentence for each pair that does not agree with the others, by its label.
    """

    def __init__(self, on_found: Callable[[dict[str, str]], None]) -> None:
        self._on_found = on_found
        self._labels: tuple[str, ...] = ()
        self._places: FloatArray = np.empty((2, 0, 3))
        self._next_rows: Sequence[PairRow] | None = None
        self._work: BackgroundSteps[None, Examination] | None = None

    def look(self, rows: Sequence[PairRow]) -> None:
        """Look at pairs; at once, or when those before are done."""
        if self._work is not None:
            self._next_rows = rows
            return
        usable = [row for row in rows if row.is_usable]
        labels = tuple(row.label for row in usable)
        places = np.array([[row.fixed_ras for row in usable], [row.moving_ras for row in usable]]).reshape(2, -1, 3)
        if labels == self._labels and np.array_equal(places, self._places):
            return
        self._labels, self._places = labels, places
        from ElastixPlusLib.steps import in_background  # not before there are pairs: opening the panel is quick

        steps = in_background(lambda: _examination(places))
        self._work = BackgroundSteps(steps, do_nothing, self._found, self._not_found, do_nothing)
        self._work.start()

    def stop(self) -> None:
        """Look at nothing any more."""
        work, self._work, self._next_rows, self._labels = self._work, None, None, ()
        if work is not None:
            work.stop()

    def _not_found(self, _error: Exception) -> None:
        """Pairs about which nothing can be computed are not doubted."""
        self._tell({})

    def _found(self, examination: Examination) -> None:
        self._tell(doubt_texts(self._labels, examination))

    def _tell(self, doubts: dict[str, str]) -> None:
        rows, self._work, self._next_rows = self._next_rows, None, None
        self._on_found(doubts)
        if rows is not None:
            self.look(rows)


def _examination(places: FloatArray) -> Examination:
    from ElastixPlusLib.guidance.landmark_examination import examine_pairs

    return examine_pairs(*places)


def doubt_texts(labels: Sequence[str], examination: Examination) -> dict[str, str]:
    """A sentence for each pair that does not agree with the others.

    :param labels: of the pairs, in the order in which they were examined.
    """
    texts = {
        labels[index]: _("Does not agree with the other pairs: {distance:.1f} mm from where they put it.").format(
            distance=examination.off_mm[index]
        )
        for index in np.flatnonzero(examination.suspects)
    }
    for pair in examination.exchanged:
        for one, other in (pair, pair[::-1]):
            text = _("Seems to be exchanged with {other}: each fits the other pairs with the partner of the other one.")
            texts[labels[one]] = text.format(other=labels[other])
    for found in examination.contradictions:
        for one, other in (found.pairs, found.pairs[::-1]):
            text = _("Contradicts {other}, which is close to it: their shifts differ by {distance:.1f} mm.")
            texts[labels[one]] = text.format(other=labels[other], distance=found.shifts_differ_mm)
    return texts
