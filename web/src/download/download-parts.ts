/** What a page needs that waits for the recording as one file, as one chunk. */
import type { WatchSession } from "../watch/session.svelte";
import DownloadNotice from "./DownloadNotice.svelte";
import { DownloadRequest } from "./download.svelte";

export const downloadParts = (session: WatchSession) => ({
  request: new DownloadRequest(session),
  DownloadNotice,
});

export type DownloadParts = ReturnType<typeof downloadParts>;
