"""The data: scikit-learn's handwritten digits, 1797 pictures of 8 x 8 pixels, part of its installation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

SIZES = {"train": 1000, "validation": 297, "test": 500}


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the pictures.

    Attributes:
        x: The pictures, (N, 1, 8, 8), float32, from 0 (paper) to 1 (ink).
        labels: Their digits, (N,).
    """

    x: np.ndarray
    labels: np.ndarray


def load(seed: int) -> dict[str, Part]:
    """Three parts that share no picture, drawn by `seed`: "train", "validation" (to choose by) and "test".

    Raises:
        ModuleNotFoundError: scikit-learn is not installed (extra `experiments`).
    """
    x, labels = _all()
    order = np.random.default_rng([seed, 1]).permutation(len(x))
    parts = np.split(order, np.cumsum(list(SIZES.values()))[:-1])
    return {name: Part(x[part], labels[part]) for name, part in zip(SIZES, parts, strict=True)}


@cache
def _all() -> tuple[np.ndarray, np.ndarray]:
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        text = "the digits need the package scikit-learn: pip install 'l2norm_ref[experiments]'"
        raise ModuleNotFoundError(text, name=error.name) from error

    data = load_digits()
    return (data.images / 16).astype(np.float32)[:, np.newaxis], data.target
