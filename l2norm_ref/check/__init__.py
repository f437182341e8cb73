"""Is my L2Norm right? One function that runs a kernel on the inputs that matter and says what it computes instead.

`check_l2norm(forward, backward)` compares an implementation, in whatever it is written, with the reference of this
package, whose results are right to the last bit or so. It needs NumPy only; `convert` brings the arrays to another
library.

    import torch
    from l2norm_ref import presets
    from l2norm_ref.check import check_l2norm

    report = check_l2norm(forward, backward, convert=torch.from_numpy, **presets.SSD_CAFFE)
    print(report)
    report.raise_for_failures()  # in a test

Example:
    >>> import numpy as np
    >>> def forward(x, scale):
    ...     return scale * x / np.sqrt(np.sum(x * x, axis=(1, 2, 3), keepdims=True, dtype=x.dtype))
    >>> report = check_l2norm(forward, eps_mode="none")
    >>> report.passed, report.diagnosis
    (True, [])
    >>> report = check_l2norm(forward, eps_mode="clamp_sum", eps=1e-12)
    >>> report.passed, report.diagnosis[-1].partition(" (error")[0]
    (False, 'y: this is none (without eps), not clamp_sum with eps 1e-12')
"""

from l2norm_ref.check._l2norm import check_l2norm
from l2norm_ref.check._relatives import check_batch_norm, check_scale
from l2norm_ref.check._report import CheckFailed, Report
from l2norm_ref.check._result import Result
from l2norm_ref.check._vectors import VectorsError, check_vectors, write_vectors

__all__ = [
    "CheckFailed",
    "Report",
    "Result",
    "VectorsError",
    "check_batch_norm",
    "check_l2norm",
    "check_scale",
    "check_vectors",
    "write_vectors",
]
