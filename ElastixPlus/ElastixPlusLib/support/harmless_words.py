"""Words that are no names, whatever is called so: they are in every log, record and parameter file anyway."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from functools import cache

from ..elastix.parameter_catalogue import catalogue
from ..elastix.parameter_names import component_names
from ..record import run_record

_MOST_DIGITS = 3  # "T1" and "fixed 2" are no names, "CT19530402" is one
_PARTS_OF_NAMES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WORDS = """
    fixed moving further volume volumes image images mask masks landmark landmarks point points markups fiducial
    segment segments segmentation segmentations model node nodes transform transforms initial exclude excluded exclusion
    result results output outputs input inputs record run runs registration registrations elastix transformix
    elastixplus parameter parameters stage stages preset presets own scene data file files folder folders name names
    number numbers stand removed address time user computer home voxel voxels mm ms mb gb
    none auto unknown done failed drive check soft balanced firm exact grid region artificial body field view overlap
    centers center gravity similarity affine rigid deform deformable bspline spline linear composite note warning
    warnings severe error errors finding findings yes no true false float double short char int int8 int16 int32 uint8
    uint16 uint32 unsigned signed settings setting stopping condition resolution resolutions iteration iterations metric
    installing components component reading running started current unspecified threads available options command line
    description location exception object core kernel common
    a an and are as at be been by can do does for from has have if in into is it its more not of off on one only or so
    some than that the then there they this to too two up was were what where which with without all other than
    ct cbct mr mri pet spect us t1 t2 pd dwi flair dti cta mra contrast native pre post scan series study image axial
    coronal sagittal left right anterior posterior superior inferior upper lower front back
    brain head neck chest thorax lung liver kidney heart spine knee hip pelvis abdomen prostate breast femur bone skin
    usr bin lib lib64 local opt home users documents desktop downloads tmp temp var mnt media program programs windows
    system system32 appdata roaming python python3 site packages venv share elastixplus slicer core
    linux darwin macos windows intel amd64 x86 x64 arm64 aarch64 vtk itk numpy
    main base work build source src test tests project projects git dev master deps unit lab group users shared bundle
    fixture sampler kernel filter process memory method type title what remedy kind role before after id key value
    nrrd seg nii gz mha mhd raw dcm nhdr mrk json fcsv txt h5 tfm mat xfm xml toml csv log zip cxx hxx vtkmrml
"""
# Whoever stands behind a method of elastix, and words that are names of people too: alone they count as names.
_ALSO_PEOPLE = frozenset("cruz euler jacobi key mark max min newton person powell mattes ray will wolfe".split())


@cache
def harmless_words() -> frozenset[str]:
    """All of them in lower case: what elastix calls its parameters and components, and what every program says."""
    names = [name.replace("#", "") for name in catalogue()]
    names += [name for component in component_names().values() for name in component]
    for kind in vars(run_record).values():
        if isinstance(kind, type) and is_dataclass(kind):
            names += [part for one in fields(kind) for part in one.name.split("_")]
    words = {name.lower() for name in names} | set(_WORDS.split())
    words |= {part.lower() for name in names for part in _PARTS_OF_NAMES.findall(name)}
    return frozenset(words) - _ALSO_PEOPLE


def is_harmless(word: str) -> bool:
    """Whether a word tells nothing about anybody.

    :param word: one word in lower case.

    >>> [is_harmless(word) for word in ("fixed2", "numberofresolutions", "metric0weight", "hans", "ct19530402")]
    [True, True, True, False, False]
    """
    letters = re.sub(r"[0-9]", "", word)
    return len(word) - len(letters) <= _MOST_DIGITS and (letters in harmless_words() or word in harmless_words())
