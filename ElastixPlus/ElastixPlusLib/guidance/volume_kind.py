"""What a volume probably is: its modality and anatomy, guessed from its name and its grey values."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

# Words as they stand in names of volumes and descriptions of series, in small letters.
_MODALITIES = {
    "CBCT": ("cbct", "conebeam", "cone-beam"),
    "CT": ("ct", "cta", "cect", "ncct", "ldct", "4dct"),
    "MR": ("mr", "mri", "mra", "mprage", "flair", "t1", "t2", "t1w", "t2w", "t1c", "t1ce", "t1gd", "dwi", "adc", "tse"),
    "PET": ("pet", "suv", "fdg"),
    "SPECT": ("spect",),
    "US": ("us", "ultrasound", "sono"),
}
_ANATOMIES = {
    "brain": ("brain", "cerebral", "glioma", "hippocampus", "ventricles"),
    "head": ("head", "skull", "face", "cranium", "cranial"),
    "neck": ("neck", "larynx", "thyroid", "carotid"),
    "lung": ("lung", "lungs", "pulmonary", "inhale", "exhale", "inspiration", "expiration"),
    "chest": ("chest", "thorax", "thoracic"),
    "heart": ("heart", "cardiac", "coronary"),
    "breast": ("breast", "breasts", "mamma"),
    "liver": ("liver", "hepatic"),
    "abdomen": ("abdomen", "abdominal", "kidney", "pancreas"),
    "prostate": ("prostate", "prostatic"),
    "cervix": ("cervix", "cervical-cancer"),
    "pelvis": ("pelvis", "pelvic", "bladder", "rectum"),
    "spine": ("spine", "spinal", "vertebra", "lumbar"),
    "hip": ("hip", "femur", "femoral"),
    "knee": ("knee", "patella"),
    "wrist": ("wrist", "carpal", "hand"),
    "mouse": ("mouse", "mice", "murine"),
    "rat": ("rat", "rats"),
}
# Where a name speaks of both, the part is meant; of an animal only the animal counts.
_PARTS = {
    "head": ("brain",),
    "chest": ("lung", "heart", "breast"),
    "abdomen": ("liver",),
    "pelvis": ("prostate", "cervix", "hip"),
}
_ANIMALS = ("mouse", "rat")
_TOGETHER: dict[tuple[str, ...], str] = {("head", "neck"): "head and neck"}
# "MRHead", "CTChest", "T1w_brain2": letters of one word, a small number behind them, and where the next word begins.
_WORD = re.compile(r"[A-Z]{2,}(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_LONGEST_COMPOUND = 3

# Hounsfield units: air is -1000 by definition, soft tissue lies around 0; scanners pad with up to -3024.
_LOWEST_HU, _AIR_HU, _SOFT_HU = -4096.0, (-1100.0, -850.0), (-200.0, 200.0)
_FEWEST_OF_AIR, _FEWEST_OF_TISSUE = 0.01, 0.02
_SAMPLES_PER_AXIS = 40


def modality_in_name(name: str) -> str | None:
    """The modality that a name speaks of; None if it speaks of none, or of several.

    >>> modality_in_name("MRHead"), modality_in_name("5: CBCT pelvis"), modality_in_name("fixed")
    ('MR', 'CBCT', None)
    """
    found = _said(name, _MODALITIES)
    return found[0] if len(found) == 1 else None


def anatomy_in_name(name: str) -> str | None:
    """The anatomy that a name speaks of; None if it speaks of none, or of several.

    >>> anatomy_in_name("CTChest"), anatomy_in_name("lung_inhale"), anatomy_in_name("brain and liver")
    ('chest', 'lung', None)
    """
    found = _said(name, _ANATOMIES)
    found = [one for one in found if one in _ANIMALS] or found
    found = [one for one in found if not set(_PARTS.get(one, ())) & set(found)]
    return found[0] if len(found) == 1 else _TOGETHER.get(tuple(found))


def modality_of_voxels(voxels: npt.NDArray[np.generic]) -> str | None:
    """CT, if the grey values are Hounsfield units as of a body with air in or around it; None for all others.

    Other modalities have no scale of their own. Looks at 40 voxels along each axis at most.

    :param voxels: shape (slices, rows, columns), finite.

    >>> modality_of_voxels(np.repeat([-1000.0, 40.0], 500).reshape(10, 10, 10))
    'CT'
    >>> modality_of_voxels(np.arange(1000.0).reshape(10, 10, 10)) is None
    True
    """
    steps = tuple(slice(None, None, max(1, count // _SAMPLES_PER_AXIS)) for count in voxels.shape)
    values = voxels[steps].astype(np.float64)
    if values.min() < _LOWEST_HU or values.min() > _AIR_HU[1]:
        return None
    air, tissue = (float(((values >= low) & (values <= high)).mean()) for low, high in (_AIR_HU, _SOFT_HU))
    return "CT" if air >= _FEWEST_OF_AIR and tissue >= _FEWEST_OF_TISSUE else None


def _said(name: str, words_of: dict[str, tuple[str, ...]]) -> list[str]:
    said = _words_of(name)
    return [thing for thing, words in words_of.items() if said & set(words)]


def _words_of(name: str) -> set[str]:
    """The words of a name, and what neighbouring ones make together, such as "t1w", "cone-beam"."""
    parts = [part.lower() for part in _WORD.findall(name)]
    said = set(parts)
    for count in range(2, _LONGEST_COMPOUND + 1):
        groups = zip(*(parts[start:] for start in range(count)), strict=False)
        for group in groups:
            said |= {"".join(group), "-".join(group)}
    return said
