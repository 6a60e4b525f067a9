// The page of log files: which lines are shown, and what axe finds.

import assert from "node:assert/strict";
import { accessible } from "./looks.mjs";

const file = "logs.html";
const shown = (page) => page.locator("#item-table tbody tr:visible").count();

export const logs = {
  "what went as usual is left out until it is asked for": {
    file,
    async run(page) {
      const few = await shown(page);
      await page.locator("#quiet").check();
      const all = await shown(page);
      assert.equal(all, await page.locator("#item-table tbody tr").count());
      assert.ok(few > 0 && few < all);
      assert.equal(await page.locator("#shown").textContent(), `${all} of ${all}`);
    },
  },

  "lines are found by their words": {
    file,
    async run(page) {
      await page.locator("#words").fill("SCRIPT overwritten");
      assert.equal(await shown(page), 1);
      await page.locator("#words").fill("nothing says this");
      assert.equal(await shown(page), 0);
    },
  },

  "a page of log files is complete without script": {
    file,
    options: { javaScriptEnabled: false },
    async run(page) {
      assert.ok(await page.locator(".filter").isHidden());
      assert.equal(await shown(page), await page.locator("#item-table tbody tr").count());
      assert.ok(await page.locator("svg.lanes rect").first().isVisible());
    },
  },

  "accessible: log files": { file, async run(page) { await accessible(page); } },
  "accessible: log files, dark": { file, options: { colorScheme: "dark" }, async run(page) { await accessible(page); } },
  "accessible: log files, narrow": { file, options: { viewport: { width: 360, height: 740 } }, async run(page) { await accessible(page); } },
  "accessible: no log files": { file: "logs-empty.html", async run(page) { await accessible(page); } },
};
