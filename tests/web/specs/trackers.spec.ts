// A comment becomes an issue of a tracker, a take is linked on one, and a recording is shown in a page of another site. Tracker and site are servers on
// this machine.
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import AxeBuilder from "@axe-core/playwright";
import { LOOKS, nothingFound, PHONE } from "../support/axe";
import { WITH_CAMERA } from "../support/camera";
import { test } from "../support/pages";
import { open } from "../support/player";
import { freePort } from "../support/smtp";
import { expect } from "../support/test";
import { TestServer } from "../support/test-server";

interface Issue {
  title: string;
  body: string;
  comments: string[];
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  let text = "";
  for await (const more of request) text += String(more);
  return text === "" ? {} : (JSON.parse(text) as Record<string, string>);
}

/** GitHub, as far as issues go. */
async function tracker(): Promise<{ server: Server; url: string; issues: Issue[] }> {
  const issues: Issue[] = [{ title: "Cart is empty", body: "", comments: [] }];
  const server = createServer(async (request, response) => {
    const sent = await bodyOf(request);
    const [, number, comments] = /\/issues\/(\d+)(\/comments)?$/.exec(request.url ?? "") ?? [];
    if (request.method === "POST" && number === undefined) issues.push({ title: sent.title ?? "", body: sent.body ?? "", comments: [] });
    const at = number === undefined ? issues.length : Number(number);
    if (comments) issues[at - 1]?.comments.push(sent.body ?? "");
    const issue = { id: 900 + at, number: at, state: "open", html_url: `https://github.example/acme/shop/issues/${at}`, updated_at: "2026-01-01T00:00:00Z" };
    response.writeHead(request.method === "POST" ? 201 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(issue));
  });
  return { server, issues, url: await listen(server) };
}

