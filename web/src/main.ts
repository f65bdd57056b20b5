import "./ui/tokens.css";
import "./ui/base.css";
import { load } from "./pages";
import { route } from "./routes";
import { begin } from "./watch/early";

const here = route(location.pathname);
const early = here.page === "watch" ? begin(here.slug, new URLSearchParams(location.search)) : null;

// Both at once: the page's own code need not wait for the frame around it.
const [{ start }, page] = await Promise.all([import("./app"), load(here.page)]);
start(document.getElementById("app") ?? document.body, early, page);
