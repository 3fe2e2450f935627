"""The real thing, where GPAW's environment is: a density beside the stored one of the same crystal, and the transform it rests on."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from recryst.datasets import charge_density
from recryst.dft import calculations, gpaw_environment, plans
from recryst.features import density

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# of exp(-r^2) in the parts L = 0, and x exp(-r^2) in the part of x: pi^(3/2) exp(-G^2/4), and -i/2 G_x times that
TRANSFORM = """
import json, sys
sys.path.insert(0, {folder!r})
import numpy as np
from gpaw_side import transformed
radii = np.linspace(0, 8, 4001)
densities = np.zeros((4, len(radii)))
densities[0] = np.sqrt(4 * np.pi) * np.exp(-radii**2)
densities[3] = np.sqrt(4 * np.pi / 3) * radii * np.exp(-radii**2)  # GPAW's order: 1, y, z, x
vectors = np.random.default_rng(0).normal(0, 2, (50, 3))
vectors[0] = 0
found = transformed(radii, np.full(len(radii), radii[1]), densities, vectors)
gaussian = np.pi**1.5 * np.exp(-(vectors**2).sum(1) / 4)
print(json.dumps([np.abs(found.real - gaussian).max(), np.abs(found.imag + vectors[:, 0] / 2 * gaussian).max()]))
"""


def test_the_transform_of_a_gaussian(gpaw: Path) -> None:
    script = TRANSFORM.format(folder=str(gpaw_environment.SCRIPT.parent))
    done = subprocess.run([gpaw, "-B", "-P", "-c", script], capture_output=True, text=True, check=True)
    assert max(json.loads(done.stdout)) < 1e-5


def test_a_density_is_that_of_the_stored_crystal(gpaw: Path, tmp_path: Path) -> None:
    """Sodium chloride with the quick settings: the same to 2 % of the mean density, and 14 electrons to six digits."""
    stored = charge_density.load()
    index = stored.index("mp-22862")
    path = tmp_path / "NaCl.vasp"
    stored.crystals.structure(index).to(filename=str(path), fmt="poscar")
    table = calculations.run(plans.plan([path], "density", "quick"), tmp_path / "out")
    assert table["status"].tolist() == ["ok"]
    assert table["electrons_on_grid"][0] == pytest.approx(14, abs=1e-4)
    computed = charge_density.load(tmp_path / "out")
    images = [density.conventional(data.density(data.index(name))) for data, name in ((stored, "mp-22862"), (computed, "NaCl"))]
    # the origin may be on either ion, half an edge apart
    differences = [np.abs(np.roll(images[1], shift, axis=0) - images[0]).mean() for shift in (0, 30)]
    assert min(differences) < 0.02 * images[0].mean()
