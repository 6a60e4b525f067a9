// The page of an exploration: walking, the shortest way, finding states, and what axe finds.

import assert from "node:assert/strict";
import { accessible } from "./looks.mjs";

const file = "explore.html";
const here = (page) => page.locator("#here").textContent();

export const explore = {
  "a walk goes from the start through a step and back": {
    file,
    async run(page) {
      assert.equal(await here(page), "State 0");
      assert.match(await page.locator("#look").textContent(), /Absent/);
      assert.equal(await page.locator("#way li").count(), 1);
      assert.ok(await page.locator("#back").isDisabled());
      const step = page.locator("#steps tbody a").first();
      await step.focus();
      await page.keyboard.press("Enter");
      await page.waitForFunction(() => document.getElementById("here").textContent !== "State 0");
      assert.equal(await page.locator("#way li").count(), 2);
      await page.locator("#back").click();
      await page.waitForFunction(() => document.getElementById("here").textContent === "State 0");
      await page.goBack();
      await page.waitForFunction(() => document.getElementById("here").textContent !== "State 0");
    },
  },

  "every state is reached by the way that is shown": {
    file,
    async run(page) {
      const wrong = await page.evaluate(() => atlas.data.states.filter(({ id }) => {
        const way = wayTo(id);
        return stateOf(way[0]).from !== null || way.some((at, place) => place > 0 && !stateOf(way[place - 1]).steps.some(([, , to]) => to === at));
      }).map(({ id }) => id));
      assert.deepEqual(wrong, []);
    },
  },

  "states are found by their words and by number": {
    file,
    async run(page) {
      await page.locator("#search").fill("idle succeeded");
      assert.match(await page.locator("#found-count").textContent(), /^[1-9]\d* (and more )?found$/);
      await page.locator("#found a").first().click();
      await page.waitForFunction(() => /Idle/.test(document.getElementById("look").textContent));
      await page.locator("#number").fill("7");
      await page.locator("#number").press("Enter");
      await page.waitForFunction(() => document.getElementById("here").textContent === "State 7");
      assert.match(page.url(), /#state-7$/);
      await page.locator("#number").fill("999999");
      await page.locator("#number").press("Enter");
      assert.equal(await here(page), "State 7");
    },
  },

  "a graph that is too large says so first": {
    file: "explore-part.html",
    async run(page) {
      assert.ok(await page.locator(".banner").first().isVisible());
      assert.match(await page.locator("#properties").textContent(), /NEVER SEEN/);
    },
  },

  "accessible: a graph": { file, run: accessible },
  "accessible: a graph, dark": { file, options: { colorScheme: "dark" }, run: accessible },
  "accessible: a graph, narrow": { file, options: { viewport: { width: 360, height: 740 } }, run: accessible },
};
