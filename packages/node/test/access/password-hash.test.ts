// Hashes of passwords: what was hashed matches, nothing else does, and a foreign hash cannot ask for too much.
import { describe, expect, it } from "vitest";
import { costOf, decoyOf, hashPassword, isPasswordHash, passwordMatches } from "../../src/access/password-hash.ts";

describe("a password's hash", () => {
  it("matches its password and no other", async () => {
    const hash = await hashPassword("sesame — öffne dich");
    expect(hash).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
    expect(isPasswordHash(hash)).toBe(true);
    expect(await passwordMatches("sesame — öffne dich", hash)).toBe(true);
    expect(await passwordMatches("sesame — öffne dicH", hash)).toBe(false);
    expect(await passwordMatches("", hash)).toBe(false);
  });

  it("of another cost is checked as it says: RFC 7914 has this one", async () => {
    const [salt, hash] = [
      Buffer.from("SodiumChloride"),
      Buffer.from(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
        "hex",
      ),
    ].map((bytes) => bytes.toString("base64url"));
    expect(await passwordMatches("pleaseletmein", `scrypt$14$8$1$${salt}$${hash}`)).toBe(true);
    expect(await passwordMatches("pleaseletmeout", `scrypt$14$8$1$${salt}$${hash}`)).toBe(false);
  });

  it("tells what it costs, and a decoy costs the same", async () => {
    for (const hash of [await hashPassword("sesame"), decoyOf("14$8$1")])
      expect(costOf(decoyOf(costOf(hash)!))).toBe(costOf(hash));
    expect(costOf("no hash")).toBeUndefined();
  });

  it("is nobody's when it asks for more memory or time than a replica gives, or is no hash at all", async () => {
    const tail = decoyOf("15$8$3").split("$").slice(4).join("$");
    for (const head of ["scrypt$17$8$1", "scrypt$15$99$1", "scrypt$15$8$9", "scrypt$0$8$1", "bcrypt$15$8$1", ""]) {
      expect(isPasswordHash(`${head}$${tail}`), head).toBe(false);
      expect(await passwordMatches("x", `${head}$${tail}`), head).toBe(false);
    }
  });
});
