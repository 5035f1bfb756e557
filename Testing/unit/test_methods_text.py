"""The text for a methods section says what the record says, and nothing that it does not say."""

from __future__ import annotations

import math
import re
import statistics
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ElastixPlusLib.errors import RecordError
from ElastixPlusLib.record.bibtex import references_as_bibtex
from ElastixPlusLib.record.methods_text import methods_as_text, methods_text
from ElastixPlusLib.record.run_record import Choices, ParameterText, RecordedFinding, RunRecord, StartUsed
from ElastixPlusLib.report.citations import KNOWN, Citation
from made_records import (
    DONE,
    HOSTILE,
    PATIENT,
    failed_run,
    fit_of_landmarks,
    geometry,
    linear_run,
    own_files,
    pairs,
    several_pairs,
    spline_run,
    stage,
    volume,
    wheel_run,
)

# Parts of pi: no mean of them lies just between two decimals.
DISTANCES = st.lists(st.integers(0, 60_000).map(lambda value: value * math.pi / 1000), min_size=1, max_size=5)


def text_of(record: RunRecord) -> str:
    return methods_text(record).text


def sentence_with(record: RunRecord, words: str) -> str:
    """The only sentence with some words."""
    found = [one for one in re.split(r"(?<=\.)\s+(?=[A-Z\d])", text_of(record)) if words in one]
    assert len(found) == 1, found
    return found[0]


def dois(record: RunRecord) -> list[str]:
    return [one.doi for one in methods_text(record).references]


def with_drive(before: list[float], after: list[float]) -> RunRecord:
    return replace(spline_run(), landmarks=pairs("drive", before, after))


def test_a_linear_run_without_landmarks_is_told_in_full():
    assert text_of(linear_run()) == (
        "The moving volume (64 × 65 × 66 voxels of 1.1 × 1.2 × 1.3 mm) was registered to the fixed volume "
        "(101 × 102 × 33 voxels of 0.75 × 0.75 × 2.5 mm) with elastix 5.0.1 [1, 2]. The registration was run by "
        'ElastixPlus 0.7.0 in 3D Slicer 5.10.0 (Python 3.12.3, Linux x86_64) [3]. The preset "rigid" of ElastixPlus '
        "was used [1]. It started from the positions of the volumes as they were loaded. No mask was used.\n\n"
        "There was one stage: rigid, by mutual information, 3 resolutions with 111 iterations each. No seed was set, "
        "so that the random samples were those of elastix itself; elastix had a thread for each of 12 processors. "
        "The run took 8.0 s.\n\n"
        "The result is a linear transform that takes positions in the fixed volume to the moving volume. No landmarks "
        "were used, so no target registration error is known."
    )


def test_a_guided_run_is_told_in_full():
    text = text_of(spline_run())
    for words in (
        'The preset "generic" of ElastixPlus was used [1]. For this run 2 parameters were changed: '
        "MaximumNumberOfIterations=60; bspline.FinalGridSpacingInPhysicalUnits=14.",
        "It started from a rigid fit of 3 pairs of landmarks.",
        "In the fixed volume a mask was used, the body as found in the volume (25 % of the volume, 25,000 of 100,000 "
        "voxels); its edge was taken as anatomy and counted.",
        "In the moving volume a mask was used, without what was excluded (75 % of the volume, 3 of 4 voxels); its edge "
        "was taken as artificial and did not count.",
        "Masks had been shrunk by 2.5 mm.",
        "Only that part of each volume was used which the other one shows, too.",
        "There were 2 stages, each from where the one before ended: (1) rigid, by mutual information, 3 resolutions "
        "with 60 iterations each, 2048 samples in each iteration; (2) B-spline with control points 14 mm apart in the "
        "end, by mutual information, 3 resolutions with 70, 80 and 90 iterations, 3000 samples in each iteration.",
        "3 pairs of landmarks drove the registration together with the images: the mean distance of all these pairs "
        "was minimised as a further metric (CorrespondingPointsEuclideanDistanceMetric of elastix, weights from 0.005 "
        'to 0.02, strength "balanced").',
        "The seed of the random samples was 17; elastix had 4 threads.",
        "The result is a composite transform",
        "2 pairs of landmarks were kept back to check the result and did not drive the registration: the target "
        "registration error (TRE) there was 2.12 mm on average (standard deviation 0.88 mm, largest 2.75 mm), and the "
        "distance before the registration 6.00 mm on average (standard deviation 1.41 mm, largest 7.00 mm) [4].",
        "At the 3 pairs of landmarks that drove the registration, the distance was 10.00 mm on average (standard "
        "deviation 2.65 mm, largest 13.00 mm) before it and 0.50 mm on average (standard deviation 0.25 mm, largest "
        "0.75 mm) after it; this fiducial registration error (FRE) says how closely the landmarks were followed, not "
        "how accurate the registration is elsewhere [5].",
    ):
        assert words in text
    assert "No mask" not in text
    assert "No landmark" not in text


