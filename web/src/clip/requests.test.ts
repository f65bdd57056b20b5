import { expect, test } from "vitest";
import { nameOf } from "./requests";

test("a file has the name that the server gives it", () => {
  const given = "attachment; filename=\"_bersicht 1m23s.mp4\"; filename*=UTF-8''%C3%9Cbersicht%201m23s.mp4";
  expect(nameOf(given, "mp4")).toBe("Übersicht 1m23s.mp4");
  expect(nameOf(null, "gif")).toBe("clip.gif");
});
