"""What an engine does not have, and regions that a volume is too thin for, are found before the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ElastixPlusLib.elastix.engine import Engine
from ElastixPlusLib.elastix.parameter_file import ParameterFile
from ElastixPlusLib.grid import Grid
from ElastixPlusLib.guidance.engine_fit import (
    component_findings,
    missing_components,
    sample_region_findings,
    wanted_components,
)
from ElastixPlusLib.presets.library import find_preset


def native(path: Path, version: str = "5.0.1") -> Engine:
    return Engine("elastix", path, version, version, (str(path),), None, {})


def wheel(elastix_version: str = "5.3.1", version: str = "0.25.4") -> Engine:
    return Engine("itk-elastix", Path("python"), elastix_version, version, ("python",), None, {})


@pytest.fixture
def executable(tmp_path: Path) -> Path:
    """A file that holds the names of the components of a small build, as an executable does."""
    path = tmp_path / "elastix"
    path.write_bytes(b"\x7fELF\0MyEulerTransform\0\x01AdvancedKappaStatistic\0junk SimilarityTransformX\0" + bytes(99))
    return path


def parsed(text: str) -> ParameterFile:
    return ParameterFile.parse(text)


def asking_for(*names: str, kind: str = "Metric") -> ParameterFile:
    return parsed(f"({kind} {' '.join(chr(34) + name + chr(34) for name in names)})")


@pytest.mark.parametrize("name", ["rigid", "affine", "generic"])
def test_the_presets_fit_every_engine_without_a_look_at_it(name):
    files = [ParameterFile.read(path) for path in find_preset(name).parameter_paths]
    for engine in (native(Path("/no/such/elastix")), wheel(), wheel("5.1.0", "0.14")):
        assert component_findings(files, engine) == ()


def test_every_component_is_wanted_once_with_its_stage():
    files = [
        parsed('(Transform "EulerTransform")\n(Metric "A" "B")'),
        parsed('(Transform "SimilarityTransform")\n(Metric "B" "A")'),
    ]
    found = [(one.kind, one.name, one.stage) for one in wanted_components(files)]
    assert sorted(found) == [
        ("Metric", "A", 1),
        ("Metric", "B", 1),
        ("Transform", "EulerTransform", 1),
        ("Transform", "SimilarityTransform", 2),
    ]


def test_a_name_that_an_executable_does_not_hold_is_not_in_it(executable):
    names = ["SimilarityTransform", "AdvancedKappaStatistic", "EulerTransform"]
    assert missing_components(native(executable), names) == {"SimilarityTransform"}


def test_an_executable_of_any_version_is_looked_at_and_not_its_number(executable):
    assert missing_components(native(executable, "5.9.0"), ["SimilarityTransform"]) == {"SimilarityTransform"}


@pytest.mark.parametrize("content", [b"", b'#!/bin/sh\nexec /opt/elastix/bin/elastix "$@"\n'])
def test_of_a_script_that_starts_an_executable_nothing_is_claimed(tmp_path, content):
    path = tmp_path / "elastix"
    path.write_bytes(content)
    assert missing_components(native(path), ["SimilarityTransform"]) == frozenset()


def test_of_an_executable_that_cannot_be_read_nothing_is_claimed(tmp_path):
    assert missing_components(native(tmp_path / "none"), ["SimilarityTransform"]) == frozenset()
    assert missing_components(native(tmp_path), ["SimilarityTransform"]) == frozenset()


def test_the_wheel_lacks_what_it_was_asked_for_in_vain():
    assert missing_components(wheel(), ["KNNGraphAlphaMutualInformation", "SimilarityTransform", "AdaGrad"]) == {
        "KNNGraphAlphaMutualInformation",
        "AdaGrad",
    }


def test_of_a_wheel_that_was_not_asked_nothing_is_claimed():
    assert missing_components(wheel("5.2.0", "0.21"), ["AdaGrad"]) == frozenset()
    assert missing_components(wheel("unknown newer", "0.99"), ["AdaGrad"]) == frozenset()


def test_the_other_engine_is_offered_where_it_has_what_is_missing(executable):
    files = [asking_for("EulerTransform", kind="Transform"), asking_for("SimilarityTransform", kind="Transform")]
    (finding,) = component_findings(files, native(executable), [wheel()])
    assert (finding.kind, finding.severity) == ("missing-component", "error")
    assert finding.what == (
        "The engine elastix 5.0.1 does not have SimilarityTransform (stage 2), which the parameter files ask for."
    )
    assert finding.remedy == "Use itk-elastix 0.25.4."
    assert dict(finding.fix.changes) == {"engine": "itk"}
    assert finding.fix.option == "--engine itk"


def test_a_native_engine_is_offered_by_its_path(executable):
    executable.write_bytes(executable.read_bytes() + b"AdaGrad\0")
    (finding,) = component_findings([asking_for("AdaGrad", kind="Optimizer")], wheel(), [native(executable)])
    assert finding.fix.changes["engine"] == executable
    assert finding.fix.option == f"--engine {executable}"


def test_an_engine_that_lacks_it_too_is_not_offered(executable):
    (finding,) = component_findings([asking_for("Impact")], native(executable), [wheel()])
    assert finding.fix is None
    assert "built with it" in finding.remedy


def test_without_another_engine_the_remedy_says_where_to_get_it(executable):
    (finding,) = component_findings([asking_for("SimilarityTransform", kind="Transform")], native(executable))
    assert "install the Python package itk-elastix" in finding.remedy


def test_what_was_taken_out_of_elastix_is_in_no_engine(executable):
    files = [asking_for("AdvancedMattesMutualInformation", "MattesMutualInformationWithRigidityPenalty")]
    for engine in (native(executable), wheel(), native(Path("/no/such/elastix"))):
        (finding,) = component_findings(files, engine, [wheel()])
        assert finding.kind == "removed-component"
        assert finding.what.startswith("No elastix since version 5.0 has MattesMutualInformationWithRigidityPenalty,")
        assert finding.fix is None


REGION = '(ImageSampler "RandomCoordinate")\n(UseRandomSampleRegion "true")\n'
THIN = Grid((200, 200, 20), np.diag([1.0, 1.0, 2.0, 1.0]))


def regions(text: str, grid: Grid = THIN) -> tuple:
    return sample_region_findings([parsed('(Transform "EulerTransform")'), parsed(text)], grid)


@pytest.mark.parametrize(("size_mm", "is_found"), [(38, False), (38.1, True), (50, True)])
def test_a_region_longer_than_a_thin_volume_is_an_error_with_the_axis(size_mm, is_found):
    findings = regions(REGION + f"(SampleRegionSize {size_mm})")
    assert [(one.kind, one.severity) for one in findings] == ([("sample-region", "error")] if is_found else [])
    if is_found:
        assert findings[0].what == (
            f"Stage 2 draws samples in regions of {size_mm} mm, and the fixed volume is 38 mm long along its axis k."
        )
        assert "at most 38 mm" in findings[0].remedy


def test_a_region_that_sticks_out_of_the_volume_is_a_warning_where_elastix_goes_on_with_it():
    several = REGION.replace("RandomCoordinate", "MultiInputRandomCoordinate")
    assert [one.severity for one in regions(several + "(SampleRegionSize 50)")] == ["warning"]
    assert regions(several + "(SampleRegionSize 38)") == ()


def test_a_region_of_its_own_for_each_axis_may_fit():
    assert regions(REGION + "(NumberOfResolutions 1)\n(SampleRegionSize 50 50 30)") == ()
    assert len(regions(REGION + "(NumberOfResolutions 1)\n(SampleRegionSize 30 250 30)")) == 1


def test_a_missing_number_is_the_first_one():
    """As elastix reads it: of three numbers for two resolutions the first stands for the second resolution."""
    assert len(regions(REGION + "(NumberOfResolutions 2)\n(SampleRegionSize 50 50 30)")) == 1


def test_only_resolutions_that_use_regions_count():
    switch = '(ImageSampler "RandomCoordinate")\n(NumberOfResolutions 2)\n(UseRandomSampleRegion "false" "true")\n'
    assert regions(switch + "(SampleRegionSize 90 90 90 30 30 30)") == ()
    assert len(regions(switch + "(SampleRegionSize 30 30 30 90 90 90)")) == 1


@pytest.mark.parametrize(
    "text",
    [
        REGION,
        '(ImageSampler "RandomCoordinate")\n(UseRandomSampleRegion "false")\n(SampleRegionSize 90)',
        '(ImageSampler "RandomCoordinate")\n(SampleRegionSize 90)',
        '(ImageSampler "Random")\n(UseRandomSampleRegion "true")\n(SampleRegionSize 90)',
        REGION + "(SampleRegionSize wide)".replace("wide", '"wide"'),
    ],
)
def test_regions_that_are_not_used_or_fit_by_themselves_are_no_matter(text):
    assert regions(text) == ()
