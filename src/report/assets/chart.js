// A chart over time: lines with bands, drawn by uPlot. All charts of a page show the same stretch of time.

/** The charts of the page by the id of their figure. */
const charts = new Map();

/** Columns of a line: its median, and the edges of its band (all nothing where there is none). */
const PER_LINE = 3;

/**
 * Draws into a figure what `spec` says, in place of what was there:
 * - `axis`: of time, see `timeAxis`; `x`: where the values stand on it
 * - `lines`: `{ label, colour: 1.., dash: 0.., median, low, high, holds }`; values may be null, and then the one before
 *   holds for so many seconds
 * - `step`: the least distance of values in seconds; `show`: a value as text; `short`: the same for the axis
 * - `top`: the end of the y axis if fixed; `ticks`: its grid lines for a height in pixels, if fixed
 * - `isStepped`: whether a value holds until the next; `marks`: `{ from, to, label }` of time to shade
 */
function drawChart(figure, spec) {
  const place = figure.querySelector(".drawing");
  const old = charts.get(figure.id);
  const zoom = old && { ...old.zoom };
  if (old) old.remove();
  place.replaceChildren();
  const chart = { figure, spec, zoom: zoom || { min: spec.axis.origin, max: spec.axis.end } };
  charts.set(figure.id, chart);

  const plotPlace = make("div.plot", {
    tabindex: "0", role: "group", "aria-roledescription": "chart",
    "aria-labelledby": `${figure.id}-title`, "aria-describedby": `${figure.id}-note ${figure.id}-help`,
  });
  const help = make("p.unseen", { id: `${figure.id}-help` },
    "Arrow keys move through time, plus and minus zoom, Escape or 0 shows everything.");
  const spoken = make("p.unseen", { "aria-live": "polite" });
  place.append(makeToolbar(chart), plotPlace, help, spoken);
  chart.legend = makeLegend(chart);
  place.append(chart.legend.element);

  chart.plot = new uPlot(options(chart, plotPlace), columns(spec), plotPlace);
  const watcher = new ResizeObserver(() => chart.plot.setSize(sizeOf(plotPlace)));
  watcher.observe(plotPlace);
  chart.remove = () => {
    watcher.disconnect();
    chart.plot.destroy();
    charts.delete(figure.id);
  };
  listenToKeys(chart, plotPlace, spoken);
  chart.legend.update(null);
  return chart;
}

function columns(spec) {
  const nothing = new Array(spec.x.length).fill(null);
  const edge = (values) => (values.length ? values : nothing);
  return [spec.x, ...spec.lines.flatMap((line) => [line.median, edge(line.low), edge(line.high)])];
}

function sizeOf(place) {
  const width = Math.max(place.clientWidth, 200);
  return { width, height: width < 560 ? 260 : 340 };
}

function options(chart, place) {
  const { spec } = chart;
  const paths = spec.isStepped ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear();
  const shared = { spanGaps: true, points: { show: false }, paths };
  const series = spec.lines.flatMap((line) => [
    { ...shared, label: line.label, stroke: () => colour(`c${line.colour}`), width: 2, dash: DASHES[line.dash] },
    { ...shared, label: `${line.label}, low`, width: 0 },
    { ...shared, label: `${line.label}, high`, width: 0 },
  ]);
  const bands = spec.lines.map((line, at) => ({
    series: [at * PER_LINE + 3, at * PER_LINE + 2],
    fill: () => colour(`c${line.colour}`, 0.2),
  }));
  return {
    ...sizeOf(place),
    padding: [12, 28, 0, 0],
    legend: { show: false },
    series: [{}, ...series],
    bands,
    scales: {
      x: { time: false, min: chart.zoom.min, max: chart.zoom.max, range: (u, min, max) => [min, max] },
      y: { range: (u, min, max) => [0, spec.top || Math.max(1, (max || 0) * 1.06)] },
    },
    axes: [timeAxisOptions(spec.axis), valueAxisOptions(spec)],
    cursor: cursorOptions(chart),
    hooks: {
      drawClear: [(u) => shade(u, spec.marks || [])],
      draw: [(u) => nameMarks(u, spec.marks || [])],
      setCursor: [(u) => chart.legend.update(u.cursor.idx ?? null)],
      setScale: [(u, scale) => scale === "x" && moved(chart)],
    },
  };
}

