"""How long `make site` takes in a set-up environment: check, execute the notebooks, build; then all of it again."""

import shutil

from harness import ROOT, Result, timed


def run() -> list[Result]:
    timed(["make", "env"])
    for built in (".cache", "site"):
        shutil.rmtree(ROOT / built, ignore_errors=True)
    cold, _ = timed(["make", "site"])
    warm, _ = timed(["make", "site"])
    return [
        Result("make site, nothing cached", cold, "s", budget=150),
        Result("make site again", warm, "s", budget=15),
    ]
