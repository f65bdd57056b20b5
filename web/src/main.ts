import "./ui/tokens.css";
import "./ui/base.css";
import { load } from "./pages";
import { route } from "./routes";
import { requestWatch } from "./watch/watch-request";

const here = route(location.pathname);
const target = document.getElementById("app") ?? document.body;
/** The page's own code need not wait for the frame around it. */
const page = () => Promise.all([import("./app"), load(here.page)]);

if (here.page === "watch") {
  const request = requestWatch(here.slug);
  const { Bootstrap } = await import("./watch/bootstrap");
  const bootstrap = new Bootstrap(target, request, new URLSearchParams(location.search));
  await bootstrap.componentsNeeded();
  // The page begins with the recording, or with why there is none; until then the shell stands.
  const [rest] = await Promise.all([page().catch(() => null), bootstrap.watch.catch(() => null)]);
  if (rest) rest[0].start(target, bootstrap, rest[1]);
  else bootstrap.fail();
} else {
  const [{ start }, shown] = await page();
  start(target, null, shown);
}
