"""Typeset TeX while the site is built: MathJax 3.2.2 runs inside QuickJS inside Python.

Contract: ``load()`` gives a ``Typesetter`` or, where quickjs or MathJax's files are missing, ``None`` (an error
when ``CI=true``).  ``Typesetter.render`` takes the formulas of ONE page, in order, and returns SVG with hidden
MathML for each, plus the page's equation labels.  The reader downloads no script and no font for it.
"""

from __future__ import annotations

import json
import logging
import os
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VERSION = "3.2.2"
MATHJAX = Path(sysconfig.get_paths()["purelib"]) / "sphinx-mathjax-offline" / "static" / "mathjax"

CONFIG = {
    "loader": {"load": ["input/tex-full", "output/svg", "a11y/assistive-mml"], "paths": {"mathjax": "/mathjax"}},
    # Without these two packages an unknown command is an error that we can report, not red text on the page.
    "tex": {"packages": {"[-]": ["noundefined", "noerrors"]}, "tags": "ams", "useLabelIds": True},
    "svg": {"fontCache": "global"},  # the outlines of a page's glyphs once, not in every formula
    "startup": {"typeset": False},
}

# The few things of a browser or of Node that MathJax's `node-main.js` asks for.
BOOT = r"""
globalThis.global = globalThis;
globalThis.console = {log() {}, info() {}, warn() {}, error() {}};
globalThis.process = {env: {}, platform: 'linux'};
globalThis.setTimeout = f => { Promise.resolve().then(f); return 0; };
globalThis.clearTimeout = () => {};
const path = {
  basename: p => p.split('/').pop(),
  dirname: p => p.split('/').slice(0, -1).join('/') || '/',
  resolve: (...parts) => parts.join('/'),
};
globalThis.require = name => {
  if (name === 'path') return path;
  const module = {exports: {}};
  new Function('module', 'exports', 'require', '__dirname', readScript(name))(
    module, module.exports, require, '/mathjax');
  return module.exports;
};
globalThis.bootError = '';
require('/mathjax/node-main.js').init(__CONFIG__).catch(e => { globalThis.bootError = String(e); });
"""

# One colour for each term, in every formula of the site, typed or emitted: a name gets the class that prose and figures
# use for it (docs/stylesheets/extra.css).  An upright d before a name belongs to it: dx is one term, dy has no colour.
COLOURS = r"""
const TERMS = {x: 'tm-x', h: 'tm-h', d: 'tm-d'};
const name = node => node && node.isKind('mi') && node.getText ? node.getText() : node && node.isKind('mi') ?
  node.childNodes.map(child => child.getText()).join('') : '';
const upright = node => name(node) === 'd' && node.attributes.getExplicit('mathvariant') === 'normal';
const single = node => {
  while (node && (node.isKind('TeXAtom') || node.isInferred || node.isKind('mrow')) && node.childNodes.length === 1)
    node = node.childNodes[0];
  return node;
};
const paint = (node, term) => node.attributes.set('class', term);
const colour = node => {
  if (!node.childNodes || node.isKind('mi')) return;
  node.childNodes.forEach((child, k) => {
    const before = single(node.childNodes[k - 1]), own = single(child);
    if (!own || !own.childNodes) return;
    if (own.isKind('mover') && name(single(own.childNodes[0])) === 'x') return paint(own, 'tm-xhat');
    if (before && upright(before)) {  // dx is one term; dy and the others have no colour
      if (name(own) === 'x') { paint(before, 'tm-dx'); paint(own, 'tm-dx'); }
      return;
    }
    if (TERMS[name(own)] && !upright(own)) return paint(own, TERMS[name(own)]);
    colour(child);
  });
};
MathJax.startup.document.inputJax[0].postFilters.add(({data}) => colour(data.root));
"""

SLIM = Path(__file__).with_name("slim.js").read_text("utf-8")

