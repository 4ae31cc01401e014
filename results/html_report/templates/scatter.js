// ---- gold scores against similarities

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
