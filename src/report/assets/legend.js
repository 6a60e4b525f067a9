// The legend of a chart: each entry is a button that takes its line off or puts it back, and shows the value at the cursor.

/** A piece of line as the chart draws it. */
function swatch(line) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const stroke = document.createElementNS(space, "line");
  for (const [key, value] of Object.entries({ viewBox: "0 0 32 10", class: `swatch c${line.colour}`, "aria-hidden": "true" }))
    svg.setAttribute(key, value);
  for (const [key, value] of Object.entries({ x1: 0, x2: 32, y1: 5, y2: 5, "stroke-dasharray": DASHES[line.dash].join(" ") }))
    stroke.setAttribute(key, value);
  svg.append(stroke);
  return svg;
}

function makeLegend(chart) {
  const { lines, show, axis, x } = chart.spec;
  const moment = make("p.moment");
  const isShown = lines.map(() => true);
  const values = lines.map(() => make("span.value"));
  const bands = lines.map(() => make("span.band"));
  const buttons = lines.map((line, at) => make("button", {
    type: "button", "aria-pressed": "true", title: "Show or hide", onclick: () => toggle(at),
  }, swatch(line), make("span.label", {}, line.label), values[at], bands[at]));

  function toggle(at) {
    isShown[at] = !isShown[at];
    buttons[at].setAttribute("aria-pressed", isShown[at]);
    for (let column = 1; column <= PER_LINE; column += 1) {
      chart.plot.setSeries(at * PER_LINE + column, { show: isShown[at] });
    }
    chart.onToggle?.();
  }

  /** Shows the values at this index, or the last ones. */
  function update(index) {
    const last = x.length - 1;
    const at = index ?? last;
    moment.textContent = last < 0 ? "" : (index == null ? "At the end: " : "") + showMoment(axis, x[at]);
    lines.forEach((line, number) => {
      const row = last < 0 ? -1 : rowOf(line, at);
      const text = (value) => (value == null ? "\u2013" : show(value));
      values[number].textContent = last < 0 ? "" : text(line.median[row]);
      const hasBand = line.low.length && line.low[row] != null && line.low[row] !== line.high[row];
      bands[number].textContent = hasBand ? `${text(line.low[row])} to ${text(line.high[row])}` : "";
    });
  }

  /** Where the value stands that holds at this index: there, or before it, as long as the line's bins are. */
  function rowOf(line, at) {
    let row = at;
    while (row > 0 && line.median[row] == null && x[at] - x[row - 1] < (line.holds || 0)) row -= 1;
    return row;
  }

  const words = () => moment.textContent + ": "
    + lines.map((line, at) => `${line.label} ${values[at].textContent}`).filter((_, at) => isShown[at]).join(", ");
  const list = make("ul.legend", { "aria-label": "Lines of the chart" }, ...buttons.map((button) => make("li", {}, button)));
  return { element: make("div", {}, moment, list), update, words, isShown };
}
