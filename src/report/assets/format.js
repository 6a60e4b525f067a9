// Figures and moments as people write them. Times are UTC wherever the page runs.

const MINUTE = 60, HOUR = 3600, DAY = 86400;
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const grouped = new Intl.NumberFormat("en-US");

const showCount = (n) => grouped.format(n);
const showShare = (basisPoints) => (basisPoints / 100).toFixed(2) + "\u00a0%";
const two = (n) => String(n).padStart(2, "0");

/** A length of time in its two greatest units. */
function showLength(secs) {
  const parts = [];
  let rest = Math.round(secs);
  for (const [unit, name] of [[DAY, "d"], [HOUR, "h"], [MINUTE, "m"], [1, "s"]]) {
    if (rest >= unit && parts.length < 2) parts.push(Math.floor(rest / unit) + name);
    rest %= unit;
  }
  return parts.join(" ") || "0";
}

/** An axis of time: `origin` is what the start of the run is on it; without a start that can be read it counts from 0. */
function timeAxis(study, isRelative) {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(study.start) ? study.start : study.start + "Z";
  const at = isRelative ? NaN : Date.parse(zoned) / 1000;
  const isKnown = Number.isFinite(at);
  return { isKnown, origin: isKnown ? at : 0, end: (isKnown ? at : 0) + Math.max(study.duration_secs, 1) };
}

const dayOf = (date) => `${WEEKDAYS[date.getUTCDay()]} ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`;
const clockOf = (date, withSeconds) =>
  `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}` + (withSeconds ? `:${two(date.getUTCSeconds())}` : "");

/** A moment in full, such as `Mon 2 Mar 14:15 UTC`. */
function showMoment(axis, x) {
  if (!axis.isKnown) return `${showLength(x)} after the start`;
  const date = new Date(Math.round(x) * 1000);
  return `${dayOf(date)} ${clockOf(date, date.getUTCSeconds() > 0)} UTC`;
}

/** A moment for a file, in ISO form where it is known. */
function exactMoment(axis, x) {
  return axis.isKnown ? new Date(Math.round(x) * 1000).toISOString().replace(".000Z", "Z") : String(x);
}

/** The distances that grid lines of a time axis may have. */
const TIME_STEPS = [
  1, 5, 15, 30, MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY, 364 * DAY,
];

/** Where grid lines stand: at whole steps of the clock, from a week on at Mondays. */
function timeSplits(axis, min, max, step) {
  const offset = axis.isKnown && step >= 7 * DAY ? 4 * DAY : 0;
  const splits = [];
  for (let x = Math.ceil((min - offset) / step) * step + offset; x <= max; x += step) splits.push(x);
  return splits;
}

/** What is written at them; the day once, where it begins. */
function timeLabels(axis, splits, step) {
  if (!axis.isKnown) return splits.map(showLength);
  let before = "";
  return splits.map((x) => {
    const date = new Date(Math.round(x) * 1000);
    const day = dayOf(date);
    if (step >= DAY) return day.replace(" ", "\n");
    const label = clockOf(date, step < MINUTE) + (day === before ? "" : "\n" + day);
    before = day;
    return label;
  });
}

/** A count for an axis, short: 1,200 or 12k. */
function shortCount(n) {
  if (n >= 1e9) return grouped.format(n / 1e9) + "G";
  if (n >= 1e6) return grouped.format(n / 1e6) + "M";
  if (n >= 1e4) return grouped.format(n / 1e3) + "k";
  return grouped.format(n);
}

/** Makes an element: `make("button.copy", { type: "button" }, "Copy")`. */
function make(name, attributes = {}, ...inside) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value != null) element.setAttribute(key, value);
  }
  element.append(...inside);
  return element;
}
