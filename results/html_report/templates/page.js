const data = JSON.parse(document.getElementById("data").textContent);
const controls = document.getElementById("controls");
const dialog = document.getElementById("detail");

const make = (tag, content, attributes = {}) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...[content ?? ""].flat());
  return element;
};
