// What every adapter of core's `Storage` port must pass: published, so that a log written elsewhere is held to the same
// laws. Checks are named functions that throw; any test runner runs them:
//
//     for (const { name, run } of storageConformance({ open: () => new MemoryLog() })) it(name, run);
import type { LogRecord, Storage } from "@quorate/core";
import { type NamedCheck, same, throws, truth } from "./named-check.ts";

export interface StorageSubject {
  /** A new log that holds nothing. */
  open(): Storage | Promise<Storage>;
  /** Closes a log and opens what it left behind; left out where nothing outlives the process. */
  reopen?(storage: Storage): Storage | Promise<Storage>;
  /** Ends a log without closing it, as a crash does, and opens what survived. */
  crash?(storage: Storage): Storage | Promise<Storage>;
}

/** The checks that a storage adapter must pass. */
export function storageConformance(subject: StorageSubject): readonly NamedCheck[] {
  const checks: (readonly [string, Check])[] = [...CHECKS];
  if (subject.reopen !== undefined) checks.push(...lasting("reopening", subject.reopen.bind(subject)));
  if (subject.crash !== undefined) checks.push(...lasting("a crash", subject.crash.bind(subject)));
  return checks.map(([name, check]) => ({
    name,
    async run() {
      const storage = await subject.open();
      await (await check(storage)).close();
    },
  }));
}

/** Answers the log that is to be closed in the end. */
type Check = (storage: Storage) => Promise<Storage>;

const CHECKS: readonly (readonly [string, Check])[] = [
  [
    "starts with nothing",
    async (storage) => {
      same(await all(storage), [], "the records");
      same(await storage.read(1), undefined, "a record that was never written");
      same(await storage.sync(), 0, "what is durable");
      return storage;
    },
  ],
  [
    "hands back what was appended, byte for byte and in order",
    async (storage) => {
      const records = [block(1, 5, 0), block(2, 7, 1), cursor(3, 4), amnesia(4), block(5, 6, 70_000)];
      storage.append(records.slice(0, 2));
      storage.append(records.slice(2));
      same(await storage.sync(), 5, "what is durable");
      same(await all(storage), records, "the records");
      for (const record of records) same(await storage.read(record.sequence), record, `record ${record.sequence}`);
      same(await storage.read(0), undefined, "a record before the first");
      same(await storage.read(6), undefined, "a record after the last");
      return storage;
    },
  ],
  [
    "answers every sync of a turn once all that the turn appended is durable",
    async (storage) => {
      storage.append([block(1, 1, 10)]);
      const first = storage.sync();
      storage.append([block(2, 1, 10)]);
      const second = storage.sync();
      const [one, two] = await Promise.all([first, second]);
      truth(one >= 1, "the first sync answers at least its own record");
      same(two, 2, "the second sync");
      storage.append([block(3, 2, 10)]);
      same(await storage.sync(), 3, "a later sync");
      same(await storage.sync(), 3, "a sync with nothing to do");
      return storage;
    },
  ],
  [
    "never lets what is durable go back",
    async (storage) => {
      const answers: Promise<number>[] = [];
      for (let sequence = 1; sequence <= 60; sequence++) {
        storage.append([block(sequence, sequence, (sequence * 37) % 400)]);
        if (sequence % 3 === 0) answers.push(storage.sync());
        if (sequence % 7 === 0) await Promise.resolve();
      }
      const durable = await Promise.all(answers);
      durable.forEach((upTo, index) => {
        truth(upTo >= 3 * (index + 1), "a sync covers everything appended before it");
        truth(upTo >= (durable[index - 1] ?? 0), "what is durable does not go back");
      });
      same((await all(storage)).length, 60, "how many records there are");
      return storage;
    },
  ],
  [
    "refuses a record out of its sequence",
    async (storage) => {
      storage.append([block(1, 1, 1)]);
      throws(() => storage.append([block(3, 1, 1)]), "a gap");
      throws(() => storage.append([block(1, 1, 1)]), "a repetition");
      storage.append([block(2, 1, 1)]);
      same(await storage.sync(), 2, "what is durable");
      return storage;
    },
  ],
  [
    "keeps every record that is still needed when space is reclaimed, without holes",
    async (storage) => {
      const records: LogRecord[] = [];
      for (let sequence = 1; sequence <= 400; sequence++) {
        const round = Math.floor(sequence / 4) + (sequence % 5);
        if (sequence === 150) records.push(amnesia(sequence));
        else if (sequence % 50 === 0) records.push(cursor(sequence, round));
        else records.push(block(sequence, round, 300));
      }
      for (let at = 0; at < records.length; at += 20) {
        storage.append(records.slice(at, at + 20));
        await storage.sync();
      }
      for (const until of [
        { round: 0, cursor: 0 },
        { round: 20, cursor: 50 },
        { round: 40, cursor: 100 },
        { round: 90, cursor: 300 },
      ]) {
        storage.reclaim(until);
        const kept = await all(storage);
        const first = kept[0]?.sequence ?? Number.POSITIVE_INFINITY;
        same(kept, records.slice(first - 1), "what is kept is the end of the log");
        for (const record of records) {
          if (record.sequence < first) truth(!isNeeded(record, until), `record ${record.sequence} was needed`);
        }
      }
      storage.append([block(401, 200, 10)]);
      same(await storage.sync(), 401, "what is durable after space was reclaimed");
      return storage;
    },
  ],
  [
    "keeps its newest record, whatever is reclaimed, so that sequences go on",
    async (storage) => {
      storage.append([block(1, 1, 10), block(2, 1, 10)]);
      await storage.sync();
      storage.reclaim({ round: 1_000, cursor: 1_000 });
      same((await all(storage)).at(-1)?.sequence, 2, "the newest record");
      return storage;
    },
  ],
];

