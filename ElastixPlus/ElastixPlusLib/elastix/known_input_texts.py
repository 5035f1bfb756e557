"""What elastix prints when volumes, masks or landmarks are the cause. Tried from top to bottom."""

from __future__ import annotations

from .known_causes import (
    ALIGN,
    KEEP_MASK_EDGE,
    OTHER_PLACE,
    START_FROM_GRAVITY,
    USE_GENERIC_PRESET,
    KnownText,
    known,
)

_POINTS_OUTSIDE = r"Too many samples map outside moving image buffer: (?P<valid>\d+) / (?P<total>\d+)"
_CHECK_MASK = "Check that the mask lies on the volume{and_keep_edge}."

OVERLAP_TEXTS: tuple[KnownText, ...] = (
    # The line with the iteration is not elastix's own, see console_log.
    known(
        rf"\[in iteration (?P<iteration>\d+)\](?s:.{{0,3000}}?){_POINTS_OUTSIDE}",
        "The volumes moved apart: in iteration {iteration} only {valid} of {total} sample points of the fixed volume "
        "lay inside the moving volume{or_mask}.",
        "Start with the volumes closer together, for example from landmarks, or choose a preset that begins with a "
        "rigid stage.",
    ),
    known(
        _POINTS_OUTSIDE.replace(r"(?P<valid>\d+)", "0"),
        "The volumes do not overlap: none of {total} sample points of the fixed volume lies inside the moving "
        "volume{or_mask}.",
        f"{ALIGN}{{or_drop_mask}}.",
        START_FROM_GRAVITY,
    ),
    known(
        _POINTS_OUTSIDE,
        "Only {valid} of {total} sample points of the fixed volume lie inside the moving volume{or_mask}.",
        f"{ALIGN}, crop both to the region they share{{or_drop_mask}}.",
        START_FROM_GRAVITY,
    ),
    known(
        r"All samples map outside moving image buffer|Joint PDF summed to zero",
        "The volumes do not overlap, or one of them has no contrast where they do.",
        f"{ALIGN}, and check the intensities of both volumes.",
        START_FROM_GRAVITY,
    ),
)

MASK_TEXTS: tuple[KnownText, ...] = (
    known(
        r"Could not find enough image samples within reasonable time",
        "The fixed mask is too small for random sampling: it fills less than about a tenth of its own bounding box.",
        'Crop the volumes to the mask, or use (ImageSampler "RandomSparseMask") in the parameter files.',
    ),
    known(
        r"No valid voxels \((?P<valid>\d+)/(?P<total>\d+)\) found to estimate",
        "The mask has no voxel that can be used: it is empty{or_eroded} or lies beside the volume.",
        _CHECK_MASK,
        KEEP_MASK_EDGE,
    ),
    known(
        r"bounding box of the mask lies entirely out of|Requested region is \(at least partially\) outside",
        "The mask lies outside of the volume{or_eroded}.",
        _CHECK_MASK,
        KEEP_MASK_EDGE,
    ),
    known(
        r"do not call this function when no mask is supplied",
        "The parameter files ask for samples from a mask (RandomSparseMask), and no mask was given.",
        'Give a fixed mask, or use (ImageSampler "RandomCoordinate").',
    ),
)

VOLUME_TEXTS: tuple[KnownText, ...] = (
    known(
        r"SampleRegionSize\[ (?P<axis>\d) \] = (?P<wanted>[\d.]+) mm,\s+"
        r"while the fixed image size at dim = \d is (?P<voxels>\d+) voxels or (?P<size>[\d.]+) mm",
        "The preset samples in regions of {wanted} mm, and the fixed volume measures {size} mm ({voxels} voxels) "
        "along axis {axis}.",
        'Choose a preset without (UseRandomSampleRegion "true"), such as generic, or a smaller SampleRegionSize.',
        USE_GENERIC_PRESET,
    ),
    known(
        r"number of pixels along direction (?P<axis>\d) is less than (?P<least>\d+)",
        "A volume has fewer than {least} slices along axis {axis}, too few to be smoothed.",
        "Register volumes with at least {least} voxels along every axis.",
    ),
    known(
        r"Region ImageRegion(?s:.{0,400}?)is outside of buffered region",
        "Elastix met values that are no numbers: a volume is a single slice, has no contrast, or holds intensities "
        "that are infinite or very large.",
        "Check that both volumes have several slices, contrast, and intensities in an ordinary range.",
    ),
    known(
        r"FixedImageType:\s*(?P<fixed>\d)D[^\n]*\s+MovingImageType:\s*(?P<moving>\d)D[^\n]*\s+"
        r"elastix was not compiled with this combination",
        "The fixed volume has {fixed} dimensions and the moving one {moving}, which this elastix cannot register.",
        "Give volumes of three dimensions; of a sequence, take one volume out.",
    ),
    known(
        r"Description: (?P<path>\S+) has (?P<count>\d+) dimensions, 3 are wanted",
        "The volume {path} has {count} dimensions, and elastix registers volumes of three.",
        "Give volumes of three dimensions; of a sequence, take one volume out.",
    ),
    known(
        r"could not read (?P<which>(?:fixed|moving|input) (?:image|mask))"
        r"|Error occurred while reading the image described as (?P<which_2>\w+ \w+)",
        "Elastix could not read the {which} that was written for it.",
        OTHER_PLACE,
    ),
    known(
        r"Could not create IO object for (?P<way>reading|writing)(?: file)? (?P<path>.+)",
        "Elastix found no way of {way} the file {path}.",
        OTHER_PLACE,
    ),
)

LANDMARK_TEXTS: tuple[KnownText, ...] = (
    known(
        r"number of points in the fixed pointset \((?P<fixed>\d+)\) does not match.*pointset \((?P<moving>\d+)\)",
        "There are {fixed} fixed and {moving} moving landmarks.",
        "Give each fixed landmark its counterpart in the moving volume.",
    ),
    known(
        r"The file is not large enough\.(?:\s*Filename: (?P<path>\S+))?",
        "The landmark file {path} holds fewer points than it announces.",
        "Write the landmarks again.",
    ),
    known(
        r"FileName must be specified|(?:fixed|moving) pointset is not specified",
        "The parameter files use landmarks (CorrespondingPointsEuclideanDistanceMetric), and none were given.",
        "Give landmarks for both volumes, or choose a preset without that metric.",
    ),
)
