// Modules of users: plain functions over a state of their own, undone when they refuse, and guarded in development.
import { InvariantError } from "@quorate/core";
import { describe, expect, it } from "vitest";
import { defineModule, guardModules, type Json, MemoryStore, type ModuleCommand, Refusal } from "../src/index.ts";
import { Driver } from "./drive.ts";

const auction = defineModule({
  name: "auction",
  commands: {
    bid(state, [item = "", amount], { time }) {
      const best = state.get<{ amount: number; at: number }>(item);
      if (Number(amount) <= (best?.amount ?? 0)) throw new Refusal(`${best?.amount} is bid already`, "LOW");
      state.set(item, { at: time, amount: Number(amount) });
      state.set(`count/${item}`, (state.get<number>(`count/${item}`) ?? 0) + 1);
      return { accepted: true, amount: Number(amount) };
    },
    best: { readonly: true, arguments: 1, run: (state, [item = ""]) => state.get(item) },
    counts: {
      readonly: true,
      run: (state) => state.entries({ prefix: "count/" }).map(([key, count]): Json => [key, count]),
    },
    draw: (_, [bound], { random }) => random(Number(bound)),
    visit: (state, _, { call }) => {
      state.set("visited", true);
      return call("INCR", "visits");
    },
    spoil: { readonly: true, run: (state) => void state.set("x", 1) },
  },
});

describe("a module", () => {
  it("keeps its state, and answers in its own words", () => {
    const driver = new Driver({ families: [auction] });
    expect(driver.cli("auction.bid lamp 10")).toBe('1) "accepted"\n2) (integer) 1\n3) "amount"\n4) (integer) 10');
    expect(driver.cli("AUCTION.BID lamp 5")).toBe("(error) LOW 10 is bid already");
    driver.cli("auction.bid lämp 7");
    expect(driver.query(["auction.counts"])).toEqual({
      kind: "array",
      items: [
        {
          kind: "array",
          items: [
            { kind: "bulk", value: "count/lamp" },
            { kind: "integer", value: 1 },
          ],
        },
        {
          kind: "array",
          items: [
            { kind: "bulk", value: "count/l\xc3\xa4mp" },
            { kind: "integer", value: 1 },
          ],
        },
      ],
    });
    expect(driver.cli("auction.best")).toMatch(/wrong number of arguments for 'auction.best'/);
    expect(driver.cli("auction.best nothing")).toBe("(nil)");
  });

  it("is undone as a whole when it refuses, when a command that it calls refuses, and when it fails", () => {
    const driver = new Driver({ families: [auction] });
    driver.run("SET", "visits", "not a number");
    expect(driver.cli("auction.visit")).toMatch(/not an integer/);
    expect(driver.cli("auction.best visited")).toBe("(nil)");
    driver.run("SET", "visits", "1");
    expect(driver.cli("auction.visit")).toBe("(integer) 2");
    expect(driver.cli("auction.spoil")).toMatch(/readonly/);
    expect(driver.cli('auction.bid "\\xff" 1')).toMatch(/not UTF-8/);
  });

  it("holds and answers values nested to a bound of its own, not to that of a stack", () => {
    const nested = (depth: number): Json =>
      depth === 0 ? 1 : depth % 2 === 0 ? [nested(depth - 1)] : { n: nested(depth - 1) };
    const boxes = defineModule({
      name: "boxes",
      commands: {
        put: (state, [depth]) => void state.set("box", nested(Number(depth))),
        tell: (_, [depth]) => nested(Number(depth)),
        dig: function dig(state, args, context): Json {
          return [dig(state, args, context)];
        },
      },
    });
    const driver = new Driver({ families: [boxes] });
    expect(driver.cli("boxes.put 64")).toBe("(nil)");
    expect(driver.cli("boxes.tell 64")).toContain("(integer) 1");
    for (const command of ["put", "tell"])
      expect(driver.cli(`boxes.${command} 65`)).toBe("(error) ERR a value is nested at most 64 deep");
    expect(() => driver.run("boxes.dig")).toThrow(/ran out of stack/);
  });

  it("is refused chance without a sound bound", () => {
    const driver = new Driver({ families: [auction] });
    expect(driver.cli("auction.draw 281474976710656")).toMatch(/^\(integer\)/);
    for (const bound of ["0", "-1", "1.5", "x", "Infinity", "281474976710657", "1e300"])
      expect(driver.cli(`auction.draw ${bound}`)).toBe(
        "(error) ERR chance is bounded by a whole number from 1 to 2^48",
      );
  });

  it("takes part in transactions", () => {
    const driver = new Driver({ families: [auction] });
    expect(driver.cli("TXN THEN 3 auction.bid lamp 10 3 auction.bid lamp 3")).toMatch(/ABORTED 'auction.bid': LOW/);
    expect(driver.cli("auction.best lamp")).toBe("(nil)");
  });

  it("gives equal states for equal values, however their objects were put together", () => {
    const put = (value: Json): Driver => {
      const module = defineModule({ name: "m", commands: { put: (state) => void state.set("k", value) } });
      const driver = new Driver({ families: [module] });
      driver.cli("m.put");
      return driver;
    };
    expect(put({ a: 1, b: { c: 2, d: 3 } }).entries()).toEqual(put({ b: { d: 3, c: 2 }, a: 1 }).entries());
  });
});

