"""The pieces of the panel in 3D Slicer; the library ElastixPlusLib does the work."""
