"""The publications that a report or a methods section rests on, to be cited beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..accuracy.evidence import Evidence


@dataclass(frozen=True)
class Citation:
    """A publication.

    :param subject: what it is cited for.
    :param authors: as in "Klein S, Staring M, et al"; empty where only ``title`` is known, which is then all of it.
    :param place: journal or proceedings.
    :param issue: volume, with the number in brackets if it has one.
    :param doi: without the address of a resolver; empty where it has none.

    >>> Citation("", "Klein S", "elastix", "IEEE Trans Med Imaging", "2010", "29(1)", "196-205").text
    'Klein S. elastix. IEEE Trans Med Imaging 2010;29(1):196-205.'
    """

    subject: str
    authors: str
    title: str
    place: str = ""
    year: str = ""
    issue: str = ""
    pages: str = ""
    doi: str = ""

    @property
    def text(self) -> str:
        """How it is written in a list of references, without the DOI."""
        where = f"{self.place} {self.year}".strip()
        where += f";{self.issue}" if self.issue else ""
        where += f":{self.pages}" if self.pages else ""
        return " ".join(f"{part.rstrip('.')}." for part in (self.authors, self.title, where) if part)


TG_132: Final = Citation(
    "Tolerances and wording",
    "Brock KK, Mutic S, McNutt TR, Li H, Kessler ML",
    "Use of image registration and fusion algorithms and techniques in radiotherapy: Report of the AAPM Radiation "
    "Therapy Committee Task Group No. 132",
    *("Med Phys", "2017", "44(7)", "e43-e76", "10.1002/mp.12256"),
)
ELASTIX: Final = (
    Citation(
        "elastix, where it made the transform",
        "Klein S, Staring M, Murphy K, Viergever MA, Pluim JPW",
        "elastix: a toolbox for intensity-based medical image registration",
        *("IEEE Trans Med Imaging", "2010", "29(1)", "196-205", "10.1109/TMI.2009.2035616"),
    ),
    Citation(
        "elastix, where it made the transform",
        "Shamonin DP, Bron EE, Lelieveldt BPF, Smits M, Klein S, Staring M",
        "Fast parallel image registration on CPU and GPU for diagnostic classification of Alzheimer's disease",
        *("Front Neuroinform", "2014", "7", "50", "10.3389/fninf.2013.00050"),
    ),
)
ITK_ELASTIX: Final = Citation(
    "itk-elastix, where elastix came with it",
    "Ntatsis K, Dekker N, van der Valk V, Birdsong T, Zukić D, Klein S, Staring M, McCormick M",
    "itk-elastix: Medical image registration in Python",
    *("Proc 22nd Python in Science Conf", "2023", "", "101-105", "10.25080/gerudo-f2bc6f59-00d"),
)
SLICER: Final = Citation(
    "3D Slicer, where the registration was run from it",
    "Fedorov A, Beichel R, Kalpathy-Cramer J, et al",
    "3D Slicer as an image computing platform for the Quantitative Imaging Network",
    *("Magn Reson Imaging", "2012", "30(9)", "1323-1341", "10.1016/j.mri.2012.05.001"),
)
FRE_IS_NOT_TRE: Final = Citation(
    "Why what is left at driving landmarks (FRE) does not stand in for the error elsewhere (TRE)",
    "Fitzpatrick JM",
    "Fiducial registration error and target registration error are uncorrelated",
    *("Proc SPIE", "2009", "7261", "726102", "10.1117/12.813601"),
)
_SURROGATES: Final = Citation(
    "Why overlap and grey values alone do not show accuracy",
    "Rohlfing T",
    "Image similarity and tissue overlaps as surrogates for image registration accuracy: widely used but unreliable",
    *("IEEE Trans Med Imaging", "2012", "31(2)", "153-163", "10.1109/TMI.2011.2163944"),
)
_NMI: Final = Citation(
    "Normalised mutual information",
    "Studholme C, Hill DLG, Hawkes DJ",
    "An overlap invariant entropy measure of 3D medical image alignment",
    *("Pattern Recognit", "1999", "32(1)", "71-86", "10.1016/S0031-3203(98)00091-0"),
)
KNOWN: Final = (TG_132, *ELASTIX, ITK_ELASTIX, SLICER, FRE_IS_NOT_TRE, _SURROGATES, _NMI)


def citations(evidence: Evidence) -> tuple[Citation, ...]:
    """What to cite for a report of this evidence."""
    chosen = [TG_132, *ELASTIX]
    if any(pair.role == "drive" for pair in evidence.landmarks.pairs):
        chosen.append(FRE_IS_NOT_TRE)
    if evidence.structures or evidence.intensity:
        chosen.append(_SURROGATES)
    if evidence.intensity:
        chosen.append(_NMI)
    return tuple(chosen)


def citation_of(text: str, doi: str) -> Citation:
    """A publication that is known as a text, as presets have it: the one of the list here if it is there.

    >>> citation_of("Whatever.", "10.1117/12.813601") is FRE_IS_NOT_TRE, citation_of("A book.", "").text
    (True, 'A book.')
    """
    known = next((one for one in KNOWN if doi and one.doi.casefold() == doi.strip().casefold()), None)
    return known or Citation("", "", " ".join(text.split()), doi=doi.strip())
