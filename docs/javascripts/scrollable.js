// Two repairs that need the laid-out page: whatever scrolls can be reached by keyboard, and the code toolbars that
// Material adds have names.  Without JavaScript nothing is lost: browsers let the reader scroll all the same.
(() => {
  const SCROLLS = ".math-block, .nb-output, .md-typeset__scrollwrap, .nb-figure, pre > code";
  const TOOLS = ".md-code__nav";

  const label = (element) =>
    element.matches("code") ? "Code, scrollable" :
    element.matches(".math-block") ? "Formula, scrollable" :
    element.matches(".md-typeset__scrollwrap") ? "Table, scrollable" : "Output, scrollable";

  const look = (elements) => {
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
  };

  // To look at an element makes the browser lay it out: what is far from the window is looked at when it comes near.
  const near = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) near[isIntersecting ? "add" : "delete"](target);
    look(entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target));
  }, { rootMargin: "200% 0px" });

  let named = 0;
  const watch = (root) => {
    for (const element of [root, ...root.querySelectorAll(`${SCROLLS}, ${TOOLS}`)]) {
      if (element.matches(SCROLLS)) observer.observe(element);
      else if (element.matches(TOOLS)) element.setAttribute("aria-label", `Tools of code block ${++named}`);
    }
  };

  // What changed inside something near, or all of it: many changes, one look.
  const again = new Set();
  const soon = (elements) => {
    if (again.size === 0) requestAnimationFrame(() => {
      look([...again].filter((element) => element.isConnected && near.has(element)));
      again.clear();
    });
    for (const element of elements) again.add(element);
  };

  const changed = (records) => {
    for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) if (node.nodeType === Node.ELEMENT_NODE) watch(node);
    // On a screen without a pointer the theme takes the focus from a block of code when it gives it its toolbar.
    const around = records.map(({ target }) => target.closest?.(SCROLLS) ?? target.querySelector?.(":scope > code"));
    const known = around.filter((element) => near.has(element));
    if (known.length) soon(known);
  };

  const start = () => {
    const content = document.querySelector(".md-content") ?? document.body;
    watch(content);
    new MutationObserver(changed).observe(content, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  addEventListener("resize", () => { if (near.size) soon(near); });
})();
