// The way in: a page without a Playground and without Run buttons loads this file and no more, and no page loads Python
// before its reader asks for it.  The attribute data-bytes says that this copy of the site has the live part.
for (const [name, file] of [
  ["l2-playground", "./playground.js"],
  ["live-cell", "./cell.js"],
]) {
  if (document.querySelector(`${name}[data-bytes]`)) import(file);
}
