// What is done with tables and commands: find rows, show the replay of a device, copy, save.

function startFilters() {
  for (const place of document.querySelectorAll(".filter[data-for]")) {
    const target = document.getElementById(place.dataset.for);
    const rows = [...target.querySelectorAll("tbody tr")];
    const groups = [...target.querySelectorAll("details.content")];
    const texts = rows.map((row) =>
      `${row.closest("details")?.querySelector("summary").textContent ?? ""} ${row.textContent}`.toLowerCase());
    const wasOpen = groups.map((group) => group.open);
    const input = place.querySelector("input");
    place.hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      rows.forEach((row, at) => { row.hidden = !words.every((word) => texts[at].includes(word)); });
      groups.forEach((group, at) => {
        group.hidden = !group.querySelector("tbody tr:not([hidden])");
        group.open = words.length > 0 || wasOpen[at];
      });
      const shown = rows.filter((row) => !row.hidden).length;
      place.querySelector("output").textContent = words.length ? `${shown} of ${rows.length}` : "";
    });
  }
}

/** Sorts by a column when its head is pressed: by `data-sort` where a cell has it, else by its text. */
function startSorting() {
  const keyOf = (cell) => cell?.dataset.sort ?? cell?.textContent.trim() ?? "";
  const compare = (a, b) => (a !== "" && b !== "" && !isNaN(a) && !isNaN(b) ? a - b : a.localeCompare(b, "en"));
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.querySelectorAll("thead th:not(.spread)")];
    heads.forEach((head, column) => {
      head.replaceChildren(make("button.sort", { type: "button", onclick: () => {
        const isRising = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", isRising ? "ascending" : "descending");
        const rows = [...table.tBodies[0].rows].map((row) => [keyOf(row.cells[column]), row]);
        rows.sort(([a], [b]) => (isRising ? compare(a, b) : compare(b, a)));
        table.tBodies[0].append(...rows.map(([, row]) => row));
      } }, ...head.childNodes));
    });
  }
}

function startCommands() {
  for (const button of document.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const button of document.querySelectorAll("button.example")) {
    button.addEventListener("click", () => {
      const replay = button.closest("details").querySelector(".replay");
      replay.hidden = false;
      replay.querySelector("b").textContent = button.dataset.name;
      replay.querySelector("code").textContent = button.dataset.replay;
      replay.querySelector(".copy").dataset.copy = button.dataset.replay;
    });
  }
  for (const replay of document.querySelectorAll(".replay")) replay.setAttribute("role", "status");
}

/** Copies the command; where the browser refuses, selects it for the keyboard. */
async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  } catch {
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
  }
}

function startSave(text) {
  const place = document.querySelector(".download");
  if (!place) return;
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => save("study.json", "application/json", text));
}

/** Marks in the navigation what is being read. */
function startNavigation() {
  const links = new Map([...document.querySelectorAll("nav.sections a")].map((link) => [link.hash.slice(1), link]));
  const seen = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target.id);
    const current = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) link.toggleAttribute("aria-current", id === current);
    links.get(current)?.setAttribute("aria-current", "true");
  }, { rootMargin: "-15% 0px -70% 0px" });
  for (const section of document.querySelectorAll("main section")) watcher.observe(section);
}
