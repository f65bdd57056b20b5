/**
 * Forms whose state has a tag. A change says which state it was made from (`If-Match`), and is refused where another one is there
 * meanwhile. What was typed is kept: the next try replaces what is there then.
 */
import { read } from "./client";
import { Problem } from "./problem";

type Answer = { data?: unknown; error?: unknown; response: Response };

/** Of what was shown last, by the address it is read from. */
const tags = new Map<string, string>();

/** What stands in the form now. */
export function readForm<A extends Answer>(address: string, asked: Promise<A>) {
  return read(
    asked.then((answer) => {
      const tag = answer.response.headers.get("etag");
      if (answer.response.ok && tag) tags.set(address, tag);
      return answer;
    }),
  );
}

export const changedMeanwhile = (): Problem =>
  new Problem(
    412,
    "version_conflict",
    "This was changed meanwhile, by somebody else or in another window. Nothing was overwritten, and what you entered is still here. Send it again to replace what is there now.",
  );

/** Says which state a change is made from. */
export const from = (tag: string | undefined): { headers?: Record<string, string> } =>
  tag === undefined ? {} : { headers: { "If-Match": tag } };

/** Changes it as it was shown last; `again` reads what is there now. */
export async function sendForm<A extends Answer>(
  address: string,
  send: (from: { headers?: Record<string, string> }) => Promise<A>,
  again: () => Promise<unknown>,
) {
  try {
    return await readForm(address, send(from(tags.get(address))));
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.code !== "version_conflict") throw problem;
    await again();
    throw changedMeanwhile();
  }
}
