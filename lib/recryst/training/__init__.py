"""From a task and a configuration to weights, history and predictions, resumable and reproducible to the bit."""
