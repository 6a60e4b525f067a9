// The charts of two studies, one laid over the other.

/** Values of both studies on one axis; null where a study has none. */
function overlay(xs, values) {
  const tables = xs.map((x, side) => [x, ...values[side]]);
  const [x, ...joined] = uPlot.join(tables);
  return { x, columns: joined };
}

function startCompare({ a, b }) {
  const isRelative = a.start !== b.start;
  const axes = [a, b].map((study) => timeAxis(study, isRelative));
  const axis = { ...axes[0], end: Math.max(axes[0].end, axes[1].end) };
  const common = { axis, step: Math.min(a.bin_secs, b.bin_secs), holds: [a.bin_secs, b.bin_secs] };
  const keyOfCurve = (curve) => `${curve.kind} ${curve.content}, ${curve.ring}`;
  overlays("rollout-0", [a.curves, b.curves], keyOfCurve, [binEnds(a, axes[0]), binEnds(b, axes[1])], { ...common, ...shareScale });
  overlays("load-0", [a.load, b.load], (one) => `${one.label}, ${one.unit}`, [binStarts(a, axes[0]), binStarts(b, axes[1])],
    { ...common, isStepped: true, show: showCount, short: shortCount });
}

/** A choice of what both or either have, and the chart of it: A solid, B dashed. */
function overlays(id, lists, keyOf, xs, common) {
  const figure = document.getElementById(id);
  const keys = [...new Set(lists.flat().map(keyOf))];
  makeChoice(document.querySelector(`.choice[data-for="${id}"]`), keys, (index) => {
    const found = lists.map((list) => list.find((one) => keyOf(one) === keys[index]));
    const sides = found.flatMap((one, side) => (one ? [{ one, side }] : []));
    const parts = ({ one }) => [one.median, ...(one.low.length ? [one.low, one.high] : [])];
    const { x, columns: joined } = overlay(sides.map(({ side }) => xs[side]), sides.map(parts));
    const lines = sides.map(({ one, side }) => {
      const [median, low = [], high = []] = joined.splice(0, parts({ one }).length);
      return { label: `${"AB"[side]}: ${keys[index]}`, colour: side + 1, dash: side, holds: common.holds[side], median, low, high };
    });
    drawChart(figure, { ...common, x, lines });
    refreshGrid(figure);
  });
}
