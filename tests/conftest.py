"""Hypothesis profiles: `fast` is the default, HYPOTHESIS_PROFILE=nightly runs 10,000 examples of each property."""

import os

from hypothesis import HealthCheck, settings

_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("fast", max_examples=60, derandomize=True, **_common)
settings.register_profile("nightly", max_examples=10_000, **_common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
