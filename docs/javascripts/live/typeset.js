// Formulas that come while the page is read: the MathJax that typesets the rest of the site while it is built, with the
// same colours, loaded when the first formula needs it.
const live = new URL("../../live/mathjax/", import.meta.url).href;
const TEX = /\$\$([^]+?)\$\$|\$([^$]+?)\$/g;
let mathjax;

function script(name) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = live + name;
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${name} could not be loaded`));
    document.head.append(element);
  });
}

async function load() {
  window.MathJax = {
    options: { enableMenu: false },
    svg: { fontCache: "none" }, // no ids, which could be those of formulas that are there already
    tex: { packages: { "[-]": ["autoload", "require"] } },
    startup: { typeset: false },
  };
  await script("tex-svg.js");
  await window.MathJax.startup.promise;
  await script("colours.js");
  return window.MathJax;
}

// Fetch MathJax ahead of the formulas.
export function prepare() {
  mathjax ??= load().catch((error) => {
    mathjax = undefined; // so that the next formula tries again
    throw error;
  });
  return mathjax;
}

// HTML that Python made.  What it names by an id may be on the page already, and is what the page's links mean.
export function fill(element, html) {
  element.innerHTML = html;
  for (const named of element.querySelectorAll("[id]")) if (document.getElementById(named.id)) named.removeAttribute("id");
}

// Replace $$...$$ and $...$ in the texts of an element.
export async function typeset(element) {
  const { tex2svg } = await prepare();
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    if (walker.currentNode.data.includes("$") && !walker.currentNode.parentElement.closest("code")) texts.push(walker.currentNode);
  }
  for (const text of texts) {
    const parts = [];
    let end = 0;
    for (const { 0: whole, 1: display, 2: inline, index } of text.data.matchAll(TEX)) {
      const svg = tex2svg((display ?? inline).replace(/^\s*\\displaystyle/, ""), { display: display !== undefined, em: 16, ex: 8, containerWidth: 704 });
      const block = document.createElement("span");
      if (display !== undefined) block.className = "math-block";
      block.append(svg);
      parts.push(text.data.slice(end, index), block);
      end = index + whole.length;
    }
    text.replaceWith(...parts, text.data.slice(end));
  }
}
