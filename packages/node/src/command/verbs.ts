// The verbs that exist, in the order in which the help lists them. A verb is added here when it works.

import { call } from "./call.ts";
import { check } from "./check.ts";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import { init } from "./init.ts";
import { local } from "./local.ts";
import { plan } from "./plan.ts";
import { sim } from "./sim.ts";
import { start } from "./start.ts";
import { status } from "./status.ts";
import type { Verb } from "./verb.ts";

export const VERBS: readonly Verb[] = [local, init, start, status, explain, call, plan, sim, decide, check];
