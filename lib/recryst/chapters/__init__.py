"""What each notebook trains and on which crystals: the experiments of a paper, read off its notebook's parameters."""
