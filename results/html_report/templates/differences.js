// ---- differences to the best with their p values, laid out when they are asked for

const differenceCell = (cell) => {
  if (!cell || cell.of === undefined) return "–";
  if (cell.ahead) return "best";
  const [value, low, high] = cell.behind;
  const interval = low === undefined ? "" : `[${points(-high)}, ${points(-low)}]`;
  return [points(-value), make("small", interval), make("small", `${chance(cell.p)}${cell.tied ? ", tied" : ""}`)];
};

const differencesOf = (element) => {
  const table = element.querySelector("table.scores");
  const board = data.boards[Number(element.dataset.board)];
  const head = make("tr", ["encoder", ...board.columns].map((text) => make("th", text, { scope: "col" })));
  const names = [...table.tBodies[0].rows].map((row) => row.dataset.name);
  const rows = names.map((name) => {
    const cells = board.cells[board.rows.indexOf(name)].map(differenceCell);
    return make("tr", [make("th", name, { scope: "row" }), ...cells.map((cell) => make("td", cell))]);
  });
  return make("table", [make("thead", head), make("tbody", rows)], { "aria-label": "Differences to the best" });
};

for (const fold of document.querySelectorAll(".differences")) {
  fold.hidden = false;
  fold.addEventListener("toggle", () => {
    const place = fold.querySelector(".scroll");
    if (fold.open && !place.firstChild) place.append(differencesOf(fold.closest(".board")));
  });
}
