// ---- what a score rests on

const percent = (value) => (typeof value === "number" ? (100 * value).toFixed(2) : "–");

const tableOf = (caption, heads, rows) => {
  const head = make("tr", heads.map((text) => make("th", text, { scope: "col" })));
  const body = rows.map(([name, ...cells]) =>
    make("tr", [make("th", name, { scope: "row" }), ...cells.map((cell) => make("td", cell))]),
  );
  const table = make("table", [make("caption", caption), make("thead", head), make("tbody", body)]);
  return make("div", table, { class: "scroll", tabindex: "0", role: "region", "aria-label": caption });
};

// the page holds parts that many records have alike once
const recordOf = (result) => {
  const { data_files, details, runtime, settings, task_settings, training, versions } = result.record;
  const shared = { data_files, details, runtime, settings, task_settings, training, versions };
  const parts = Object.entries(shared).map(([name, place]) => [name, data.parts[place]]);
  return { ...result.record, ...Object.fromEntries(parts) };
};

// the last two folders of a path are enough to know it by
const shortPath = (path) => {
  const folders = path.split("/");
  return folders.length > 3 ? `…/${folders.slice(-2).join("/")}` : path;
};

const settingList = (settings) =>
  Object.entries(settings)
    .filter(([, value]) => value !== null && value !== "" && !(Array.isArray(value) && !value.length))
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");

const count = (number, what) => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

const trainingText = (training) => {
  if (!training) return "none: not trained here";
  const picked = training.picked_by;
  const said = [
    `${training.corpus}, ${count(training.sentences, "sentence")}, checksum ${training.corpus_sha256.slice(0, 12)}`,
    training.tasks.length ? `with text or scores of ${training.tasks.join(", ")}` : "",
    picked ? (typeof picked === "string" ? `kept: ${picked}` : `picked by ${picked.metric} on ${picked.task}`) : "",
    training.base ? `after training on ${training.base.corpus}` : "",
  ];
  return said.filter(Boolean).join("; ");
};

const dataText = (record) => {
  const files = record.data_files.map((file) => file.name.split("/").at(-1));
  const named = files.length > 2 ? count(files.length, "file") : files.join(", ");
  const altered = record.altered_files.length ? `; not as published: ${record.altered_files.join(", ")}` : "";
  return `${record.title}: ${shortPath(record.data)}, ${named}, checksum ${record.data_checksum.slice(0, 12)}${altered}`;
};

const versionText = ({ versions, git_revision }) => {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [...named, ...(git_revision ? [`revision ${git_revision.slice(0, 10)}`] : [])].join(", ");
};

const timeText = ({ encoding_seconds: encoding, scoring_seconds: scoring, sentences_encoded: encoded }) =>
  [
    encoding === undefined ? "" : `${encoding.toFixed(1)} s encoding`,
    encoded ? count(encoded, "sentence") : "",
    scoring === undefined ? "" : `${scoring.toFixed(1)} s scoring`,
  ].filter(Boolean).join(", ");

const PROVENANCE = {
  Encoder: (record) => record.encoder,
  "Code of": (record) => record.origin,
  Model: (record) => (record.model === null ? "none" : shortPath(record.model)),
  Settings: (record) => settingList(record.settings),
  "Training text": (record) => trainingText(record.training),
  Seed: (record) => (record.seed === null ? "" : String(record.seed)),
  Data: dataText,
  "Task settings": (record) => settingList(record.task_settings),
  Vectors: ({ dim, runtime }) =>
    [`${dim} numbers`, runtime.dtype, runtime.device, runtime.max_length ? `at most ${runtime.max_length} tokens` : ""].filter(Boolean).join(", "),
  Versions: versionText,
  Measured: (record) => record.created.replace("T", " ").slice(0, 16).concat(record.created ? " UTC" : ""),
  Time: (record) => timeText(record.times),
};

// each row once: what several records have alike is not said again
const provenanceTable = (records, protocol) => {
  const rows = Object.entries(PROVENANCE).map(([name, say]) => {
    const values = [...new Set(records.map(say))].filter(Boolean);
    return name === "Seed" && values.length > 1 ? ["Seeds", [values.join(", ")]] : [name, values];
  });
  if (protocol) rows.splice(8, 0, ["Protocol", [protocol]]);
  const said = rows.filter(([, values]) => values.length).map(([name, values]) => {
    const lines = values.map((value) => make("div", value));
    return make("tr", [make("th", name, { scope: "row" }), make("td", lines)]);
  });
  return make("table", [make("caption", "Provenance"), make("tbody", said)], { class: "provenance" });
};

const copyButton = (pre) => {
  const button = make("button", "Copy", { type: "button" });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
    } catch { // not allowed: the text is chosen, and the keyboard copies it
      getSelection().selectAllChildren(pre);
      button.textContent = "Selected: press Ctrl+C";
    }
  });
  return button;
};

// the text is made when it is asked for: it is long
const rawJson = (records) => {
  const pre = make("pre", "", { tabindex: "0" });
  const fold = make("details", [make("summary", "The records as JSON"), copyButton(pre), pre]);
  fold.addEventListener("toggle", () => {
    pre.textContent = JSON.stringify(records.length === 1 ? records[0] : records, null, 1);
  });
  return fold;
};
