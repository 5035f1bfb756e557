"""What every parameter takes is known, in one place, and said in words."""

from __future__ import annotations

import pytest

from ElastixPlusLib.elastix.parameter_catalogue import catalogue, main_parameters, name_forms, parameter_entry
from ElastixPlusLib.elastix.parameter_names import component_names

KINDS = {
    "component",
    "switch",
    "count",
    "whole number",
    "integer",
    "number",
    "positive number",
    "word",
    "text",
    "file",
}
NUMBERS = KINDS - {"component", "switch", "word", "text", "file"}
# Names that files use, one of each part of elastix.
NAMES_OF_FILES = """NumberOfResolutions MaximumNumberOfIterations Metric3Weight Metric0NumberOfHistogramBins
ErodeMovingMask1 ImageSampler0NumberOfSpatialSamples FixedImagePyramid1Schedule FullSearchSpace2 ImpactModelsPath0
SP_a SP_A ValueTolerance
GridSpacingSchedule FinalGridSpacing DilateRigidityImages ShrinkageIntensity PopulationSize LBFGSUpdateAccuracy
WriteResultImage TransformParameters CenterOfRotationPoint SplineKernelType KNearestNeighbours FocalPoint""".split()
MAIN = """NumberOfResolutions MaximumNumberOfIterations NumberOfSpatialSamples FinalGridSpacingInPhysicalUnits
GridSpacingSchedule Metric Metric#Weight ImageSampler NumberOfHistogramBins ErodeMask Optimizer MaximumStepLength
BSplineInterpolationOrder FixedImagePyramid MovingImagePyramid ImagePyramidSchedule Transform Registration""".split()


@pytest.mark.parametrize("name", NAMES_OF_FILES)
def test_a_name_of_a_file_has_an_entry_under_that_name(name):
    assert parameter_entry(name).name == name


@pytest.mark.parametrize("name", ["NumberOfResolution", "Metric", "numberofresolutions", "", "Transform1"])
def test_only_what_elastix_knows_has_an_entry(name):
    assert (parameter_entry(name) is not None) == (name == "Metric")


def test_every_component_parameter_is_there_and_its_default_is_a_component_of_that_kind():
    assert {name for name, entry in catalogue().items() if entry.kind == "component"} == set(component_names())
    for kind, names in component_names().items():
        assert parameter_entry(kind).default in names | {""}


def test_an_entry_fits_its_kind():
    for entry in catalogue().values():
        assert entry.kind in KINDS
        assert entry.per in {"one", "resolution", "axis", "resolution*axis", "metric", "any"}
        assert entry.unit in ({"", "mm", "voxels"} if entry.kind in NUMBERS else {""})
        assert entry.kind != "switch" or entry.default in ("true", "false", ""), entry.name
        assert not entry.choices or (entry.kind == "word" and entry.default in entry.choices), entry.name
        assert (entry.least is None and entry.most is None) or entry.kind in NUMBERS
        assert entry.least is None or entry.most is None or entry.least < entry.most


def test_parameters_belong_to_components_that_there_are():
    known = frozenset().union(*component_names().values())
    for entry in catalogue().values():
        assert set(entry.components) <= known, entry.name


def test_what_matters_is_explained_in_one_sentence_for_people_who_do_not_know_elastix():
    main = main_parameters()
    assert set(MAIN) <= {entry.name for entry in main}
    assert 40 <= len(main) <= 60
    for entry in catalogue().values():
        assert entry.help[0].isupper()
        assert entry.help.endswith(".")
        assert ". " not in entry.help
        assert len(entry.help) < 170
    assert min(len(entry.help) for entry in main) > 40


def test_lengths_have_their_unit():
    units = {name: parameter_entry(name).unit for name in ("FinalGridSpacingInPhysicalUnits", "SampleRegionSize")}
    assert set(units.values()) == {"mm"}
    assert parameter_entry("FinalGridSpacingInVoxels").unit == "voxels"


def test_a_number_in_a_name_stands_for_any_number():
    assert name_forms("Metric12Weight")[1] == "Metric#Weight"
    assert parameter_entry("Metric12Weight").per == "resolution"
    assert parameter_entry("Metric12NumberOfHistogramBins").kind == "count"
