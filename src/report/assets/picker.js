// Which of many curves a chart shows: a list that can be searched, with no more at once than there are colours.

/**
 * Puts a picker into `place` for `labels`; `chosen` are the indexes at first. Calls `onChange` with pairs of index and
 * slot; a curve keeps its slot, and so its colour, as long as it is chosen.
 */
function makePicker(place, labels, chosen, onChange) {
  const slots = new Array(COLOURS).fill(null);
  chosen.slice(0, COLOURS).forEach((index, slot) => { slots[slot] = index; });
  const status = make("output");
  const boxes = labels.map((label, index) =>
    make("input", { type: "checkbox", checked: slots.includes(index), onchange: (event) => choose(index, event.target.checked) }));
  const items = labels.map((label, index) => make("li", {}, make("label", {}, boxes[index], " ", label)));

  function choose(index, isChosen) {
    slots[isChosen ? slots.indexOf(null) : slots.indexOf(index)] = isChosen ? index : null;
    tell();
  }

  function tell() {
    const shown = slots.filter((index) => index != null).length;
    const isFull = shown === COLOURS;
    boxes.forEach((box) => { box.disabled = isFull && !box.checked; });
    status.textContent = `${shown} of ${labels.length} shown` + (isFull ? "; take one off to add another" : "");
    onChange(slots.map((index, slot) => [index, slot]).filter(([index]) => index != null));
  }

  const search = make("input", { type: "search", autocomplete: "off", spellcheck: "false", oninput: () => {
    const wanted = search.value.trim().toLowerCase();
    items.forEach((item, index) => { item.hidden = !labels[index].toLowerCase().includes(wanted); });
  } });
  const clear = make("button", { type: "button", onclick: () => {
    slots.fill(null);
    boxes.forEach((box) => { box.checked = false; });
    tell();
  } }, "Show none");
  place.replaceChildren(make("fieldset", {}, make("legend", {}, "Curves in the chart"),
    make("div.filter", {}, make("label", {}, "Find a content or ring ", search), clear, status),
    make("ul.choices", { tabindex: "0", "aria-label": "Contents and rings" }, ...items)));
  tell();
}

/** Puts a choice of one of `labels` into `place`; calls `onChange` with its index, at once for the first. */
function makeChoice(place, labels, onChange) {
  const select = make("select", { onchange: () => onChange(Number(select.value)) },
    ...labels.map((label, index) => make("option", { value: index }, label)));
  place.replaceChildren(make("label", {}, place.dataset.label, " ", select));
  place.hidden = labels.length < 2;
  if (labels.length) onChange(0);
}
