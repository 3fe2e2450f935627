"""Five deep-learning papers on crystals: re-analysed, rebuilt, retrained."""

__version__ = "0.1.0"
