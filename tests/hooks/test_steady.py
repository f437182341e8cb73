from __future__ import annotations

import pytest
import steady

PAGE = '<html lang="en" class="no-js"><head><meta charset="utf-8"><title>a</title></head></html>'


def test_the_script_comes_first_and_nothing_else_changes() -> None:
    page = steady.steady(PAGE)
    assert page.index(steady.SCRIPT) < page.index("<title>")
    assert page.replace(steady.SCRIPT, "") == PAGE


@pytest.mark.parametrize("changed", [PAGE.replace("no-js", ""), PAGE.replace("utf-8", "UTF-8"), PAGE + PAGE])
def test_another_theme_is_noticed(changed: str) -> None:
    with pytest.raises(steady.PageChanged, match=r"see docs/hooks/steady\.py"):
        steady.steady(changed)
