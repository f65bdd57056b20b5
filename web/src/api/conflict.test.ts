import { expect, test } from "vitest";
import { Conflict, changeUnlessConflict } from "./conflict";
import { Problem } from "./problem";

/** A server that holds one title; `between` is done before each change arrives. */
function server(
  title: string,
  version: number,
  between: (it: { title: string; version: number }) => void = () => {},
) {
  const held = { title, version };
  const change = (seen: { title: string; version: number }, to: string) =>
    changeUnlessConflict(seen, {
      send: async (version) => {
        between(held);
        if (version !== held.version) throw new Problem(412, "version_conflict", "changed");
        held.title = to;
        held.version += 1;
        return { ...held };
      },
      read: async () => ({ ...held }),
      same: (now) => now.title === seen.title,
    });
  return { held, change };
}

test("what nobody else has changed is changed", async () => {
  const { held, change } = server("old", 3);
  await change({ title: "old", version: 3 }, "new");
  expect(held).toEqual({ title: "new", version: 4 });
});

test("another version of which the title is the same is no conflict", async () => {
  const { held, change } = server("old", 7);
  await change({ title: "old", version: 3 }, "new");
  expect(held).toEqual({ title: "new", version: 8 });
});

test("another title is not overwritten, and is told", async () => {
  const { held, change } = server("theirs", 4);
  const refused = await change({ title: "old", version: 3 }, "mine").catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Conflict);
  expect((refused as Conflict<typeof held>).now).toEqual({ title: "theirs", version: 4 });
  expect(held.title).toBe("theirs");
});

test("a thing that changes all the time is given up, and other errors are passed on", async () => {
  const restless = server("old", 3, (held) => {
    held.version += 1;
  });
  await expect(restless.change({ title: "old", version: 3 }, "new")).rejects.toBeInstanceOf(Problem);
  const broken = server("old", 3, () => {
    throw Problem.unreachable();
  });
  await expect(broken.change({ title: "old", version: 3 }, "new")).rejects.toMatchObject({
    code: "unreachable",
  });
});
