"""Let the browser style a page once, although Material for MkDocs 9.8.1 chooses light or dark only when it is drawn.

The theme's script writes the choice where the browser styles every element anew, five times: in an attribute that a
rule for all elements asks for, twice; in the ``meta`` element that says which colours the browser's own parts have,
twice; and for a reader who has never chosen and whose system is dark, in the page's scheme, which was light until then.

Contract: ``style_sheet(css)`` and ``script(js)`` return the theme's files without the rule and with another name for
that ``meta``; ``early(html)`` adds a short script where the theme reads an earlier choice, which says the same to the
browser before there is anything to style.  If the theme no longer has what is changed here, they raise.
"""

from __future__ import annotations

import re

RULE = re.compile(r"\[data-md-color-switching\] \*,[^{}]*\{transition-duration:0s!important\}")
META = '("meta",{name:"color-scheme"})'
CHOICE = re.compile(r'<script>var palette=__md_get\("__palette"\);.*?</script>', re.DOTALL)

SCRIPT = """<script>(() => {
  const {body, documentElement} = document, scheme = "data-md-color-scheme";
  if (!__md_get("__palette") && matchMedia("(prefers-color-scheme: dark)").matches) body.setAttribute(scheme, "slate");
  const tell = () => documentElement.style.colorScheme = body.getAttribute(scheme) === "slate" ? "dark" : "light";
  tell();
  new MutationObserver(tell).observe(body, {attributeFilter: [scheme]});
})();</script>"""


class PaletteChanged(Exception):
    """The theme chooses its colours in another way: look whether this is still needed."""


def style_sheet(css: str) -> str:
    """The theme's style sheet of colours, without transitions being switched off while they change.

    >>> style_sheet("a{b:c}[data-md-color-switching] *,b{transition-duration:0s!important}")
    'a{b:c}'
    """
    return _once(RULE, "", css, "rule for all elements")


def script(js: str) -> str:
    """The theme's script, with a name that means nothing to the browser.

    >>> script('let o=x("meta",{name:"color-scheme"});')
    'let o=x("meta",{name:"color-scheme-of-theme"});'
    """
    return _once(re.compile(re.escape(META)), META.replace("-scheme", "-scheme-of-theme"), js, "meta element")


def early(html: str) -> str:
    """Put the script into a page.

    >>> early('<script>var palette=__md_get("__palette");1</script><p>a</p>').replace(SCRIPT, "(script)")
    '<script>var palette=__md_get("__palette");1</script>(script)<p>a</p>'
    """
    found = CHOICE.search(html)
    return _once(CHOICE, (found[0] if found else "") + SCRIPT, html, "earlier choice")


def _once(pattern: re.Pattern[str], new: str, text: str, what: str) -> str:
    text, count = pattern.subn(lambda _: new, text)
    if count != 1:
        raise PaletteChanged(f"the theme's {what} is there {count} times, not once; see docs/hooks/palette.py")
    return text
