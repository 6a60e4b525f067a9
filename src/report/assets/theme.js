// Light and dark: as the system has it, or as chosen. Charts are drawn on canvas, so they are drawn again.

const COLOURS = 8;
const DASHES = [[], [9, 4], [2, 3], [12, 3, 2, 3], [5, 5], [16, 5], [6, 3, 2, 3, 2, 3], [1, 5]];

const colours = new Map();

/** A colour of the style by its name, as the page shows it now; `alpha` makes it translucent. */
function colour(name, alpha = 1) {
  const key = name + alpha;
  if (!colours.has(key)) {
    const probe = make("span");
    probe.style.color = `var(--${name})`;
    document.body.append(probe);
    const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g);
    probe.remove();
    colours.set(key, `rgba(${r}, ${g}, ${b}, ${alpha})`);
  }
  return colours.get(key);
}

function repaint() {
  colours.clear();
  for (const chart of charts.values()) chart.plot.redraw(false, true);
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  for (const input of document.querySelectorAll(".theme input")) input.checked = input.value === theme;
  repaint();
}

/** Remembers the choice where the browser allows that to a file. */
const memory = {
  get theme() {
    try { return localStorage.getItem("imesim-theme"); } catch { return null; }
  },
  set theme(theme) {
    try { localStorage.setItem("imesim-theme", theme); } catch { /* not remembered */ }
  },
};

function startTheme() {
  const known = ["auto", "light", "dark"];
  setTheme(known.includes(memory.theme) ? memory.theme : "auto");
  document.querySelector(".theme").addEventListener("change", (event) => {
    memory.theme = event.target.value;
    setTheme(event.target.value);
  });
  for (const query of ["(prefers-color-scheme: dark)", "print"]) matchMedia(query).addEventListener("change", repaint);
  addEventListener("beforeprint", repaint);
  addEventListener("afterprint", repaint);
}
