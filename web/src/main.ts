import "./ui/tokens.css";
import "./ui/base.css";
import { watchSlug } from "./watch/address";
import { requestWatch } from "./watch/watch-request";

const slug = watchSlug(location.pathname);
const target = document.getElementById("app") ?? document.body;

if (slug) {
  const request = requestWatch(slug);
  const { Bootstrap } = await import("./watch/bootstrap");
  const bootstrap = new Bootstrap(target, request, new URLSearchParams(location.search));
  await bootstrap.componentsNeeded();
  // The page's own code need not wait for the frame around it.
  const page = () => Promise.all([import("./app"), import("./watch/WatchPage.svelte")]);
  // The page begins with the recording, or with why there is none; until then the shell stands.
  const [rest] = await Promise.all([page().catch(() => null), bootstrap.watch.catch(() => null)]);
  if (rest) rest[0].start(target, bootstrap, rest[1].default);
  else bootstrap.fail();
} else {
  const pages = import("./pages").then(({ load }) => load(location.pathname));
  const [{ start }, shown] = await Promise.all([import("./app"), pages]);
  start(target, null, shown);
}
