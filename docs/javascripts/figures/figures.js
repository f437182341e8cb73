// The way in: a page without figures loads this file and no more.  Each figure is a module that defines one element.
for (const [name, file] of [
  ["l2-projection", "./projection.js"],
  ["nchw-block", "./block.js"],
  ["epsilon-explorer", "./epsilon.js"],
]) {
  if (document.querySelector(name)) import(file);
}
