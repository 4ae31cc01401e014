"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const results = new Map(data.results.map((result) => [result.id, result]));
  const controls = document.getElementById("controls");
  const dialog = document.getElementById("detail");

  const make = (tag, content, attributes = {}) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...[content ?? ""].flat());
    return element;
  };

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

  // ---- protocol and metric switch, filter

  const chosen = (name) => controls.elements[name]?.value ?? null;

  const update = () => {
    const boards = [...document.querySelectorAll(".board, .map")];
    const families = new Map();
    for (const board of boards) {
      const { family, metric, protocol } = board.dataset;
      const metrics = families.get(family) ?? new Map();
      metrics.set(metric, (metrics.get(metric) ?? new Set()).add(protocol));
      families.set(family, metrics);
    }
    // a family that never has the chosen value shows its first
    const shownOf = (there, name) => (there.includes(chosen(name)) ? chosen(name) : there[0]);
    const words = document.getElementById("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    let total = 0;
    for (const board of boards) {
      const metrics = families.get(board.dataset.family);
      const metric = shownOf([...metrics.keys()], "metric");
      const protocol = shownOf([...metrics.get(metric)], "protocol");
      board.hidden = board.dataset.metric !== metric || board.dataset.protocol !== protocol;
      for (const row of board.querySelectorAll(".scores tbody tr")) {
        const name = row.cells[0].textContent.toLowerCase();
        row.hidden = !words.every((word) => name.includes(word));
        if (!board.hidden) {
          total += 1;
          shown += row.hidden ? 0 : 1;
        }
      }
    }
    document.getElementById("shown").textContent = words.length ? `${shown} of ${total} rows` : "";
  };

  controls.hidden = false;
  controls.addEventListener("input", update);
  controls.addEventListener("submit", (event) => event.preventDefault());
  update();

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

  const pointsOf = (result) => {
    const golds = data.golds[result.gold];
    return result.points.map((value, at) => [golds[at], value / 1000]);
  };

  // the gold scale: 0 to 5, unless the scores are of another one
  const scaleOf = (points) => {
    const golds = points.map(([gold]) => gold);
    const [least, most] = [Math.min(...golds), Math.max(...golds)];
    if (least >= 0 && most > 1 && most <= 5) return [0, 5];
    return [Math.min(0, least), most > least ? most : least + 1];
  };

  const binTable = (points) => {
    const [low, high] = scaleOf(points);
    const width = (high - low) / 5;
    const bins = new Map();
    for (const [gold, value] of points) {
      const place = Math.min(Math.floor((gold - low) / width), 4);
      bins.set(place, [...(bins.get(place) ?? []), value]);
    }
    const shown = (value) => String(Number(value.toPrecision(3)));
    const rows = [...bins.entries()].sort(([a], [b]) => a - b).map(([place, values]) => [
      `${shown(low + place * width)} to ${shown(low + (place + 1) * width)}`,
      String(values.length),
      (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3),
      Math.min(...values).toFixed(3),
      Math.max(...values).toFixed(3),
    ]);
    return tableOf("Similarity by gold score", ["gold", "pairs", "mean", "least", "most"], rows);
  };

  // rules at round numbers: 1, 2 or 5 times a power of ten apart
  const rules = (low, high) => {
    const rough = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough - 1e-9);
    const first = Math.ceil(low / step - 1e-9);
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, at) => {
      const value = (first + at) * step;
      return [value, value.toFixed(digits)];
    });
  };

  const draw = (canvas, points, measured) => {
    const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
    const scale = window.devicePixelRatio || 1;
    const size = canvas.clientWidth || 400;
    canvas.width = canvas.height = size * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const values = points.map(([, value]) => value);
    const [left, right] = scaleOf(points);
    const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)];
    const frame = { left: 56, right: size - 12, top: 10, bottom: size - 38 };
    const x = (gold) => frame.left + ((gold - left) / (right - left)) * (frame.right - frame.left);
    const y = (value) => frame.bottom - ((value - low) / (high - low)) * (frame.bottom - frame.top);
    const rule = (fromX, fromY, toX, toY) => {
      pen.beginPath();
      pen.moveTo(fromX, fromY);
      pen.lineTo(toX, toY);
      pen.stroke();
    };
    pen.font = "12px system-ui, sans-serif";
    pen.fillStyle = colour("--quiet");
    pen.strokeStyle = colour("--rule");
    pen.textAlign = "center";
    for (const [gold, text] of rules(left, right)) {
      rule(x(gold), frame.top, x(gold), frame.bottom);
      pen.fillText(text, x(gold), frame.bottom + 16);
    }
    pen.fillText("gold similarity", (frame.left + frame.right) / 2, size - 6);
    pen.save();
    pen.translate(12, (frame.top + frame.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(measured, 0, 0);
    pen.restore();
    pen.textAlign = "right";
    for (const [value, text] of rules(low, high)) {
      rule(frame.left, y(value), frame.right, y(value));
      pen.fillText(text, frame.left - 6, y(value) + 4);
    }
    pen.fillStyle = colour("--accent");
    pen.globalAlpha = Math.max(0.25, Math.min(0.8, 500 / points.length));
    for (const [gold, value] of points) {
      pen.beginPath();
      pen.arc(x(gold), y(value), 2.2, 0, 7);
      pen.fill();
    }
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
})();
