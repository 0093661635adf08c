// A chain that everybody refused once, in the history of a member that could not know. Liars run twice from the start and
// are exposed within a few rounds; the chain of one story is refused by all who have seen the other. As soon as the horizon
// is past the twins, a member restarts: its log begins above them, and the liars' old chain looks like any other.
//
//   Who references it makes a block that the others cannot accept, and with it every later one: seven members of which
//   two lie need each of the honest five.
//   Who heeds that it cannot judge leaves the chain out, as the others do.
import { oldChain } from "../scenario/named/lies.ts";
import type { Canary } from "./canary.ts";

export const HEEDLESS: Canary = {
  name: "heedless",
  mutation: { heedless: true },
  about: "a member that restarts builds on a chain that the others refused before its log begins",
  expects: "no-progress",
  scenario: () => oldChain,
};
