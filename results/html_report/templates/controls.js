// ---- filter, switches of metric and protocol, scores of encoders that were trained on the text

const views = [...document.querySelectorAll(".view")];
const filter = document.getElementById("filter");
const clean = document.getElementById("clean");
const dense = document.getElementById("dense");

const chosen = (view, name) => view.querySelector(`.switches [name=${name}]:checked`)?.value;

// the elements of the chosen metric and protocol; what never has a chosen value shows its first
const choose = (elements, metric, protocol) => {
  const first = (name, value, among) =>
    among.some((each) => each.dataset[name] === value) ? value : among[0]?.dataset[name];
  const shownMetric = first("metric", metric, elements);
  const alike = elements.filter((each) => each.dataset.metric === shownMetric);
  const shownProtocol = first("protocol", protocol, alike);
  for (const each of elements) {
    each.hidden = !alike.includes(each) || each.dataset.protocol !== shownProtocol;
  }
  return shownMetric;
};

const showBoards = (view) => {
  const boards = [...view.querySelectorAll(".board")];
  const isTracks = (board) => board.dataset.protocol === ""; // shown with any protocol
  const usual = boards.filter((board) => !isTracks(board));
  const metric = choose(usual, chosen(view, "metric"), chosen(view, "protocol"));
  for (const board of boards.filter(isTracks)) board.hidden = board.dataset.metric !== metric;
};

const showMaps = () => {
  const maps = [...document.querySelectorAll(".map")];
  for (const family of new Set(maps.map((map) => map.dataset.family))) {
    const alike = maps.filter((map) => map.dataset.family === family);
    const followed = views.filter((view) => view.dataset.of === alike[0].dataset.of);
    const wanted = (name) =>
      followed
        .map((view) => chosen(view, name))
        .find((value) => alike.some((map) => map.dataset[name] === value));
    choose(alike, wanted("metric"), wanted("protocol"));
  }
};

// the best of the scores that are not withheld, to two decimals as they are shown
const markBest = (table) => {
  for (const [place, head] of [...table.tHead.rows[0].cells].entries()) {
    const cells = [...table.tBodies[0].rows].map((row) => row.cells[place]);
    const shown = cells.filter((c) => "value" in c.dataset && !c.classList.contains("withheld"));
    const score = (cell) => Number(Number(cell.dataset.value).toFixed(2));
    const best = ("low" in head.dataset ? Math.min : Math.max)(...shown.map(score));
    for (const cell of cells) {
      const isBest = shown.length > 1 && shown.includes(cell) && score(cell) === best;
      cell.classList.toggle("best", isBest);
    }
  }
};

const withhold = (board) => {
  const cells = board.querySelectorAll("td.leaky");
  if (!cells.length) return;
  for (const cell of cells) {
    cell.classList.toggle("withheld", clean.checked);
    cell.querySelector("button").disabled = clean.checked;
  }
  markBest(board.querySelector("table.scores"));
};

const showRows = (board, words) => {
  const shown = new Set();
  const rows = [...board.querySelectorAll(".scores tbody tr")];
  for (const row of rows) {
    const name = row.dataset.name.toLowerCase();
    row.hidden = words.length ? !words.every((word) => name.includes(word)) : isFolded(row);
    if (!row.hidden) shown.add(row.dataset.row);
  }
  const isRow = words.length ? (item) => shown.has(item.dataset.row) : () => true;
  for (const panel of board.querySelectorAll(".panel")) {
    panel.classList.toggle("filtered", words.length > 0);
    for (const item of panel.querySelectorAll("li")) {
      item.hidden = !isRow(item) || (clean?.checked && "leaky" in item.dataset);
    }
  }
  return [shown.size, rows.length];
};

const update = () => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  document.body.classList.toggle("dense", dense.checked);
  let [shown, total] = [0, 0];
  for (const view of views) {
    showBoards(view);
    for (const board of view.querySelectorAll(".board")) {
      withhold(board);
      const [some, all] = showRows(board, words);
      if (board.hidden) continue;
      shown += some;
      total += all;
    }
  }
  showMaps();
  document.getElementById("shown").textContent = words.length ? `${shown} of ${total} rows` : "";
};

// screen readers hear which score a button shows, and what it is beside the others
for (const row of document.querySelectorAll(".scores tbody tr")) {
  const heads = row.closest("table").tHead.rows[0].cells;
  for (const button of row.querySelectorAll("[data-results]")) {
    const cell = button.closest("td");
    const is = (name, words) => (cell.classList.contains(name) ? words : "");
    const place = `${row.dataset.name} on ${heads[cell.cellIndex].textContent.trim()}`;
    const score = button.firstChild.textContent.trim();
    const seeds = button.querySelector(".seeds")?.textContent ?? "";
    const kinds = [is("best", "best"), is("tied", "tied with the best"), is("leaky", "trained on this text")];
    const said = [`${score} ${seeds}`.trim(), ...kinds].filter(Boolean).join(", ");
    button.setAttribute("aria-label", `${place}: ${said}. Show details`);
    button.setAttribute("aria-haspopup", "dialog");
  }
}

for (const form of [controls, ...document.querySelectorAll(".switches")]) {
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    update();
    keepAddress(event.target !== filter);
  });
}
