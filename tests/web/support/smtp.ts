// A mail server of the test's own: real SMTP (RFC 5321) over TCP. It keeps what it took.
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { TestServer } from "./test-server";

export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** The one line that is an address. */
  link: string;
}

export class SmtpServer {
  private readonly mails: Mail[] = [];
  private readonly waiting: (() => void)[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((socket) => this.talk(socket));
  private read = 0;

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}?starttls=no`;
  }

  end() {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  /** The next mail; waits for it. */
  async next(): Promise<Mail> {
    for (;;) {
      const mail = this.mails[this.read];
      if (mail) {
        this.read += 1;
        return mail;
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private talk(socket: Socket) {
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket)).on("error", () => {});
    let to = "";
    let raw: string[] | null = null;
    socket.write("220 test ESMTP\r\n");
    createInterface({ input: socket }).on("line", (line) => {
      if (raw) {
        if (line !== ".") {
          raw.push(line.replace(/^\./, ""));
          return;
        }
        this.mails.push(parsed(to, raw.join("\n")));
        raw = null;
        for (const wake of this.waiting.splice(0)) wake();
        socket.write("250 taken\r\n");
        return;
      }
      const verb = line.toUpperCase();
      if (verb.startsWith("EHLO")) socket.write("250-test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
      else if (verb === "DATA") {
        raw = [];
        socket.write("354 go on\r\n");
      } else if (verb === "QUIT") socket.end("221 bye\r\n");
      else {
        to = /^RCPT TO:<([^>]*)>/i.exec(line)?.[1] ?? to;
        socket.write("250 ok\r\n");
      }
    });
  }
}

function parsed(to: string, raw: string): Mail {
  const subject = /^Subject: (.*)$/m.exec(raw)?.[1] ?? "";
  const part = raw.slice(raw.indexOf("Content-Type: text/plain"));
  const [head = "", rest = ""] = [part.slice(0, part.indexOf("\n\n")), part.slice(part.indexOf("\n\n") + 2)];
  const body = rest.split("\n--")[0] ?? "";
  const text = /base64/i.test(head)
    ? Buffer.from(body, "base64").toString()
    : /quoted-printable/i.test(head)
      ? Buffer.from(
          body.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
          "latin1",
        ).toString()
      : body;
  const link = text.split("\n").find((line) => /^https?:/.test(line.trim()))?.trim() ?? "";
  return { to, subject, text, link };
}

/** A port that was free a moment ago: the server must know its address before it has one. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A server that sends its mails by `smtp`, with further arguments. */
export async function mailingServer(smtp: SmtpServer, args: readonly string[] = []): Promise<TestServer> {
  const [url, port] = [await smtp.start(), await freePort()];
  const mail = ["--smtp", url, "--mail-from", "Aside <aside@example.org>", "--public-url", `http://127.0.0.1:${port}`];
  const server = new TestServer({ model: false, args: [...mail, ...args] });
  await server.start(`127.0.0.1:${port}`);
  return server;
}
