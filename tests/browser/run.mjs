// Runs every check, each with a page of its own, and says which failed.

import { launch, open } from "./open.mjs";
import { charts } from "./charts.mjs";
import { explore } from "./explore.mjs";
import { logs } from "./logs.mjs";
import { looks } from "./looks.mjs";
import { program } from "./program.mjs";
import { reading } from "./reading.mjs";

const browser = await launch();
let failed = 0;
for (const [name, { file = "study.html", options = {}, mayComplain = false, run }] of Object.entries({ ...reading, ...charts, ...looks, ...program, ...explore, ...logs })) {
  const began = Date.now();
  const opened = await open(browser, file, options);
  try {
    await run(opened.page);
    if (!mayComplain && opened.complaints.length) throw new Error(opened.complaints.join("; "));
    console.log(`ok      ${name} (${Date.now() - began} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n        ${error.stack.replaceAll("\n", "\n        ")}`);
  }
  await opened.close();
}
await browser.close();
console.log(failed ? `${failed} failed` : "all passed");
process.exit(failed ? 1 : 0);
