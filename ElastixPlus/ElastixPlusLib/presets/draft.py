"""A preset while it is being changed: a value whose stages are plain texts, so that half a line is legal, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..elastix.parameter_file import ParameterFile
from ..elastix.pyramid_schedule import resolution_count
from ..errors import InputError, ParameterFileError, PresetError
from .parameter_change import with_parameter
from .preset import ANY, Preset, PresetStage
from .preset_json import description_of_preset, preset_of_description
from .resolution_lists import resized
from .stage_kinds import STAGE_KINDS
from .stage_names import stage_names
from .stage_templates import stage_template


@dataclass(frozen=True)
class DraftStage:
    """One stage of a draft.

    :param name: of its parameter file, such as "0-rigid.txt".
    :param text: what the file says, or will say: it need not be readable yet.
    :param landmark_pull: one factor per resolution for the weight of the landmarks; empty if the preset has none.
    :param only_with_landmarks: whether it runs only where landmarks pull.
    """

    name: str
    text: str
    landmark_pull: tuple[float, ...] = ()
    only_with_landmarks: bool = False

    def file(self) -> ParameterFile:
        """The parameters.

        :raises ParameterFileError: the text says what elastix would refuse or misread.
        """
        if "\0" in self.text:
            raise ParameterFileError(
                f"The parameter file {self.name} holds a character that no text has.",
                "Remove what was pasted, and type it.",
                Path(self.name),
                self.text.count("\n", 0, self.text.index("\0")) + 1,
            )
        return ParameterFile.parse(self.text, Path(self.name))


@dataclass(frozen=True)
class DraftFault:
    """Why a draft cannot be saved.

    :param stage: the number of the stage, from 0 on; None for its description.
    :param error: what is wrong, with a remedy.
    """

    stage: int | None
    error: InputError


@dataclass(frozen=True)
class PresetDraft:
    """A preset that is being changed. Every change gives a new draft; the old one stays as it is.

    :param described: the preset without its stages; of its recipe everything but what belongs to stages.
    :param stages: in order.
    :param measured_stages: those that the preset had when it was measured; with others the figures do not hold.

    >>> from ElastixPlusLib.presets import find_preset
    >>> draft = draft_of(find_preset("generic")).with_stage_moved(1, 0)
    >>> [stage.name for stage in draft.stages]
    ['0-bspline.txt', '1-rigid.txt']
    """

    described: Preset
    stages: tuple[DraftStage, ...] = ()
    measured_stages: tuple[DraftStage, ...] = ()

    @property
    def has_stages(self) -> bool:
        """Whether it can have stages; a fit of the landmarks alone has none."""
        return not self.described.recipe.landmark_fit

    def with_title(self, title: str) -> PresetDraft:
        """With another title."""
        return self._described(title=title)

    def with_summary(self, summary: str) -> PresetDraft:
        """With another sentence on what it does."""
        return self._described(summary=summary)

    def with_anatomy(self, words: Sequence[str]) -> PresetDraft:
        """Made for other parts of the body; none stands for any."""
        return self._described(anatomy=tuple(words) or (ANY,))

    def with_modality(self, words: Sequence[str]) -> PresetDraft:
        """Made for other kinds of volumes; none stands for any."""
        return self._described(modality=tuple(words) or (ANY,))

    def with_identifier(self, identifier: str) -> PresetDraft:
        """Under another id."""
        return self._described(id=identifier)

    def with_stage_text(self, number: int, text: str) -> PresetDraft:
        """With another text of a stage, whether elastix could read it or not."""
        return self._with_stage(number, replace(self.stages[number], text=text.removeprefix("\ufeff")))

    def with_values(self, number: int, parameter: str, *values: str | bool | int | float) -> PresetDraft:
        """With other values of one parameter; the number of resolutions takes the lists that depend on it along.

        :param number: of the stage.
        :raises ParameterFileError: the stage's text cannot be read, or elastix could not read a value back.
        """
        changed = with_parameter(self.stages[number].file(), parameter, *values)
        return self.with_stage_text(number, changed.text)

    def without_parameter(self, number: int, parameter: str) -> PresetDraft:
        """Without the line of one parameter.

        :raises ParameterFileError: the stage's text cannot be read.
        """
        return self.with_stage_text(number, self.stages[number].file().without(parameter).text)

    def with_stage_added(self, at: int, kind_or_text: str) -> PresetDraft:
        """With one stage more.

        :param at: the number that it gets.
        :param kind_or_text: one of :data:`.stage_kinds.STAGE_KINDS`, or the text of a parameter file.
        :raises PresetError: the preset fits landmarks alone, which has no stages.
        """
        if not self.has_stages:
            raise PresetError(
                "A preset that fits the landmarks alone has no stages.", "Begin with a preset that looks at the images."
            )
        is_kind = kind_or_text in STAGE_KINDS
        name = f"{kind_or_text}.txt" if is_kind else "stage.txt"
        stage = DraftStage(name, stage_template(kind_or_text) if is_kind else kind_or_text)
        if any(one.landmark_pull for one in self.stages):
            stage = replace(stage, landmark_pull=(1.0,))
        return self._with_stages((*self.stages[:at], stage, *self.stages[at:]))

    def without_stage(self, number: int) -> PresetDraft:
        """Without one stage."""
        return self._with_stages((*self.stages[:number], *self.stages[number + 1 :]))

    def with_stage_moved(self, number: int, to: int) -> PresetDraft:
        """With one stage at another place of the order.

        :param to: the number that it has afterwards.
        """
        others = [*self.stages[:number], *self.stages[number + 1 :]]
        others.insert(to, self.stages[number])
        return self._with_stages(tuple(others)) if to != number else self

    def _described(self, **fields: object) -> PresetDraft:
        return replace(self, described=replace(self.described, **fields))  # type: ignore[arg-type]

    def _with_stage(self, number: int, stage: DraftStage) -> PresetDraft:
        if stage == self.stages[number]:
            return self
        return replace(self, stages=(*self.stages[:number], stage, *self.stages[number + 1 :]))

    def _with_stages(self, stages: tuple[DraftStage, ...]) -> PresetDraft:
        names = stage_names([(stage.name, stage.text) for stage in stages])
        return replace(self, stages=tuple(replace(one, name=name) for one, name in zip(stages, names, strict=True)))


def draft_of(preset: Preset) -> PresetDraft:
    """The draft that a change of a preset begins with; a file with a faulty line is taken as it is.

    :raises ParameterFileError: one of its files cannot be read at all.

    >>> from ElastixPlusLib.presets import find_preset
    >>> [stage.name for stage in draft_of(find_preset("affine")).stages]
    ['0-rigid.txt', '1-affine.txt']
    """
    pulls = (*preset.recipe.landmark_pull, *((),) * len(preset.stages))
    stages = tuple(
        _with_whole_pull(DraftStage(stage.name, _text(stage), pull, number in preset.recipe.landmark_stages))
        for number, (stage, pull) in enumerate(zip(preset.stages, pulls, strict=False))
    )
    recipe = replace(preset.recipe, landmark_pull=(), landmark_stages=())
    return PresetDraft(replace(preset, stages=(), recipe=recipe, origin="user", folder=None), stages, stages)


def preset_of(draft: PresetDraft) -> Preset:
    """The preset that a draft describes; its stages are texts, it lies nowhere yet.

    :raises InputError: the first of :func:`faults`.

    >>> from ElastixPlusLib.presets import find_preset
    >>> preset_of(draft_of(find_preset("rigid"))).title
    'Rigid'
    """
    pulls = [_fitted_pull(stage.landmark_pull, stage.file()) for stage in draft.stages]
    recipe = replace(
        draft.described.recipe,
        landmark_pull=tuple(pull or (1.0,) for pull in pulls) if any(pulls) else (),
        landmark_stages=tuple(number for number, stage in enumerate(draft.stages) if stage.only_with_landmarks),
    )
    stages = tuple(PresetStage(stage.name, text=stage.text) for stage in draft.stages)
    measured = draft.described.measured if draft.stages == draft.measured_stages else ()
    preset = replace(draft.described, stages=stages, recipe=recipe, measured=measured)
    return preset_of_description(description_of_preset(preset), stages, f'"{preset.title}"', origin="user")


def faults(draft: PresetDraft) -> tuple[DraftFault, ...]:
    """Everything for which a draft cannot be saved; none if it can.

    What elastix reads and would then refuse is not among them: see :mod:`..elastix.parameter_lint`.

    >>> from ElastixPlusLib.presets import find_preset
    >>> [fault.stage for fault in faults(draft_of(find_preset("generic")).with_stage_text(1, "(Transform"))]
    [1]
    """
    found = []
    for number, stage in enumerate(draft.stages):
        try:
            _fitted_pull(stage.landmark_pull, stage.file())
        except ParameterFileError as error:
            found.append(DraftFault(number, error))
    if not found:
        try:
            preset_of(draft)
        except InputError as error:
            found.append(DraftFault(None, error))
    return tuple(found)


def _text(stage: PresetStage) -> str:
    try:
        return stage.read().text
    except ParameterFileError as error:
        if error.line_number is None:
            raise
    if stage.path is None:
        return stage.text or ""
    return stage.path.read_bytes().decode("utf-8-sig", errors="replace")


def _with_whole_pull(stage: DraftStage) -> DraftStage:
    """A stage with its pull as a run reads it: the last factor counts for the resolutions that have none."""
    pull = stage.landmark_pull
    try:
        count = resolution_count(stage.file()) if len(pull) > 1 else 0
    except ParameterFileError:
        return stage
    return replace(stage, landmark_pull=(*pull, *pull[-1:] * count)[:count]) if count else stage


def _fitted_pull(pull: tuple[float, ...], file: ParameterFile) -> tuple[float, ...]:
    """A pull after the number of resolutions has changed; one factor counts for all of them."""
    if len(pull) < 2:
        return pull
    return tuple(float(factor) for factor in resized([repr(one) for one in pull], 1, resolution_count(file)))


@dataclass(frozen=True)
class DraftHistory:
    """Drafts that can be gone back to and forth again. Every step gives a new history.

    :param now: the present draft.
    :param before: those before it, the oldest first.
    :param after: those that were undone, the next one first.
    :param typing_in: the field whose typing the present draft belongs to; empty for a change of its own.
    """

    now: PresetDraft
    before: tuple[PresetDraft, ...] = field(default=(), repr=False)
    after: tuple[PresetDraft, ...] = field(default=(), repr=False)
    typing_in: str = ""

    def changed(self, draft: PresetDraft, typing_in: str = "", most: int = 200) -> DraftHistory:
        """With one change more.

        :param typing_in: the field that was typed in; what is typed in one field without a pause is one step.
        :param most: how many steps are kept.

        >>> from ElastixPlusLib.presets import find_preset
        >>> begun = DraftHistory(draft_of(find_preset("rigid")))
        >>> typed = begun.changed(begun.now.with_title("K"), "title")
        >>> typed.changed(typed.now.with_title("Knee"), "title").undone() == typed.undone()
        False
        >>> typed.changed(typed.now.with_title("Knee"), "title").undone().now == begun.now
        True
        """
        if draft == self.now:
            return self
        if typing_in and typing_in == self.typing_in:
            return replace(self, now=draft, after=())
        return DraftHistory(draft, (*self.before, self.now)[-most:], (), typing_in)

    def with_identifier(self, identifier: str) -> DraftHistory:
        """With all drafts under one id, so that going back does not make another preset of it."""
        before, after = (
            tuple(one.with_identifier(identifier) for one in drafts) for drafts in (self.before, self.after)
        )
        return replace(self, now=self.now.with_identifier(identifier), before=before, after=after)

    def undone(self) -> DraftHistory:
        """One step back; the same if there is none."""
        if not self.before:
            return self
        return DraftHistory(self.before[-1], self.before[:-1], (self.now, *self.after))

    def redone(self) -> DraftHistory:
        """One step forth again; the same if there is none."""
        if not self.after:
            return self
        return DraftHistory(self.after[0], (*self.before, self.now), self.after[1:])