/** What must hold wherever something outlives the process. */
function lasting(after: string, again: (storage: Storage) => Storage | Promise<Storage>): (readonly [string, Check])[] {
  return [
    [
      `has everything that was durable after ${after}, and goes on`,
      async (storage) => {
        const records = Array.from({ length: 120 }, (_, index) => block(index + 1, index >> 2, (index * 61) % 900));
        storage.append(records);
        await storage.sync();
        const second = await again(storage);
        same(await all(second), records, "the records");
        const more = [cursor(121, 3), block(122, 40, 5)];
        second.append(more);
        same(await second.sync(), 122, "what is durable");
        const third = await again(second);
        same(await all(third), [...records, ...more], "the records after another time");
        return third;
      },
    ],
    [
      `is a prefix of what was appended after ${after}, no shorter than what was durable`,
      async (storage) => {
        const records = Array.from({ length: 90 }, (_, index) => block(index + 1, index, 100 + index));
        storage.append(records.slice(0, 40));
        await storage.sync();
        storage.append(records.slice(40));
        const next = await again(storage);
        const kept = await all(next);
        truth(kept.length >= 40, "every durable record is there");
        same(kept, records.slice(0, kept.length), "what is there");
        return next;
      },
    ],
    [
      `does not bring back, after ${after}, what was needed by nobody and gone`,
      async (storage) => {
        const records = Array.from({ length: 300 }, (_, index) =>
          index % 60 === 59 ? cursor(index + 1, index) : block(index + 1, index, 400),
        );
        storage.append(records);
        await storage.sync();
        storage.reclaim({ round: 200, cursor: 240 });
        const first = (await all(storage))[0]?.sequence ?? 0;
        const next = await again(storage);
        const kept = await all(next);
        truth((kept[0]?.sequence ?? 0) <= Math.max(first, 202), "what is needed is there");
        same(kept, records.slice((kept[0]?.sequence ?? 1) - 1), "what is kept is the end of the log");
        return next;
      },
    ],
  ];
}

function isNeeded(record: LogRecord, until: { readonly round: number; readonly cursor: number }): boolean {
  return record.kind === "block" ? record.round > until.round : record.sequence >= until.cursor;
}

function block(sequence: number, round: number, length: number): LogRecord {
  return { sequence, kind: "block", round, bytes: filled(sequence, length) };
}

function cursor(sequence: number, round: number): LogRecord {
  return { sequence, kind: "cursor", round, bytes: filled(sequence, 40) };
}

function amnesia(sequence: number): LogRecord {
  return { sequence, kind: "amnesia", round: 0, bytes: new Uint8Array(0) };
}

/** Bytes that differ from record to record, zeros at either end among them. */
function filled(sequence: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index % 9 === 0 ? 0 : (sequence * 31 + index * 7) & 255));
}

async function all(storage: Storage): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for await (const record of storage.range()) records.push(record);
  return records;
}
