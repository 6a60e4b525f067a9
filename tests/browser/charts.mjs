// What charts draw and what can be done with them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

/** The data of the page. */
export const dataOf = async (page) => JSON.parse(await page.locator("#data").textContent());

/** The columns that uPlot draws in this figure, and what is seen of each. */
export const drawn = async (page, id) => JSON.parse(await page.evaluate((id) => {
  const { plot } = charts.get(id);
  const shown = plot.series.map((series) => series.show);
  return JSON.stringify({ data: plot.data, shown, zoom: [plot.scales.x.min, plot.scales.x.max] });
}, id));

/** How many pixels of the chart have the colour of this line. */
const painted = (page, id, number) => page.evaluate(([id, number]) => {
  const { canvas } = charts.get(id).plot.ctx;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const ctx = copy.getContext("2d", { willReadFrequently: true });
  ctx.drawImage(canvas, 0, 0);
  const wanted = colour(`c${number}`).match(/\d+/g).map(Number);
  const { data } = ctx.getImageData(0, 0, copy.width, copy.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4)
    if (Math.abs(data[at] - wanted[0]) + Math.abs(data[at + 1] - wanted[1]) + Math.abs(data[at + 2] - wanted[2]) < 8) count += 1;
  return count;
}, [id, number]);

/** uPlot and the page act once the current task is over. */
const settle = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30))));

async function drag(page, id, from, to) {
  const over = page.locator(`#${id} .u-over`);
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  const at = (share) => [box.x + box.width * share, box.y + box.height / 2];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at((from + to) / 2), { steps: 4 });
  await page.mouse.move(...at(to), { steps: 4 });
  await page.mouse.up();
  await settle(page);
}

const START = Date.parse("2026-03-02T00:00:00Z") / 1000;

