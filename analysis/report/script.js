"use strict";
(() => {
  const table = document.getElementById("ranking-table");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const text = document.getElementById("filter-text");
  const kind = document.getElementById("filter-kind");
  const status = document.getElementById("filter-status");
  const empty = document.getElementById("filter-empty");
  const count = new Intl.NumberFormat("en");

  const wanted = {
    all: () => true,
    crawled: (row) => row.dataset.crawled === "1",
    uncrawled: (row) => row.dataset.crawled === "0",
    seed: (row) => row.dataset.seed === "1",
  };

  function filter() {
    const needle = text.value.trim().toLowerCase();
    const fits = wanted[kind.value];
    let shown = 0;
    for (const row of rows) {
      const visible = fits(row) && row.cells[1].dataset.value.includes(needle);
      row.hidden = !visible;
      if (visible) shown += 1;
    }
    empty.hidden = shown > 0;
    status.textContent = `${count.format(shown)} of ${count.format(rows.length)} rows`;
  }

  function value(row, column) {
    const raw = row.cells[column].dataset.value;
    return column === 1 ? raw : Number(raw);
  }

  function sort(header) {
    const column = header.cellIndex;
    const first = header.dataset.first;
    const other = first === "ascending" ? "descending" : "ascending";
    const order = header.getAttribute("aria-sort") === first ? other : first;
    for (const each of header.parentNode.cells) each.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    rows.sort((a, b) => {
      const left = value(a, column);
      const right = value(b, column);
      if (left === right) return value(a, 0) - value(b, 0);
      return left < right ? -sign : sign;
    });
    body.append(...rows);
  }

  for (const header of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(header));
    header.append(button);
  }
  text.addEventListener("input", filter);
  kind.addEventListener("change", filter);
  document.getElementById("controls").hidden = false;
  filter();
})();
