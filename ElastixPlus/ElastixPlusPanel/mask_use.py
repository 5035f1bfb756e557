"""What counts in a volume: from the use of a region to the fields of a request, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .parameter_set import MaskUse, ParameterSet

_FOUND_IN_THE_VOLUME = (MaskUse.BODY, MaskUse.FIELD_OF_VIEW)
_FIELDS = ("mask", "exclude", "mask_segments", "exclude_segments")


@dataclass(frozen=True)
class Region:
    """A region and what it is used for.

    :param node: labelmap, segmentation, ROI or model; None for no region.
    :param segment: the ID of a segment; empty means all of them.
    """

    use: MaskUse = MaskUse.INSIDE
    node: Any = None
    segment: str = ""

    @classmethod
    def chosen(cls, parameters: ParameterSet, side: str) -> Region:
        """The region that is chosen for the "fixed" or the "moving" volume."""
        members = (f"{side}_mask_use", f"{side}_mask", f"{side}_mask_segment")
        return cls(*(parameters.getValue(member) for member in members))

    def members(self, side: str) -> dict[str, Any]:
        """The members of the parameter set that say the same."""
        return {f"{side}_mask_use": self.use, f"{side}_mask": self.node, f"{side}_mask_segment": self.segment}

    def fields(self, side: str) -> dict[str, Any]:
        """The fields of a request that say the same.

        >>> Region(MaskUse.BODY).fields("fixed")["fixed_mask"]
        'body'
        """
        segments = (self.segment,) if self.node is not None and self.segment else ()
        if self.use is MaskUse.INSIDE:
            values: tuple[Any, ...] = (self.node, None, segments, ())
        else:
            include = self.use.value if self.use in _FOUND_IN_THE_VOLUME else None
            values = (include, self.node, (), segments)
        return {f"{side}_{field}": value for field, value in zip(_FIELDS, values, strict=True)}


def is_mask_field(field: str) -> bool:
    """Whether a field of a request is one of those that a region makes up.

    >>> is_mask_field("fixed_exclude"), is_mask_field("mask_edge")
    (True, False)
    """
    side, _, rest = field.partition("_")
    return side in ("fixed", "moving") and rest in _FIELDS


def region_of_fields(side: str, fields: Mapping[str, Any]) -> Region | None:
    """The region that fields of a request describe; None if one region and one use cannot say it.

    >>> region_of_fields("fixed", Region(MaskUse.BODY).fields("fixed"))
    Region(use=<MaskUse.BODY: 'body'>, node=None, segment='')
    """
    include, exclude, include_segments, exclude_segments = (fields[f"{side}_{field}"] for field in _FIELDS)
    if isinstance(include, str):
        use = next((one for one in _FOUND_IN_THE_VOLUME if one.value == include), None)
        node, segments = exclude, exclude_segments
    elif exclude is None:
        use, node, segments = MaskUse.INSIDE, include, include_segments
    else:
        use, node, segments = (MaskUse.OUTSIDE if include is None else None), exclude, exclude_segments
    if use is None or len(segments) > 1:
        return None
    return Region(use, node, segments[0] if node is not None and segments else "")
