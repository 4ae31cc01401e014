// ---- the items on which two encoders disagree most

const MANY = 20; // rows at first, and more each time they are asked for
const disagreement = document.getElementById("disagreement");

const chosenResult = (name) => data.results[Number(disagreement.elements[name].value)];

const seedOf = ({ name, record }, alike) => (alike.filter((each) => each.name === name).length > 1 ? `${name}, seed ${record.seed}` : name);

// results of a task, best first by the first metric that they have
const resultsOn = (task) => {
  const score = ({ record }) => {
    const value = Object.values(record.scores)[0];
    return (typeof value === "object" ? value?.all : value) ?? -Infinity;
  };
  return data.results.filter((result) => result.task === task).sort((a, b) => score(b) - score(a));
};

const optionsFor = (select, options) =>
  select.replaceChildren(...options.map(([value, text]) => make("option", text, { value })));

const itemCell = (task, at) => {
  const { split, number, file } = placeOf(task, at);
  const place = `${task.splits.length > 1 ? `${split} ` : ""}${number.toLocaleString("en")}`;
  const where = make("small", file ? `row ${number.toLocaleString("en")} of ${file}` : `item ${place}`);
  if (!task.texts) return [make("span", place), where];
  return [...task.texts[at].map((text) => make("div", text)), where];
};

const textNote = (task) => {
  if (task.texts) return [];
  const said = task.missing
    ? `No sentences here: ${task.missing}.`
    : "The sentences are not in this page, as the data's licences may not allow it. Add them with: harness report --format html --with-text";
  return [make("p", said, { class: "notes" })];
};

// a table that shows its first rows, and a button for more
const longTable = (caption, heads, items, rowOf) => {
  const box = make("div");
  const fill = (many) => {
    const table = tableOf(caption, heads, items.slice(0, many).map(rowOf));
    const more = make("button", `Show ${Math.min(MANY, items.length - many)} more of ${items.length.toLocaleString("en")}`, { type: "button", class: "more-rows" });
    more.addEventListener("click", () => fill(many + MANY));
    box.replaceChildren(table, ...(items.length > many ? [more] : []));
  };
  fill(MANY);
  return box;
};

const share = (rank) => `${Math.round(100 * rank)} %`;

const ranked = (value, rank) => [make("span", value.toFixed(2).replace("-", "−")), make("small", share(rank))];

const pairDisagreement = (task, [a, b], [nameA, nameB]) => {
  const gold = ranksOf(task.gold);
  const [valuesA, valuesB] = [valuesOf(a), valuesOf(b)];
  const [ranksA, ranksB] = [ranksOf(valuesA), ranksOf(valuesB)];
  const apart = (at) => Math.abs(ranksA[at] - ranksB[at]);
  const ahead = (at) => Math.abs(ranksB[at] - gold[at]) - Math.abs(ranksA[at] - gold[at]); // above 0: A is closer
  const items = gold.map((_, at) => at);
  const [closerA, closerB] = [items.filter((at) => ahead(at) > 0).length, items.filter((at) => ahead(at) < 0).length];
  const differing = items.filter((at) => apart(at) > 0).sort((x, y) => apart(y) - apart(x));
  const sampled = task.step > 1 ? ` The page holds one pair in ${task.step} of this task.` : "";
  const said = `Of ${count(gold.length, "pair")}, A (${nameA}) ranks ${closerA.toLocaleString("en")} closer to their gold rank, B (${nameB}) ${closerB.toLocaleString("en")}.${sampled}`;
  const heads = [task.texts ? "sentences" : "pair", "gold", "A", "B", "closer to gold"];
  const table = longTable("Pairs with the largest difference of rank", heads, differing, (at) => [
    itemCell(task, at),
    ranked(task.gold[at], gold[at]),
    ranked(valuesA[at], ranksA[at]),
    ranked(valuesB[at], ranksB[at]),
    ahead(at) > 0 ? "A" : ahead(at) < 0 ? "B" : "–",
  ]);
  return [make("p", said), make("p", "Below each number is its rank: the share of pairs that score lower.", { class: "notes" }), ...textNote(task), table];
};

const labelDisagreement = (task, [a, b], [nameA, nameB]) => {
  const classes = recordOf(a).details.classes ?? [];
  const [rightA, rightB] = [rightOf(a), rightOf(b)];
  const items = task.gold.map((_, at) => at);
  const only = (one, other) => items.filter((at) => one[at] && !other[at]);
  const [onlyA, onlyB] = [only(rightA, rightB), only(rightB, rightA)];
  const both = items.filter((at) => rightA[at] && rightB[at]).length;
  const counts = tableOf("Items by who is right", ["", "B right", "B wrong"], [
    ["A right", both.toLocaleString("en"), onlyA.length.toLocaleString("en")],
    ["A wrong", onlyB.length.toLocaleString("en"), (items.length - both - onlyA.length - onlyB.length).toLocaleString("en")],
  ]);
  const list = (caption, found) => (found.length ? [longTable(caption, [task.texts ? "sentence" : "item", "label"], found, (at) => [
    itemCell(task, at), String(classes[task.gold[at]] ?? task.gold[at]),
  ])] : []);
  return [make("p", `A: ${nameA}. B: ${nameB}.`), ...textNote(task), counts, ...list("A is right, B is wrong", onlyA), ...list("B is right, A is wrong", onlyB)];
};

const showDisagreement = () => {
  const found = [chosenResult("first"), chosenResult("second")];
  const task = data.tasks[found[0].task];
  const names = found.map((result) => seedOf(result, resultsOn(result.task)));
  const say = task.kind === "pairs" ? pairDisagreement : labelDisagreement;
  document.getElementById("disagreement-body").replaceChildren(...say(task, found, names));
};

// the encoders of the chosen task: those chosen before if it has them, or else its best two
const offerEncoders = () => {
  const there = resultsOn(Number(disagreement.elements.task.value));
  const options = there.map((result) => [data.results.indexOf(result), seedOf(result, there)]);
  for (const [name, place] of [["first", 0], ["second", 1]]) {
    const select = disagreement.elements[name];
    const before = select.selectedOptions[0]?.textContent;
    optionsFor(select, options);
    select.value = (options.find(([, text]) => text === before) ?? options[place])[0];
  }
};

const disagreeBetween = (first, second) => {
  disagreement.elements.task.value = first.task;
  offerEncoders();
  disagreement.elements.first.value = data.results.indexOf(first);
  disagreement.elements.second.value = data.results.indexOf(second);
  showDisagreement();
  document.getElementById("disagreements").scrollIntoView();
  disagreement.elements.first.focus({ preventScroll: true });
};

if (disagreement) {
  const several = data.tasks.map((task, place) => [place, task.title]).filter(([place]) => resultsOn(place).length > 1);
  optionsFor(disagreement.elements.task, several);
  offerEncoders();
  disagreement.hidden = false;
  disagreement.addEventListener("submit", (event) => event.preventDefault());
  disagreement.addEventListener("change", (event) => {
    if (event.target.name === "task") offerEncoders();
    showDisagreement();
  });
  // the first time it is near: ranks of thousands of pairs need not hold up the page
  const watcher = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watcher.disconnect();
    showDisagreement();
  }, { rootMargin: "400px" });
  watcher.observe(document.getElementById("disagreement-body"));
}
