// ---- the shown rows as a CSV file

// a text that a spreadsheet would calculate gets an apostrophe in front; numbers stay numbers
const csvCell = (text) => {
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
  const isFormula = /^\s*[=+\-@\uff0b\uff0d\uff1d\uff20]/.test(text) && !isNumber;
  const safe = isFormula ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const csvOf = (board) => {
  const table = board.querySelector("table.scores");
  const hasIntervals = table.querySelector("td small:not(.seeds)") !== null;
  const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent.trim());
  const ends = (head) => (hasIntervals ? [head, `${head} low`, `${head} high`] : [head]);
  const cells = (cell) => {
    const isShown = "value" in cell.dataset && !cell.classList.contains("withheld");
    const interval = isShown && cell.querySelector("small:not(.seeds)")?.textContent.match(/-?[\d.]+/g);
    const score = isShown ? String(Number(Number(cell.dataset.value).toFixed(4))) : "";
    return hasIntervals ? [score, ...(interval || ["", ""])] : [score];
  };
  const rows = [...table.tBodies[0].rows]
    .filter((row) => !row.hidden)
    .map((row) => [row.dataset.name, ...[...row.cells].slice(1).flatMap(cells)]);
  const lines = [[heads[0], ...heads.slice(1).flatMap(ends)], ...rows];
  return lines.map((line) => line.map(csvCell).join(",")).join("\n") + "\n";
};

for (const button of document.querySelectorAll("button.csv")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const board = button.closest(".board");
    const link = make("a", "", { download: "scores.csv" });
    link.href = URL.createObjectURL(new Blob([csvOf(board)], { type: "text/csv" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
}
