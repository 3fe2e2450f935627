"""From the finished runs of a plan to what is kept of them: the recipe that they speak for, and the models."""
