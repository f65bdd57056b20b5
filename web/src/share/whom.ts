/** Whom somebody means who types a name into the share sheet, and how they are called there. */
import type { GroupName, PersonName, Sharing } from "../api/types";

/** How a group is offered, so that it cannot be taken for a person. */
export const asGroup = (name: string): string => `${name} (group)`;

/** One person or group of that name; anything else is a mail address, or the server says that it is none. */
export function whom(
  typed: string,
  people: readonly PersonName[],
  groups: readonly GroupName[],
): { user_id: string } | { group_id: string } | { mail: string } {
  const text = typed.trim();
  const persons = people.filter(({ name }) => name === text);
  if (persons.length === 1 && persons[0]) return { user_id: persons[0].id };
  const group = groups.find(({ name }) => asGroup(name) === text || (persons.length === 0 && name === text));
  return group ? { group_id: group.id } : { mail: typed };
}

export const nameOf = ({ name, mail, group }: Sharing["people"][number]): string =>
  group?.name ?? name ?? mail ?? "";
