"""Gradients (and two forward passes) of L2Norm that differ from the mathematics, with source and counterexample.

An `Exhibit` is a function of our own that computes what a public implementation computes, together with the place where
that was read and with how we know (`status`). They are here so that a test suite can be tried on them: a suite that
lets one of them pass would let the next one pass too. `kill_matrix` tries every exhibit on every one of `FIXTURES`.

Each exhibit is held against the derivative of the forward pass that it belongs to, with that layer's own denominator;
the derivative is taken by complex step and not typed. Nothing here says that a product is bad: several of these are
right for every input of ordinary size, and SSD was trained well with Caffe's (`right` says where each one is right).

- `ALL`: the exhibits with a source. `OURS`: changes of our own, for which nobody else is to blame.
- `by_name(name)`: one of them. `counterexample()` of an exhibit searches the smallest input that shows the deviation.

Example:
    >>> from l2norm_ref import exhibits
    >>> print(exhibits.by_name("numpynet").counterexample())
    x = 1, dy = 1: computed 1, exact 1e-08
    >>> exhibits.by_name("caffe").source.lines
    (176, 223)
"""

from l2norm_ref.exhibits._clamp import CAFFE2, DEEPLEARNING4J, L2N, MINDSPORE, PADDLE
from l2norm_ref.exhibits._exhibit import Exhibit, Source
from l2norm_ref.exhibits._fixtures import FIXTURES, Fixture
from l2norm_ref.exhibits._jacobian import DARKNET_CPU, DARKNET_GPU, DIAGONAL, EPS_DROPPED, NUMPYNET, SUM_OF_X
from l2norm_ref.exhibits._matrix import TOLERANCE, Cell, KillMatrix, judge, kill_matrix
from l2norm_ref.exhibits._scale import CAFFE, SSD_KERAS, TENSORRT
from l2norm_ref.exhibits._search import Counterexample

__all__ = [
    "ALL",
    "FIXTURES",
    "OURS",
    "TOLERANCE",
    "Cell",
    "Counterexample",
    "Exhibit",
    "Fixture",
    "KillMatrix",
    "Source",
    "by_name",
    "judge",
    "kill_matrix",
]

ALL: tuple[Exhibit, ...] = (
    CAFFE,
    TENSORRT,
    SSD_KERAS,
    DARKNET_CPU,
    DARKNET_GPU,
    NUMPYNET,
    DIAGONAL,
    SUM_OF_X,
    MINDSPORE,
    DEEPLEARNING4J,
    CAFFE2,
    PADDLE,
    L2N,
)
OURS: tuple[Exhibit, ...] = (EPS_DROPPED,)


def by_name(name: str) -> Exhibit:
    """The exhibit of that name, of `ALL` or `OURS`.

    Example:
        >>> by_name("caffe2").framework
        'Caffe2 (Normalize)'
    """
    for exhibit in (*ALL, *OURS):
        if exhibit.name == name:
            return exhibit
    raise KeyError(f"no exhibit {name!r}; there are {', '.join(e.name for e in (*ALL, *OURS))}")
