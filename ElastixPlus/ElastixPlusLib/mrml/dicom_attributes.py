"""What DICOM said of a volume, as far as the scene has kept it. The scene is only read."""

from __future__ import annotations

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSubjectHierarchyConstants, vtkMRMLSubjectHierarchyNode

# By the abbreviations of DICOM (PS3.3 C.7.3.1.1.1), where they are not those of everyday.
_EVERYDAY = {"PT": "PET", "NM": "SPECT"}
# Meanings of the coded quantities and units that volumes from DICOM have.
_OF_UNITS = {"hounsfield unit": "CT", "attenuation coefficient": "CT", "mr signal intensity": "MR"}


def dicom_modality(node: vtkMRMLScalarVolumeNode) -> str | None:
    """The modality, such as "CT", from the subject hierarchy or from the unit of the voxels; None if nothing says it.

    Example, for a volume that was loaded from DICOM::

        dicom_modality(volume)  # "MR"
    """
    code = _attribute(node, vtkMRMLSubjectHierarchyConstants.GetDICOMSeriesModalityAttributeName())
    if code and code.strip():
        return _EVERYDAY.get(code.strip().upper(), code.strip().upper())
    for entry in (node.GetVoxelValueUnits(), node.GetVoxelValueQuantity()):
        meaning = str(entry.GetCodeMeaning() or "").strip().lower() if entry is not None else ""
        if meaning in _OF_UNITS:
            return _OF_UNITS[meaning]
    return None


def dicom_names(node: vtkMRMLScalarVolumeNode) -> tuple[str, ...]:
    """The names of a volume and of the study that it belongs to, as they stand in the subject hierarchy."""
    hierarchy, item = _item(node)
    study = _ancestor(hierarchy, item, vtkMRMLSubjectHierarchyConstants.GetDICOMLevelStudy())
    names = [str(node.GetName() or "")]
    if hierarchy is not None and study:
        names.append(str(hierarchy.GetItemName(study)))
    return tuple(names)


def are_of_one_patient(one: vtkMRMLScalarVolumeNode, other: vtkMRMLScalarVolumeNode) -> bool | None:
    """Whether two volumes belong to the same patient; None if the scene does not say it of both."""
    patients = [_patient(node) for node in (one, other)]
    if None in patients:
        return None
    return patients[0] == patients[1]


def _patient(node: vtkMRMLScalarVolumeNode) -> str | None:
    """The patient's ID; else the place of the patient in the subject hierarchy; None if there is no patient."""
    hierarchy, item = _item(node)
    patient = _ancestor(hierarchy, item, vtkMRMLSubjectHierarchyConstants.GetDICOMLevelPatient())
    if hierarchy is None or not patient:
        return None
    attribute = vtkMRMLSubjectHierarchyConstants.GetDICOMPatientIDAttributeName()
    return str(hierarchy.GetItemAttribute(patient, attribute) or f"item {patient}")


def _attribute(node: vtkMRMLScalarVolumeNode, name: str) -> str | None:
    hierarchy, item = _item(node)
    if hierarchy is not None and item:
        text = hierarchy.GetItemAttribute(item, name)
        if text:
            return str(text)
    return str(node.GetAttribute(name) or "") or None


def _item(node: vtkMRMLScalarVolumeNode) -> tuple[vtkMRMLSubjectHierarchyNode | None, int]:
    """The subject hierarchy and the item of a node in it, 0 for none.

    Asking the class for the hierarchy of a scene would add one, so it is looked for.
    """
    scene = node.GetScene()
    hierarchy = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode") if scene is not None else None
    return hierarchy, int(hierarchy.GetItemByDataNode(node)) if hierarchy is not None else 0


def _ancestor(hierarchy: vtkMRMLSubjectHierarchyNode | None, item: int, level: str) -> int:
    return int(hierarchy.GetItemAncestorAtLevel(item, level)) if hierarchy is not None and item else 0
