"""A window of a browser, as one of the readers has it: it lets nothing out, and writes down what goes wrong."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}

# What moved while the page loaded, with the elements that did.
SHIFTS = """() => new Promise(resolve => {
  const found = [];
  const note = entry => {
    if (entry.hadRecentInput) return;
    const moved = entry.sources.map(({node}) => node ? (node.outerHTML ?? node.textContent).slice(0, 80) : "?");
    found.push(`${entry.value.toFixed(5)}: ${moved.join(" | ")}`);
  };
  new PerformanceObserver(list => list.getEntries().forEach(note)).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => setTimeout(() => resolve(found), 50));
})"""

SCROLL = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  for (let top = 0; top < document.documentElement.scrollHeight; top += 2 * innerHeight) {
    scrollTo(0, top);
    await frame();
    await frame();
    await frame();
  }
  scrollTo(0, 0);
}"""


class Reader:
    """A browser window that lets nothing out, and writes down what goes wrong."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.foreign: list[str] = []
        self.problems: list[str] = []
        self.shifts: list[str] = []
        context.route("**/*", self._route)
        self.window: Page = context.new_page()
        self.window.on("console", lambda message: self._note(message.type == "error", f"console: {message.text}"))
        self.window.on("pageerror", lambda error: self._note(True, f"error: {error}"))
        self.window.on("response", lambda answer: self._note(answer.status >= 400, f"{answer.status}: {answer.url}"))

    def _route(self, route: Route) -> None:
        if route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.problems.append(text)

    def open(self, page: str) -> None:
        self.foreign.clear()
        self.problems.clear()
        self.window.goto(self.address + page, wait_until="load")
        self.window.wait_for_function("document.fonts.status === 'loaded'")
        self.shifts = self.window.evaluate(SHIFTS)

    def scroll(self) -> None:
        """Scroll through the page, and back: scrollable.js looks at what comes near the window."""
        self.window.evaluate(SCROLL)

    def unfold(self) -> None:
        """Open whatever is folded."""
        self.window.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
