// The client as a browser gets it: one file without a trace of Node, small, and working where there is nothing but what
// browsers have.
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { bundleClient } from "./browser/bundle.ts";
import { World } from "./world.ts";

let world: World | undefined;
afterEach(() => world?.stop());

/** The bound that docs/client.md states. */
const GZIP_BYTES_MAX = 19_000;

describe("the bundle", () => {
  it("is small", async () => {
    const code = await bundleClient({ format: "esm" });
    const gzipped = gzipSync(code, { level: 9 }).length;
    console.info(`@quorate/client: ${code.length} bytes minified, ${gzipped} with gzip`);
    expect(gzipped).toBeLessThan(GZIP_BYTES_MAX);
  });

  it("runs where there is nothing of Node", async () => {
    world = await World.start(3);
    const code = await bundleClient({ format: "iife" });
    expect(code).not.toMatch(/\bprocess\b|\bBuffer\b|\brequire\(|node:/);
    // What a page has, as far as the client may use it. Objects of another realm are compared as JSON.
    const page = {
      ...{ fetch, AbortController, AbortSignal, TextEncoder, TextDecoder, URL, performance, crypto, atob, btoa },
      ...{ setTimeout: (run: () => void, ms: number) => Number(setTimeout(run, ms)), clearTimeout, Uint8Array },
      urls: world.urls,
    };
    const script = `${code}
      (async () => {
        const client = quorate.connect(urls, { byzantine: 1 });
        const watch = client.watch({ key: "a" });
        await watch.started;
        const said = [await client.set("a", "1"), await client.incr("n"), (await watch.next()).value.event];
        await watch.return();
        const lease = await client.lock("door");
        said.push(await lease.fenced.get("a"), await lease.release());
        await client.close();
        return JSON.stringify(said);
      })()`;
    expect(await (runInNewContext(script, page) as Promise<string>)).toBe('[true,1,"set","1",true]');
  });
});