# Two passes when a formula refers to a label, because the label may come after it.
RENDER = r"""
globalThis.renderPage = json => {
  const formulas = JSON.parse(json), adaptor = MathJax.startup.adaptor;
  const glyphs = MathJax.startup.document.outputJax.fontCache;
  const options = MathJax.startup.document.inputJax[0].parseOptions;
  const pass = (ignoreDuplicates, known) => {
    MathJax.texReset();
    glyphs.clearCache();  // a page's bytes must not depend on earlier pages
    options.options.ignoreDuplicateLabels = ignoreDuplicates;
    options.tags.allLabels = Object.assign({}, known);
    return formulas.map(([tex, display]) =>
      adaptor.outerHTML(slim(MathJax.tex2svg(tex, {display, em: 16, ex: 8, containerWidth: 44 * 16}))));
  };
  let html = pass(false, {});
  const labels = Object.assign({}, options.tags.allLabels);
  if (formulas.some(([tex]) => /\\(eq)?ref\b/.test(tex))) html = pass(true, labels);
  const tags = {};
  for (const name in labels) tags[name] = [labels[name].tag, labels[name].id];
  const outlines = adaptor.outerHTML(glyphs.getCache());
  // QuickJS hands rope strings over wrongly; JSON.stringify flattens them.
  return JSON.stringify({html, tags, outlines});
};
globalThis.styleSheet = () => JSON.stringify(MathJax.startup.adaptor.textContent(MathJax.svgStylesheet()));
"""


@dataclass(frozen=True)
class Rendered:
    """One page's formulas.

    ``html`` in the order they came, ``tags`` as label -> (number shown, anchor id), ``outlines`` the glyphs that they
    all refer to: it must be in the page, once.
    """

    html: list[str]
    tags: dict[str, tuple[str, str]]
    outlines: str = ""


class Typesetter:
    """One MathJax, started once (about 0.15 s) and used for every page."""

    def __init__(self) -> None:
        import quickjs  # optional: no wheel on macOS Intel and Windows ARM

        self._context: Any = quickjs.Context()
        self._context.set_max_stack_size(8 * 1024 * 1024)
        self._context.add_callable("readScript", _read_script)
        self._run(BOOT.replace("__CONFIG__", json.dumps(CONFIG)))
        if error := self._context.eval("bootError"):
            raise RuntimeError(f"MathJax did not start: {error}")
        self._run(COLOURS)
        self._run(SLIM)
        self._run(RENDER)

    def _run(self, script: str) -> Any:
        result = self._context.eval(script)
        while self._context.execute_pending_job():
            pass
        return result

    def render(self, formulas: list[tuple[str, bool]]) -> Rendered:
        """Typeset (TeX, is_display) pairs; an erroneous formula comes back with a ``data-mjx-error`` attribute."""
        answer = json.loads(self._run(f"renderPage({json.dumps(json.dumps(formulas))})"))
        tags = {name: (tag, anchor) for name, (tag, anchor) in answer["tags"].items()}
        return Rendered(answer["html"], tags, answer["outlines"])

    def style_sheet(self) -> str:
        """The CSS that MathJax's SVG output needs."""
        return json.loads(self._run("styleSheet()"))


def _read_script(name: str) -> str:
    path = MATHJAX / name.removeprefix("/mathjax/")
    return (path if path.exists() else path.with_suffix(".js")).read_text("utf-8")


def load() -> Typesetter | None:
    """Start MathJax, or say why the formulas stay as TeX source."""
    try:
        if not (MATHJAX / "node-main.js").exists():
            raise ImportError(f"no MathJax in {MATHJAX}; install it with: pip install --no-deps sphinx-mathjax-offline")
        return Typesetter()
    except ImportError as error:
        if os.environ.get("CI") == "true":
            raise
        # Not one of MkDocs' own loggers: `--strict` would turn the notice into a failure on platforms without a wheel.
        logging.getLogger("l2norm_ref.site").warning("WARNING: formulas are not typeset: %s", error)
        return None
