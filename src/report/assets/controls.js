// Zoom and movement by buttons and keys, for those who use no mouse.

/** Narrows (below 1) or widens the stretch of time around its middle, or around the cursor. */
function scaleZoom(chart, factor) {
  const { min, max } = chart.zoom;
  const { left } = chart.plot.cursor;
  const middle = left >= 0 ? chart.plot.posToVal(left, "x") : (min + max) / 2;
  const half = Math.max((max - min) * factor, 2 * chart.spec.step) / 2;
  const from = Math.min(Math.max(middle - half, chart.spec.axis.origin), Math.max(chart.spec.axis.end - 2 * half, chart.spec.axis.origin));
  zoomTo(chart, from, from + 2 * half);
}

/** Moves the stretch of time by a share of its own length. */
function slide(chart, share) {
  const { origin, end } = chart.spec.axis;
  const { min, max } = chart.zoom;
  const by = Math.min(Math.max((max - min) * share, origin - min), end - max);
  zoomTo(chart, min + by, max + by);
}

function makeToolbar(chart) {
  const button = (text, label, act, name = "button") =>
    make(name, { type: "button", title: label, "aria-label": label, onclick: act }, text);
  return make("div.toolbar", { role: "group", "aria-label": "Zoom" },
    make("span.hint", {}, "Drag to zoom, double-click to reset"),
    button("\u25c2", "Earlier", () => slide(chart, -0.5)),
    button("\u25b8", "Later", () => slide(chart, 0.5)),
    button("+", "Zoom in", () => scaleZoom(chart, 0.5)),
    button("\u2212", "Zoom out", () => scaleZoom(chart, 2)),
    make("button.whole", { type: "button", disabled: isWhole(chart), onclick: () => zoomTo(chart, -Infinity, Infinity) }, "Reset zoom"));
}

function listenToKeys(chart, place, spoken) {
  const act = {
    ArrowLeft: (event) => step(chart, event.shiftKey ? -10 : -1),
    ArrowRight: (event) => step(chart, event.shiftKey ? 10 : 1),
    "+": () => scaleZoom(chart, 0.5),
    "=": () => scaleZoom(chart, 0.5),
    "-": () => scaleZoom(chart, 2),
    0: () => zoomTo(chart, -Infinity, Infinity),
    Escape: () => zoomTo(chart, -Infinity, Infinity),
  };
  place.addEventListener("keydown", (event) => {
    if (!act[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act[event.key](event);
    if (event.key.startsWith("Arrow")) spoken.textContent = chart.legend.words();
  });
}

/** Moves the cursor by so many values, at least a pixel each, and keeps it within what is shown. */
function step(chart, by) {
  const { plot, spec } = chart;
  const perPixel = (chart.zoom.max - chart.zoom.min) / plot.over.clientWidth;
  const least = Math.max(1, Math.round(perPixel / spec.step));
  const [first, last] = plot.series[0].idxs;
  const from = plot.cursor.idx ?? (by > 0 ? first - least : last + least);
  const index = Math.min(Math.max(from + by * least, first), last);
  plot.setCursor({ left: plot.valToPos(spec.x[index], "x"), top: 10 }, true, true);
}
