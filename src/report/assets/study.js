// The charts of one study.

/** Grid lines of shares: closer where rollouts end, as far as there is room. */
const shareTicks = (height) => [0, 2500, 5000, 7500, 9000, ...(height > 250 ? [9500] : []), 10000];
const shareScale = { top: 10000, ticks: shareTicks, show: showShare, short: (value) => `${value / 100} %` };

/** Where bins end on the axis, and where they begin. */
function binEnds(study, axis) {
  return Array.from({ length: study.bins }, (_, bin) => axis.origin + Math.min((bin + 1) * study.bin_secs, study.duration_secs));
}

function binStarts(study, axis) {
  return Array.from({ length: study.bins }, (_, bin) => axis.origin + bin * study.bin_secs);
}

const nameOf = (curve) => (curve.ring === "all" ? curve.content : `${curve.content}, ${curve.ring}`);
const isAimed = (curve) => curve.targeted > 0;

/** The outages, with how strong the echo was, and the time until the load was ordinary again. */
function outageMarks(study, axis) {
  return study.herd.outages.flatMap((outage) => [
    {
      from: axis.origin + outage.from_secs, to: axis.origin + outage.to_secs,
      label: outage.echo_peak > 0 ? `outage, echo ${showShare(outage.echo_permille * 10)}` : "outage",
    },
    {
      from: axis.origin + outage.to_secs, isSoft: true,
      to: outage.drain_secs == null ? axis.end : axis.origin + outage.to_secs + outage.drain_secs,
    },
  ]);
}

/** The curves to begin with: what was aimed at anyone, whole contents before rings; of a single content, all. */
function firstCurves(curves) {
  const indexes = curves.map((_, index) => index).filter((index) => isAimed(curves[index]));
  const contents = new Set(curves.map((curve) => curve.content));
  const whole = indexes.filter((index) => curves[index].ring === "all");
  return contents.size > 1 && curves.length > COLOURS && whole.length ? whole.slice(0, 5) : indexes.slice(0, COLOURS);
}

function startStudy(study) {
  const axis = timeAxis(study, false);
  const common = { axis, step: study.bin_secs };
  const rollout = document.getElementById("rollout-0");
  if (rollout) {
    const x = binEnds(study, axis);
    const draw = (chosen) => {
      const lines = chosen.map(([index, slot]) => ({ ...study.curves[index], label: nameOf(study.curves[index]), colour: slot + 1, dash: slot }));
      drawChart(rollout, { ...common, ...shareScale, x, lines });
      refreshGrid(rollout);
    };
    const first = firstCurves(study.curves);
    if (study.curves.length > COLOURS) {
      makePicker(document.querySelector(".picker"), study.curves.map((curve) => nameOf(curve) + (isAimed(curve) ? "" : " (aimed at no device)")), first, draw);
    } else {
      draw(first.map((index) => [index, index]));
    }
  }
  const marks = outageMarks(study, axis);
  seriesCharts("load", study.load, { ...common, x: binStarts(study, axis), isStepped: true, marks });
  seriesCharts("state", study.state, { ...common, x: binEnds(study, axis), marks });
}

/** One chart for each unit, into the figures that the page has for them. */
function seriesCharts(name, series, common) {
  const units = [...new Set(series.map((one) => one.unit))];
  units.forEach((unit, at) => {
    const own = series.filter((one) => one.unit === unit);
    const lines = own.map((one, index) => ({
      ...one, colour: index % COLOURS + 1, dash: (index + Math.floor(index / COLOURS)) % DASHES.length,
    }));
    drawChart(document.getElementById(`${name}-${at}`), { ...common, show: showCount, short: shortCount, lines });
  });
}
