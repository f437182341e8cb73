from __future__ import annotations

import json
import shutil
from pathlib import Path

import live
import live_compile
import live_pyodide
import live_wheels
import mathjax
import nbformat
import pytest
from bs4 import BeautifulSoup

SIZES = {"data-bytes": "17000000", "data-megabytes": "11.5"}
PAGE = f"{live.STATEMENT}<div>{live.PLAYGROUND}</div>"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a Pyodide of a few bytes, small wheels and a MathJax of one file."""
    folder = tmp_path / ".cache" / "live" / f"pyodide-{live_pyodide.VERSION}"
    folder.mkdir(parents=True)
    for name in live_pyodide.FILES:
        text = '{"info": {"python": "3.14.2"}, "packages": {}}' if name.endswith(".json") else name * 1000
        (folder / name).write_text(text, "utf-8")
    (tmp_path / "l2norm_ref").mkdir()
    (tmp_path / "l2norm_ref" / "__init__.py").write_text('__version__ = "9.8"\n', "utf-8")
    licences = tmp_path / "docs" / live.LICENCES
    licences.mkdir(parents=True)
    (licences / "NOTICE.txt").write_text("notice", "utf-8")
    (tmp_path / "mathjax").mkdir()
    (tmp_path / "mathjax" / "tex-svg.js").write_text("svg;" * 100, "utf-8")
    monkeypatch.setattr(mathjax, "MATHJAX", tmp_path / "mathjax")
    monkeypatch.setattr(live_wheels, "library", lambda name: live_wheels.Wheel(name, "1.0", (), name.encode()))
    monkeypatch.setattr(live_compile, "compiled", lambda wheel, pyodide, cache: wheel)
    monkeypatch.delenv(live.SWITCH, raising=False)
    return tmp_path


def part(**files: bytes) -> live.Live:
    made = live.Live()
    made.part = live.Part(files, 20_000_000, 17_000_000, 11_500_000)
    return made


def test_the_files_and_what_they_weigh(root: Path) -> None:
    made = live.assemble(root)
    wheels = {"l2norm_ref-9.8-py3-none-any.whl", "mpmath-1.0-py3-none-any.whl", "sympy-1.0-py3-none-any.whl"}
    loaded = {*live_pyodide.FILES, *wheels, "mathjax/tex-svg.js", "mathjax/colours.js"}
    assert set(made.files) == loaded | {"licences/NOTICE.txt"}
    assert made.bytes == sum(len(made.files[name]) for name in loaded)
    assert made.counted == sum(len(made.files[name]) for name in loaded if not name.endswith(("mjs", "js")))
    packed = sum(len(made.files[name]) for name in loaded if name.endswith((".whl", ".zip")))
    assert packed < made.compressed < made.bytes / 2
    lock = json.loads(made.files["pyodide-lock.json"])
    assert {entry["file_name"] for entry in lock["packages"].values()} == wheels
    assert made.files["mathjax/colours.js"].decode() == mathjax.COLOURS
    assert live.assemble(root) == made


def test_without_a_live_part_the_build_says_so_and_goes_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    site = live.Live()
    assert "live/pyodide.mjs" in site.prepare(root, said.append)
    assert said == []
    shutil.rmtree(root / ".cache")
    monkeypatch.setenv("PATH", str(root))
    assert site.prepare(root, said.append) == {}
    assert said == ["built without its live part (the Playground, Run below cells): npm is not installed"]
    page = site.fill(PAGE)
    assert "npm is not installed" in page
    assert "l2norm-ref derive" in page
    assert "l2-playground" not in page


@pytest.mark.parametrize("why", ["switch", "mathjax"])
def test_other_reasons(root: Path, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    if why == "switch":
        monkeypatch.setenv(live.SWITCH, "0")
    else:
        (root / "mathjax" / "tex-svg.js").unlink()
    with pytest.raises(live.Unavailable, match=r"L2NORM_REF_LIVE is 0|MathJax is not installed"):
        live.assemble(root)


def test_a_page_says_how_much_it_loads() -> None:
    soup = BeautifulSoup(part().fill(PAGE), "html.parser")
    (element,) = soup.select("l2-playground")
    assert {name: element[name] for name in SIZES} == SIZES
    assert "l2norm-ref generate" in element.get_text()
    assert "11.5 MB, or 20.0 MB from a server that does not compress" in soup.get_text()
    assert part().fill("<p>another page</p>") == "<p>another page</p>"


def notebook(path: Path, *cells: str) -> Path:
    node = nbformat.v4.new_notebook()
    node.cells = [nbformat.v4.new_code_cell(text, id=f"cell-{i}") for i, text in enumerate(cells)]
    nbformat.write(node, path)
    return path


def code(text: str) -> str:
    return f'<div class="language-python highlight"><pre><code>{text}</code></pre></div>'


HTML = f"""<h1>Title</h1>{code("import numpy as np")}
{code("2 &lt; 3")}<div class="nb-output no-copy"><pre><code>True</code></pre></div><div class="nb-output">more</div>
<p>As in a shell:</p>{code("make site")}
<details class="nb-code"><summary>Show the code</summary>{code("print('&lt;/script&gt;')")}</details>
<div data-figure="0"></div>
<p>The end.</p>"""
CELLS = ("import numpy as np", "2 < 3", "print('</script>')")


def test_run_stands_below_what_the_cell_gave(tmp_path: Path) -> None:
    soup = BeautifulSoup(HTML, "html.parser")
    part().mark(soup, notebook(tmp_path / "one.ipynb", *CELLS))
    first, second = soup.select("live-cell")
    assert first["data-cell"] == "1"
    assert {name: first[name] for name in SIZES} == SIZES
    assert first.find_previous_sibling().get_text() == "more"
    assert second.find_previous_sibling().has_attr("data-figure")
    again = BeautifulSoup(str(soup), "html.parser")  # as a browser reads it
    (script,) = again.select("script.live-cells")
    assert json.loads(script.get_text()) == {"cells": [{"code": ""}, {"code": "2 < 3"}, {"code": "print('</script>')"}]}


def test_a_page_where_nothing_can_run_is_left_alone(tmp_path: Path) -> None:
    path = notebook(tmp_path / "one.ipynb", "import numpy as np")
    for site, text in ((part(), code("import numpy as np")), (live.Live(), HTML)):
        soup = BeautifulSoup(text, "html.parser")
        site.mark(soup, path)
        assert str(soup) == str(BeautifulSoup(text, "html.parser"))


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (("%time 1",), "one.ipynb: a cell is not plain Python"),
        (("2 < 3", "import numpy as np"), "one.ipynb: code cell 2 is not on the page"),
    ],
)
def test_a_page_that_cannot_be_marked_is_an_error(tmp_path: Path, cells: tuple[str, ...], message: str) -> None:
    with pytest.raises(live.LiveError, match=message):
        part().mark(BeautifulSoup(HTML, "html.parser"), notebook(tmp_path / "one.ipynb", *cells))
