"""What the charge-density chapter asks for: its `study` first, then what is made of it."""
