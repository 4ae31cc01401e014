// ---- gold scores against similarities, a sign and a colour per seed

const SIGNS = ["●", "▲", "■", "◆"];

const seriesColour = (at) => colour(`--series-${at % SIGNS.length}`);

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);

// from the lowest to the highest value, and a little beyond
const rangeOf = (values) => {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const margin = high > low ? (high - low) * 0.03 : 0.5;
  return [low - margin, high + margin];
};

// rules at round numbers: 1, 2 or 5 times a power of ten apart
const rules = (low, high) => {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough - 1e-9);
  const first = Math.ceil(low / step - 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, at) => {
    const value = (first + at) * step;
    return [value, value.toFixed(digits).replace("-", "−")];
  });
};

// the mean similarity near each gold score: near ones weigh more, as a bell of a 15th of the range
const runningMean = (golds, values, places = 60) => {
  const [low, high] = [Math.min(...golds), Math.max(...golds)];
  const width = (high - low) / 15 || 1;
  return Array.from({ length: places + 1 }, (_, at) => {
    const place = low + (at / places) * (high - low);
    let [sum, weights] = [0, 0];
    golds.forEach((gold, pair) => {
      const weight = Math.exp(-(((gold - place) / width) ** 2) / 2);
      sum += weight * values[pair];
      weights += weight;
    });
    return [place, sum / weights];
  });
};

// five bins over the gold scores that there are
const binTable = (golds, values) => {
  const [low, high] = [Math.min(...golds), Math.max(...golds)];
  const width = (high - low) / 5 || 1;
  const bins = new Map();
  golds.forEach((gold, at) => {
    const place = Math.min(Math.floor((gold - low) / width), 4);
    bins.set(place, [...(bins.get(place) ?? []), values[at]]);
  });
  const shown = (value) => String(Number(value.toPrecision(3)));
  const rows = [...bins.entries()].sort(([a], [b]) => a - b).map(([place, inside]) => [
    `${shown(low + place * width)} to ${shown(low + (place + 1) * width)}`,
    inside.length.toLocaleString("en"),
    ...[inside.reduce((sum, value) => sum + value, 0) / inside.length, Math.min(...inside), Math.max(...inside)].map(
      (value) => value.toFixed(2).replace("-", "−"),
    ),
  ]);
  return tableOf("Similarity by gold score", ["gold", "pairs", "mean", "minimum", "maximum"], rows);
};

const drawSign = (pen, at, x, y) => {
  const size = 2.4;
  pen.beginPath();
  if (at % SIGNS.length === 0) pen.arc(x, y, size, 0, 7);
  if (at % SIGNS.length === 1) [[x, y - size], [x + size, y + size], [x - size, y + size]].forEach((to) => pen.lineTo(...to));
  if (at % SIGNS.length === 2) pen.rect(x - size, y - size, 2 * size, 2 * size);
  if (at % SIGNS.length === 3) [[x, y - 1.4 * size], [x + 1.4 * size, y], [x, y + 1.4 * size], [x - 1.4 * size, y]].forEach((to) => pen.lineTo(...to));
  pen.fill();
};

// the frame with its rules; returns where a pair of values lies
const drawFrame = (pen, size, [left, right], [low, high], [across, up]) => {
  const frame = { left: 58, right: size - 10, top: 8, bottom: size - 42 };
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
  pen.fillText(across, (frame.left + frame.right) / 2, size - 6);
  pen.save();
  pen.translate(12, (frame.top + frame.bottom) / 2);
  pen.rotate(-Math.PI / 2);
  pen.fillText(up, 0, 0);
  pen.restore();
  pen.textAlign = "right";
  for (const [value, text] of rules(low, high)) {
    rule(frame.left, y(value), frame.right, y(value));
    pen.fillText(text, frame.left - 6, y(value) + 4);
  }
  return [x, y];
};

const drawLine = (pen, places) => {
  for (const [style, width] of [["--back", 5], ["--text", 2]]) { // an edge, to be seen among the signs
    pen.strokeStyle = colour(style);
    pen.lineWidth = width;
    pen.beginPath();
    for (const place of places) pen.lineTo(...place);
    pen.stroke();
  }
};

const drawScatter = (canvas, golds, series, means, measured) => {
  const scale = window.devicePixelRatio || 1;
  const size = canvas.clientWidth || 400;
  canvas.width = canvas.height = size * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  const ranges = [rangeOf(golds), rangeOf(series.flatMap(({ values }) => values))];
  const [x, y] = drawFrame(pen, size, ...ranges, ["gold score", measured]);
  pen.globalAlpha = Math.max(0.25, Math.min(0.8, 500 / (golds.length * series.length)));
  golds.forEach((gold, pair) => { // pair by pair, so that no seed hides another
    series.forEach(({ values }, at) => {
      pen.fillStyle = seriesColour(at);
      drawSign(pen, at, x(gold), y(values[pair]));
    });
  });
  pen.globalAlpha = 1;
  drawLine(pen, means.map(([gold, value]) => [x(gold), y(value)]));
};

const legendOf = (series) => {
  const signs = series.length < 2 ? [] : series.map(({ name }, at) =>
    make("span", [make("span", SIGNS[at % SIGNS.length], { class: `series-${at % SIGNS.length}` }), ` ${name}`]));
  return [...signs, make("span", "━ mean at this gold score")];
};

const scatter = (task, series, similarity) => {
  const golds = task.gold;
  const together = golds.map((_, at) => series.reduce((sum, { values }) => sum + values[at], 0) / series.length);
  const measured = similarity ? `${similarity} similarity` : "predicted score";
  const said = `Gold score against ${measured} of ${golds.length} pairs; the table Similarity by gold score has the same in numbers.`;
  const canvas = make("canvas", said, { role: "img", "aria-label": said });
  const sampled = task.step > 1 ? ` One pair in ${task.step} is drawn.` : "";
  const caption = make("figcaption", [...legendOf(series), sampled]);
  return {
    figure: make("figure", [canvas, caption], { class: "scatter" }),
    tables: [binTable(golds, together)],
    paint: () => drawScatter(canvas, golds, series, runningMean(golds, together), measured),
  };
};
