// A real OpenID Connect provider (npm oidc-provider, certified), with its own pages for signing in.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import Provider from "oidc-provider";
import { freePort } from "./smtp";
import { TestServer } from "./test-server";

const SECRET = "the secret of the client";

/** What the provider says of a person, by the name under which they sign in there. */
export type Directory = Record<string, { email: string; email_verified: boolean; name: string; groups?: string[] }>;

export class OidcServer {
  private server: Server | undefined;
  private readonly folder = mkdtempSync(path.join(tmpdir(), "aside-oidc-"));
  readonly people: Directory = {};

  /** Starts it, and an Aside that lets people of `example.org` in by it; further arguments of that. */
  async start(args: readonly string[] = []): Promise<TestServer> {
    const [port, asidePort] = [await freePort(), await freePort()];
    const [issuer, aside] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${asidePort}`];
    const provider = new Provider(issuer, {
      clients: [{ client_id: "aside", client_secret: SECRET, redirect_uris: [`${aside}/api/oidc/callback`] }],
      pkce: { required: () => true },
      scopes: ["openid", "email", "profile", "groups"],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
      cookies: { keys: ["a key of the spec"] },
      findAccount: (_: unknown, sub: string) => ({ accountId: sub, claims: async () => ({ sub, ...this.people[sub] }) }),
    });
    this.server = createServer(provider.callback());
    await new Promise<void>((resolve) => this.server?.listen(port, "127.0.0.1", resolve));
    const file = path.join(this.folder, "secret");
    writeFileSync(file, `${SECRET}\n`);
    const oidc = ["--oidc-issuer", issuer, "--oidc-client-id", "aside", "--oidc-client-secret-file", file, "--oidc-name", "Example"];
    const rules = ["--oidc-domains", "example.org", "--public-url", aside];
    const server = new TestServer({ model: false, worker: false, args: [...oidc, ...rules, ...args] });
    await server.start(`127.0.0.1:${asidePort}`);
    return server;
  }

  end() {
    this.server?.closeAllConnections();
    this.server?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
