// The reference of all commands as Markdown, made from their definitions: what documents say of a command is what the
// machine does, because both are read off the same table and every example is executed by a test.
import type { CommandDefinition, CommandFamily } from "./command.ts";

const HEAD = `# Commands

Made from the commands themselves by \`npx tsx --conditions=@quorate/source scripts/command-reference.ts\`; a test executes every example on a fresh machine and
holds this page against the table. Examples show what \`redis-cli\` prints. Commands that share a name with one of Redis behave as
it does in version 7.0; [every deliberate difference](redis-differences.md) is listed with its reason. Names with a dot are our own.`;

/**
 * The whole page, of whichever families: users' modules too, if they are among them. The page in docs has the built-in ones
 * only, since modules belong to whoever runs them.
 */
export function commandReference(families: readonly CommandFamily[]): string {
  const index = families.map(({ title, commands }) => {
    const names = commands.map(({ name }) => `[${name}](#${anchor(name)})`).sort();
    return `- **${title}** (${commands.length}): ${names.join(", ")}`;
  });
  return `${[HEAD, index.join("\n"), ...families.map(section)].join("\n\n")}\n`;
}

function section({ title, commands }: CommandFamily): string {
  const sorted = commands.toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return [`## ${title}`, ...sorted.map(entry)].join("\n\n");
}

function entry({ name, syntax, summary, flags, examples }: CommandDefinition): string {
  const kind = flags.includes("connection") ? "connection" : flags.includes("write") ? "write" : "read";
  const told = examples.map(({ run, reply }) => `> ${run}\n${reply}`).join("\n");
  const blocks = [syntax, ...(told === "" ? [] : [told])].map((text) => `\`\`\`text\n${text}\n\`\`\``);
  return [`### ${name}`, `${summary} *(${kind})*`.trimStart(), ...blocks].join("\n\n");
}

/** How Markdown renderers call a heading. */
function anchor(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9 -]/g, "");
}
