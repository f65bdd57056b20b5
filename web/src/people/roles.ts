/** Roles in words. The policy is the server's (docs/PEOPLE.md); here it only says what is offered. */
import type { Person, Role } from "../api/types";

export const ROLES: readonly [Role, string, string][] = [
  ["viewer", "Viewer", "watches and comments"],
  ["member", "Member", "records too"],
  ["admin", "Admin", "looks after people too"],
  ["owner", "Owner", "looks after owners too"],
];

export const roleName = (role: Role): string => ROLES.find(([value]) => value === role)?.[1] ?? role;

/** What somebody who is `mine` can give. */
export const givable = (mine: Role): readonly [Role, string, string][] =>
  ROLES.filter(([role]) => mine === "owner" || role !== "owner");

/** Whether somebody who is `mine` may change this person. */
export const mayChange = (mine: Role, person: Person): boolean => mine === "owner" || person.role !== "owner";

/** People whose name or address holds each word of what was typed. */
export function found<P extends { name: string; email: string }>(people: readonly P[], typed: string): P[] {
  const words = typed.normalize().toLowerCase().split(/\s+/);
  return people.filter(({ name, email }) => {
    const text = `${name} ${email}`.normalize().toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
