// ---- curves of training: the values at a step, under the pointer or by the arrow keys

for (const figure of document.querySelectorAll(".curve")) {
  const svg = figure.querySelector("svg");
  const table = figure.querySelector("table");
  const [left, right, last] = ["left", "right", "last"].map((name) => Number(svg.dataset[name]));
  const names = [...table.tHead.rows[0].cells].slice(1).map((head) => head.textContent);
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent));
  const now = svg.querySelector(".now");
  let place = null;

  const read = (at) => {
    place = at;
    now.setAttribute("visibility", at === null ? "hidden" : "visible");
    if (at === null) {
      figure.querySelector("output").textContent = "";
      return;
    }
    const [step, ...values] = rows[at];
    const x = left + (Number(step) / last) * (right - left);
    for (const end of ["x1", "x2"]) now.setAttribute(end, x);
    const said = values.map((value, run) => (names.length > 1 ? `${names[run]} ${value}` : value));
    figure.querySelector("output").textContent = `step ${step}: ${said.join(", ")}`;
  };

  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const wanted = ((x - left) / (right - left)) * last;
    const distance = ([step]) => Math.abs(Number(step) - wanted);
    read(rows.reduce((best, row, at) => (distance(row) < distance(rows[best]) ? at : best), 0));
  });
  svg.addEventListener("pointerleave", () => read(null));
  svg.addEventListener("blur", () => read(null));
  svg.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    read(place === null ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, place + by)));
  });
}
