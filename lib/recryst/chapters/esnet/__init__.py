"""What the ESNet chapter asks for: the released predictions first, then what is made of them, of the printed numbers and of the layers."""
