/** What went wrong with a request, in words for people and a code for us (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }

  /** The request never reached the server, or its answer never reached us. */
  static unreachable(): Problem {
    return new Problem(0, "unreachable", "Can't reach the server. Try again in a moment.");
  }

  /** What the server answered: its status and the body, which should be a problem but may be anything. */
  static of(status: number, body: unknown): Problem {
    const text = (name: string): string | null => {
      const value = body && typeof body === "object" ? (body as Record<string, unknown>)[name] : null;
      return typeof value === "string" ? value : null;
    };
    const message = text("detail") ?? text("title") ?? `The server answered with an error (${status}).`;
    return new Problem(status, text("code") ?? "unknown", message, text("field"));
  }
}

/** The same in German, for pages in German: the server answers in English. `body`: its answer. */
export async function german(problem: Problem, body: unknown): Promise<Problem> {
  // What cannot be loaded is not said in German.
  const loaded = await import("./german").catch(() => null);
  const said = loaded?.inGerman(problem.code, body);
  return said ? new Problem(problem.status, problem.code, said, problem.field) : problem;
}

/** The words for any error that reaches a person. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}
