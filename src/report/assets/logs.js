// The timeline of log files: which lines are shown.

const charts = new Map();

const make = (tag) => document.createElement(tag);

function startLines() {
  const place = document.querySelector(".filter[data-for]");
  const rows = [...document.querySelectorAll(`#${place.dataset.for} tbody tr`)];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const words = document.getElementById("words");
  const quiet = document.getElementById("quiet");
  const show = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    rows.forEach((row, at) => {
      const isQuiet = row.hasAttribute("data-quiet") && !quiet.checked;
      row.hidden = isQuiet || !wanted.every((word) => texts[at].includes(word));
    });
    document.getElementById("shown").textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length}`;
  };
  place.hidden = false;
  words.addEventListener("input", show);
  quiet.addEventListener("change", show);
  show();
}

startTheme();
startLines();
