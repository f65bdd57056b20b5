/** Files for a comment that is being written: sent one after the other while the words are typed, kept with the draft. */
import { german, Problem } from "../api/problem";
import type { Attachment } from "../api/types";
import { announce } from "../ui/toasts.svelte";
import { bytes } from "./bytes";

/** Larger pictures are not shown before they are sent; in bytes. */
const MAX_PREVIEW = 10_000_000;
/** Longer names are cut here: what is said about them is said in the address of a request. */
const MAX_NAME = 200;
/** Of one comment. */
const MAX_FILES = 10;

/** One of them. */
export class Upload {
  state = $state<"waiting" | "sending" | "sent" | "failed">("waiting");
  /** How much of it is sent, 0 to 1. */
  progress = $state(0);
  error = $state("");
  /** It would fail again. */
  hopeless = false;
  /** As the server has it. */
  attachment = $state.raw<Attachment | null>(null);
  request: XMLHttpRequest | null = null;
  readonly name: string;
  readonly size: number;
  /** Address of the picture that it is, in this page. */
  readonly preview: string | null;

  constructor(readonly source: File | Attachment) {
    this.name = source.name === "" ? "file" : source.name;
    this.size = source.size;
    if (!(source instanceof File)) {
      this.attachment = source;
      this.state = "sent";
    }
    const shown =
      source instanceof File && /^image\/(png|jpeg|gif|webp)$/.test(source.type) && source.size < MAX_PREVIEW;
    this.preview = shown ? URL.createObjectURL(source) : null;
  }
}

/** Sends bytes and tells of it; fetch does not say how much of a body has gone. */
function post(upload: Upload, file: File, slug: string): Promise<Attachment> {
  const request = new XMLHttpRequest();
  upload.request = request;
  const name = encodeURIComponent(
    [...upload.name]
      .slice(-MAX_NAME)
      .join("")
      .replace(/\p{Surrogate}/gu, ""),
  );
  request.open("POST", `/api/watch/${encodeURIComponent(slug)}/attachments?name=${name}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.onprogress = ({ loaded, total }) => {
    upload.progress = total > 0 ? loaded / total : 0;
  };
  return new Promise((resolve, reject) => {
    request.onload = async () => {
      let body: unknown = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // Not from our server: something between it and us.
      }
      if (request.status === 201) resolve(body as Attachment);
      else {
        const problem = Problem.of(request.status, body);
        reject(import.meta.env.MODE === "de" ? await german(problem, body) : problem);
      }
    };
    request.onerror = () => reject(Problem.unreachable());
    request.onabort = () => reject(new DOMException("", "AbortError"));
    request.send(file);
  });
}

export class Uploads {
  list = $state.raw<readonly Upload[]>([]);
  #working: Promise<void> | null = null;

  constructor(
    private readonly slug: string,
    /** Most bytes of one file. */
    private readonly most: () => number,
    private readonly changed: () => void,
  ) {}

  /** Those that the server has. */
  get attachments(): readonly Attachment[] {
    return this.list.flatMap(({ attachment }) => attachment ?? []);
  }

  /** Takes files in; what is wrong with one is said in its place. */
  add(files: Iterable<File>): void {
    this.put([...files].map((file) => new Upload(file)));
  }

  /** Takes in what was taken out, or begins with what is there already. */
  put(uploads: readonly Upload[]): void {
    for (const [n, upload] of uploads.entries()) {
      if (upload.attachment) continue;
      upload.state = "waiting";
      upload.error = "";
      const refused =
        this.list.length + n >= MAX_FILES
          ? `A comment has at most ${MAX_FILES} files. Put the others into a reply.`
          : upload.size === 0
            ? "This file is empty. Choose another one."
            : upload.size > this.most()
              ? `It has ${bytes(upload.size)}; a file has at most ${bytes(this.most())}. Make it smaller, or share a link to it.`
              : null;
      if (refused) this.#fail(upload, refused, true);
    }
    this.list = [...this.list, ...uploads];
    this.changed();
    void this.settled();
  }

  remove(upload: Upload): void {
    this.list = this.list.filter((it) => it !== upload);
    upload.request?.abort();
    if (upload.preview) URL.revokeObjectURL(upload.preview);
    announce(`${upload.name} removed`);
    this.changed();
  }

  again(upload: Upload): void {
    upload.state = "waiting";
    upload.error = "";
    void this.settled();
  }

  /** Takes all of them out; what is on its way stops. */
  take(): readonly Upload[] {
    const taken = this.list;
    this.list = [];
    for (const { request } of taken) request?.abort();
    return taken;
  }

  /** Takes out what went with a comment. */
  gone(sent: readonly Attachment[]): void {
    const ids = new Set(sent.map(({ id }) => id));
    const isGone = ({ attachment }: Upload) => attachment !== null && ids.has(attachment.id);
    for (const { preview } of this.list.filter(isGone)) if (preview) URL.revokeObjectURL(preview);
    this.list = this.list.filter((upload) => !isGone(upload));
  }

  /** Resolves when nothing is on its way any more; says whether all were sent. */
  async settled(): Promise<boolean> {
    while (this.list.some(({ state }) => state === "waiting" || state === "sending")) {
      this.#working ??= this.#work().finally(() => {
        this.#working = null;
      });
      await this.#working;
    }
    return this.list.every(({ state }) => state === "sent");
  }

  async #work(): Promise<void> {
    for (;;) {
      const next = this.list.find(({ state }) => state === "waiting");
      if (!next) return;
      await this.#send(next);
    }
  }

  async #send(upload: Upload): Promise<void> {
    if (!(upload.source instanceof File)) return;
    upload.state = "sending";
    upload.progress = 0;
    try {
      upload.attachment = await post(upload, upload.source, this.slug);
      upload.state = "sent";
      if (this.list.includes(upload)) announce(`${upload.name} attached`);
      this.changed();
    } catch (error) {
      const words = error instanceof Problem ? error.message : "It could not be sent.";
      // Too large, or empty: the same file is refused again.
      const hopeless = error instanceof Problem && [413, 422].includes(error.status);
      this.#fail(upload, words, hopeless);
    } finally {
      upload.request = null;
    }
  }

  #fail(upload: Upload, words: string, hopeless: boolean): void {
    upload.state = "failed";
    upload.error = words;
    upload.hopeless = hopeless;
  }
}