def test_a_fit_of_the_landmarks_alone_names_no_elastix_and_no_images():
    text, references = text_of(fit_of_landmarks()), methods_text(fit_of_landmarks()).references
    assert "by an affine fit of 4 pairs of landmarks; the images were not compared." in text
    for word in ("with elastix", "seed", "mask", "started from", "thread"):
        assert word not in text
    assert not {"10.1109/TMI.2009.2035616", "10.3389/fninf.2013.00050"} & {one.doi for one in references}
    assert "No landmark was kept back, so no target registration error is known." in text


def test_a_run_that_failed_has_no_text():
    for record in (failed_run(), replace(linear_run(), result=None), replace(failed_run(), result=linear_run().result)):
        for make in (methods_text, methods_as_text):
            with pytest.raises(RecordError, match="failed, so there is no text for the methods section"):
                make(record)


@pytest.mark.parametrize(
    "text", ["(Transform", "(NumberOfResolutions x)", stage(landmark_weight='"x"'), stage(landmark_weight="nan")]
)
def test_a_parameter_file_that_cannot_be_read_is_told(text: str):
    record = replace(spline_run(), parameter_files=(ParameterText("", text),))
    with pytest.raises(RecordError, match="A parameter file in the record cannot be read"):
        methods_text(record)


def test_own_files_are_counted_and_not_named():
    text = text_of(own_files())
    assert "2 parameter files of our own were used, one for each stage." in text
    assert "The seeds of the random samples were 5 and 6;" in text
    assert "preset" not in text


def test_the_wheel_is_named_and_cited_beside_elastix():
    assert "with elastix 5.3.1 (itk-elastix 0.25.4) [1, 2, 3]. The registration was run by ElastixPlus 0.7.0 with " in (
        text_of(wheel_run())
    )
    assert "10.25080/gerudo-f2bc6f59-00d" in dois(wheel_run())
    assert "10.1016/j.mri.2012.05.001" in dois(linear_run())
    assert "10.1016/j.mri.2012.05.001" not in dois(wheel_run())


def test_further_pairs_of_volumes_are_counted():
    assert "2 further pairs of volumes of the same anatomy were registered together with these." in (
        text_of(several_pairs())
    )
    assert "further" not in text_of(linear_run())


@pytest.mark.parametrize("name", [name for name in DONE if name != "hostile"])
def test_no_name_of_a_patient_file_or_place_is_in_the_text(name: str):
    text = methods_as_text(DONE[name])
    for word in (*PATIENT.replace("^", " ").split(), "/opt", "/home", ".nrrd", ".txt", "vtkMRML"):
        assert word not in text


def test_a_changed_parameter_that_names_a_file_is_told_without_it():
    choices = Choices("rigid", ("MovingRigidityImageName=/home/x/Doe.nii", r"A=C:\Doe.mha"))
    text = text_of(replace(linear_run(), choices=choices))
    assert "2 parameters were changed: MovingRigidityImageName (a file); A (a file)." in text
    assert "Doe" not in text


def test_a_preset_that_is_not_known_any_more_is_only_named():
    record = replace(linear_run(), choices=Choices("gone-for-good"))
    assert 'The preset "gone-for-good" was used. It' in text_of(record)
    assert len(dois(record)) == 3


def test_a_preset_is_cited_once_with_what_it_was_made_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert dois(replace(linear_run(), choices=Choices("landmarks-affine")))[-1] not in dois(linear_run())
    own = tmp_path / "knee"
    own.mkdir()
    (own / "preset.json").write_text(
        '{"id": "knee", "title": "Knee", "summary": "S.", "citation": "Me. Knees. 2020.", "doi": "10.1234/knee_1",'
        ' "files": ["0.txt"]}',
        encoding="utf-8",
    )
    (own / "0.txt").write_text(stage(), encoding="utf-8")
    monkeypatch.setenv("ELASTIXPLUS_PRESETS", str(tmp_path))
    record = replace(linear_run(), choices=Choices("knee"))
    assert 'The preset "knee" of our own was used [4].' in text_of(record)
    assert methods_as_text(record).endswith("\n[4] Me. Knees. 2020. doi:10.1234/knee_1\n")
    assert "@misc{Me2020,\n  note = {Me. Knees. 2020.},\n  year = {2020},\n  doi = {10.1234/knee_1},\n}\n" in (
        references_as_bibtex(methods_text(record).references)
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("centers", "the centres of the volumes laid on each other"),
        ("gravity", "the centres of gravity of what is bright"),
        ("landmarks-similarity", "a rigid fit with scaling of 3 pairs of landmarks."),
        ("landmarks-affine", "an affine fit of 3 pairs of landmarks."),
        ("transform", "a transform that was given."),
    ],
)
def test_the_start_is_told_in_words(name: str, words: str):
    assert words in sentence_with(replace(spline_run(), start=StartUsed(name)), "It started from")


