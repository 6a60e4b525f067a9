// The graph of a small world: one state at a time, with the steps out of it and the shortest way to it.

const charts = new Map();

const make = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

const atlas = { data: null, places: new Map(), from: new Map(), at: 0 };

const stateOf = (id) => atlas.data.states[atlas.places.get(id)];
const word = (place) => atlas.data.words[place];

/** The states of the shortest way to one, from a start on. */
function wayTo(id) {
  const way = [];
  for (let state = stateOf(id); state; state = state.from === null ? null : stateOf(state.from)) way.unshift(state.id);
  return way;
}

/** A link that goes to a state. */
function linkTo(id, text) {
  const link = make("a", text, { href: `#state-${id}` });
  if (id === atlas.at) link.setAttribute("aria-current", "true");
  return link;
}

const kindOf = (kind) => (kind & 1 ? "disturbs" : "by itself") + (kind & 2 ? ", takes time" : "");

function showSteps(state) {
  const body = document.querySelector("#steps tbody");
  body.replaceChildren(...state.steps.map(([text, kind, to]) => {
    const row = make("tr");
    const name = make("td");
    if (to === null) name.textContent = word(text);
    else if (atlas.places.has(to)) name.append(linkTo(to, word(text)));
    else name.textContent = word(text);
    row.append(name, make("td", kindOf(kind)));
    const where = to === null ? "not looked into" : atlas.places.has(to) ? `state ${to}` : `state ${to}, not in this page`;
    row.append(make("td", where + (to === state.id ? " (this one)" : "")));
    return row;
  }));
  const none = document.getElementById("no-steps");
  none.hidden = state.steps.length > 0;
}

function showWay(state) {
  const way = wayTo(state.id);
  const list = document.getElementById("way");
  list.replaceChildren(...way.map((id, place) => {
    const item = make("li");
    const { from, by } = stateOf(id);
    const before = from === null ? null : stateOf(from);
    item.append(linkTo(id, before ? word(before.steps[by][0]) : "start"));
    if (place === way.length - 1) item.append(make("span", " \u2013 this state", { class: "quiet" }));
    return item;
  }));
  document.getElementById("way-length").textContent = `${way.length - 1} steps from the start, and there is no shorter way.`;
}

function showProperties(state) {
  for (const row of document.querySelectorAll("#properties tbody tr[data-bit]")) {
    const holds = (state.holds >> Number(row.dataset.bit)) & 1;
    const cell = row.querySelector(".here");
    cell.textContent = holds ? "holds" : "does not hold";
    cell.classList.toggle("broken", !holds && row.dataset.times === "always");
  }
}

/** Shows a state; says so to who cannot see it. */
function show(id) {
  const state = stateOf(id);
  if (!state) return;
  atlas.at = id;
  document.getElementById("here").textContent = `State ${id}`;
  const facts = document.getElementById("look");
  facts.replaceChildren(...atlas.data.looks.flatMap((look, place) => {
    const text = word(state.look[place]);
    return text ? [make("dt", look), make("dd", text)] : [];
  }));
  showSteps(state);
  showWay(state);
  showProperties(state);
  document.getElementById("to-start").disabled = state.from === null;
  document.getElementById("back").disabled = state.from === null;
  document.getElementById("said").textContent = `State ${id}: ${word(state.look[0])}. ${state.steps.length} steps.`;
}

function goTo(id) {
  if (atlas.places.has(id)) location.hash = `state-${id}`;
}

function fromAddress() {
  const match = /^#state-(\d+)$/.exec(location.hash);
  if (match && atlas.places.has(Number(match[1]))) show(Number(match[1]));
}

/** The states whose texts have all of the words that are looked for. */
function search(text, most) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  const { words, states } = atlas.data;
  const found = [];
  if (wanted.length === 0) return { found, more: false };
  const hits = wanted.map((part) => words.map((known) => known.toLowerCase().includes(part)));
  for (const state of states) {
    if (!hits.every((hit) => state.look.some((place) => hit[place]))) continue;
    if (found.length === most) return { found, more: true };
    found.push(state.id);
  }
  return { found, more: false };
}

function startSearch() {
  const field = document.getElementById("search");
  const list = document.getElementById("found");
  const said = document.getElementById("found-count");
  field.addEventListener("input", () => {
    const { found, more } = search(field.value, 50);
    list.replaceChildren(...found.map((id) => {
      const item = make("li");
      item.append(linkTo(id, `State ${id}`), make("span", ` ${word(stateOf(id).look[0])}`));
      return item;
    }));
    said.textContent = field.value.trim() === "" ? "" : `${found.length}${more ? " and more" : ""} found`;
  });
}

{
  atlas.data = JSON.parse(document.getElementById("data").textContent);
  atlas.data.states.forEach((state, place) => atlas.places.set(state.id, place));
  startTheme();
  startSearch();
  document.getElementById("to-start").addEventListener("click", () => goTo(wayTo(atlas.at)[0]));
  document.getElementById("back").addEventListener("click", () => goTo(stateOf(atlas.at).from));
  const number = document.getElementById("number");
  number.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const id = Number(number.value);
    const is = atlas.places.has(id);
    number.setCustomValidity(is ? "" : "no state of this number is in this page");
    if (is) goTo(id);
    else number.reportValidity();
  });
  number.addEventListener("input", () => number.setCustomValidity(""));
  addEventListener("hashchange", fromAddress);
  if (atlas.data.states.length > 0) show(atlas.data.states[0].id);
  fromAddress();
}
