import "./ui/tokens.css";
import "./ui/base.css";
import { load } from "./pages";
import { route } from "./routes";
import { ask } from "./watch/asked";

const here = route(location.pathname);
const target = document.getElementById("app") ?? document.body;
/** The page's own code need not wait for the frame around it. */
const page = () => Promise.all([import("./app"), load(here.page)]);

if (here.page === "watch") {
  const asked = ask(here.slug);
  const { Early } = await import("./watch/early");
  const early = new Early(target, asked, new URLSearchParams(location.search));
  await early.ready();
  // The page begins with the recording, or with why there is none; until then the shell stands.
  const [rest] = await Promise.all([page().catch(() => null), early.watch.catch(() => null)]);
  if (rest) rest[0].start(target, early, rest[1]);
  else early.fail();
} else {
  const [{ start }, shown] = await page();
  start(target, null, shown);
}
