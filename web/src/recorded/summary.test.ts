import { expect, it } from "vitest";
import { counted, counts, described, reportLines, screenTextState } from "./summary";

it("says how far the text in the picture is read", () => {
  const told = (state: "reading" | "done" | "off" | null, reads: boolean, lines: number) =>
    screenTextState({ state, reads, lines: Array.from({ length: lines }) });
  expect(told(null, false, 0)).toBeNull();
  expect(told(null, true, 0)).toBe("It was not read yet.");
  expect(told("reading", true, 1)).toBe("It is being read: 1 line so far.");
  expect(told("done", true, 0)).toBe("There is none that could be read.");
  expect(told("done", false, 12)).toContain("12 lines.");
  expect(told("off", true, 0)).toBe("It was removed, and is not read.");
});

it("says in words what was recorded besides picture and sound", () => {
  const events = ["click", "window", "click", "mark", "click", "window", "tune"].map((type) => ({ type }));
  expect(counts(events).map(([kind, count]) => counted(kind, count))).toEqual([
    "3 clicks, with their places",
    "2 titles of windows in front",
    "1 chapter mark",
    "1 event of the kind “tune”",
  ]);
  expect(counts([])).toEqual([]);
});

it("describes each of them, and the report of the take", () => {
  expect(described({ type: "click", at_ms: 5, x: 0.254, y: 1, button: "left" })).toBe(
    "Click (left) at 25 % from the left, 100 % from the top",
  );
  expect(described({ type: "window", at_ms: 5, title: "Mail" })).toBe("Window “Mail”");
  expect(described({ type: "mark", at_ms: 5, title: "" })).toBe("Chapter without a title");
  expect(described({ type: "layout", face: "corner", corner: "top_left", size: "large" })).toBe(
    "Camera top left, large",
  );
  expect(described({ type: "layout", face: "full", corner: "top_left", size: "large" })).toBe("Camera full");
  expect(described({ type: "tune" })).toBe("tune");
  const report = {
    pictures: { dropped: 3, longest_hole_ms: 40 },
    devices: [{ name: "Mic" }],
    clean: true,
    note: null,
  };
  expect(reportLines(report)).toEqual([
    ["pictures, dropped", "3"],
    ["pictures, longest hole (ms)", "40"],
    ["devices, name", "Mic"],
    ["clean", "yes"],
  ]);
});
