// Two repairs that need the laid-out page: whatever scrolls can be reached by keyboard, and the code toolbars that
// Material adds have names.  Without JavaScript nothing is lost: browsers let the reader scroll all the same.
(() => {
  const label = (element) =>
    element.matches("code") ? "Code, scrollable" :
    element.matches(".math-block") ? "Formula, scrollable" :
    element.matches(".md-typeset__scrollwrap") ? "Table, scrollable" : "Output, scrollable";

  const update = () => {
    const elements = [...document.querySelectorAll(".math-block, .nb-output, .md-typeset__scrollwrap, .nb-figure, pre > code")];
    const wide = elements.map((element) => element.scrollWidth > element.clientWidth + 1); // all reads before the first write
    for (const [i, element] of elements.entries()) {
      if (wide[i]) {
        element.tabIndex = 0;
        element.setAttribute("role", "group");
        element.setAttribute("aria-label", label(element));
      } else if (element.tabIndex === 0) {
        for (const name of ["tabindex", "role", "aria-label"]) element.removeAttribute(name);
      }
    }
    document.querySelectorAll(".md-code__nav").forEach((nav, i) => nav.setAttribute("aria-label", `Tools of code block ${i + 1}`));
  };

  let waiting = false;
  const soon = () => { // many changes, one look
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; update(); });
  };

  const start = () => {
    soon();
    new MutationObserver(soon).observe(document.querySelector(".md-content") ?? document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  addEventListener("resize", soon);
  addEventListener("toggle", soon, true); // an opened <details> shows formulas that had no size before
})();