test("a comment becomes an issue by one click, and a take is linked on one that was there", async ({ visit }) => {
  test.setTimeout(180_000);
  const port = await freePort();
  const server = new TestServer({ model: false, args: ["--public-url", `http://127.0.0.1:${port}`, "--outbound-allow", "127.0.0.1"] });
  const github = await tracker();
  try {
    await server.start(`127.0.0.1:${port}`);
    const sam = await server.person("sam@example.org", "owner");
    const page = await visit(server, sam, { permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto("/integrations");
    await page.getByTestId("add-destination").click();
    const form = page.getByTestId("destination-form");
    await form.getByLabel("Kind").selectOption({ label: "GitHub issues" });
    await form.getByLabel("Name").fill("Shop");
    await form.getByLabel("Address").fill(github.url);
    await form.locator("[name=project]").fill("shop");
    await form.locator("[name=token]").fill("hush");
    await nothingFound(page, "form");
    await page.getByTestId("save-destination").click();
    await expect(form.getByRole("alert")).toContainText("OWNER/REPO");
    await form.locator("[name=project]").fill("acme/shop");
    await page.getByTestId("save-destination").click();
    await expect(page.getByTestId("hook-url")).toContainText("/hooks/");
    await expect(page.getByTestId("signing-secret")).toHaveText(/^[0-9a-f]{48}$/);
    await page.getByRole("button", { name: "I have it" }).click();
    await expect(page.getByTestId("destination").getByRole("heading")).toBeFocused();

    const recorder = server.recorder(sam);
    const recording = await recorder.record(["--screen", "synthetic", "--mic", "synthetic", "--duration", "2", "--title", "Cart", "--for", "github:acme/shop#1"]);
    const linked = await recording.event("linked");
    expect(linked.url).toBe("https://github.example/acme/shop/issues/1");
    await recording.finished();
    expect(github.issues[0]?.comments).toEqual([`A recording about this: [Cart](${recording.url}), by sam`]);

    await open(page, recording.url);
    await page.getByTestId("comment-field").fill("The **button** is cut off");
    await page.getByTestId("comment-field").press("Enter");
    await page.getByTestId("comment-more").click();
    await page.getByTestId("open-issue").click();
    await page.getByTestId("make-issue").click();
    await expect(page.getByTestId("issue-line")).toHaveText(/shop#2\s*·\s*open/);
    await expect(page.getByTestId("issue")).toHaveText(/shop#2\s*·\s*open/);
    await expect(page.getByTestId("make-issue")).toHaveCount(0);
    expect(github.issues.map(({ title }) => title)).toEqual(["Cart is empty", "The button is cut off"]);
    await page.getByTestId("copy-issue").click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toContain("# The button is cut off\n\n> The button is cut off");
    expect(copied).toContain(`](${recording.url}`);

    // Of a moment, from the menu of the recording; the one it was linked on is listed there.
    await page.getByTestId("more").click();
    await page.getByTestId("open-issue-moment").click();
    await expect(page.getByTestId("issue-line").first()).toContainText("linked there");
    for (const [name, look] of LOOKS) {
      const other = await visit(server, sam, look);
      await open(other, recording.url);
      await expect(other.getByTestId("issue")).toContainText("shop#2");
      await other.getByTestId("comment-more").click();
      await other.getByTestId("open-issue").click();
      await expect(other.getByTestId("issue-line")).toBeVisible();
      await nothingFound(other, name);
      const wide = await other.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide, name).toBeLessThanOrEqual(0);
      await other.close();
    }
  } finally {
    server.end();
    github.server.close();
  }
});

test("a site that the owner allows shows a recording, and no other one does", async ({ visit, browser, serverWithoutModel: server, sam, samsRecorder }) => {
  const recording = await samsRecorder.recorded(6, WITH_CAMERA);
  const site = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<!doctype html><title>Wiki</title><h1>Wiki</h1><iframe title="Recording" width="640" height="360" src="${server.url}/e/${recording.slug}"></iframe>`);
  });
  const other = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(`<!doctype html><title>Other</title><iframe title="Recording" src="${server.url}/e/${recording.slug}"></iframe>`);
  });
  const [wiki, elsewhere] = [await listen(site), await listen(other)];
  try {
    const { id } = (await (await fetch(`${server.url}/api/watch/${recording.slug}`)).json()) as { id: string };
    const allowed = await fetch(`${server.url}/api/recordings/${id}/sharing`, {
      method: "PATCH",
      headers: { authorization: `Bearer ${sam.token}`, "content-type": "application/json" },
      body: JSON.stringify({ embed: [wiki] }),
    });
    expect(allowed.status).toBe(200);
    const put = async (path: string, body: string, type: string) => {
      const headers = { authorization: `Bearer ${sam.token}`, "content-type": type };
      const answer = await fetch(`${server.url}/api/recordings/${id}/${path}`, { method: "PUT", headers, body });
      expect(answer.status, await answer.text()).toBeLessThan(300);
    };
    const moments = [
      { at_ms: 0, face: "corner", corner: "top_right", size: "large" },
      { at_ms: 3000, face: "full", corner: "top_right", size: "large" },
    ];
    await put("layout", JSON.stringify({ moments }), "application/json");
    await put("transcript/file", "WEBVTT\n\n00:00.000 --> 00:05.500\nThe total is wrong.\n", "text/vtt");
    const page = await visit(server);
    await page.goto(wiki);
    const frame = page.frameLocator("iframe");
    await frame.getByTestId("embed-start").click();
    await expect(frame.getByTestId("embed-play")).toHaveAttribute("aria-label", "Pause");
    await expect.poll(() => frame.getByTestId("video").evaluate((video: HTMLVideoElement) => video.currentTime)).toBeGreaterThan(0.3);
    await frame.getByTestId("embed-play").click();
    // The camera stands in step in its round mask, by the layout of the moment; captions are drawn over it where it covers all.
    const face = frame.getByTestId("embed-face");
    await expect(face).toHaveAttribute("data-face", "corner");
    const together = () =>
      frame.getByTestId("camera").evaluate((camera: HTMLVideoElement) => {
        const screen = document.querySelector<HTMLVideoElement>("[data-testid=video]");
        const there = (it: HTMLVideoElement | null) => it !== null && !it.seeking && it.readyState >= 2;
        return there(screen) && there(camera) && camera.muted && Math.abs((screen?.currentTime ?? 0) - camera.currentTime) < 0.02;
      });
    await expect.poll(together).toBe(true);
    const corner = await face.evaluate((it) => {
      const [mask, picture] = [it.getBoundingClientRect(), it.parentElement?.getBoundingClientRect()];
      const round = getComputedStyle(it.querySelector("video") ?? it).borderRadius;
      return [mask.right > (picture?.width ?? 0) * 0.9, mask.bottom < (picture?.height ?? 0) * 0.6, round];
    });
    expect(corner).toEqual([true, true, "50%"]);
    const captions = frame.getByTestId("embed-captions");
    await captions.click();
    await expect(captions).toHaveAttribute("aria-pressed", "true");
    const cue = () =>
      frame.getByTestId("video").evaluate((it: HTMLVideoElement) => {
        const track = [...it.textTracks].find(({ mode }) => mode === "showing");
        return [...(track?.activeCues ?? [])].map((cue) => (cue as VTTCue).text).join(" ");
      });
    await expect.poll(cue).toContain("The total is wrong.");
    await expect(frame.getByTestId("embed-cue")).toBeHidden();
    await frame.getByTestId("embed-position").fill("4");
    await expect(face).toHaveAttribute("data-face", "full");
    await expect.poll(together).toBe(true);
    await expect(frame.getByTestId("embed-cue")).toContainText("The total is wrong.");
    const shots = process.env.ASIDE_SHOTS;
    if (shots) await page.screenshot({ path: `${shots}/embed-full.png` });
    await expect(frame.getByTestId("embed-time")).toHaveText(/^0:04 \/ 0:0[567]$/u);
    await expect(frame.getByTestId("embed-open")).toHaveAttribute("href", `/w/${recording.slug}?t=4`);
    await frame.getByTestId("embed-position").press("Home");
    await expect(frame.getByTestId("embed-time")).toHaveText(/^0:00 \/ 0:0[567]$/u);

    // The browser keeps its hands off where the site is not named.
    const refused = await browser.newPage();
    const said = refused.waitForEvent("requestfailed", (request) => request.url().includes("/e/"));
    await refused.goto(elsewhere);
    await said;
    await refused.close();

    for (const look of [PHONE, { viewport: { width: 1280, height: 800 } }]) {
      const alone = await visit(server, undefined, look);
      await alone.goto(`/e/${recording.slug}`);
      await expect(alone.getByTestId("embed-start")).toBeVisible();
      await expect(alone.getByTestId("embed-face")).toHaveAttribute("data-face", "corner");
      if (shots) await alone.screenshot({ path: `${shots}/embed-${alone.viewportSize()?.width}.png` });
      const { violations } = await new AxeBuilder({ page: alone }).analyze();
      expect(violations.map((it) => `${it.id}: ${it.nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`)).toEqual([]);
    }
    const nothing = await visit(server);
    await nothing.goto("/e/0123456789abcdefghijkl");
    await expect(nothing.getByTestId("embed-note")).toContainText("not for everybody");
  } finally {
    site.close();
    other.close();
  }
});
