// ---- sorting: a click on a head, best first, then worst first

let sorted = []; // [table, column, order] of what was sorted by hand, by their places
const scoreTables = [...document.querySelectorAll("table.scores")];

const cellKey = (row, column, isText) => {
  const cell = row.cells[column];
  if (isText) return row.dataset.name;
  return cell.dataset.value === undefined ? null : Number(cell.dataset.value);
};

const firstOrder = (head) =>
  "text" in head.dataset || "low" in head.dataset ? "ascending" : "descending";

// a row that is folded under another stays behind it
const sortRows = (table, column, order) => {
  const heads = table.tHead.rows[0].cells;
  const isText = "text" in heads[column].dataset;
  for (const each of heads) each.removeAttribute("aria-sort");
  heads[column].setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const keyed = [...table.tBodies[0].rows].map((row) => [cellKey(row, column, isText), row]);
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (isText ? a.localeCompare(b, "en", { numeric: true }) : a - b);
  });
  const rows = keyed.map(([, row]) => row);
  table.tBodies[0].append(
    ...rows
      .filter((row) => !("head" in row.dataset))
      .flatMap((row) => [row, ...rows.filter((each) => each.dataset.head === row.dataset.name)]),
  );
};

const sortBy = (head) => {
  const table = head.closest("table");
  const first = firstOrder(head);
  const other = first === "ascending" ? "descending" : "ascending";
  const order = head.getAttribute("aria-sort") === first ? other : first;
  const place = scoreTables.indexOf(table);
  sorted = [...sorted.filter(([each]) => each !== place), [place, head.cellIndex, order]];
  sortRows(table, head.cellIndex, order);
  keepAddress(true);
};

// the order in which the page came, but for the tables that were sorted by hand
const restoreOrder = (wanted) => {
  for (const [place] of sorted) {
    const table = scoreTables[place];
    const rows = [...table.tBodies[0].rows];
    for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
    const best = table.tHead.querySelector("[data-best]");
    if (best) best.setAttribute("aria-sort", firstOrder(best));
    table.tBodies[0].append(...rows.sort((a, b) => a.dataset.at - b.dataset.at));
  }
  const known = ["ascending", "descending"];
  sorted = wanted
    .map(([place, column, order]) => [Number(place), Number(column), order])
    .filter(([place, column, order]) =>
      scoreTables[place]?.tHead.rows[0].cells[column] && known.includes(order));
  for (const [place, ...by] of sorted) sortRows(scoreTables[place], ...by);
};

for (const table of scoreTables) {
  [...table.tBodies[0].rows].forEach((row, at) => { row.dataset.at = at; });
  for (const button of table.tHead.querySelectorAll("button")) {
    button.addEventListener("click", () => sortBy(button.closest("th")));
  }
}
