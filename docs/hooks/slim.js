// Fewer elements in a formula that MathJax has finished: a browser styles and places every one of them.  The drawing and
// what a screen reader says stay as they are.
//
// MathJax's own tree (its LiteAdaptor) goes in and is edited: nodes have `kind`, `attributes`, `children`, `parent`.
globalThis.slim = (() => {
  const GROUPED = ["transform", "class"]; // what a group may hand to the only thing in it
  const ROWS = ["math", "mrow", "mtd", "mstyle"]; // a space more or less changes no meaning there
  const elements = (node) => (node.children ?? []).filter((child) => child.kind !== "#text");
  const isEmpty = (node) => Object.keys(node.attributes).length === 0;
  const put = (node, others) => {
    const siblings = node.parent.children;
    siblings.splice(siblings.indexOf(node), 1, ...others);
    for (const other of others) other.parent = node.parent;
  };

  // <g transform="a"><use transform="b"/></g> is <use transform="a b"/>.
  const handDown = (group, child) => {
    const names = Object.keys(group.attributes);
    if (!["g", "use"].includes(child.kind) || names.some((name) => !GROUPED.includes(name))) return false;
    const both = names.filter((name) => name in child.attributes);
    if (both.includes("class")) return false;
    for (const name of names) {
      const own = both.includes(name) ? ` ${child.attributes[name]}` : "";
      child.attributes[name] = group.attributes[name] + own;
    }
    return true;
  };

  const drawing = (node) => {
    for (const child of elements(node)) drawing(child);
    for (const name of Object.keys(node.attributes)) {
      if (name.startsWith("xmlns") || (name.startsWith("data-") && name !== "data-mjx-error")) delete node.attributes[name];
    }
    if ("xlink:href" in node.attributes && node.kind === "use") {
      node.attributes.href = node.attributes["xlink:href"];
      delete node.attributes["xlink:href"];
    }
    if (node.kind !== "g" || !node.parent) return;
    const children = elements(node);
    if (children.length === 0 && !("id" in node.attributes)) put(node, []);
    else if (isEmpty(node)) put(node, children);
    else if (children.length === 1 && handDown(node, children[0])) put(node, children);
  };

  const meaning = (node) => {
    for (const child of elements(node)) meaning(child);
    for (const name of Object.keys(node.attributes)) if (name.startsWith("data-") && name !== "data-mjx-error") delete node.attributes[name];
    if (!node.parent) return;
    const children = elements(node), inRow = ROWS.includes(node.parent.kind);
    if (node.kind === "mspace" && inRow) put(node, []);
    else if (node.kind === "mstyle" && children.length === 0 && inRow) put(node, []);
    else if (node.kind === "mrow" && isEmpty(node) && children.length === 1) put(node, children);
  };

  // The theme gives every drawing the height that its content has, against the tag: a drawing whose content is left
  // for later would have none.
  const sized = (svg) => { svg.attributes.style += ` height: ${svg.attributes.height};`; };

  return (container) => {
    for (const part of elements(container)) {
      if (part.kind === "svg") { drawing(part); sized(part); }
      else meaning(part);
    }
    return container;
  };
})();
