// Committees: what is refused before it starts, and who owns which slot.
import { describe, expect, it } from "vitest";
import { type CommitteeOptions, createCommittee, MEMBERS_MAX } from "./committee.ts";
import { ConfigurationError } from "./configuration-error.ts";

const members = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ name: `m${index}`, stake: 1, publicKey: new Uint8Array() }));
const nobody = { crash: 0, byzantine: 0 };

describe("a committee", () => {
  it("rotates heads wave-aligned: the same head for as many rounds as a wave has", () => {
    const two = createCommittee({ members: members(3), fault: { crash: 1, byzantine: 0 } });
    expect([0, 1, 2, 3, 4, 5, 6].map((round) => two.slotsOf(round)[0])).toEqual([0, 0, 1, 1, 2, 2, 0]);
    const three = createCommittee({ members: members(4), fault: { crash: 0, byzantine: 1 } });
    expect([0, 2, 3, 5, 6, 9, 12].map((round) => three.slotsOf(round)[0])).toEqual([0, 0, 1, 1, 2, 3, 0]);
  });

  it("gives every member one slot in every round", () => {
    const committee = createCommittee({ members: members(7), fault: { crash: 1, byzantine: 1 } });
    for (let round = 0; round < 60; round++) {
      expect(committee.slotsOf(round).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
      for (const [rank, author] of committee.slotsOf(round).entries()) {
        expect(author).toBe((Math.floor(round / 3) + rank) % 7);
      }
    }
  });

  it("allocates no slots for a round that it has answered before", () => {
    const committee = createCommittee({ members: members(5), fault: { crash: 2, byzantine: 0 } });
    expect(committee.slotsOf(3)).toBe(committee.slotsOf(13));
    expect(committee.slotsOf(2 ** 31 - 1)).toHaveLength(5);
  });

  it("of one works", () => {
    const { thresholds, slotsOf } = createCommittee({ members: members(1), fault: nobody });
    expect([thresholds.rule, thresholds.parents, thresholds.commit, thresholds.skip]).toEqual(["cft2", 1, 1, 1]);
    expect(slotsOf(9)).toEqual([0]);
  });

  it("takes another rule or slack for experiments only when asked", () => {
    const fault = { crash: 2, byzantine: 0 };
    expect(createCommittee({ members: members(5), fault }).thresholds.rule).toBe("cft2");
    expect(createCommittee({ members: members(5), fault, rule: "hyb3" }).thresholds.commit).toBe(4);
    const slack = createCommittee({ members: members(9), fault: { crash: 1, byzantine: 1 }, slack: 0 });
    expect(slack.thresholds.commit).toBe(9);
  });

  it.each([
    ["nobody", { members: [], fault: nobody }],
    ["too many", { members: members(MEMBERS_MAX + 1), fault: nobody }],
    ["two of one name", { members: [...members(2), ...members(1)], fault: nobody }],
    ["one without a name", { members: [{ name: "", stake: 1, publicKey: new Uint8Array() }], fault: nobody }],
    [
      "two of one key",
      { members: members(2).map((one) => ({ ...one, publicKey: Uint8Array.of(7, 7) })), fault: nobody },
    ],
    ["no stake", { members: members(2).map((one) => ({ ...one, stake: 0 })), fault: nobody }],
    ["more faults than it can survive", { members: members(4), fault: { crash: 2, byzantine: 0 } }],
    ["a negative epoch", { members: members(1), fault: nobody, epoch: -1 }],
  ] as readonly [string, CommitteeOptions][])("with %s is refused", (_, options) => {
    expect(() => createCommittee(options)).toThrow(ConfigurationError);
  });
});
