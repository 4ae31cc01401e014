// ---- what is shown of a score that is clicked

// the name of a cell, which the address keeps: places of its board, row and column
const addressOf = (name) => name.split(".").map(Number);

const cellOf = (name) => {
  const [board, row, column] = addressOf(name);
  return data.boards[board]?.cells[row]?.[column];
};

const nameOf = (button) => {
  const { metric, protocol } = button.closest(".board").dataset;
  const row = button.closest("tr");
  const encoder = row.dataset.name ?? row.cells[0].textContent;
  const fitting = data.boards.filter((board) =>
    board.metric === metric && (!protocol || board.protocol === protocol) && board.rows.includes(encoder));
  const title = row.closest("table").getAttribute("aria-label");
  const board = fitting.find((each) => each.title === title) ?? fitting[0];
  const column = button.closest("td").cellIndex - 1;
  return board && [data.boards.indexOf(board), board.rows.indexOf(encoder), column].join(".");
};

const named = new Map();
for (const button of document.querySelectorAll(".board [data-results]")) {
  const name = nameOf(button);
  if (!name) continue;
  button.dataset.cell = name;
  named.set(name, button);
}

const points = (value) => value.toFixed(2).replace("-", "−");

const span = ([, low, high]) => (low === undefined ? "" : ` [${points(low)}, ${points(high)}]`);

const chance = (p) => {
  if (p === null) return "not tested";
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
};

// how far the score is from the best, or the best from the next
const standing = (cell) => {
  if (cell.of === undefined) return [];
  const found = cell.p === null ? "" : cell.tied ? ", a tie" : ", real";
  const distance = `${points((cell.ahead ?? cell.behind)[0])} points${span(cell.ahead ?? cell.behind)}`;
  const said = cell.ahead
    ? `The best: ahead of ${cell.of} by ${distance}`
    : `Behind ${cell.of}, the best, by ${distance}`;
  return [make("p", `${said}${found} (${chance(cell.p)}).`, { class: "standing" })];
};

const verdictOf = (board, cell, records) => {
  const interval = cell.interval ? ` [${cell.interval.map(points).join(", ")}]` : "";
  const seeds = new Set(records.map((record) => record.seed)).size;
  const how = [
    `${board.shown[0]} × 100`, board.shown[1] && `protocol ${board.shown[1]}`, seeds > 1 && `mean of ${seeds} seeds`,
  ].filter(Boolean).join(", ");
  const score = make("p", [make("strong", points(cell.score)), `${interval} `, make("span", how)], { class: "clicked" });
  return [score, ...standing(cell)];
};

// every score of one result; of several, each metric under the clicked protocol
const scoreTable = (records, { protocol }) => {
  const [{ scores }] = records;
  const isSplit = (value) => value !== null && typeof value === "object";
  if (records.length === 1) {
    const rows = Object.entries(scores).flatMap(([metric, value]) =>
      isSplit(value)
        ? Object.entries(value).map(([name, score]) => [Object.keys(value).length > 1 ? `${metric}, ${name}` : metric, percent(score)])
        : [[metric, percent(value)]]);
    return tableOf("Scores × 100", ["metric", "score"], rows);
  }
  const metrics = [...new Set(records.flatMap((record) => Object.keys(record.scores)))];
  const under = (value) => percent(isSplit(value) ? value[protocol] ?? value.all : value);
  const several = new Set(records.map((record) => record.task)).size > 1;
  const nameOfResult = ({ title, seed }) =>
    [several ? title : "", seed === null ? "" : `seed ${seed}`].filter(Boolean).join(", ");
  const rows = records.map((record) => [nameOfResult(record), ...metrics.map((metric) => under(record.scores[metric]))]);
  return tableOf("Scores × 100", ["result", ...metrics], rows);
};

const splitTable = (record) => {
  const splits = Object.entries(record.splits);
  const columns = [...new Set(splits.flatMap(([, values]) => Object.keys(values)))].filter((name) =>
    splits.every(([, values]) => typeof (values[name] ?? 0) === "number"),
  );
  const shown = (value) => (Number.isInteger(value) ? value.toLocaleString("en") : percent(value));
  return tableOf("Splits", ["split", ...columns], splits.map(([name, values]) => [
    name, ...columns.map((column) => shown(values[column])),
  ]));
};

// right answers by label, of all results together
const labelTable = (found) => {
  const { gold } = data.tasks[found[0].task];
  const labels = new Map();
  for (const result of found) {
    rightOf(result).forEach((isRight, at) => {
      const [all, right] = labels.get(gold[at]) ?? [0, 0];
      labels.set(gold[at], [all + 1, right + isRight]);
    });
  }
  const rows = [...labels].sort(([a], [b]) => a - b).map(([label, [all, right]]) => [
    String(label), all.toLocaleString("en"), right.toLocaleString("en"), percent(right / all),
  ]);
  return tableOf("Right answers by label", ["label", "items", "right", "share × 100"], rows);
};

