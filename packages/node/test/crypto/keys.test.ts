// Keys and certificates, on real files and real TLS: what is refused, and that what is written can be read back.
import { X509Certificate } from "node:crypto";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toHex } from "@quorate/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificateKey, makeCertificate } from "../../src/crypto/certificate.ts";
import { importPublicKey, makeKeyPair, publicKeyOf, readPrivateKey, writePrivateKey } from "../../src/crypto/keys.ts";

let directory = "";
let names = 0;
const fresh = (): string => join(directory, `key-${names++}.pem`);
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "quorate-keys-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("key files", () => {
  it("hold a private key for their owner's eyes only", async () => {
    const path = fresh();
    const { privateKey, publicKey } = makeKeyPair();
    await writePrivateKey(path, privateKey);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(toHex(publicKeyOf(await readPrivateKey(path)))).toBe(toHex(publicKey));
    expect(publicKey).toHaveLength(32);
  });

  it("are never replaced", async () => {
    const path = fresh();
    await writePrivateKey(path, makeKeyPair().privateKey);
    const before = await readFile(path);
    await expect(writePrivateKey(path, makeKeyPair().privateKey)).rejects.toMatchObject({ code: "key-exists" });
    expect(await readFile(path)).toEqual(before);
  });

  it.each([0o640, 0o604, 0o660, 0o644])("that others can use are refused: mode %o", async (mode) => {
    const path = fresh();
    await writePrivateKey(path, makeKeyPair().privateKey);
    await chmod(path, mode);
    await expect(readPrivateKey(path)).rejects.toMatchObject({
      code: "key-exposed",
      message: expect.stringContaining(`mode ${mode.toString(8)}`),
    });
  });

  it("that are missing or hold something else are refused, without showing what they hold", async () => {
    await expect(readPrivateKey(fresh())).rejects.toMatchObject({ code: "key-missing" });
    const secret = "correct horse battery staple";
    const contents = [
      secret,
      `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`,
      "x".repeat(20_000),
    ];
    for (const content of contents) {
      const path = fresh();
      await writeFile(path, content, { mode: 0o600 });
      const error = await readPrivateKey(path).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error).toMatchObject({ code: "key-unreadable" });
      expect(String(error?.message) + String(error?.cause)).not.toContain(secret);
    }
  });
});

describe("certificates", () => {
  it("show exactly the key they were made of, in every year", () => {
    const { privateKey, publicKey } = makeKeyPair();
    const certificate = new X509Certificate(makeCertificate(privateKey));
    expect(toHex(certificateKey(certificate)!)).toBe(toHex(publicKey));
    expect(certificate.verify(importPublicKey(publicKey))).toBe(true);
    expect(new Date(certificate.validFrom).getUTCFullYear()).toBe(2000);
    expect(new Date(certificate.validTo).getUTCFullYear()).toBe(9999);
  });
});
