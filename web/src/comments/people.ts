/** Who can be mentioned or asked to do something here: whoever the viewer may know. */
import { client, read } from "../api/client";
import type { Comment } from "../api/types";
import type { Person } from "./markers";
import type { CommentSession } from "./session";

/** People and groups of the server are asked for once a page. */
let members: Promise<Person[]> | null = null;

function askMembers(): Promise<Person[]> {
  members ??= read(client.GET("/api/people")).then(
    ({ people, groups }) => [
      ...people.map(({ id, name }) => ({ kind: "user" as const, id, name })),
      ...groups.map(({ id, name }) => ({ kind: "group" as const, id, name })),
    ],
    (error: unknown) => {
      // Asked again next time.
      members = null;
      throw error;
    },
  );
  return members;
}

const author = ({ author }: Comment): Person[] =>
  author.id === null || author.name === ""
    ? []
    : [{ kind: author.kind === "member" ? "user" : "guest", id: author.id, name: author.name }];

function once(people: readonly Person[]): Person[] {
  const seen = new Map(people.map((person) => [`${person.kind} ${person.id}`, person]));
  return [...seen.values()];
}

/** A member knows the members, the groups, and the guests who write here; others the people in the thread and the owner. */
export async function peopleOf(session: CommentSession, thread: string | null): Promise<Person[]> {
  const { comments } = session.discussion;
  if (session.me?.user) {
    const guests = comments.flatMap(author).filter(({ kind }) => kind === "guest");
    return once([...(await askMembers()), ...guests]);
  }
  const there = comments.filter(({ id, parent_id }) => thread !== null && (parent_id ?? id) === thread);
  const { owner } = session.info ?? {};
  const host: Person[] = owner ? [{ kind: "user", id: owner.id, name: owner.name }] : [];
  return once([...host, ...there.flatMap(author)]);
}

/** People with an account, for whoever has one. */
export const membersOf = async (session: CommentSession): Promise<Person[]> =>
  (await peopleOf(session, null)).filter(({ kind }) => kind === "user");
