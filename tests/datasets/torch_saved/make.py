"""Make legacy.pth.tar and zip.pth.tar beside this file; needs PyTorch (made with 2.13.0), which the tests do not.

Both hold a checkpoint of the shape of the published CGCNN models, with numbers that the tests compute again.
"""

from collections import OrderedDict
from pathlib import Path

import numpy as np
import torch


def checkpoint() -> dict:
    linear = torch.nn.Linear(4, 3)
    norm = torch.nn.BatchNorm1d(3)
    with torch.no_grad():
        linear.weight.copy_(torch.arange(12, dtype=torch.float32).reshape(3, 4) / 8)
        linear.bias.copy_(torch.tensor([0.5, -0.25, 3.0]))
    model = torch.nn.Sequential(OrderedDict(fc=linear, bn=norm))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    model(torch.ones(2, 4)).sum().backward()
    optimiser.step()
    with torch.no_grad():
        linear.weight.copy_(torch.arange(12, dtype=torch.float32).reshape(3, 4) / 8)
        linear.bias.copy_(torch.tensor([0.5, -0.25, 3.0]))
    return {
        "epoch": 968,
        "state_dict": model.state_dict(),
        "best_mae_error": torch.tensor(0.0625),
        "optimizer": optimiser.state_dict(),
        "normalizer": {"mean": torch.tensor(-1.5, dtype=torch.float64), "std": torch.tensor(2.0)},
        "args": {"task": "regression", "lr_milestones": [800], "n_conv": 4, "weight_decay": 0.0, "optim": "SGD"},
        "parameter": torch.nn.Parameter(torch.tensor([7.0])),
        "transposed": (torch.arange(6, dtype=torch.float32).reshape(2, 3) * 2).T,
        "part_of_a_storage": torch.arange(10, dtype=torch.int64)[4:7],
        "half": torch.tensor([0.5, 0.25], dtype=torch.float16),
        "flags": torch.tensor([True, False]),
        "empty": torch.zeros(0, 3),
        "auc": np.float64(0.9586),
        "size": torch.Size([3, 4]),
    }


if __name__ == "__main__":
    here = Path(__file__).parent
    torch.save(checkpoint(), here / "legacy.pth.tar", _use_new_zipfile_serialization=False)
    torch.save(checkpoint(), here / "zip.pth.tar")
