// The data of a chart as a table, made when it is unfolded, and as a file.

const ROWS = 100;

function startGrid(figure) {
  const details = figure.querySelector("details.data");
  details.addEventListener("toggle", () => details.open && fillGrid(figure, 0));
}

/** Makes the table again if it is shown and the chart is another one. */
function refreshGrid(figure) {
  if (figure.querySelector("details.data").open) fillGrid(figure, 0);
}

function heads(spec) {
  return spec.lines.flatMap((line) => [line.label, ...(line.low.length ? [`${line.label}, low`, `${line.label}, high`] : [])]);
}

function valuesAt(spec, row) {
  return spec.lines.flatMap((line) => [line.median[row], ...(line.low.length ? [line.low[row], line.high[row]] : [])]);
}

function fillGrid(figure, first) {
  const { spec } = charts.get(figure.id);
  const total = spec.x.length;
  const last = Math.min(first + ROWS, total);
  const body = make("tbody");
  for (let row = first; row < last; row += 1) {
    const cells = valuesAt(spec, row).map((value) => make("td.number", {}, value == null ? "\u2013" : spec.show(value)));
    body.append(make("tr", {}, make("th", { scope: "row" }, showMoment(spec.axis, spec.x[row])), ...cells));
  }
  const head = make("tr", {}, make("th", { scope: "col" }, spec.isStepped ? "From" : "At"),
    ...heads(spec).map((label) => make("th.number", { scope: "col" }, label)));
  const turn = (label, to, isPossible) =>
    make("button", { type: "button", disabled: !isPossible, onclick: () => fillGrid(figure, to) }, label);
  const title = figure.querySelector("h3").textContent;
  figure.querySelector(".grid").replaceChildren(
    make("div.turn", {},
      turn("Before", Math.max(first - ROWS, 0), first > 0),
      make("span", { role: "status" }, total ? `${showCount(first + 1)} to ${showCount(last)} of ${showCount(total)}` : "no values"),
      turn("Next", last, last < total),
      make("button", { type: "button", onclick: () => save(`${figure.id}.csv`, "text/csv", csv(spec)) }, "Save as CSV")),
    make("div.scroll", { role: "region", tabindex: "0", "aria-label": `Data: ${title}` },
      make("table", {}, make("thead", {}, head), body)));
}

/** Every value as it is in the data, in one line for each bin. */
function csv(spec) {
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  // A spreadsheet would take a text that begins like this for a formula.
  const safe = (text) => quoted(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
  const lines = [["time", ...heads(spec)].map(safe).join(",")];
  spec.x.forEach((x, row) => lines.push([exactMoment(spec.axis, x), ...valuesAt(spec, row).map((value) => value ?? "")].join(",")));
  return lines.join("\r\n") + "\r\n";
}

function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
