// The filter of the table inside <div class="filter-table">, where the page has a label, a field and an output for it, and
// sortable columns.  Without JavaScript the table is there as it is, and they are not shown.  Sorting: first click
// ascending, second descending, third the order of the page.
(() => {
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const number = (text) => (/^\s*\d/.test(text) ? Number.parseFloat(text) : Number.NaN);

  const compare = (a, b) => {
    const [x, y] = [number(a), number(b)];
    if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1; // numbers before words
    return Number.isNaN(x) ? collator.compare(a, b) : x - y;
  };

  const addFilter = (controls, table, rows) => {
    const [input, count] = controls.querySelectorAll("input, output");
    const texts = rows.map((row) => plain(row.textContent));
    const apply = () => {
      const words = plain(input.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, i) => {
        row.hidden = !words.every((word) => texts[i].includes(word));
        shown += !row.hidden;
      });
      count.textContent = `${shown} of ${rows.length} rows` + (shown ? "" : ": try fewer or shorter words");
    };
    const reveal = () => { // a link to a row that is filtered out
      const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target && table.contains(target) && target.closest("tr").hidden) {
        input.value = "";
        apply();
        target.scrollIntoView();
      }
    };
    input.addEventListener("input", apply);
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") (input.value = ""), apply();
    });
    addEventListener("hashchange", reveal);
    document.addEventListener("click", (event) => { // the same link again: the hash does not change
      if (event.target.closest?.('a[href*="#"]')) setTimeout(reveal);
    });
    apply();
  };

  const addSorting = (table, rows) => {
    const headers = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    headers.forEach((header, column) => {
      header.scope = "col";
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        const next = { ascending: "descending", descending: null }[header.getAttribute("aria-sort")];
        const order = next === undefined ? "ascending" : next;
        headers.forEach((other) => other.removeAttribute("aria-sort"));
        if (order) header.setAttribute("aria-sort", order);
        const sign = order === "descending" ? -1 : 1;
        const text = (row) => row.cells[column].textContent.trim();
        body.append(...(order ? [...rows].sort((a, b) => sign * compare(text(a), text(b))) : rows));
      });
    });
  };

  const start = () => {
    for (const box of document.querySelectorAll(".filter-table")) {
      const [table, controls] = ["table", ".filter-controls"].map((selector) => box.querySelector(selector));
      const rows = [...table.tBodies[0].rows];
      addFilter(controls, table, rows);
      addSorting(table, rows);
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
