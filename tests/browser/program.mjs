// Pages that the program writes: what charts show is what was counted.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { dataOf, drawn } from "./charts.mjs";

const counted = async () => JSON.parse(await readFile(join(process.env.REPORTS, "fleet.json"), "utf8"));

export const program = {
  "a page of the program shows what the program counted": {
    file: "fleet.html",
    async run(page) {
      const [data, fleet] = [await dataOf(page), await counted()];
      assert.deepEqual(data.digests, [fleet.digest]);
      assert.equal(data.devices, fleet.devices);
      const app = fleet.apps[0];
      const curve = (await drawn(page, "rollout-0")).data[1];
      // The last step of the count is the end of the run itself, which the page has in its last bin.
      const shares = app.curve.map((done) => Math.floor((done * 10000) / app.targeted));
      shares.splice(curve.length - 1, shares.length, shares.at(-1));
      assert.deepEqual(curve, shares);
      const requests = data.load[0].median.reduce((sum, load) => sum + load, 0);
      assert.equal(requests, fleet.load.requests);
    },
  },
  "a comparison of the program says what is higher": {
    file: "fleets.html",
    async run(page) {
      const data = await dataOf(page);
      assert.equal(data.differences.find((row) => row.what === "requests").verdict, "higher");
    },
  },
};
