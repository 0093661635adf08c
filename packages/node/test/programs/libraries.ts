// The libraries as their own documentation opens them, each behind the same few operations. Nothing is set that is not
// needed to reach the replica, or to be told of failures.
import { createKeyv } from "@keyv/redis";
import { RedisStore } from "connect-redis";
import { Cookie } from "express-session";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { createStorage } from "unstorage";
import redisDriver from "unstorage/drivers/redis";
import type { Program, Session } from "./load.ts";

const HOST = "127.0.0.1";

/** Libraries tell of lost connections by an event, which nobody may leave alone. */
const ignore = (): void => {};

const ioredis: Program = {
  name: "ioredis",
  resends: true,
  async open(port): Promise<Session> {
    const redis = new Redis({ port, host: HOST });
    redis.on("error", ignore);
    return {
      async write(key, value) {
        await redis.set(key, value);
      },
      read: (key) => redis.get(key),
      increment: (key) => redis.incr(key),
      close: () => redis.quit(),
    };
  },
};

const nodeRedis = (RESP: 2 | 3): Program => ({
  name: RESP === 3 ? "redis (RESP3)" : "redis (RESP2)",
  resends: false,
  async open(port): Promise<Session> {
    const client = await createClient({ url: `redis://${HOST}:${port}`, RESP })
      .on("error", ignore)
      .connect();
    return {
      async write(key, value) {
        await client.set(key, value);
      },
      read: (key) => client.get(key),
      increment: (key) => client.incr(key),
      close: () => client.close(),
    };
  },
});

const connectRedis: Program = {
  name: "connect-redis",
  resends: false,
  async open(port): Promise<Session> {
    const client = await createClient({ url: `redis://${HOST}:${port}` })
      .on("error", ignore)
      .connect();
    const store = new RedisStore({ client });
    return {
      async write(key, value) {
        await store.set(key, sessionOf(value));
      },
      async read(key) {
        const found = (await store.get(key)) as { readonly note?: string } | null;
        return found?.note ?? null;
      },
      close: () => client.close(),
    };
  },
};

/** What express-session keeps, with a field of the application's. */
const sessionOf = (note: string) => ({ note, cookie: new Cookie() });

const keyv: Program = {
  name: "@keyv/redis",
  resends: false,
  async open(port): Promise<Session> {
    // Left to itself it tells of failures by an event only, and answers as if nothing had been found.
    const store = createKeyv(`redis://${HOST}:${port}`, { throwOnErrors: true });
    store.on("error", ignore);
    return {
      async write(key, value) {
        if (!(await store.set(key, value))) throw new Error("NOTSET keyv answered false");
      },
      read: async (key) => (await store.get<string>(key)) ?? null,
      close: () => store.disconnect(),
    };
  },
};

const unstorage: Program = {
  name: "unstorage",
  resends: true,
  async open(port): Promise<Session> {
    const driver = redisDriver({ url: `redis://${HOST}:${port}` });
    driver.getInstance?.().on("error", ignore);
    const storage = createStorage({ driver });
    return {
      write: (key, value) => storage.setItem(key, value),
      read: (key) => storage.getItem<string>(key),
      close: () => storage.dispose(),
    };
  },
};

export const LIBRARIES: readonly Program[] = [ioredis, nodeRedis(2), nodeRedis(3), connectRedis, keyv, unstorage];
