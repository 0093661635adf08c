// The file layer that loses power is an instrument: what it gets wrong, tests of whole replicas blame on them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type Files, nodeFiles, volatileFiles } from "../../src/storage/index.ts";

it("finds what was written, also when it is synced while the device reads", async () => {
  const directory = await mkdtemp(join(tmpdir(), "quorate-volatile-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const device = slowToRead(nodeFiles);
  const file = await volatileFiles(device.files).create(join(directory, "file"));
  onTestFinished(() => file.close());
  file.write(Buffer.from("written"), 0);
  const into = Buffer.alloc(7);
  const reading = file.read(into, 0);
  await device.hasRead;
  await file.sync();
  device.answer();
  expect(await reading).toBe(7);
  expect(into.toString()).toBe("written");
});

/** A device that reads at once, and says so only when it is told to. */
function slowToRead(files: Files): { readonly files: Files; readonly hasRead: Promise<void>; answer(): void } {
  const { promise: hasRead, resolve: tellRead } = promised();
  const { promise: answered, resolve: answer } = promised();
  const create: Files["create"] = async (path) => {
    const file = await files.create(path);
    return {
      size: file.size,
      write: (bytes, position) => file.write(bytes, position),
      writeLater: (bytes, position) => file.writeLater(bytes, position),
      read: async (into, position) => {
        const length = await file.read(into, position);
        tellRead();
        await answered;
        return length;
      },
      sync: () => file.sync(),
      close: () => file.close(),
    };
  };
  return { files: { ...files, create }, hasRead, answer };
}

function promised(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
