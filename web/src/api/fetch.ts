/**
 * Sends what the API's description types. The types are openapi-fetch's; its code, most of which serves what our API does
 * not have, would be half of what is loaded before the recording is asked for.
 */
import type { Client } from "openapi-fetch";
import type { paths } from "./schema";

interface Init {
  readonly params?: {
    readonly path?: Record<string, unknown>;
    readonly query?: Record<string, unknown>;
    readonly header?: Record<string, string>;
  };
  readonly body?: unknown;
  readonly bodySerializer?: (body: unknown) => BodyInit;
  readonly headers?: Record<string, string>;
}

/** The path of the request: places filled in, what is given of the query behind it; a list is its name again and again. */
export function address(template: string, { path, query }: NonNullable<Init["params"]> = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(path?.[name])),
  );
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null) asked.append(name, String(each));
    }
  }
  return asked.size > 0 ? `${filled}?${asked}` : filled;
}

async function send(method: string, template: string, init: Init = {}) {
  const { params, body, bodySerializer = JSON.stringify, headers } = init;
  const response = await fetch(address(template, params), {
    method,
    headers: {
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
      ...params?.header,
    },
    body: body === undefined ? null : bodySerializer(body),
  });
  const text = await response.text();
  if (response.ok) return { data: text === "" ? undefined : JSON.parse(text), response };
  let error: unknown = text;
  try {
    error = JSON.parse(text);
  } catch {
    // Not from our server: something between it and us.
  }
  return { error, response };
}

const sends = (method: string) => (template: string, init?: Init) => send(method, template, init);

type Methods = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export const client = {
  GET: sends("GET"),
  POST: sends("POST"),
  PUT: sends("PUT"),
  PATCH: sends("PATCH"),
  DELETE: sends("DELETE"),
} as unknown as Pick<Client<paths>, Methods>;
