// What the examples must have printed, wherever they were run: from source, or as a stranger who installed the packages.
import { expect } from "vitest";

export function judgeJobRunner(printed: string): void {
  const [, frozen] = /^(\w+) freezes in the middle of job-3$/m.exec(printed) ?? [];
  expect(frozen, printed).toBeDefined();
  expect(printed).toContain(`${frozen} is too late with job-3: FENCED`);
  const results = [...printed.matchAll(/^ {2}(job-\d): \d letters, by (\w+)$/gm)].map(([, job, worker]) => [
    job,
    worker,
  ]);
  expect(results.map(([job]) => job)).toEqual(["job-1", "job-2", "job-3", "job-4", "job-5", "job-6"]);
  // Who says that it has done a job is who stands in its result, and nobody else says so.
  const said = [...printed.matchAll(/^(\w+) has done (job-\d)$/gm)].map(([, worker, job]) => [job, worker]);
  expect(said.toSorted()).toEqual(results);
  expect(results[2]![1]).not.toBe(frozen);
}

export function judgeAuction(printed: string): void {
  const bids = [...printed.matchAll(/^(\w+) bids (\d+)$/gm)].map(([, bidder, amount]) => ({
    bidder,
    amount: Number(amount),
  }));
  const amounts = bids.map(({ amount }) => amount);
  expect(new Set(amounts).size, printed).toBe(amounts.length);
  const best = bids.find(({ amount }) => amount === Math.max(...amounts));
  expect(printed).toContain(`the lamp goes to ${best?.bidder} for ${best?.amount}`);
  expect(printed).toContain("eve goes to another server");
  expect(printed).toContain(`a late bid: 409 AUCTION.BID was refused: CLOSED lamp went to ${best?.bidder}`);
}
