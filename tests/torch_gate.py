"""PyTorch for the tests that use it: it is never installed by `make`, and CI must not skip for want of it.

    torch = import_torch()

skips the module (or the test) where torch is missing. Under WITH_TORCH=1 a missing torch is a failure instead.
"""

import importlib
import os
from types import ModuleType

import pytest

REASON = "torch is not installed (pip install '.[torch]'); WITH_TORCH=1 makes this a failure"


def import_torch() -> ModuleType:
    """Returns torch, or ends the test or module that asks: skipped, or failed under WITH_TORCH=1."""
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        if os.environ.get("WITH_TORCH", "0") not in ("", "0"):
            pytest.fail(f"WITH_TORCH is set, but torch cannot be imported: {error}", pytrace=False)
        pytest.skip(REASON, allow_module_level=True)
