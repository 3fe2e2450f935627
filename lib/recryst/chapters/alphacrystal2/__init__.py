"""What the notebook on AlphaCrystal-II asks for: its tables counted again, and its crystals measured."""
