"""The models of the paper's tables, as value ids name them and as readers call them."""

MODELS = ("magpie-forest", "magpie-cnn", "density-3d-cnn", "density-2d-cnn", "fusion", "cgcnn")
NAMES = {
    "magpie-forest": "random forest on Magpie",
    "magpie-cnn": "CNN on Magpie",
    "density-3d-cnn": "3D CNN on densities",
    "density-2d-cnn": "2D CNN on densities",
    "fusion": "fusion",
    "cgcnn": "CGCNN",
}
BEYOND = {"semilocal-functional": "semilocal functional"}
"""What readers call networks that are from no paper, by the network of a configuration."""
SLUGS = {name: slug for slug, name in NAMES.items()}
"""Value ids of the models by what readers call them."""
ON_MAGPIE, ON_DENSITIES = ("magpie-forest", "magpie-cnn"), ("density-3d-cnn", "density-2d-cnn")
