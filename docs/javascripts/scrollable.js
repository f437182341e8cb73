// Two repairs that need the laid-out page: whatever scrolls can be reached by keyboard, and the code toolbars that
// Material adds have names.  Without JavaScript nothing is lost: browsers let the reader scroll all the same.
(() => {
  const label = (element) =>
    element.matches("code") ? "Code, scrollable" :
    element.matches(".math-block") ? "Formula, scrollable" :
    element.matches(".md-typeset__scrollwrap") ? "Table, scrollable" : "Output, scrollable";

  const looked = (elements) => {
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
    looked(entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target));
  }, { rootMargin: "200% 0px" });

  const update = () => {
    document.querySelectorAll(".math-block, .nb-output, .md-typeset__scrollwrap, .nb-figure, pre > code").forEach((element) => observer.observe(element));
    document.querySelectorAll(".md-code__nav").forEach((nav, i) => nav.setAttribute("aria-label", `Tools of code block ${i + 1}`));
    looked([...near].filter((element) => element.isConnected));
  };

  let waiting = false;
  const soon = () => { // many changes, one look
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; update(); });
  };

  const start = () => {
    update();
    new MutationObserver(soon).observe(document.querySelector(".md-content") ?? document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
  addEventListener("resize", soon);
})();
