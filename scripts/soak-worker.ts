// Runs one slice of a campaign in a process of its own and prints what it told: `NAME FROM TO`.
import { CAMPAIGNS } from "./campaigns.ts";

const [name = "", from = "", to = ""] = process.argv.slice(2);
console.log(JSON.stringify(await CAMPAIGNS[name]!.run(Number(from), Number(to))));
