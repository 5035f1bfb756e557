"""What a report rests on, to be cited beside it."""

from __future__ import annotations

from dataclasses import dataclass

from ..accuracy.evidence import Evidence


@dataclass(frozen=True)
class Citation:
    """A publication.

    :param subject: what it is cited for.
    :param doi: without the address of a resolver.
    """

    subject: str
    text: str
    doi: str


_TG_132 = Citation(
    "Tolerances and wording",
    "Brock KK, Mutic S, McNutt TR, Li H, Kessler ML. Use of image registration and fusion algorithms and techniques in "
    "radiotherapy: Report of the AAPM Radiation Therapy Committee Task Group No. 132. Med Phys 2017;44(7):e43-e76.",
    "10.1002/mp.12256",
)
_ELASTIX = (
    Citation(
        "elastix, where it made the transform",
        "Klein S, Staring M, Murphy K, Viergever MA, Pluim JPW. elastix: a toolbox for intensity-based medical image "
        "registration. IEEE Trans Med Imaging 2010;29(1):196-205.",
        "10.1109/TMI.2009.2035616",
    ),
    Citation(
        "elastix, where it made the transform",
        "Shamonin DP, Bron EE, Lelieveldt BPF, Smits M, Klein S, Staring M. Fast parallel image registration on CPU "
        "and GPU for diagnostic classification of Alzheimer's disease. Front Neuroinform 2014;7:50.",
        "10.3389/fninf.2013.00050",
    ),
)
_FRE_IS_NOT_TRE = Citation(
    "Why what is left at driving landmarks (FRE) does not stand in for the error elsewhere (TRE)",
    "Fitzpatrick JM. Fiducial registration error and target registration error are uncorrelated. Proc SPIE 2009;7261:"
    "726102.",
    "10.1117/12.813601",
)
_SURROGATES = Citation(
    "Why overlap and grey values alone do not show accuracy",
    "Rohlfing T. Image similarity and tissue overlaps as surrogates for image registration accuracy: widely used but "
    "unreliable. IEEE Trans Med Imaging 2012;31(2):153-163.",
    "10.1109/TMI.2011.2163944",
)
_NMI = Citation(
    "Normalised mutual information",
    "Studholme C, Hill DLG, Hawkes DJ. An overlap invariant entropy measure of 3D medical image alignment. Pattern "
    "Recognit 1999;32(1):71-86.",
    "10.1016/S0031-3203(98)00091-0",
)


def citations(evidence: Evidence) -> tuple[Citation, ...]:
    """What to cite for a report of this evidence."""
    chosen = [_TG_132, *_ELASTIX]
    if any(pair.role == "drive" for pair in evidence.landmarks.pairs):
        chosen.append(_FRE_IS_NOT_TRE)
    if evidence.structures or evidence.intensity:
        chosen.append(_SURROGATES)
    if evidence.intensity:
        chosen.append(_NMI)
    return tuple(chosen)
