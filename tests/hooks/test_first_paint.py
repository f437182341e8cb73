from __future__ import annotations

import first_paint

API = '<link rel="stylesheet" href="../assets/_mkdocstrings.css">'


def test_scripts_wait_and_modules_stay_as_they_are() -> None:
    module, inline = '<script src="b.js" type="module"></script>', "<script>1</script>"
    page = f'{inline}<script src="a.js"></script>{module}<script src="c.js"></script>'
    assert first_paint.early(page) == (
        f'{inline}<script src="a.js" defer></script>{module}<script src="c.js" defer></script>'
    )
    assert first_paint.early(first_paint.early(page)) == first_paint.early(page)


def test_the_style_of_the_api_comes_with_the_api() -> None:
    described = '<div class="doc doc-object"></div>'
    assert first_paint.early(API + described) == API + described
    assert first_paint.early(API + "<p></p>") == "<p></p>"


def test_style_sheets_are_joined_in_their_order() -> None:
    assert first_paint.style_sheet("a {}", "b {}\n\n") == "a {}\nb {}\n"