const font = "12px system-ui, sans-serif";
const lookOfAxes = {
  font,
  stroke: () => colour("quiet"),
  grid: { stroke: () => colour("grid"), width: 1 },
  ticks: { stroke: () => colour("grid"), width: 1, size: 5 },
};

function timeAxisOptions(axis) {
  return {
    ...lookOfAxes,
    size: 48,
    space: 64,
    incrs: TIME_STEPS,
    splits: (u, index, min, max, step) => timeSplits(axis, min, max, step),
    values: (u, splits, index, space, step) => timeLabels(axis, splits, step),
  };
}

function valueAxisOptions(spec) {
  const fixed = spec.ticks ? { splits: (u) => spec.ticks(u.over.clientHeight || u.height) } : {};
  return { ...lookOfAxes, ...fixed, size: 58, values: (u, splits) => splits.map((value) => spec.short(value)) };
}

function cursorOptions(chart) {
  return {
    y: false,
    drag: { x: true, y: false, setScale: true, dist: 5 },
    points: { size: (u, index) => (index % PER_LINE === 1 ? 8 : 0) },
    bind: { dblclick: () => () => zoomTo(chart, -Infinity, Infinity) },
    sync: { key: "time", filters: { pub: (type) => type === "mousemove" || type === "mouseleave" } },
  };
}

/** Follows a change of the stretch of time, and takes the other charts along. */
function moved(chart) {
  if (!chart.plot) return;
  const { min, max } = chart.plot.scales.x;
  chart.zoom = { min, max };
  for (const button of chart.figure.querySelectorAll(".whole")) button.disabled = isWhole(chart);
  for (const other of charts.values()) {
    if (other !== chart && other.plot && (other.zoom.min !== min || other.zoom.max !== max)) {
      other.zoom = { min, max };
      other.plot.setScale("x", { min, max });
    }
  }
}

const isWhole = (chart) => chart.zoom.min === chart.spec.axis.origin && chart.zoom.max === chart.spec.axis.end;

/** Shows this stretch of time, as far as the run goes. */
function zoomTo(chart, min, max) {
  const { origin, end } = chart.spec.axis;
  [min, max] = [Math.max(min, origin), Math.min(max, end)];
  if (max > min) chart.plot.setScale("x", { min, max });
}

/** The pixels of a mark on the canvas, within the drawing. */
function extent(u, mark) {
  const { left, width } = u.bbox;
  const within = (x) => Math.min(Math.max(u.valToPos(x, "x", true), left), left + width);
  const [from, to] = [within(mark.from), within(mark.to)];
  return { from, to, isSeen: mark.from < u.scales.x.max && mark.to > u.scales.x.min };
}

function shade(u, marks) {
  u.ctx.save();
  for (const mark of marks) {
    const { from, to, isSeen } = extent(u, mark);
    u.ctx.fillStyle = colour("mark", mark.isSoft ? 0.1 : 0.24);
    if (isSeen) u.ctx.fillRect(from, u.bbox.top, Math.max(to - from, 2), u.bbox.height);
  }
  u.ctx.restore();
}

function nameMarks(u, marks) {
  u.ctx.save();
  u.ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  u.ctx.fillStyle = colour("ink");
  u.ctx.textBaseline = "top";
  for (const mark of marks.filter((mark) => mark.label)) {
    const { from, isSeen } = extent(u, mark);
    const isRight = from > u.bbox.left + u.bbox.width * 0.8;
    u.ctx.textAlign = isRight ? "right" : "left";
    const gap = 4 * devicePixelRatio;
    if (isSeen) u.ctx.fillText(mark.label, from + (isRight ? -gap : gap), u.bbox.top + gap);
  }
  u.ctx.restore();
}
