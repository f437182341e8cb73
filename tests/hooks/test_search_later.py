from __future__ import annotations

import pytest
import search_later


@pytest.mark.parametrize("times", [0, 2])
def test_another_theme_fails_the_build(times: int) -> None:
    page = "<p></p>" + '<script src="assets/javascripts/bundle.0a1b.min.js"></script>' * times
    with pytest.raises(search_later.NoBundle, match="not in the page, or not once"):
        search_later.wait(page)
