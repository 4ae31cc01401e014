// ---- what a number rests on

const percent = (value) => (typeof value === "number" ? (100 * value).toFixed(2) : "–");

const tableOf = (caption, heads, rows) => {
  const head = make("tr", heads.map((text) => make("th", text, { scope: "col" })));
  const body = rows.map(([name, ...cells]) =>
    make("tr", [make("th", name, { scope: "row" }), ...cells.map((text) => make("td", text))]),
  );
  const table = make("table", [make("caption", caption), make("thead", head), make("tbody", body)]);
  return make("div", table, { class: "scroll" });
};

const listOf = (values) => {
  const list = make("dl");
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === "" || (typeof value === "object" && !Object.keys(value).length)) continue;
    list.append(make("dt", name), make("dd", typeof value === "object" ? listOf(value) : String(value)));
  }
  return list;
};

const scoreTable = (result) => {
  const rows = Object.entries(result.record.scores).flatMap(([metric, value]) =>
    typeof value === "object"
      ? Object.entries(value).map(([protocol, score]) => [`${metric}, ${protocol}`, percent(score)])
      : [[metric, percent(value)]],
  );
  return tableOf("Scores × 100", ["metric, protocol", "score"], rows);
};

const splitTable = (result) => {
  const splits = Object.entries(result.record.splits);
  const columns = [...new Set(splits.flatMap(([, values]) => Object.keys(values)))].filter((name) =>
    splits.every(([, values]) => typeof (values[name] ?? 0) === "number"),
  );
  const shown = (value) => (Number.isInteger(value) ? String(value) : percent(value));
  return tableOf("Splits", ["split", ...columns], splits.map(([name, values]) => [
    name, ...columns.map((column) => shown(values[column])),
  ]));
};

const partOf = (result, several) => {
  const heading = make("h3", `${result.title}${result.seed === null ? "" : `, seed ${result.seed}`}`);
  const parts = several ? [heading] : [];
  const block = make("div", [scoreTable(result), splitTable(result)]);
  let paint = () => {};
  if (result.points && !several) {
    const points = pointsOf(result);
    const said = `Gold similarity against measured similarity of ${points.length} pairs; the table Similarity by gold score tells the same.`;
    const canvas = make("canvas", said, { role: "img", "aria-label": said });
    block.append(binTable(points));
    parts.push(make("div", [canvas, block], { class: "pair" }));
    paint = () => draw(canvas, points, `${result.record.task_settings.similarity ?? "measured"} similarity`);
    if (result.sampled) parts.push(make("p", `Every ${result.sampled}th pair is drawn.`, { class: "notes" }));
  } else parts.push(several ? scoreTable(result) : block);
  const provenance = make("details", [make("summary", "Provenance"), listOf(result.record)]);
  provenance.open = !several;
  return [[...parts, provenance], paint];
};

let repaint = () => {};

const open = (button) => {
  const found = button.dataset.results.split(" ").map((id) => results.get(id));
  const row = button.closest("tr").cells[0].textContent;
  const column = button.closest("table").tHead.rows[0].cells[button.closest("td").cellIndex].textContent;
  document.getElementById("detail-heading").textContent = `${row} on ${column.trim()}`;
  const parts = found.map((result) => partOf(result, found.length > 1));
  document.getElementById("detail-body").replaceChildren(...parts.flatMap(([elements]) => elements));
  dialog.showModal();
  dialog.scrollTop = 0;
  repaint = () => parts.forEach(([, paint]) => paint());
  repaint();
  document.getElementById("detail-heading").focus();
};

for (const button of document.querySelectorAll("[data-results]")) {
  button.addEventListener("click", () => open(button));
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => dialog.open && repaint());
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
