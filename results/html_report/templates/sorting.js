// ---- sorting: a click on a head, best first, then worst first

const cellKey = (row, column, isText) => {
  const cell = row.cells[column];
  if (isText) return cell.textContent;
  return cell.dataset.value === undefined ? null : Number(cell.dataset.value);
};

const sortBy = (head) => {
  const table = head.closest("table");
  const isText = "text" in head.dataset;
  const [first, other] =
    isText || "low" in head.dataset ? ["ascending", "descending"] : ["descending", "ascending"];
  const order = head.getAttribute("aria-sort") === first ? other : first;
  for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  const keyed = [...table.tBodies[0].rows].map((row) => [cellKey(row, head.cellIndex, isText), row]);
  keyed.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    return sign * (isText ? a.localeCompare(b, "en", { numeric: true }) : a - b);
  });
  table.tBodies[0].append(...keyed.map(([, row]) => row));
};

for (const button of document.querySelectorAll("table.scores thead button")) {
  button.addEventListener("click", () => sortBy(button.closest("th")));
}