def test_stages_without_landmarks_and_landmarks_without_weight_are_told():
    texts = (stage(), stage("AffineTransform", landmark_weight="0.1"))
    record = replace(spline_run(), parameter_files=tuple(ParameterText("", text) for text in texts))
    assert "together with the images in stage 2: the mean" in text_of(record)
    assert 'weight 0.1, strength "balanced")' in text_of(record)
    for text in (stage(), stage(landmark_weight="0")):
        nothing = replace(record, parameter_files=(ParameterText("", text),))
        assert "3 pairs of landmarks had no weight, so that they did not pull." in text_of(nothing)


def test_what_the_check_advised_against_is_told():
    advised = (RecordedFinding("x", "error", "It will fail."),)
    record = replace(linear_run(), choices=Choices("rigid", despite_findings=True), findings=advised)
    assert "had advised against it" in text_of(record)
    assert "had advised against it" not in text_of(replace(record, findings=()))


@pytest.mark.parametrize(("sampler", "words"), [("Full", "all voxels"), ("Grid", "samples on a grid")])
def test_samplers_without_a_number_of_samples_are_told(sampler: str, words: str):
    text = stage("EulerTransform", f'(ImageSampler "{sampler}")', "(NumberOfSpatialSamples 4711)")
    told = text_of(replace(linear_run(), parameter_files=(ParameterText("", text),)))
    assert f", {words}." in told
    assert "4711" not in told


def test_a_single_check_landmark_has_an_error_without_a_spread():
    record = replace(spline_run(), landmarks=pairs("check", [7.0], [1.5]))
    assert sentence_with(record, "TRE") == (
        "1 pair of landmarks was kept back to check the result and did not drive the registration: the target "
        "registration error (TRE) there was 1.50 mm, and the distance before the registration 7.00 mm [4]."
    )
    assert "FRE" not in text_of(record)


@given(DISTANCES, DISTANCES)
@settings(max_examples=40, deadline=None)
def test_what_is_left_at_driving_landmarks_is_never_called_a_target_error(driving: list[float], check: list[float]):
    alone = with_drive([0.0] * len(driving), driving)
    assert "(TRE)" not in text_of(alone)
    assert "No landmark was kept back, so no target registration error is known." in text_of(alone)
    assert "10.1117/12.813601" in dois(alone)
    both = replace(alone, landmarks=(*alone.landmarks, *pairs("check", [0.0] * len(check), check)))
    target, fiducial = sentence_with(both, "(TRE)"), sentence_with(both, "(FRE)")
    assert f"{statistics.fmean(check):.2f} mm" in target
    assert f"{len(check)} pair" in target
    assert f"{statistics.fmean(driving):.2f} mm" in fiducial
    assert f"At the {len(driving)} pair" in fiducial
    assert "target registration error" not in fiducial
    assert "not how accurate the registration is" in fiducial
    assert "accura" not in target
    only_check = replace(both, landmarks=pairs("check", [0.0] * len(check), check))
    assert "(FRE)" not in text_of(only_check)
    assert "(TRE)" in text_of(only_check)


