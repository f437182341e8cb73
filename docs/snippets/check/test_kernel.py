import kernel
import torch

from l2norm_ref import presets
from l2norm_ref.check import check_l2norm


def test_my_l2norm():
    mode = presets.SSD_CAFFE | {"eps": 1e-10}
    report = check_l2norm(kernel.forward, kernel.backward, convert=torch.from_numpy, **mode)
    report.raise_for_failures()
