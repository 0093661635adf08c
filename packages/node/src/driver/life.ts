// One life of a replica: from what its data directory holds to a driver that runs, and back. Whoever wants another life
// of the same member, because this one's data turned out to be rotten, ends it and opens the next.
//
// The law it keeps: nothing is said before all that was promised is found to be there. A state that does not hold what it
// counted, or that the log does not reach back to, is never run on: what can be lost with it counts as lost.
import { randomInt } from "node:crypto";
import { join } from "node:path";
import {
  type AuthorIndex,
  type Committee,
  type Crypto,
  decodeCursor,
  type Genesis,
  isRejection,
  type LogRecord,
  Replica,
  type Start,
  type Transport,
} from "@quorate/core";
import {
  type CommandFamily,
  createMachine,
  cryptographicDigester,
  fastDigester,
  type KeyValueMachine,
} from "@quorate/machine";
import type { SpacePressure } from "../storage/block-log.ts";
import {
  type DataDirectory,
  type DataDirectoryOptions,
  DEFAULT_LOG_TUNING,
  type Durability,
  openDataDirectory,
} from "../storage/data-directory.ts";
import type { Files } from "../storage/files.ts";
import { nodeFiles } from "../storage/node-files.ts";
import { StorageError } from "../storage/storage-error.ts";
import { LmdbStore, StateTrial } from "../store/index.ts";
import type { Log } from "../telemetry/log.ts";
import type { Clock } from "./clock.ts";
import { Driver, type DriverObserver } from "./driver.ts";
import { Scrubber } from "./scrubber.ts";
import { Snapshots } from "./snapshots.ts";
import { verifyClient } from "./verify-client.ts";

export interface LifeOptions {
  readonly genesis: Genesis;
  readonly genesisHash: Uint8Array;
  readonly committee: Committee;
  readonly self: AuthorIndex;
  readonly crypto: Crypto;
  readonly directory: string;
  readonly durability: Durability;
  /** Begin anew where the log is corrupt, instead of refusing. */
  readonly rebuild: boolean;
  /** Why what the directory holds must not be used, if so. */
  readonly distrust: string | undefined;
  readonly families: readonly CommandFamily[];
  readonly createTransport: (boot: number) => Transport;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: DriverObserver;
  readonly onPressure: (pressure: SpacePressure) => void;
  readonly onFailure: (failure: Error) => void;
  readonly files: Files | undefined;
  readonly bootId: string | undefined;
}

export interface Life {
  readonly core: Replica;
  readonly driver: Driver;
  readonly machine: KeyValueMachine;
  readonly data: DataDirectory;
  readonly flushedIndex: () => number;
  /** Ends it in order. May be called twice. */
  end(): Promise<void>;
  /** Ends it as a killed process ends, at once; the files under it must have ended already. */
  abandon(): Promise<void>;
}

/** The member's data are corrupt, and this says where; another life has to begin without them. */
class StateLost extends Error {}

/** Opens a life and starts it. */
export async function beginLife(options: LifeOptions): Promise<Life> {
  try {
    return await open(options, options.distrust);
  } catch (error) {
    if (!(error instanceof StateLost)) throw error;
    options.log.error({ why: error.message }, "the state cannot be used; it is rebuilt from the other members");
    return await open(options, error.message);
  }
}

async function open(options: LifeOptions, distrust: string | undefined): Promise<Life> {
  const { clock, committee, crypto, directory, files = nodeFiles, genesis, genesisHash, log, self } = options;
  const data = await openDataDirectory(directoryOf(options, distrust));
  const trial = new StateTrial(data.statePath);
  let store: LmdbStore | undefined;
  let driver: Driver | undefined;
  try {
    if (data.start.kind === "amnesia") log.warn({ why: data.start.why }, "this replica starts without its past");
    const { isDeadly } = await trial.begin();
    if (isDeadly) throw new StateLost(`reading the state in ${data.statePath} ends the process that does it`);
    store = openState(data, options, (index) => driver?.flushed(index));
    // Segments of the log go once the state holds what they brought.
    await data.syncState();
    const machine = createMachine({
      store,
      digester: genesis.fault.byzantine > 0 ? cryptographicDigester(crypto.hash) : fastDigester,
      families: options.families,
      verifyClient,
    });
    const start = await startOf(data, machine, store, options);
    trial.end();
    // Questions of one life must not be taken for another's, whatever the disk forgot.
    const boot = randomInt(1, 2 ** 31);
    const core = Replica.open({ committee, self, genesisHash, limits: genesis.limits, crypto, start, boot });
    if (core.status().commitIndex < machine.index) {
      // Only a disk that confirmed what it did not keep, or a copy put back, makes a state that is newer than its log.
      throw new StateLost(`the state in ${data.statePath} is of commit ${machine.index}, and the log ends before it`);
    }
    driver = new Driver({
      core,
      self,
      members: committee.members.length,
      context: { committee, limits: genesis.limits },
      blockLog: data.log,
      machine,
      release: (index) => store!.release(index),
      snapshots: new Snapshots({
        directory: join(directory, "snapshots"),
        // Doors refuse what grows the state below the same mark.
        room: () => files.freeBytes(directory) - DEFAULT_LOG_TUNING.softFreeBytes,
        log,
      }),
      transport: options.createTransport(boot),
      clock,
      log,
      observer: options.observer,
      onFailure: options.onFailure,
    });
    await driver.start();
    const scrubber = new Scrubber({ blockLog: data.blockLog, store, onRot: (rot) => driver?.fail(rot) });
    return lifeOf({ core, data, driver, machine, scrubber, store });
  } catch (error) {
    trial.end();
    // It may have begun: its next turn would write to the log, and its timer keeps the process.
    await driver?.stop();
    await store?.close();
    await data.close();
    throw error;
  }
}