describe("the determinism guard", () => {
  it("leaves the store below a command what it needs to read: an adapter's own timers and clocks", () => {
    class TimedStore extends MemoryStore {
      override get(key: string): string | undefined {
        clearTimeout(setTimeout(() => undefined, Date.now() % 1_000));
        return super.get(key);
      }
    }
    const run: ModuleCommand = (state, [item = ""]) => state.get(item) ?? "nothing";
    const store = new TimedStore();
    const driver = new Driver({ store, families: guardModules([defineModule({ name: "good", commands: { run } })]) });
    expect(driver.cli("good.run key")).toBe('"nothing"');
  });

  let secret = 0;
  const culprits: [string, ModuleCommand][] = [
    ["Date", () => Date.now()],
    ["Date", () => new Date(0).getTimezoneOffset()],
    ["Math.random", () => Math.random()],
    ["Intl", () => new Intl.NumberFormat().format(1)],
    ["localeCompare", () => "a".localeCompare("b")],
    ["Number.prototype.toLocaleString", () => (1234.5).toLocaleString()],
    ["setTimeout", () => void setTimeout(() => {}, 0)],
    ["performance", () => performance.now()],
  ];

  it.each(culprits)("names a command that uses %s, even one that hides it", (what, run) => {
    const hidden: ModuleCommand = (state, args, context) => {
      try {
        return run(state, args, context);
      } catch {
        return "hidden";
      }
    };
    for (const each of [run, hidden]) {
      const driver = new Driver({ families: guardModules([defineModule({ name: "bad", commands: { run: each } })]) });
      expect(() => driver.cli("bad.run")).toThrow(InvariantError);
      expect(() => driver.cli("bad.run")).toThrow(`bad.run used ${what}`);
    }
    expect(typeof Date.now()).toBe("number");
    expect(Math.random()).toBeLessThan(1);
  });

  it("names a command whose reply, writes or refusal differ between two runs from the same state", () => {
    const fickle: ModuleCommand[] = [
      () => ++secret,
      (state) => void state.set("k", ++secret),
      () => {
        throw new Refusal(`no ${++secret}`);
      },
    ];
    for (const run of fickle) {
      const driver = new Driver({ families: guardModules([defineModule({ name: "bad", commands: { run } })]) });
      expect(() => driver.cli("bad.run")).toThrow(/bad.run is not deterministic/);
    }
  });

  it("changes nothing about what a good module does, its chance included", () => {
    const plain = new Driver({ families: [auction] });
    const careful = new Driver({ families: guardModules([auction]) });
    const lines = [
      "auction.bid lamp 10",
      "auction.draw 1000000",
      "auction.bid lamp 3",
      "auction.visit",
      "auction.draw 77",
    ];
    for (const line of lines) expect(careful.cli(line)).toBe(plain.cli(line));
    expect(careful.machine.digest).toBe(plain.machine.digest);
  });
});
