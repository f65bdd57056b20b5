import { describe, expect, test } from "vitest";
import { readForm, sendForm } from "./forms";

const answer = (status: number, tag: string | null, data?: unknown) =>
  Promise.resolve({
    ...(status < 400 ? { data } : { error: data }),
    response: new Response(null, { status, headers: tag === null ? {} : { etag: tag } }),
  });

describe("forms", () => {
  test("a change names the state that was shown, and after a refusal the one that is there now", async () => {
    await readForm("/a", answer(200, '"one"', {}));
    const named: (string | undefined)[] = [];
    const refused = sendForm(
      "/a",
      ({ headers }) => {
        named.push(headers?.["If-Match"]);
        return answer(412, null, { code: "version_conflict" });
      },
      () => readForm("/a", answer(200, '"two"', {})),
    );
    await expect(refused).rejects.toMatchObject({ code: "version_conflict" });
    await sendForm(
      "/a",
      ({ headers }) => {
        named.push(headers?.["If-Match"]);
        return answer(200, '"three"', {});
      },
      () => Promise.resolve(),
    );
    await sendForm(
      "/a",
      ({ headers }) => {
        named.push(headers?.["If-Match"]);
        return answer(204, null);
      },
      () => Promise.resolve(),
    );
    expect(named).toEqual(['"one"', '"two"', '"three"']);
  });

  test("what was never shown is changed whatever it is", async () => {
    let headers: unknown = "none was sent";
    await sendForm(
      "/b",
      (from) => {
        headers = from.headers;
        return answer(200, null, {});
      },
      () => Promise.resolve(),
    );
    expect(headers).toBeUndefined();
  });
});
