"""Collects what the peers' tests measure, prints it as a table, and writes docs/data/peers.json when all passed."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

import pytest

from l2norm_ref import presets

OUTPUT = Path(__file__).resolve().parents[2] / "docs" / "data" / "peers.json"
COMMAND = "pytest tests/peers"  # what `make test-peers` runs; PEERS_NUMPY1 set for MXNet and Chainer
rows: list[dict[str, object]] = []


@pytest.fixture
def record():
    """Call it with the preset, the peer, its version and the errors {"y": (ulp, relative), ...}."""

    def add(preset: str, peer: str, version: str, errors: dict[str, tuple[float, float]]) -> None:
        # Two digits: the third depends on the machine.
        rounded = {name: [float(f"{value:.2g}") for value in pair] for name, pair in errors.items()}
        held = dict(presets.get(preset))  # tests/test_presets.py demands that they are still the same
        known = {"preset": preset, "peer": peer, "version": version.partition("+")[0]}
        rows.append({**known, "errors": rounded, "arguments": held})

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    if not rows:
        return
    terminalreporter.section("largest errors: ulp of float32, and relative")
    for row in rows:
        errors = "  ".join(f"{name} {ulp:g} ({relative:.1e})" for name, (ulp, relative) in row["errors"].items())  # type: ignore[attr-defined]
        terminalreporter.write_line(f"{row['preset']:<20} {row['peer']:>25} {row['version']:<14} {errors}")
    if exitstatus:
        terminalreporter.write_line("Something failed: docs/data/peers.json is left as it was.")
        return
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    old = json.loads(OUTPUT.read_text("utf-8"))["rows"] if OUTPUT.exists() else []
    measured = {row["preset"] for row in rows}
    kept = [row for row in old if row["preset"] not in measured]
    merged = sorted([*kept, *({**row, "date": today} for row in rows)], key=lambda row: row["preset"])
    OUTPUT.parent.mkdir(exist_ok=True)
    temporary = OUTPUT.with_suffix(".tmp")
    lines = ",\n".join(f"  {json.dumps(row)}" for row in merged)
    temporary.write_text(f'{{\n "command": "{COMMAND}",\n "rows": [\n{lines}\n ]\n}}\n', "utf-8")
    os.replace(temporary, OUTPUT)
    terminalreporter.write_line(
        f"Wrote docs/data/peers.json: {len(rows)} measured, {len(kept)} kept from earlier runs."
    )
