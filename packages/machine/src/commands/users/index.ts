// Users and what they may do.
import type { CommandFamily } from "../command.ts";
import { userDrop } from "./user-drop.ts";
import { userGet } from "./user-get.ts";
import { userList } from "./user-list.ts";
import { userOf } from "./user-of.ts";
import { userRevision } from "./user-revision.ts";
import { userSet } from "./user-set.ts";

export const userCommands: CommandFamily = {
  name: "user",
  title: "Users",
  commands: [userDrop, userGet, userList, userOf, userRevision, userSet],
};
