// ---- the items of a task, and what an encoder made of them

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// two digits a value, from the lowest to the highest
const valuesOf = ({ points, low, high }) =>
  Array.from({ length: points.length / 2 }, (_, at) => {
    const level = DIGITS.indexOf(points[2 * at]) * 64 + DIGITS.indexOf(points[2 * at + 1]);
    return low + (level / 4095) * (high - low);
  });

// a bit an item: whether it is right
const rightOf = (result) => {
  const bytes = atob(result.right);
  return data.tasks[result.task].gold.map((_, at) => ((bytes.charCodeAt(at >> 3) >> (7 - (at & 7))) & 1) === 1);
};

// where an item stands: its split, its number there from 1, and the file's row if that is known
const placeOf = (task, at) => {
  let number = at * task.step;
  for (const [split, size, file] of task.splits) {
    if (number < size) return { split, number: number + 1, file };
    number -= size;
  }
  return { split: "", number: number + 1, file: "" };
};

// ranks from 0 to 1, equal values sharing the mean of theirs
const ranksOf = (values) => {
  const order = values.map((_, at) => at).sort((a, b) => values[a] - values[b]);
  const ranks = new Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]] === values[order[start]]) end += 1;
    for (let at = start; at <= end; at += 1) ranks[order[at]] = (start + end) / 2 / Math.max(1, order.length - 1);
    start = end + 1;
  }
  return ranks;
};