// the figure of the items, where all results are of one task
const itemsOf = (found, records) => {
  const [first] = found;
  if (first.task === undefined || found.some((result) => result.task !== first.task)) return { tables: [] };
  if (data.tasks[first.task].kind === "labels") return { tables: [labelTable(found)] };
  const series = found.map((result, at) => ({
    name: records[at].seed === null ? "" : `seed ${records[at].seed}`,
    values: valuesOf(result),
  }));
  return scatter(data.tasks[first.task], series, records[0].task_settings.similarity);
};

let repaint = () => {};
let opened = null; // the name of the cell that is shown
let first = null; // and of the one that was clicked

// a button that leads to where an encoder and the one it was set against disagree
const disagreementLink = (found, other) => {
  const [{ task }] = found;
  const against = data.results.find((result) => result.name === other && result.task === task);
  if (task === undefined || against === undefined || found.some((result) => result.task !== task)) return [];
  const button = make("button", `Where it disagrees most with ${other}`, { type: "button", class: "more-rows" });
  button.addEventListener("click", () => {
    first = opened; // the focus goes elsewhere
    dialog.close();
    disagreeBetween(found[0], against);
  });
  return [button];
};

// the cells of the same column that are to be seen, in their order
const neighbours = (name) => {
  const cell = named.get(name).closest("td");
  const rows = [...cell.closest("tbody").rows].filter((row) => row.offsetParent);
  return rows.map((row) => row.cells[cell.cellIndex].querySelector("button")?.dataset.cell).filter(Boolean);
};

const step = (by) => {
  const all = neighbours(opened);
  const next = all[all.indexOf(opened) + by];
  if (next !== undefined && all.includes(opened)) show(next);
};

const show = (name) => {
  const [at, row, column] = addressOf(name);
  const board = data.boards[at];
  const cell = cellOf(name);
  const found = named.get(name).dataset.results.split(" ").map((id) => data.results[Number(id.slice(1))]);
  const records = found.map(recordOf);
  opened = name;
  document.getElementById("detail-heading").textContent = `${board.rows[row]} on ${board.columns[column]}`;
  const { figure, tables, paint } = itemsOf(found, records);
  const splits = records.length === 1 && Object.keys(records[0].splits).length ? [splitTable(records[0])] : [];
  const numbers = make("div", [scoreTable(records, board), ...splits, ...tables]);
  const notes = make("ul", (cell.interval ? board.notes : []).map((note) => make("li", note)), { class: "notes" });
  document.getElementById("detail-body").replaceChildren(
    ...verdictOf(board, cell, records),
    ...disagreementLink(found, cell.of),
    make("div", [...(figure ? [figure] : []), numbers], { class: "pair" }),
    make("div", provenanceTable(records, board.shown[1]), { class: "scroll", tabindex: "0", role: "region", "aria-label": "Provenance" }),
    rawJson(records),
    notes,
  );
  const all = neighbours(name);
  document.getElementById("previous").disabled = all.indexOf(name) < 1;
  document.getElementById("next").disabled = all.indexOf(name) === all.length - 1;
  repaint = paint ?? (() => {});
  repaint();
  dialog.scrollTop = 0;
  noteOpened(name);
};

// the address names the open result beside whatever else it says
const noteOpened = (name) => {
  const said = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  said.delete("detail");
  if (name) said.set("detail", name);
  history.replaceState(null, "", said.size ? `#${said}` : location.pathname + location.search);
};

const openDetail = (name) => {
  if (!named.has(name)) return;
  if (!dialog.open) {
    first = name;
    dialog.showModal();
  }
  show(name);
  document.getElementById("detail-heading").focus();
};

const openNamed = () => {
  const name = new URLSearchParams(location.hash.slice(1)).get("detail");
  if (name && name !== opened) openDetail(name);
  if (!name && dialog.open) dialog.close(); // the way back
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cell]");
  if (button) openDetail(button.dataset.cell);
});
document.getElementById("previous").addEventListener("click", () => step(-1));
document.getElementById("next").addEventListener("click", () => step(1));
dialog.addEventListener("keydown", (event) => {
  if (event.target.closest(".scroll, pre, select, input") || event.altKey || event.ctrlKey || event.metaKey) return;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) {
    event.preventDefault();
    step(by);
  }
});
dialog.addEventListener("close", () => {
  if (dialog.open || opened === null) return; // opened anew before this was said
  if (opened !== first) named.get(opened).focus();
  opened = null;
  noteOpened(null);
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dialog.open && repaint());
addEventListener("hashchange", openNamed);
openNamed();
