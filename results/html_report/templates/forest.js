// ---- forest plots: a row opens the detail of its score

const scoreButton = (item) => {
  const column = item.closest(".panel").dataset.column;
  const table = item.closest(".board").querySelector("table.scores");
  const place = [...table.tHead.rows[0].cells].findIndex((head) => head.textContent === column);
  const row = [...table.tBodies[0].rows].find((each) => each.dataset.row === item.dataset.row);
  return row.cells[place].querySelector("button");
};

for (const panel of document.querySelectorAll(".panel")) {
  panel.querySelector("ol").addEventListener("click", (event) => {
    const item = event.target.closest("li");
    if (item) scoreButton(item).click();
  });
  const all = panel.querySelector(".all button");
  if (!all) continue;
  const words = all.textContent;
  all.hidden = false;
  all.addEventListener("click", () => {
    const isShort = panel.classList.toggle("short");
    all.setAttribute("aria-expanded", String(!isShort));
    all.textContent = isShort ? words : "Show fewer";
  });
}
