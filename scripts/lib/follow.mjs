// Follows a live playlist as a player does, by blocking reloads, and says when what could be watched.

/** Waits until the first picture can be watched; hands back the address of the video's playlist. */
export async function firstPicture(server, slug) {
  for (;;) {
    const answer = await fetch(`${server}/api/watch/${slug}`);
    const view = answer.ok ? await answer.json() : null;
    if (view?.playback) {
      const master = new URL(view.playback.url, server);
      const text = await (await fetch(master)).text();
      const video = text.split("\n").find((line) => line && !line.startsWith("#"));
      return new URL(video, master);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Follows the video to the end of the take. Resolves with `[ms since 1970, seconds of media]`: the moment at which
 * the last part had been loaded, and how long the video is.
 */
export async function followToTheEnd(playlist) {
  let next = null;
  let loaded = 0;
  let at = Date.now();
  for (;;) {
    const url = new URL(playlist);
    if (next) url.search = `_HLS_msn=${next.msn}&_HLS_part=${next.part}`;
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
    const list = read(await answer.text());
    if (list.seconds > loaded + 0.001) {
      const part = await fetch(new URL(list.last, playlist));
      if (!part.ok) throw new Error(`${list.last} answered ${part.status}`);
      await part.arrayBuffer();
      at = Date.now();
      loaded = list.seconds;
    }
    if (list.ended) return { at, seconds: loaded };
    next = { msn: list.msn, part: list.part };
  }
}

function read(text) {
  const list = { seconds: 0, last: "", ended: false, msn: 0, part: 0 };
  let open = 0;
  for (const line of text.split("\n")) {
    const part = /^#EXT-X-PART:.*DURATION=([\d.]+)/.exec(line);
    if (part) {
      open += Number(part[1]);
      list.part += 1;
      list.last = /URI="([^"]+)"/.exec(line)[1];
    } else if (line.startsWith("#EXT-X-MEDIA-SEQUENCE:")) {
      list.msn = Number(line.split(":")[1]);
    } else if (line.startsWith("#EXTINF:")) {
      list.seconds += Number(/[\d.]+/.exec(line)[0]);
      list.msn += 1;
      list.part = 0;
      open = 0;
    } else if (line === "#EXT-X-ENDLIST") {
      list.ended = true;
    } else if (line && !line.startsWith("#")) {
      list.last = line;
    }
  }
  list.seconds += open;
  return list;
}