export const charts = {
  "charts hold the values of the data, untouched": {
    async run(page) {
      const data = await dataOf(page);
      const rollout = (await drawn(page, "rollout-0")).data;
      assert.equal(rollout.length, 1 + data.curves.length * 3);
      assert.deepEqual(rollout[0].slice(0, 2), [START + 900, START + 1800]);
      data.curves.forEach((curve, at) =>
        assert.deepEqual(rollout.slice(1 + at * 3, 4 + at * 3), [curve.median, curve.low, curve.high], curve.content));
      const load = (await drawn(page, "load-0")).data;
      assert.equal(load[0][0], START);
      data.load.filter((one) => one.unit === "per minute").forEach((one, at) =>
        assert.deepEqual(load.slice(1 + at * 3, 4 + at * 3), [one.median, one.low, one.high], one.name));
      const state = (await drawn(page, "state-0")).data;
      data.state.forEach((one, at) => assert.deepEqual(state[1 + at * 3], one.median, one.name));
      for (const number of [1, 4, 6]) assert.ok(await painted(page, "rollout-0", number) > 100, `line ${number} is seen`);
    },
  },

  "one seed draws lines without bands": {
    file: "one-seed.html",
    async run(page) {
      const { data } = await drawn(page, "rollout-0");
      assert.ok(data[2].every((value) => value === null) && data[3].every((value) => value === null));
      assert.ok(await painted(page, "rollout-0", 1) > 100);
      assert.equal(await page.locator("#rollout-0 .legend .band").first().textContent(), "");
    },
  },

  "a content that was aimed at no device has no line": {
    file: "partial.html",
    async run(page) {
      assert.equal((await drawn(page, "rollout-0")).data.length, 1);
      assert.equal(await page.locator("#rollout-0 .legend button").count(), 0);
    },
  },

  "a start that cannot be read makes an axis that counts from it": {
    file: "hostile.html",
    async run(page) {
      assert.deepEqual((await drawn(page, "rollout-0")).zoom, [0, 14 * 86_400]);
      assert.match(await page.locator("#rollout-0 .moment").textContent(), /14d after the start$/);
    },
  },

  "ten thousand bins stay ten thousand": {
    file: "many.html",
    async run(page) {
      const data = await dataOf(page);
      const { data: columns } = await drawn(page, "rollout-0");
      assert.equal(columns[0].length, 10_000);
      assert.deepEqual(columns[1], data.curves[0].median);
      await page.locator("#rollout-0 .plot").focus();
      const began = Date.now();
      await page.keyboard.press("+");
      await settle(page);
      assert.ok(Date.now() - began < 2_000, "zoom is quick");
    },
  },

  "the legend takes a line off and puts it back": {
    async run(page) {
      const button = page.locator("#rollout-0 .legend button").nth(3);
      const before = await painted(page, "rollout-0", 4);
      await button.click();
      await settle(page);
      assert.equal(await button.getAttribute("aria-pressed"), "false");
      assert.deepEqual((await drawn(page, "rollout-0")).shown.slice(10, 13), [false, false, false]);
      assert.ok(await painted(page, "rollout-0", 4) < before / 10, "the line is gone");
      await button.press("Enter");
      await settle(page);
      assert.equal(await button.getAttribute("aria-pressed"), "true");
      assert.equal(await painted(page, "rollout-0", 4), before);
    },
  },

  "the pointer shows the values of its moment": {
    async run(page) {
      const data = await dataOf(page);
      const over = page.locator("#rollout-0 .u-over");
      await over.scrollIntoViewIfNeeded();
      const box = await over.boundingBox();
      await page.mouse.move(box.x + box.width / 4, box.y + 50);
      await settle(page);
      const at = await page.evaluate(() => charts.get("rollout-0").plot.cursor.idx);
      const value = (data.curves[0].median[at] / 100).toFixed(2);
      assert.match(await page.locator("#rollout-0 .legend .value").first().textContent(), new RegExp(`^${value}\\s%$`));
      const moment = await page.locator("#rollout-0 .moment").textContent();
      assert.match(moment, /^Thu 5 Mar \d\d:\d\d UTC$/);
      const other = await page.evaluate(() => charts.get("state-0").plot.cursor.left);
      assert.ok(other > 0, "the other charts show the same moment");
    },
  },

  "dragging zooms all charts; button and double click show everything again": {
    async run(page) {
      const whole = (await drawn(page, "rollout-0")).zoom;
      assert.deepEqual(whole, [START, START + 14 * 86_400]);
      await drag(page, "rollout-0", 0.25, 0.5);
      const { zoom } = await drawn(page, "rollout-0");
      assert.ok(Math.abs(zoom[0] - (START + 3.5 * 86_400)) < 7_200 && Math.abs(zoom[1] - (START + 7 * 86_400)) < 7_200, `${zoom}`);
      for (const id of ["load-0", "load-1", "state-0"]) assert.deepEqual((await drawn(page, id)).zoom, zoom, id);
      await page.locator("#load-0 .whole").click();
      await settle(page);
      for (const id of ["rollout-0", "state-0"]) assert.deepEqual((await drawn(page, id)).zoom, whole, id);
      assert.ok(await page.locator("#rollout-0 .whole").isDisabled());

      await drag(page, "state-0", 0.6, 0.3);
      assert.notDeepEqual((await drawn(page, "load-0")).zoom, whole);
      await page.locator("#state-0 .u-over").dblclick();
      await settle(page);
      assert.deepEqual((await drawn(page, "load-0")).zoom, whole);
      await page.locator("#state-0").getByRole("button", { name: "Zoom in" }).click();
      await page.locator("#state-0").getByRole("button", { name: "Later" }).click();
      await settle(page);
      const [from, to] = (await drawn(page, "state-0")).zoom;
      assert.ok(to - from < 8 * 86_400 && to <= whole[1] && from > whole[0]);
    },
  },

  "keys move, zoom and reset": {
    async run(page) {
      const data = await dataOf(page);
      const plot = page.locator("#rollout-0 .plot");
      await plot.focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("Shift+ArrowRight");
      await settle(page);
      const at = await page.evaluate(() => charts.get("rollout-0").plot.cursor.idx);
      assert.ok(at > 5);
      const spoken = await page.locator("#rollout-0 [aria-live]").textContent();
      assert.ok(spoken.includes(`map-drives ${(data.curves[0].median[at] / 100).toFixed(2)}`), spoken);
      await page.keyboard.press("+");
      await settle(page);
      const [from, to] = (await drawn(page, "rollout-0")).zoom;
      assert.ok(to - from < 8 * 86_400);
      await page.keyboard.press("Escape");
      await settle(page);
      assert.deepEqual((await drawn(page, "rollout-0")).zoom, [START, START + 14 * 86_400]);
    },
  },

  "a picker keeps to as many curves as there are colours": {
    file: "many.html",
    async run(page) {
      const boxes = page.locator(".choices input");
      assert.equal(await boxes.count(), 62);
      assert.equal(await page.locator("#rollout-0 .legend button").count(), 5);
      for (let index = 40; index < 43; index += 1) await boxes.nth(index).check();
      assert.equal(await page.locator("#rollout-0 .legend button").count(), 8);
      assert.ok(await boxes.nth(50).isDisabled());
      assert.match(await page.locator(".picker output").textContent(), /^8 of 62 shown; take one off/);
      await boxes.nth(40).uncheck();
      assert.ok(await boxes.nth(50).isEnabled());
      await page.locator(".picker input[type=search]").fill("content-5");
      assert.equal(await page.locator(".choices li:visible").count(), 10);
      const data = await dataOf(page);
      const { data: columns } = await drawn(page, "rollout-0");
      assert.equal(columns.length, 1 + 7 * 3);
      assert.ok(columns.some((column) => column[5_000] === data.curves[41].median[5_000]));
      await page.getByRole("button", { name: "Show none" }).click();
      assert.equal(await page.locator("#rollout-0 .legend button").count(), 0);
    },
  },

  "the data of a chart are a table and a file": {
    async run(page) {
      const data = await dataOf(page);
      await page.locator("#load-0 details.data summary").click();
      const row = page.locator("#load-0 .grid tbody tr");
      // The table is filled when the page has heard that it is open, which is after the press.
      await row.nth(99).waitFor();
      assert.equal(await row.count(), 100);
      assert.equal(await row.first().locator("th").textContent(), "Mon 2 Mar 00:00 UTC");
      assert.equal(await row.nth(99).locator("td").first().textContent(), data.load[0].median[99].toLocaleString("en-US"));
      await page.locator("#load-0 .turn").getByRole("button", { name: "Next" }).click();
      assert.match(await page.locator("#load-0 .turn span").textContent(), /^101 to 200 of 1,344$/);
      const [file] = await Promise.all([
        page.waitForEvent("download"), page.locator("#load-0").getByRole("button", { name: "Save as CSV" }).click()]);
      const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
      assert.equal(lines.length, 1 + data.bins);
      assert.ok(lines[0].startsWith('"time","Script polls","Script polls, low"'));
      assert.equal(lines[1].split(",").slice(0, 2).join(), `2026-03-02T00:00:00Z,${data.load[0].median[0]}`);
    },
  },

  "two studies with different bins are laid over each other": {
    file: "compare.html",
    async run(page) {
      const { a, b } = await dataOf(page);
      const { data } = await drawn(page, "rollout-0");
      const kept = (column) => data[column].filter((value) => value != null);
      assert.deepEqual([kept(1), kept(4)], [a.curves[0].median, b.curves[0].median]);
      assert.deepEqual([kept(2), kept(6)], [a.curves[0].low, b.curves[0].high]);
      assert.ok(await painted(page, "rollout-0", 1) > 100 && await painted(page, "rollout-0", 2) > 100);
      await page.locator("[data-for=rollout-0] select").selectOption({ index: 3 });
      const other = (await drawn(page, "rollout-0")).data;
      assert.deepEqual(other[1].filter((value) => value != null), a.curves[3].median);
      await page.locator("[data-for=load-0] select").selectOption({ index: 4 });
      assert.match(await page.locator("#load-0 .legend .label").nth(1).textContent(), /^B: Downloads, MB per minute$/);
      assert.ok((await page.locator("#load-0 .legend .value").allTextContents()).every((text) => /\d/.test(text)), "both have a last value");
    },
  },
};
