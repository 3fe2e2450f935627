"""What the voxel-CNN chapter asks for: the released predictions and its own networks first, then what is made of them."""
