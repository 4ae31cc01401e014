// ---- what is shown, as the part of the address behind #: links and the back button keep it

// each control as [name, read, write]; a value that is not named in the address is the usual one
const kept = [
  ["q", () => filter.value, (value) => { filter.value = value; }],
  ...[["clean", clean], ["dense", dense]].filter(([, box]) => box).map(([name, box]) => [
    name,
    () => (box.checked ? "1" : ""),
    (value) => { box.checked = value === "1"; },
  ]),
  ...views.flatMap((view) => ["metric", "protocol"].map((name) => {
    const radios = [...view.querySelectorAll(`.switches [name=${name}]`)];
    return [
      `${name}-${view.id}`,
      () => (radios.length && !radios[0].checked ? chosen(view, name) : ""),
      (value) => {
        const radio = radios.find((each) => each.value === value) ?? radios[0];
        if (radio) radio.checked = true;
      },
    ];
  })),
  [
    "sort",
    () => sorted.map(([table, column, order]) => `${table}.${column}.${order}`).join("_"),
    (value) => restoreOrder(value.split("_").filter(Boolean).map((each) => each.split("."))),
  ],
  [
    "open",
    () => folds.flatMap((fold, place) => (isOpen(fold) ? [place] : [])).join("_"),
    (value) => folds.forEach((fold, place) => setFold(fold, value.split("_").includes(String(place)))),
  ],
];

const keepAddress = (isStep) => {
  const state = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
  for (const [name, read] of kept) {
    if (read()) state.set(name, read());
    else state.delete(name);
  }
  const address = `#${state.toString() || "all="}`;
  if (address === location.hash || (address === "#all=" && !location.hash)) return;
  if (isStep) location.hash = address;
  else location.replace(address);
};

const restore = () => {
  if (location.hash && !location.hash.includes("=")) return; // a link to a section
  const state = new URLSearchParams(location.hash.slice(1));
  for (const [name, , write] of kept) write(state.get(name) ?? "");
  update();
};

addEventListener("hashchange", restore);
restore();
