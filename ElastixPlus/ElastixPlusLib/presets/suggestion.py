"""Which presets suit what is to be registered, each with the reason in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .finding import names, plain_words, regions_of
from .preset import ANY, Preset

# Those that are always at hand; everything else is found by what it says of itself.
GENERIC, GUIDED, RIGID = "generic", "guided", "rigid"
WITH_LANDMARKS = "generic-landmarks"

_SMALL_OVERLAP, _HARDLY_ANY = 0.35, 0.02
_FAR_APART_MM = 60.0  # as the check before a run has it: registrations from further away went astray
_FEWEST_PAIRS = {"rigid": 3, "similarity": 3, "affine": 4, "thin-plate": 4, "bspline": 4}
_FEWEST_PAIRS_TO_START = 3
_PAIRS_FOR_A_DEFORMATION = 10
_FEWEST_TO_ADD_THE_GENERIC_ONE = 3
_WITHIN_A_SKULL = ("head", "brain", "skull", "face")
_ANIMALS = ("mouse", "rat")
# Grey values of these say so little of those of the others that landmarks are worth more.
_HARD_TO_COMPARE = ("us", "xa")


@dataclass(frozen=True)
class Situation:
    """What is known of a pair of volumes and its guidance; None for what is not known.

    :param fixed_modality: such as "CT"; ``moving_modality`` likewise.
    :param has_fixed_mask: whether a fixed mask is given; ``has_moving_mask`` likewise.
    :param landmark_pairs: how many pairs of landmarks drive.
    :param dimension: 3, or 2 where a volume has not enough slices to be one.
    :param overlap: part of the fixed volume's anatomy that lies on the moving one as loaded, 0 to 1.
    :param anatomy: what the volumes show, such as "lung".
    :param same_subject: whether both volumes show the same person.
    :param image_pairs: how many fixed and moving volumes there are.
    :param apart_mm: distance of the centres of what they show, as loaded.
    :param guessed: fields that only a name or the grey values speak for, such as "anatomy".
    """

    fixed_modality: str | None = None
    moving_modality: str | None = None
    has_fixed_mask: bool = False
    has_moving_mask: bool = False
    landmark_pairs: int = 0
    dimension: int = 3
    overlap: float | None = None
    anatomy: str | None = None
    same_subject: bool | None = None
    image_pairs: int = 1
    apart_mm: float | None = None
    guessed: frozenset[str] = frozenset()

    @property
    def modalities(self) -> tuple[str, ...]:
        """What is known of the modalities, each once, as :func:`.finding.plain_words`."""
        known = [plain_words(one) for one in (self.fixed_modality, self.moving_modality) if one]
        return tuple(dict.fromkeys(known))

    @property
    def is_of_one_modality(self) -> bool | None:
        """Whether both volumes are of the same modality; None if that is not known."""
        if not self.fixed_modality or not self.moving_modality:
            return None
        return len(self.modalities) == 1

    @property
    def starts_badly(self) -> bool:
        """Whether the volumes hardly lie on each other, or are far apart."""
        is_small = self.overlap is not None and self.overlap < _SMALL_OVERLAP
        return is_small or (self.apart_mm is not None and self.apart_mm > _FAR_APART_MM)

    @property
    def has_landmarks_to_start(self) -> bool:
        """Whether enough pairs drive to lay the volumes on each other."""
        return self.landmark_pairs >= _FEWEST_PAIRS_TO_START


@dataclass(frozen=True)
class Suggestion:
    """A preset that suits, and why.

    :param reason: one plain sentence.
    """

    preset: Preset
    reason: str


def suggest(presets: Iterable[Preset], situation: Situation, most: int = 3) -> tuple[Suggestion, ...]:
    """The presets that suit best, the best one first; none where nothing at hand can run.

    :param presets: what there is to choose from; one that cannot run here, for want of a mask say, is not suggested.
    :param most: how many at most.

    >>> from ElastixPlusLib.presets import list_presets
    >>> best = suggest(list_presets(), Situation("MR", "CT", anatomy="brain", same_subject=True))[0]
    >>> best.preset.id, best.reason
    ('rigid', 'MR and CT of one head differ by a rigid movement, as the skull keeps its shape.')
    """
    can_run = [preset for preset in presets if runs_in(preset, situation)]
    made: dict[str, Suggestion] = {}
    for rule in _RULES:
        for preset, reason in rule(can_run, situation):
            made.setdefault(preset.id, Suggestion(preset, reason))
    best = list(made.values())[:most]
    is_special = all(one.preset.anatomy != (ANY,) for one in best)
    if is_special and GENERIC in made and len(best) >= _FEWEST_TO_ADD_THE_GENERIC_ONE:
        best[-1] = made[GENERIC]  # several of one kind are hard to choose among; this one has been measured
    return tuple(best)


def runs_in(preset: Preset, situation: Situation) -> bool:
    """Whether everything is given without which a preset cannot run.

    >>> runs_in(Preset("a", "A", needs=("fixed-mask",)), Situation(has_moving_mask=True))
    False
    """
    recipe = preset.recipe
    fewest = max(_FEWEST_PAIRS.get(recipe.landmark_fit, 0), "landmarks" in preset.needs)
    return (
        preset.dimension == situation.dimension
        and preset.image_pairs == situation.image_pairs
        and (situation.has_fixed_mask or bool(recipe.fixed_mask) or "fixed-mask" not in preset.needs)
        and (situation.has_moving_mask or bool(recipe.moving_mask) or "moving-mask" not in preset.needs)
        and situation.landmark_pairs >= fewest
    )


_Found = Iterator[tuple[Preset, str]]


def _hard_start(presets: list[Preset], situation: Situation) -> _Found:
    """Landmarks bring volumes together that begin far from each other."""
    if situation.starts_badly and situation.has_landmarks_to_start:
        for preset in _of_id(presets, GUIDED):
            yield (
                preset,
                f"{_capital(_bad_start(situation))}; this preset starts from the {situation.landmark_pairs} landmark "
                "pairs and looks only at what both volumes show.",
            )


def _one_head(presets: list[Preset], situation: Situation) -> _Found:
    """A skull that was scanned in two ways does not deform."""
    regions = regions_of(situation.anatomy or "")
    is_head = any(names(_WITHIN_A_SKULL, region) for region in regions)
    if is_head and situation.is_of_one_modality is False and situation.same_subject is not False:
        pair = f"{situation.fixed_modality} and {situation.moving_modality} of one head"
        is_sure = situation.same_subject and "anatomy" not in situation.guessed
        for preset in _of_id(presets, RIGID):
            start = pair if is_sure else f"If these are {pair}, they"
            yield preset, f"{start} differ by a rigid movement, as the skull keeps its shape."


def _made_for_it(presets: list[Preset], situation: Situation) -> _Found:
    """A preset that names the anatomy and the modalities, the one that fits most closely first."""
    if situation.anatomy is None or situation.is_of_one_modality is None:
        return
    regions = regions_of(situation.anatomy)
    fitting = [preset for preset in presets if _names_the_anatomy(preset, regions) and _joins(preset, situation)]
    for preset in sorted(fitting, key=lambda preset: _distance(preset, situation, regions)):
        named = next(name for region in regions for name in preset.anatomy if names((name,), region))
        what = f"this preset is made for {_listed(preset.modality)} of the {named}{_of_whom(preset)}"
        expects = f" and expects {preset.expects[0]}" if preset.expects else ""
        yield preset, f"{_capital(_facts(situation))}; {what}{expects}."


def _made_for_the_modalities(presets: list[Preset], situation: Situation) -> _Found:
    """A preset for two different modalities, of whatever anatomy."""
    if situation.is_of_one_modality is False:
        for preset in presets:
            if preset.anatomy == (ANY,) and _joins(preset, situation):
                what = f"this preset is made for {_listed(preset.modality)}{_of_whom(preset)}"
                yield preset, f"{_capital(_facts(situation))}; {what}."


def _bad_start_without_landmarks(presets: list[Preset], situation: Situation) -> _Found:
    """Without landmarks what is bright has to bring the volumes together."""
    if situation.starts_badly and not situation.has_landmarks_to_start:
        for preset in _of_id(presets, GUIDED):
            what = "this preset starts from the centres of gravity, and landmarks in both volumes would help it"
            yield preset, f"{_capital(_bad_start(situation))}; {what}."


def _hard_to_compare(presets: list[Preset], situation: Situation) -> _Found:
    """Where grey values say little, a fit of the landmarks alone is the safer way."""
    if situation.is_of_one_modality or not any(one in situation.modalities for one in _HARD_TO_COMPARE):
        return
    deforms = situation.landmark_pairs >= _PAIRS_FOR_A_DEFORMATION
    for preset in presets:
        if preset.recipe.landmark_fit == ("bspline" if deforms else "rigid"):
            modality = next(one for one in situation.modalities if one in _HARD_TO_COMPARE).upper()
            yield (
                preset,
                f"The grey values of {modality} are hard to compare with others; this preset takes the "
                f"{situation.landmark_pairs} landmark pairs alone.",
            )


def _everything_else(presets: list[Preset], situation: Situation) -> _Found:
    count = situation.landmark_pairs
    known = _capital(_facts(situation)) or "Nothing speaks for a special preset"
    if count >= _PAIRS_FOR_A_DEFORMATION:
        for preset in _of_id(presets, WITH_LANDMARKS):
            yield preset, f"{known}; this preset aligns the volumes first and deforms to the landmarks last."
    for preset in _of_id(presets, GENERIC):
        yield preset, f"{known}; this preset suits most pairs of volumes{', and landmarks pull' if count else ''}."
    for preset in _of_id(presets, RIGID):
        if situation.same_subject is not False:
            yield preset, "If only the position has changed, rotations and shifts are enough and the safest."
    for preset in _of_id(presets, GUIDED):
        if situation.has_landmarks_to_start:
            yield preset, f"{known}; this preset starts from the landmarks."


_RULES: tuple[Callable[[list[Preset], Situation], _Found], ...] = (
    _hard_start,
    _hard_to_compare,
    _one_head,
    _made_for_it,
    _made_for_the_modalities,
    _bad_start_without_landmarks,
    _everything_else,
)


def _of_id(presets: Iterable[Preset], identifier: str) -> list[Preset]:
    return [preset for preset in presets if preset.id == identifier and preset.origin == "built-in"]


def _names_the_anatomy(preset: Preset, regions: tuple[str, ...]) -> bool:
    """Whether a preset names what is shown; the brain of a mouse is not that of a patient."""
    is_of_another = any(names(preset.anatomy, animal) and animal not in regions for animal in _ANIMALS)
    return not is_of_another and any(names(preset.anatomy, region) for region in regions)


def _joins(preset: Preset, situation: Situation) -> bool:
    """Whether a preset names all modalities that there are, and is made for one person or for two as it has to be."""
    other = {True: "different", False: "same"}.get(bool(situation.same_subject))
    is_for_them = situation.same_subject is None or preset.subject != other
    is_for_two = len(preset.modality) > 1  # and says little of two volumes of one modality
    if situation.is_of_one_modality and is_for_two:
        return False
    return is_for_them and all(names(preset.modality, one) for one in situation.modalities)


def _distance(preset: Preset, situation: Situation, regions: tuple[str, ...]) -> tuple[object, ...]:
    """How far a preset is from what is there; of equal ones those that use what is given, then those that left
    the least error where they were measured."""
    others = [one for one in preset.modality if not names((one,), ANY) and plain_words(one) not in situation.modalities]
    return (
        next(place for place, region in enumerate(regions) if names(preset.anatomy, region)),
        _strangeness(preset, situation),
        len(others),
        -len(preset.needs),
        min((one.check_mm for one in preset.measured if one.check_mm is not None), default=math.inf),
        len(preset.anatomy),
        preset.origin != "built-in",
        preset.title.casefold(),
    )


def _strangeness(preset: Preset, situation: Situation) -> int:
    """Of whom nothing is known is most often one person."""
    if situation.same_subject is None:
        return int(preset.subject == "different")
    return int(preset.subject == ANY)


def _facts(situation: Situation) -> str:
    """What is known, in words: such as "both volumes are CT and 12 landmark pairs drive"."""
    fixed, moving, count = situation.fixed_modality, situation.moving_modality, situation.landmark_pairs
    is_guess = "anatomy" in situation.guessed
    parts = []
    if fixed and moving:
        are = "look like" if situation.guessed & {"fixed_modality", "moving_modality"} else "are"
        known = (
            f"both volumes {are} {fixed}" if situation.is_of_one_modality else f"the volumes {are} {fixed} and {moving}"
        )
        parts.append(known + (f" of the {situation.anatomy}" if situation.anatomy and not is_guess else ""))
    if situation.anatomy and is_guess:
        parts.append(f"their names say {situation.anatomy}" if parts else f"the volumes' names say {situation.anatomy}")
    if count:
        parts.append(f"{count} landmark {'pairs drive' if count > 1 else 'pair drives'}")
    return _joined(parts)


def _bad_start(situation: Situation) -> str:
    if situation.overlap is not None and situation.overlap < _SMALL_OVERLAP:
        part = f"only {situation.overlap:.0%}" if situation.overlap >= _HARDLY_ANY else "hardly anything"
        return f"{part} of the fixed volume lies on the moving one as loaded"
    return f"what the volumes show is {situation.apart_mm:.0f} mm apart as loaded"


def _of_whom(preset: Preset) -> str:
    return {"same": " in the same subject", "different": " in different subjects"}.get(preset.subject, "")


def _listed(words: Iterable[str]) -> str:
    return _joined([word for word in words if word != ANY]) or "any volumes"


def _joined(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
