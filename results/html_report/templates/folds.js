// ---- rows of a sweep's settings, folded under the row of their encoder

const isOpen = (fold) => fold.getAttribute("aria-expanded") === "true";
const setFold = (fold, open) => fold.setAttribute("aria-expanded", String(open));

const folds = [...document.querySelectorAll("small.fold")].map((words) => {
  const fold = make("button", words.textContent, { type: "button", class: "fold" });
  setFold(fold, false);
  fold.addEventListener("click", () => {
    setFold(fold, !isOpen(fold));
    update();
    keepAddress(true);
  });
  words.replaceWith(fold);
  return fold;
});

const headOf = (row) =>
  [...row.closest("tbody").rows].find((other) => other.dataset.name === row.dataset.head);

const isFolded = (row) => "head" in row.dataset && !isOpen(headOf(row).querySelector(".fold"));
