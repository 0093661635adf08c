// How long a frame is on its way. A model is plain data, so that a scenario can be printed and read back; drawing from it
// is a function of the model, the link and a stream of chance.
import type { AuthorIndex, Millis } from "@quorate/core";
import type { Rng } from "../rng.ts";

/** Delays one way. */
export type DelayModel =
  /** Every frame takes exactly this long: rounds and latencies can be counted in it. */
  | { readonly kind: "constant"; readonly ms: Millis }
  /** Evenly between two bounds. */
  | { readonly kind: "even"; readonly from: Millis; readonly to: Millis }
  /** At least a base, and on top of it a waiting time without memory: most frames are fast, some are very late. */
  | { readonly kind: "tail"; readonly base: Millis; readonly mean: Millis }
  /** Members sit in places; `matrix` holds the delay between two places, `jitter` the share by which it varies. */
  | {
      readonly kind: "places";
      readonly places: readonly number[];
      readonly matrix: readonly (readonly Millis[])[];
      readonly jitter: number;
    };

/** One rack: well below a millisecond. */
export const LAN: DelayModel = { kind: "even", from: 0.1, to: 0.5 };

/** A delay for one frame. */
export function drawDelay(model: DelayModel, from: AuthorIndex, to: AuthorIndex, rng: Rng): Millis {
  switch (model.kind) {
    case "constant":
      return model.ms;
    case "even":
      return model.from + (model.to - model.from) * rng.next();
    case "tail":
      return model.base + rng.exponential(model.mean);
    case "places": {
      const base = between(model.places, model.matrix, from, to);
      return base * (1 + model.jitter * rng.next());
    }
  }
}

/** A delay that most frames between two members do not exceed: the unit δ in which latencies are told. */
export function typicalDelay(model: DelayModel): Millis {
  switch (model.kind) {
    case "constant":
      return model.ms;
    case "even":
      return (model.from + model.to) / 2;
    case "tail":
      return model.base + model.mean;
    case "places": {
      let total = 0;
      let links = 0;
      for (let from = 0; from < model.places.length; from++) {
        for (let to = 0; to < model.places.length; to++) {
          if (from === to) continue;
          total += between(model.places, model.matrix, from, to);
          links += 1;
        }
      }
      return links === 0 ? 1 : (total / links) * (1 + model.jitter / 2);
    }
  }
}

/** A delay that a frame almost never exceeds: what time-outs of the world are made from. */
export function longDelay(model: DelayModel): Millis {
  switch (model.kind) {
    case "constant":
      return model.ms;
    case "even":
      return model.to;
    case "tail":
      return model.base + 6 * model.mean;
    case "places":
      return Math.max(...model.matrix.map((row) => Math.max(...row))) * (1 + model.jitter);
  }
}

function between(
  places: readonly number[],
  matrix: readonly (readonly Millis[])[],
  from: AuthorIndex,
  to: AuthorIndex,
): Millis {
  return matrix[places[from] ?? 0]?.[places[to] ?? 0] ?? 1;
}
