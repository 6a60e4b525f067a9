// How pages look: themes, paper, narrow screens, keyboard focus, and what axe finds.

import assert from "node:assert/strict";
import { join } from "node:path";
import { axePath } from "./open.mjs";
import { readFile } from "node:fs/promises";

const picture = (name) => join(process.env.PICTURES, `${name}.png`);
const ground = (page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const settle = (page) => page.waitForTimeout(150);

/** No violation that axe calls serious or critical, with everything unfolded. */
export async function accessible(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
  await settle(page);
  await page.evaluate(await readFile(axePath, "utf8"));
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const grave = violations.filter((one) => ["serious", "critical"].includes(one.impact));
  assert.deepEqual(grave.map((one) => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`), []);
}

const taken = (name, file, options = {}) => ({ file, options, async run(page) {
  await settle(page);
  await page.screenshot({ path: picture(name), fullPage: true });
  await accessible(page);
} });

const dark = { colorScheme: "dark" };
const narrow = { viewport: { width: 360, height: 740 } };

export const looks = {
  "accessible: light": taken("light", "study.html"),
  "accessible: dark": taken("dark", "study.html", dark),
  "accessible: compared": taken("compare", "compare.html"),
  "accessible: compared, dark": taken("compare-dark", "compare.html", dark),
  "accessible: many": taken("many", "many.html"),
  "accessible: partial": taken("partial", "partial.html"),
  "accessible: nothing": taken("empty", "empty.html"),
  "accessible: narrow": taken("narrow", "study.html", narrow),

  "lines have a contrast of 3 or more in both themes": {
    async run(page) {
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme });
        await settle(page);
        const ratios = await page.evaluate(() => {
          const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
          const luminance = (name) => {
            const [r, g, b] = colour(name).match(/[\d.]+/g).map((value) => linear(value / 255));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ground = luminance("card");
          return Array.from({ length: COLOURS }, (_, at) => luminance(`c${at + 1}`))
            .map((line) => (Math.max(line, ground) + 0.05) / (Math.min(line, ground) + 0.05));
        });
        assert.ok(ratios.length === 8 && ratios.every((ratio) => ratio >= 3), `${colorScheme}: ${ratios}`);
      }
    },
  },

  "the theme follows the system until it is chosen": {
    async run(page) {
      assert.equal(await ground(page), "rgb(244, 246, 249)");
      await page.emulateMedia({ colorScheme: "dark" });
      await settle(page);
      assert.equal(await ground(page), "rgb(16, 20, 27)");
      assert.equal(await page.evaluate(() => colour("c1")), "rgba(129, 141, 219, 1)", "charts follow");
      await page.locator(".theme input[value=light]").check({ force: true });
      assert.equal(await ground(page), "rgb(244, 246, 249)");
      assert.equal(await page.evaluate(() => colour("c1")), "rgba(25, 76, 193, 1)");
      await page.reload();
      assert.equal(await ground(page), "rgb(244, 246, 249)", "the choice is kept");
    },
  },

  "paper is light and shows no controls": {
    options: dark,
    async run(page) {
      await page.emulateMedia({ media: "print" });
      await settle(page);
      assert.equal(await ground(page), "rgb(255, 255, 255)");
      for (const hidden of ["nav.sections", ".theme", ".toolbar", ".filter", "details.data"])
        assert.ok(!(await page.locator(hidden).first().isVisible()), hidden);
      assert.ok(await page.locator("#rollout-0 canvas").isVisible());
      assert.equal(await page.evaluate(() => colour("c1")), "rgba(25, 76, 193, 1)");
      await page.setViewportSize({ width: 688, height: 1000 });
      await settle(page);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 688, "tables fit on A4");
      await page.screenshot({ path: picture("print"), fullPage: true });
      await page.pdf({ path: join(process.env.PICTURES, "print.pdf"), format: "A4", printBackground: false });
    },
  },

  "a narrow screen needs no scrolling sideways": {
    options: narrow,
    async run(page) {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
      const { width } = await page.locator("#rollout-0 canvas").boundingBox();
      assert.ok(width > 250 && width <= 330, `${width}`);
      await page.setViewportSize({ width: 900, height: 700 });
      await settle(page);
      assert.ok((await page.locator("#rollout-0 canvas").boundingBox()).width > 700, "charts grow with the page");
    },
  },

  "long names break instead of widening the page": {
    file: "hostile.html",
    options: narrow,
    async run(page) {
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
    },
  },

  "the keyboard reaches everything and the focus is seen": {
    async run(page) {
      await page.keyboard.press("Tab");
      assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
      assert.ok((await page.locator(".skip").boundingBox()).x >= 0);
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.id), "main");
      const reached = new Set();
      for (let press = 0; press < 60; press += 1) {
        await page.keyboard.press("Tab");
        const { name, outline } = await page.evaluate(() => {
          const element = document.activeElement;
          return { name: element.closest(".toolbar, .plot, .legend, .scroll, .command, summary, .filter")?.className ?? "", outline: getComputedStyle(element).outlineStyle };
        });
        reached.add(name);
        assert.notEqual(outline, "none", `focus on ${name} is seen`);
      }
      for (const place of ["toolbar", "plot", "legend", "scroll", "command", "filter"]) assert.ok(reached.has(place), place);
    },
  },
};
