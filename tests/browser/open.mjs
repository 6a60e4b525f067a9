// A browser with a page of a report in it, watched for errors and requests.

import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const load = createRequire(join(resolve(process.env.BROWSER_MODULES), "package.json"));
const { chromium } = load("playwright-core");

export const axePath = load.resolve("axe-core/axe.min.js");

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM, args: FLAGS, ignoreDefaultArgs: false, headless: true });

/** Opens a page of the folder of reports; `complaints` collects what must not happen. */
export async function open(browser, name, options = {}) {
  const address = pathToFileURL(join(resolve(process.env.REPORTS), name)).href;
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, colorScheme: "light", acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const is = request.url();
    if (is.split("#")[0] !== address && !is.startsWith("data:") && !is.startsWith("blob:")) complaints.push(`request: ${is}`);
  });
  await page.goto(address);
  return { page, complaints, close: () => context.close() };
}
