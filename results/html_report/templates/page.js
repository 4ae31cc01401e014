const data = JSON.parse(document.getElementById("data").textContent);
const results = new Map(data.results.map((result) => [result.id, result]));
const controls = document.getElementById("controls");
const dialog = document.getElementById("detail");

const make = (tag, content, attributes = {}) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...[content ?? ""].flat());
  return element;
};
