// What a page says, and what is done with its tables.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const HEADINGS = [
  "Summary", "Rollout", "Times", "Stragglers", "Load of the service", "State of the fleet", "Freshness", "Parameters",
  "Method and repetition",
];

const quiet = (file) => ({ file, async run(page) {
  assert.ok(await page.locator("main section").count() >= 7);
} });

export const reading = {
  "a study has its landmarks, headings and charts": {
    async run(page) {
      assert.deepEqual(await page.locator("h2").allTextContents(), HEADINGS);
      assert.deepEqual(await page.locator("nav.sections a").allTextContents(), HEADINGS);
      for (const role of ["banner", "navigation", "main", "contentinfo"]) assert.equal(await page.getByRole(role).count(), 1, role);
      assert.equal(await page.locator("figure.chart").count(), await page.locator("figure.chart canvas").count());
      assert.equal(await page.locator("h1").count(), 1);
      assert.match(await page.title(), /^VPN and drive mappings/);
      for (const note of await page.locator("figure .note").allTextContents()) assert.ok(note.length > 20, "each chart is summed up in words");
    },
  },

  "a study of one seed": quiet("one-seed.html"),
  "a study of sixty contents": quiet("many.html"),
  "a study of nothing": quiet("empty.html"),
  "a partial study says so first": {
    file: "partial.html",
    async run(page) {
      assert.ok(await page.locator(".banner strong").isVisible());
    },
  },

  "hostile names stay text": {
    file: "hostile.html",
    async run(page) {
      assert.equal(await page.locator("img").count(), 0);
      assert.ok((await page.locator("h1").textContent()).startsWith("</script><script>alert(1)"));
      assert.ok((await page.locator("#rollout-0 .legend .label").first().textContent()).includes("<img src=x"));
      assert.ok((await page.locator(".example").first().textContent()).includes("<img src=x"));
    },
  },

  "a script that is not the page's own does not run": {
    mayComplain: true,
    async run(page) {
      const ran = await page.evaluate(async () => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
        const fetched = await fetch("data:,x").then(() => "fetched", () => "refused");
        return [window.ran, fetched];
      });
      assert.deepEqual(ran, [null, "refused"].map((value) => value ?? undefined));
    },
  },

  "without script, words and tables are there": {
    options: { javaScriptEnabled: false },
    async run(page) {
      assert.ok(await page.locator("noscript").first().textContent());
      assert.ok(await page.locator("#times-table tbody tr").count() >= 6);
      assert.match(await page.locator(".answers li").first().textContent(), /95 % after /);
      assert.ok(!(await page.locator(".filter").first().isVisible()), "what needs script is hidden");
    },
  },

  "parameters: changed ones first, found by any of their words": {
    async run(page) {
      const rows = page.locator("#parameter-table tbody tr");
      assert.equal(await page.locator("#parameter-table tbody tr.changed").count(), 2);
      assert.match(await rows.first().textContent(), /changed/);
      const input = page.locator("[data-for=parameter-table] input");
      await input.fill("assumed B-11");
      assert.equal(await page.locator("#parameter-table tbody tr:visible").count(), 1);
      assert.equal(await page.locator("[data-for=parameter-table] output").textContent(), "1 of 64");
      await input.fill("");
      assert.equal(await page.locator("#parameter-table tbody tr:visible").count(), 64);
    },
  },

  "times are sorted by a press on the head, what is beyond the run last": {
    async run(page) {
      const heads = page.locator("#times-table thead th");
      const names = () => page.locator("#times-table tbody th").evaluateAll((cells) => cells.map((cell) => cell.dataset.sort));
      await heads.nth(5).getByRole("button").click();
      assert.equal(await heads.nth(5).getAttribute("aria-sort"), "ascending");
      const rising = await names();
      assert.deepEqual(rising.slice(-2).sort(), ["Company VPN 5.2", "Reader with a rather long product name (64-bit)"]);
      assert.equal(rising[0], "map-drives");
      await heads.nth(5).getByRole("button").click();
      assert.ok((await names())[0] !== "map-drives");
    },
  },

  "stragglers: found by cause, and each example tells how to replay it": {
    async run(page) {
      await page.locator("[data-for=straggler-list] input").fill("not-awake");
      assert.equal(await page.locator("#straggler-list tbody tr:visible").count(), 4);
      const example = page.locator(".example:visible").first();
      const number = await example.locator("span").textContent();
      await example.click();
      const replay = page.locator(".replay:visible");
      assert.equal(await replay.locator("code").textContent(), `imesim run examples/scenarios/rollout.toml --seed 1 --device ${number}`);
      await replay.getByRole("button", { name: "Copy" }).click();
    },
  },

  "the data can be saved": {
    async run(page) {
      const [file] = await Promise.all([page.waitForEvent("download"), page.locator(".download button").click()]);
      assert.equal(JSON.parse(await readFile(await file.path(), "utf8")).schema, 1);
    },
  },
};
