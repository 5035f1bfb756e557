"""A data set for the module Sample Data: two phantom volumes with landmarks, made on the spot and not downloaded.

Only the button in Sample Data makes the pair; ``SampleData.downloadSamples()`` knows nothing but files. A script calls
:func:`ElastixPlusPanel.phantom_pair.make_phantom_pair` itself.
"""

from __future__ import annotations

from pathlib import Path

CATEGORY = "ElastixPlus"
SAMPLE_NAME = "ElastixPlus: two phantom volumes with landmarks"
THUMBNAIL = "phantom_pair.png"


def register_sample_data(icons: Path) -> None:
    """Offer the phantom pair in the module Sample Data; a second call changes nothing.

    :param icons: folder with the thumbnail.
    """
    import SampleData  # type: ignore[import-not-found]  # a module of the application

    registered = SampleData.SampleDataLogic.sampleDataSourcesByCategory(CATEGORY)
    if any(source.sampleName == SAMPLE_NAME for source in registered):
        return  # after a reload of the module the function that makes the pair is another one: no second button
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=SAMPLE_NAME,
        uris=[],  # with nothing to download, the lists that belong to it are empty as well
        fileNames=[],
        nodeNames=[],
        customDownloader=load_phantom_pair,
        thumbnailFileName=str(icons / THUMBNAIL),
    )


def load_phantom_pair(source: object = None) -> None:
    """Add the phantom pair to the application's scene and show one volume half transparent over the other.

    :param source: what Sample Data passes to it, the registered data source; not needed.
    """
    import slicer.util

    from .phantom_pair import make_phantom_pair

    pair = make_phantom_pair(slicer.mrmlScene)
    slicer.util.setSliceViewerLayers(background=pair.fixed, foreground=pair.moving, foregroundOpacity=0.5, fit=True)
