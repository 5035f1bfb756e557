"""What the application shows of the module beside its panel: help, and whom to thank."""

HELP = """
<p>Lays one volume on another with <a href="https://elastix.dev">elastix</a>, guided by landmarks and masks together
with the images, and says how far the landmarks are apart afterwards.</p>
<p>Choose a fixed and a moving volume and press Apply. Landmarks, masks and everything else are optional; each control
says what it does when the mouse rests on it.</p>
<p>The same in the Python console:</p>
<pre>
logic = slicer.util.getModuleLogic("ElastixPlus")
result = logic.registerVolumes(
    fixedVolumeNode=slicer.util.getNode("fixed"),
    movingVolumeNode=slicer.util.getNode("moving"),
    fixedLandmarksNode=slicer.util.getNode("F"),
    movingLandmarksNode=slicer.util.getNode("M"))
print(result.transform.GetName(), result.as_dict())
</pre>
<p>More in the <a href="https://github.com/ElastixPlus/SlicerElastixPlus">documentation</a>.</p>
"""

ACKNOWLEDGEMENT = """
<p>ElastixPlus runs elastix. If you use it in a publication, please cite:</p>
<ul>
<li>S. Klein, M. Staring, K. Murphy, M.A. Viergever, J.P.W. Pluim, "elastix: a toolbox for intensity-based medical image
registration", IEEE Transactions on Medical Imaging 29(1), 196-205, 2010,
<a href="https://doi.org/10.1109/TMI.2009.2035616">doi:10.1109/TMI.2009.2035616</a></li>
<li>D.P. Shamonin et al., "Fast parallel image registration on CPU and GPU for diagnostic classification of Alzheimer's
disease", Frontiers in Neuroinformatics 7, 50, 2014,
<a href="https://doi.org/10.3389/fninf.2013.00050">doi:10.3389/fninf.2013.00050</a></li>
</ul>
<p>ElastixPlus is for research; it is not a medical device.</p>
"""
