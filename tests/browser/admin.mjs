// The page for admins of `imesim serve`: seen and used as a person would, with every error and every foreign request noticed.

import assert from "node:assert/strict";
import { join } from "node:path";
import { launch } from "./open.mjs";
import { accessible } from "./looks.mjs";

const ADMIN = process.env.ADMIN; // http://127.0.0.1:port
const AGENTS = process.env.AGENTS;
const TOKEN = process.env.TOKEN; // of the device pc1
const picture = (name) => join(process.env.PICTURES, `${name}.png`);

const ask = async (request) => {
  const body = JSON.stringify({ version: 1, token: 1, request });
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  return (await fetch(`${AGENTS}/v1/requests`, { method: "POST", headers, body })).json();
};
const poll = { poll: { workload: "script", user: 0, agent: "1.94.0.0" } };
const scripts = async () => (await ask(poll)).answer.scripts.map((script) => script.id);
const row = (page, name) => page.locator("tr", { has: page.getByRole("rowheader", { name, exact: true }) });

const checks = {
  "the overview and a device, light and dark, are accessible": async (page) => {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      for (const path of ["/", "/devices/0"]) {
        await page.goto(ADMIN + path);
        await page.screenshot({ path: picture(`admin-${path === "/" ? "overview" : "device"}-${colorScheme}`), fullPage: true });
        await accessible(page);
      }
    }
  },
  "an assignment that is made reaches the agent, and one that is taken back goes": async (page) => {
    await page.goto(ADMIN);
    const before = await scripts();
    await page.getByLabel("Content").selectOption("spare");
    await page.getByLabel("Group").selectOption("all-devices");
    await page.getByRole("button", { name: "Assign", exact: true }).click();
    await page.getByRole("button", { name: "Unassign spare from all-devices" }).waitFor();
    assert.equal((await scripts()).length, before.length + 1);
    await page.getByRole("button", { name: "Unassign spare from all-devices" }).click();
    await row(page, "spare").getByText("nobody").waitFor();
    assert.deepEqual(await scripts(), before);
  },
  "a report is seen on the device's page": async (page) => {
    const script = { policy: 0, revision: 1, user: 0, result: "failed", exit_code: 7, run: 3 };
    assert.equal((await ask({ report: { script } })).answer, "accepted");
    await page.goto(ADMIN);
    await page.getByRole("link", { name: "pc1" }).click();
    await page.getByText("failed, exit code 7").waitFor();
    const next = await row(page, "Agent, script").locator("td").nth(1).innerText();
    assert.match(next, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, "the next check-in is expected");
  },
  "a device is synced, moved and retired": async (page) => {
    await page.goto(`${ADMIN}/devices/0`);
    await page.getByRole("button", { name: "Sync" }).click();
    await page.getByText("MdmAdmin").waitFor();
    await page.getByRole("button", { name: "Join pilots" }).click();
    await page.getByRole("button", { name: "Leave pilots" }).click();
    await page.getByRole("button", { name: "Join pilots" }).waitFor();
    const retire = page.getByRole("button", { name: "Retire this device" });
    assert.equal(await retire.isVisible(), false, "it takes two steps");
    await page.getByText("Retire…").click();
    await retire.click();
    await page.getByText("Managed: yes").waitFor();
    const answer = await ask({ "mdm-session": { cause: "admin-push", agent: "1.94.0.0" } });
    assert.equal(answer.answer.mdm.management, "retire");
    await page.reload();
    await page.getByText("Managed: no").waitFor();
  },
  "it is used by keyboard alone": async (page) => {
    await page.goto(ADMIN);
    await page.getByLabel("Name has").focus();
    await page.keyboard.type("pc2");
    await page.keyboard.press("Enter");
    await page.getByText("1 of 2 devices").waitFor();
    await page.getByRole("link", { name: "pc2" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "pc2" }).waitFor();
  },
  "a narrow screen has nothing beside it": async (page) => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const path of ["/", "/devices/0"]) {
      await page.goto(ADMIN + path);
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(inner <= outer, `${path} is ${inner} wide`);
    }
  },
  "nothing that is put into a page runs": async (page, complaints) => {
    await page.goto(`${ADMIN}/?q=${encodeURIComponent('"><img src=x onerror="document.title=1">')}`);
    assert.equal(await page.locator("img").count(), 0);
    assert.notEqual(await page.title(), "1");
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "document.title = 'ran'";
      document.body.append(script);
    });
    assert.notEqual(await page.title(), "ran", "the policy keeps scripts out");
    assert.ok(complaints.splice(0).some((text) => text.includes("Content Security Policy")));
  },
};

const browser = await launch();
let failed = 0;
for (const [name, run] of Object.entries(checks)) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${ADMIN}/`)) complaints.push(`request: ${request.url()}`);
  });
  try {
    await run(page, complaints);
    assert.deepEqual(complaints, []);
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n        ${error.stack.replaceAll("\n", "\n        ")}`);
  }
  await context.close();
}
await browser.close();
console.log(failed ? `${failed} failed` : "all passed");
process.exit(failed ? 1 : 0);
