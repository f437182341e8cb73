"""Lighthouse's scores that depend on no machine.  `make lighthouse` measures the performance too, five times."""

from __future__ import annotations

import os
from pathlib import Path

import lighthouse
import pytest


@pytest.mark.parametrize("name", lighthouse.PAGES)
def test_lighthouse_finds_nothing(site: Path, name: str) -> None:
    try:
        with lighthouse.served(site) as address:
            report = lighthouse.measure(address + lighthouse.PAGES[name])
    except lighthouse.Missing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))
    scores = {category: score for category, score in lighthouse.scores(report).items() if category != "performance"}
    assert scores == dict.fromkeys(scores, 100), lighthouse.faults(report)
