// A language model of the test's own: the endpoint that OpenAI-compatible ones have, over real HTTP. It answers what it is told to, line
// by line, and waits before the next line until the test lets it go on.
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export class Model {
  readonly questions: { system: string; user: string }[] = [];
  /** Lines of the next answers. */
  private readonly answers: string[][] = [];
  private held: (() => void)[] = [];
  private holds = false;
  private readonly server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      const [system, user] = (JSON.parse(body) as { messages: { content: string }[] }).messages.map(({ content }) => content);
      this.questions.push({ system: system ?? "", user: user ?? "" });
      void this.answer(response, system ?? "", user ?? "");
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  end() {
    this.goOn();
    this.server.closeAllConnections();
    this.server.close();
  }

  /** The next answer, an object a line. */
  says(...objects: object[]) {
    this.answers.push(objects.map((it) => JSON.stringify(it)));
  }

  /** From now on it stops behind the first line of an answer. */
  hold() {
    this.holds = true;
  }
  goOn() {
    this.holds = false;
    for (const next of this.held.splice(0)) next();
  }

  private async answer(response: ServerResponse, system: string, user: string) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (delta: object, finish: string | null = null) =>
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
    // A translator shouts.
    const translated = () =>
      [...user.matchAll(/^\[(\d+)\] (.*)$/gm)].map(([, n, text]) => JSON.stringify({ n: Number(n), text: (text ?? "").toUpperCase() }));
    const lines = system.startsWith("You translate") ? translated() : (this.answers.shift() ?? []);
    for (const [n, line] of lines.entries()) {
      if (n > 0 && this.holds) await new Promise<void>((resolve) => this.held.push(resolve));
      send({ content: `${line}\n` });
    }
    send({}, "stop");
    response.end("data: [DONE]\n\n");
  }
}
