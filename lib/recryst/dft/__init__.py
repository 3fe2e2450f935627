"""Charge densities, equations of state and elastic constants from first principles, for crystals that somebody brings along.

The calculations are GPAW's, in an environment of its own (``make setup-dft``). What is planned before them (symmetry, meshes, cost) and
what is made of them afterwards (fits, averages, images) is here, and needs no GPAW.
"""
