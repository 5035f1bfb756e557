"""What is wrong with the stages of a draft, found in the background: some of it takes longer than a key press."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ElastixPlusLib.errors import ParameterFileError
from ElastixPlusLib.presets.draft import PresetDraft

from .background_registration import do_nothing
from .background_steps import BackgroundSteps
from .text_colors import Mark

if TYPE_CHECKING:
    from ElastixPlusLib.elastix.parameter_lint import Circumstances, LintFinding

ORDER = ("error", "warning", "note")


@dataclass(frozen=True)
class StageFinding:
    """Something found in one stage.

    :param stage: its number, from 0 on.
    :param finding: what was found.
    """

    stage: int
    finding: LintFinding


def find_in_stages(draft: PresetDraft, components: frozenset[str] | None = None) -> tuple[StageFinding, ...]:
    """Look at all stages; the worst is first, and otherwise the order of stages and lines.

    :param components: everything that the engine at hand can create; None if it is not known.
    """
    from ElastixPlusLib.elastix.parameter_lint import lint_stages, lint_text  # not before there is something to look at

    known = _circumstances(draft, components)
    try:
        found = [
            StageFinding((finding.stage or 1) - 1, finding)
            for finding in lint_stages([stage.file() for stage in draft.stages], known)
        ]
    except ParameterFileError:  # half a line: what can be said of each stage by itself
        found = [
            StageFinding(number, finding)
            for number, stage in enumerate(draft.stages)
            for finding in lint_text(stage.text, Path(stage.name), replace(known, has_start=number > 0 or None))
        ]
    return tuple(sorted(found, key=lambda one: (ORDER.index(one.finding.severity), one.stage, _line(one))))


def _circumstances(draft: PresetDraft, components: frozenset[str] | None) -> Circumstances:
    """What the preset says of every run with it; the rest is not known."""
    from ElastixPlusLib.elastix.parameter_lint import Circumstances

    described, recipe = draft.described, draft.described.recipe
    return Circumstances(
        engine_components=components,
        has_fixed_mask=bool(recipe.fixed_mask or "fixed-mask" in described.needs) or None,
        has_moving_mask=bool(recipe.moving_mask or "moving-mask" in described.needs) or None,
        has_landmarks="landmarks" in described.needs or None,
        has_start=bool(recipe.initial) or None,
        image_pairs=described.image_pairs,
    )


def marks_of(found: Sequence[StageFinding], stage: int) -> dict[int, Mark]:
    """How bad the worst is that was found in each line of a stage."""
    marks: dict[int, Mark] = {}
    for one in reversed(found):  # the worst is first
        if one.stage == stage and one.finding.line_number is not None:
            marks[one.finding.line_number] = one.finding.severity
    return marks


def corrected(draft: PresetDraft, found: StageFinding) -> PresetDraft:
    """The draft with what a finding proposes.

    :raises InputError: it proposes nothing, or the text has changed since.
    """
    from ElastixPlusLib.elastix.lint_correction import corrected as corrected_text

    return draft.with_stage_text(found.stage, corrected_text(draft.stages[found.stage].text, found.finding))


def _line(one: StageFinding) -> int:
    return one.finding.line_number or 0


class DraftCheck:
    """Looks at drafts, one after the other; of those that have come meanwhile, at the last one only.

    :param on_found: gets what was found and the draft that it was found in.
    :param on_error: gets what went wrong, so that it is not lost.
    """

    def __init__(
        self, on_found: Callable[[tuple[StageFinding, ...], PresetDraft], None], on_error: Callable[[Exception], None]
    ) -> None:
        self._on_found, self._on_error = on_found, on_error
        self._work: BackgroundSteps[None, tuple[StageFinding, ...]] | None = None
        self._next: tuple[PresetDraft, frozenset[str] | None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether a draft is being looked at."""
        return self._work is not None

    def look(self, draft: PresetDraft, components: frozenset[str] | None) -> None:
        """Look at a draft; at once, or when the one before is done."""
        if self._work is not None:
            self._next = draft, components
            return
        from ElastixPlusLib.steps import in_background

        def found(answer: tuple[StageFinding, ...]) -> None:
            self._end()
            self._on_found(answer, draft)

        def failed(error: Exception) -> None:
            self._end()
            self._on_error(error)

        steps = in_background(lambda: find_in_stages(draft, components))
        self._work = BackgroundSteps(steps, do_nothing, found, failed, do_nothing)
        self._work.start()

    def stop(self) -> None:
        """Look at nothing any more."""
        work, self._work, self._next = self._work, None, None
        if work is not None:
            work.stop()

    def _end(self) -> None:
        following, self._work, self._next = self._next, None, None
        if following is not None:
            self.look(*following)
