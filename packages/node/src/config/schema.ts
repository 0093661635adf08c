// The settings as one schema: what a file is held against, and what editors get to know as JSON Schema.
import { z } from "zod";
import { SETTINGS, type Setting } from "./settings.ts";

/** The whole configuration; every key is known or refused. */
export const CONFIG_SCHEMA: z.ZodType = build("", SETTINGS);

/** For editors: keys, values and what they mean. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(CONFIG_SCHEMA, { io: "input" });
  return { ...schema, title: "Configuration of a Quorate replica" };
}

/** The keys that may stand at a place of the file: settings, and groups of them. */
export function keysAt(path: string): readonly string[] {
  const prefix = path === "" ? "" : `${path}.`;
  const inside = SETTINGS.filter(({ key }) => key.startsWith(prefix));
  return [...new Set(inside.map(({ key }) => key.slice(prefix.length).split(".")[0]!))];
}

function build(path: string, settings: readonly Setting[]): z.ZodType {
  const shape: Record<string, z.ZodType> = {};
  for (const name of keysAt(path)) {
    const key = path === "" ? name : `${path}.${name}`;
    const setting = settings.find((one) => one.key === key);
    shape[name] = setting === undefined ? build(key, settings).optional() : leaf(setting);
  }
  return z.strictObject(shape, { error: `give the keys ${keysAt(path).join(", ")}` });
}

// Whether something is missing is asked when all layers lie on one another: a file alone may leave anything out.
function leaf({ schema, help, value }: Setting): z.ZodType {
  return schema.meta({ description: value === undefined ? help : `${help} (${value})` }).optional();
}
