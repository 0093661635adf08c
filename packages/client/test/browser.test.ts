// The client in a real browser: a page with its bundle, served from an origin of its own, over replicas that are real
// processes and die meanwhile. Needs Chromium; where there is none it says so and leaves it out.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../src/index.ts";
import { bundlePage } from "./browser/bundle.ts";
import { findChromium, visit } from "./browser/chromium.ts";
import { ProcessCluster } from "./browser/cluster.ts";
import type { Link } from "./browser/link.ts";
import type { Careful, Doubt, Foreign, Friendly } from "./browser/page.ts";
import { type Services, Site } from "./browser/site.ts";

/** Long after a page that goes wrong has said so. */
const VISIT_MS = 90_000;

const chromium = findChromium();
if (chromium === undefined) {
  process.stderr.write(
    "\n*** SKIPPED: the client in a browser needs Chromium (found none); install it, for instance with: apt-get install chromium ***\n\n",
  );
}

/** What a page may have happen to the replicas. */
function mischief(cluster: ProcessCluster): Services {
  const { links } = cluster;
  const at = (url: string): Link => links.find((link) => link.url === url)!;
  const each = (change: (link: Link) => unknown) => () => Promise.all(links.map(change)).then(() => {});
  let killed = "";
  return {
    kill: (url) => cluster.kill(at(url)),
    start: (url) => cluster.start(at(url)),
    "kill-amid-answer": each((link) => {
      link.passes = () => {
        for (const other of links) other.passes = () => true;
        killed = link.url;
        cluster.kill(link);
        return false;
      };
    }),
    killed: () => killed,
    "lose-answers": each((link) => {
      link.passes = () => false;
    }),
    refuse: (url) => {
      for (const link of url === "" ? links : [at(url)]) link.close();
    },
    heal: each(async (link) => {
      link.passes = () => true;
      await link.open();
    }),
  };
}

describe.skipIf(chromium === undefined)(`the client in Chromium ${chromium?.version ?? ""}`, () => {
  let script: string;
  const sites: Site[] = [];
  let cluster: ProcessCluster | undefined;

  beforeAll(async () => {
    script = await bundlePage();
  });
  afterAll(async () => {
    for (const site of sites) site.close();
    await cluster?.close();
  });

  async function openSite(): Promise<Site> {
    const site = await Site.open(script);
    sites.push(site);
    return site;
  }

  async function visitPage<Found>(site: Site, scenario: string, urls: readonly string[], services?: Services) {
    const report = site.expect<Found>({ scenario, urls }, services);
    return await visit(chromium!, { url: `${site.origin}/`, report, timeoutMs: VISIT_MS });
  }

  describe("in a page of an origin that the replicas list, while replicas die and answers are lost", () => {
    let found: Friendly;
    beforeAll(async () => {
      const site = await openSite();
      cluster = await ProcessCluster.start({ replicas: 3, byzantine: 0, origins: [site.origin] });
      found = await visitPage<Friendly>(site, "friendly", cluster.urls, mischief(cluster));
    }, 2 * VISIT_MS);

    it("runs typed commands, and names its errors though it is minified", () => {
      const { ttlMs, ...rest } = found.commands;
      expect(ttlMs).toBeGreaterThan(0);
      expect(rest).toEqual({
        set: true,
        get: "grüß dich",
        bytes: [0x00, 0xff, 0x80],
        incr: 1,
        hash: { name: "Ada", age: "36" },
        board: [
          { member: "ada", score: 10 },
          { member: "bob", score: 7 },
        ],
        pipeline: [2, "2"],
        refused: "RejectedError WRONGTYPE",
        fault: { crash: 1, byzantine: 0 },
      });
    });

    it("runs transactions, one way or the other, and updates that race", () => {
      expect(found.transactions).toEqual({
        first: { held: true, replies: [0, 1] },
        second: { held: false, replies: ["0"] },
        orders: ["Ada"],
        sum: "5",
      });
    });

    it("watches on at another replica when its own is killed, with nothing lost and nothing twice", () => {
      const { seen, killed, resumed } = found.watched;
      expect(seen.map(({ key }) => key)).toEqual(Array.from({ length: 15 }, (_, at) => `seen:${at}`));
      expect(seen.map(({ revision }) => revision)).toEqual(seen.map((_, at) => seen[0]!.revision + at));
      expect(cluster!.urls).toContain(killed);
      expect(resumed.at(-1)!.url).not.toBe(killed);
    });

    it("spreads watches, so that a browser's six connections to an address leave one for commands", () => {
      expect(found.crowd).toEqual(Array.from({ length: 10 }, (_, at) => `crowd:${at}`));
    });

    it("sends a write again under its number when its replica is killed amid the answer, and it is done once", () => {
      const { told, stands, killed, requests } = found.exactlyOnce;
      expect(told).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(stands).toBe("7");
      const again = requests.filter(({ number }) => number === requests[0]!.number);
      expect(again.length).toBeGreaterThan(1);
      expect(again[0]!.origin).toBe(killed);
      expect(again.at(-1)!.origin).not.toBe(killed);
    });

    it("says of a write without an answer that it is in doubt, and settles it as what it was", () => {
      const inDoubt = { kind: "indeterminate", isTyped: true } satisfies Partial<Doubt>;
      expect(found.lost).toEqual({ ...inDoubt, settled: "committed", value: 2, stands: "2" });
      // A browser does not say that nobody listened, so what a program would know to be rejected is in doubt at first.
      expect(found.unheard).toEqual({ ...inDoubt, settled: "rejected", stands: "1" });
    });

    it("aborts the signal of a lock before it is handed over, and is fenced off afterwards", () => {
      const { tokens, holders, ...rest } = found.locks;
      const [first, second] = tokens as [number, number];
      expect(second).toBeGreaterThan(first);
      expect(holders).toEqual([first]);
      expect(rest).toEqual({ wrote: true, why: "LOST", late: "RejectedError FENCED", room: "second", released: true });
    });

    it("may open a WebSocket, too", () => {
      expect(found.socket).toBe("committed");
    });

    it("in a page of another origin reads nothing, changes nothing and says what to look at", async () => {
      const client = connect(cluster!.urls);
      await client.set("secret", "x");
      const { outcome, refused, socket } = await visitPage<Foreign>(await openSite(), "foreign", cluster!.urls);
      expect(outcome.kind).toBe("rejected");
      expect(outcome.message).toContain("http.origins");
      const failed = "TypeError: Failed to fetch";
      expect(refused).toEqual({ read: failed, write: failed, blindRead: failed, blindWrite: failed });
      expect(socket).toBe("closed");
      expect(await client.get("foreign")).toBe(null);
      await client.close();
    });
  });

  describe("of four replicas, of which the first lies", () => {
    it("believes what two say alike, signs what it writes, and else says that they disagree", {
      timeout: 2 * VISIT_MS,
    }, async () => {
      await cluster?.close();
      const site = await openSite();
      cluster = await ProcessCluster.start({ replicas: 4, byzantine: 1, origins: [site.origin] });
      const [liar] = cluster.links as [Link];
      liar.alters = (bytes) => Buffer.from(bytes.toString("latin1").replaceAll('"truth"', '"false"'), "latin1");
      const { reads, ...found } = await visitPage<Careful>(site, "careful", cluster.urls, mischief(cluster));
      expect(new Set(reads)).toEqual(new Set(["truth"]));
      expect(found).toEqual({
        trusting: "false",
        isLiarAsked: true,
        alone: "DisagreementError DISAGREEMENT",
        token: 1,
        counted: 1,
        event: "set",
        isSigned: true,
      });
    });
  });
});
