/** The recording as one file: asked for, waited for, and then downloaded by itself. */
import { getWatch } from "../api/client";
import { askForDownload } from "../api/timeline";
import type { Download, Watch } from "../api/types";
import { announce, toast, toastError } from "../ui/toasts.svelte";

const FAILED = "The file could not be made. The recording itself is safe; try again.";

export interface DownloadedPage {
  info: Watch | null;
}

export class DownloadRequest {
  /** Somebody on this page waits for the file. */
  wanted = $state(false);

  constructor(
    private readonly page: DownloadedPage,
    private readonly save: (url: string) => void = saveFile,
  ) {}

  /** Asks for the file; saves it when it is there. */
  async ask(): Promise<void> {
    const { info } = this.page;
    if (!info || this.wanted) return;
    this.wanted = true;
    try {
      const download = await askForDownload(info.slug);
      this.#show(download);
      if (download.state !== "ready") announce("The file is being made");
      await this.changed(download);
    } catch (error) {
      this.wanted = false;
      toastError(error, "download");
    }
  }

  /** The file has got further, as the server tells. */
  async changed(change: Pick<Download, "state" | "percent">): Promise<void> {
    const { info } = this.page;
    if (!info) return;
    this.#show({ ...info.download, ...change });
    if (!this.wanted || (change.state !== "ready" && change.state !== "failed")) return;
    this.wanted = false;
    try {
      // Media links run out: this one is as fresh as the file. Why one failed is said there as well.
      const { download } = await getWatch(info.slug);
      this.#show(download);
      if (!download.url) throw new Error(download.why ?? FAILED);
      this.save(download.url);
      toast("Download started", null, "download");
    } catch (error) {
      toastError(error, "download");
    }
  }

  /** Goes on being made, but is not saved. */
  forget(): void {
    this.wanted = false;
  }

  #show(download: Download): void {
    if (this.page.info) this.page.info = { ...this.page.info, download };
  }
}

function saveFile(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  document.body.append(link);
  link.click();
  link.remove();
}
