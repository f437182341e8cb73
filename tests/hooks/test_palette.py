from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import material
import palette
import pytest

THEME = Path(material.__file__).parent / "templates" / "assets"


def theme(pattern: str) -> str:
    (path,) = THEME.glob(pattern)
    return path.read_text("utf-8")


def test_the_rule_for_all_elements_goes_and_nothing_else() -> None:
    before = theme("stylesheets/palette.*.min.css")
    after = palette.style_sheet(before)
    assert "data-md-color-switching" in before
    assert "data-md-color-switching" not in after
    (rule,) = palette.RULE.findall(before)
    assert len(after) == len(before) - len(rule)


def test_the_browser_does_not_hear_of_the_theme_s_meta() -> None:
    before = theme("javascripts/bundle.*.min.js")
    assert palette.script(before).replace("color-scheme-of-theme", "color-scheme") == before
    assert palette.META not in palette.script(before)


@pytest.mark.parametrize("change", [palette.style_sheet, palette.script, palette.early])
@pytest.mark.parametrize("times", [0, 2])
def test_another_theme_is_noticed(change: Callable[[str], str], times: int) -> None:
    known = (
        "[data-md-color-switching] *,[data-md-color-switching] :after{transition-duration:0s!important}"
        f'{palette.META}<script>var palette=__md_get("__palette");1</script>'
    )
    change(known)
    with pytest.raises(palette.PaletteChanged, match=rf"is there {times} times, not once; see docs/hooks/palette\.py"):
        change(known * times)
