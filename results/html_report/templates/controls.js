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
