"""reference.py: the check runs once for each state of the package, and a failure is never kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import reference


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose check counts how often it runs, and fails when the package says so."""
    package = tmp_path / "l2norm_ref" / "emit"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("RIGHT = True\n")
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(
        "import sys\nfrom pathlib import Path\nfrom l2norm_ref import RIGHT\n"
        "with Path('runs').open('a') as file:\n    file.write('.')\n"
        "print(sys.argv[1:], 'is', RIGHT)\nsys.exit(not RIGHT)\n"
    )
    return tmp_path


def runs(root: Path) -> int:
    return (root / "runs").stat().st_size


def test_what_was_right_is_not_derived_again_until_the_package_changes(root: Path) -> None:
    assert reference.check(root) == reference.check(root) == "['--check'] is True\n"
    assert runs(root) == 1
    (root / "l2norm_ref" / "reference.py").write_text("one = 1\n")
    reference.check(root)
    assert runs(root) == 2


def test_a_difference_fails_every_time(root: Path) -> None:
    (root / "l2norm_ref" / "__init__.py").write_text("RIGHT = False\n")
    for count in (1, 2):
        with pytest.raises(reference.ReferenceDiffers, match="is False"):
            reference.check(root)
        assert runs(root) == count