def numbers_of(record: RunRecord) -> set[str]:
    """Every number that a text about a record may hold, as it may be written."""
    found: set[str] = set()
    texts = [*vars(record.software).values(), record.engine.version, record.engine.elastix_version]
    texts += [*record.seeds, *(one.text for one in record.parameter_files), *record.choices.overrides]
    for text in texts:
        found |= set(re.findall(r"\d+(?:\.\d+)*", str(text)))
    for one in record.inputs:
        if one.geometry is not None:
            found |= {str(count) for count in one.geometry.dimensions}
            columns = zip(*one.geometry.ijk_to_world_ras[:3], strict=True)
            found |= {f"{sum(v * v for v in column) ** 0.5:.3f}" for column in columns}
    for role in ("drive", "check"):
        of_role = [one for one in record.landmarks if one.role == role]
        found.add(str(len(of_role)))
        for values in ([one.before_mm for one in of_role], [one.after_mm or 0.0 for one in of_role]):
            if values:
                found |= {f"{statistics.fmean(values):.2f}", f"{max(values):.2f}"}
                found.add(f"{statistics.stdev(values):.2f}" if len(values) > 1 else "0")
    for mask in record.masks:
        found |= {str(mask.voxels), str(mask.of_voxels), f"{100 * mask.voxels / mask.of_voxels:.2f}"}
    found |= {str(record.choices.threads), f"{abs(record.choices.mask_margin_mm):.3f}"}
    found |= {str(len(record.parameter_files)), str(len(record.choices.overrides))}
    found.add(f"{record.seconds.total:.1f}" if record.seconds else "")
    return {one.rstrip("0").rstrip(".") if "." in one else one for one in found}


@given(
    st.tuples(*[st.integers(1, 4096)] * 3),
    st.tuples(*[st.floats(0.01, 20).map(lambda value: round(value, 3))] * 3),
    DISTANCES,
    DISTANCES,
    st.integers(1000, 999_999),
    st.integers(0, 2**32 - 1),
    st.integers(1, 64),
    st.floats(0.001, 0.999).map(lambda value: f"{value:.3f}"),
)
@settings(max_examples=40, deadline=None)
def test_every_number_in_the_text_is_one_of_the_record(
    dimensions, spacing, driving, check, voxels, seed, threads, weight
):
    whole = spline_run()
    record = replace(
        whole,
        choices=replace(whole.choices, threads=threads, mask_margin_mm=spacing[0]),
        inputs=(volume("fixed", geometry(dimensions, spacing)), volume("moving", geometry(dimensions[::-1]))),
        seeds=(str(seed),) * 2,
        parameter_files=tuple(ParameterText("", stage(landmark_weight=weight)) for _ in range(3)),
        masks=tuple(replace(one, voxels=voxels, of_voxels=1_000_000) for one in whole.masks),
        landmarks=(*pairs("drive", driving, driving[::-1]), *pairs("check", check, check[::-1])),
    )
    text = re.sub(r"\[[\d, ]+\]|\(\d\)", "", text_of(record).replace("3D Slicer", ""))
    text = re.sub(r"(?<=\d),(?=\d{3})", "", text)
    told = {one.rstrip("0").rstrip(".") if "." in one else one for one in re.findall(r"\d+(?:\.\d+)*", text)}
    assert told <= numbers_of(record)
    assert {str(count) for count in dimensions} <= told
    assert {str(seed), str(threads), str(voxels)} <= told


@pytest.mark.parametrize("name", DONE)
def test_references_are_numbered_in_the_order_of_their_use(name: str):
    found = methods_text(DONE[name])
    cited = [int(one) for group in re.findall(r"\[([\d, ]+)\]\.", found.text) for one in group.split(", ")]
    assert list(dict.fromkeys(cited)) == list(range(1, len(found.references) + 1))
    assert len({one.doi for one in found.references}) == len(found.references)
    listed = methods_as_text(DONE[name]).split("\nReferences\n")[1].splitlines()
    assert listed == [f"[{at}] {one.text} doi:{one.doi}" for at, one in enumerate(found.references, 1)]


def test_names_of_strangers_command_no_terminal():
    text = methods_as_text(DONE["hostile"])
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert "\nFORGED" not in text
    assert text.count("\n\n") == 3  # between paragraphs and before the references


def test_references_become_bibtex_with_a_key_for_each():
    twice = references_as_bibtex([KNOWN[1], KNOWN[1], Citation("", "", f"50 % {HOSTILE} {{}} \\input $x_1$ & #")])
    assert re.findall(r"^@(\w+)\{([^,]+),$", twice, re.M)[:2] == [("article", "Klein2010"), ("article", "Klein2010-2")]
    note = twice.split("note = ")[1]
    assert r"50 \% " in note
    assert r"\{\} \textbackslash{}input \$x\_1\$ \& \#" in note
    assert "\x1b" not in twice
    whole = references_as_bibtex(KNOWN)
    assert whole.count("{") == whole.count("}")
    assert whole.count("doi = {10.") == len(KNOWN)
    assert "author = {Ntatsis, K. and Dekker, N. and van der Valk, V. and" in whole
    assert "Kalpathy-Cramer, J. and others}" in whole