function lifeOf({
  core,
  data,
  driver,
  machine,
  scrubber,
  store,
}: Pick<Life, "core" | "data" | "driver" | "machine"> & { scrubber: Scrubber; store: LmdbStore }): Life {
  const close = async (): Promise<void> => {
    scrubber.stop();
    await driver.stop();
    // What cannot be closed in order is left as after a crash, which every start can bear.
    const closed = await Promise.allSettled([store.close(), data.close()]);
    const failed = closed.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  };
  const abandon = async (): Promise<void> => {
    scrubber.stop();
    await Promise.all([driver.stop(), store.abandon()]);
  };
  let ending: Promise<void> | undefined;
  return {
    core,
    data,
    driver,
    machine,
    flushedIndex: () => store.flushedIndex,
    end: () => (ending ??= close()),
    abandon: () => (ending ??= abandon()),
  };
}

function directoryOf(options: LifeOptions, distrust: string | undefined): DataDirectoryOptions {
  const { bootId, directory, durability, files, genesis, genesisHash, onPressure, rebuild } = options;
  return {
    directory,
    durability,
    genesisHash,
    clusterId: genesis.clusterId,
    rebuild,
    onPressure,
    ...(distrust === undefined ? {} : { distrust }),
    ...(files === undefined ? {} : { files }),
    ...(bootId === undefined ? {} : { bootId }),
  };
}

function openState(data: DataDirectory, options: LifeOptions, onFlushed: (index: number) => void): LmdbStore {
  const { genesisHash, onFailure } = options;
  try {
    return LmdbStore.open({
      path: data.statePath,
      genesisHash,
      onFlushed,
      onFailure: (error) => onFailure(error instanceof Error ? error : new Error(String(error))),
    });
  } catch (error) {
    if (error instanceof StorageError && error.code !== "corruption") throw error;
    throw new StateLost(`the state in ${data.statePath} cannot be opened: ${String(error)}`);
  }
}

const SCRUB_RECORDS = 1_000;

/** What the core starts as. Looks at everything that it will rest on. */
async function startOf(
  data: DataDirectory,
  machine: KeyValueMachine,
  store: LmdbStore,
  options: LifeOptions,
): Promise<Start> {
  if (data.start.kind !== "restart") return { kind: data.start.kind };
  const records: LogRecord[] = [];
  for await (const record of data.log.range()) records.push(record);
  let isSound = false;
  try {
    isSound = machine.scrub();
    for (let from: string | undefined = ""; from !== undefined; ) from = store.scrub(from, SCRUB_RECORDS);
  } catch (error) {
    throw new StateLost(`the state in ${data.statePath} cannot be read: ${String(error)}`);
  }
  if (!isSound) throw new StateLost(`the state in ${data.statePath} is not what its commits have made`);
  if (!reachesBackTo(machine.index, records, options)) {
    throw new StateLost(`the state in ${data.statePath} is of commit ${machine.index}, and the log begins later`);
  }
  const { digest, index, nextDeadline } = machine;
  return { kind: "restart", records, stateIndex: index, stateDigest: digest, nextDeadline };
}

/** Whether the log holds everything that came after that commit. */
function reachesBackTo(index: number, records: readonly LogRecord[], options: LifeOptions): boolean {
  if (records[0]?.sequence === 1) return true;
  const { committee, crypto, genesis, genesisHash } = options;
  const context = { committee, limits: genesis.limits, crypto, genesisHash };
  return records.some(({ bytes, kind }) => {
    if (kind !== "cursor") return false;
    const cursor = decodeCursor(bytes, context);
    return !isRejection(cursor) && cursor.index <= index;
  });
}
