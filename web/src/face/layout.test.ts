import { describe, expect, it } from "vitest";
import type { LayoutMoment } from "../api/types";
import { changedFrom, cornerAt, cornerBy, layoutAt, mask, without } from "./layout";

const moment = (at_ms: number, face: LayoutMoment["face"]): LayoutMoment => ({
  at_ms,
  face,
  corner: "bottom_left",
  size: "medium",
});

describe("the layout", () => {
  it("is what the last moment before an instant says, and a medium mask at the lower left before the first", () => {
    const moments = [moment(300, "full"), moment(900, "hidden")];
    expect([0, 299, 300, 899, 900].map((ms) => layoutAt(moments, ms).face)).toEqual([
      "corner",
      "corner",
      "full",
      "full",
      "hidden",
    ]);
    expect(layoutAt([], 5)).toMatchObject({ face: "corner", corner: "bottom_left", size: "medium" });
  });
  it("changes from an instant on, up to the next moment; what changes nothing is left out", () => {
    const moments = [moment(300, "full")];
    expect(changedFrom(moments, 100.4, { corner: "top_right" })).toEqual([
      { ...moment(100, "corner"), corner: "top_right" },
      moment(300, "full"),
    ]);
    expect(changedFrom(moments, 300, { face: "corner" }), "the same as before").toEqual([]);
    expect(changedFrom(moments, 500, { face: "full" })).toEqual(moments);
    expect(without(changedFrom(moments, 600, { face: "hidden" }), 300)).toEqual([moment(600, "hidden")]);
  });
  it("puts the mask where the composed file has it", () => {
    // As `LayoutMoment::mask` of the protocol has it for these sizes.
    expect(mask("bottom_left", "medium", 1920, 1080)).toEqual({ x: 32, y: 768, side: 280 });
    expect(mask("top_right", "small", 1920, 1080)).toEqual({ x: 1694, y: 32, side: 194 });
    expect(mask("bottom_right", "large", 390, 844)).toEqual({ x: 224, y: 678, side: 156 });
  });
  it("finds corners by place and by arrow", () => {
    expect([cornerAt(0.1, 0.2), cornerAt(0.9, 0.2), cornerAt(0.4, 0.8), cornerAt(0.6, 0.6)]).toEqual([
      "top_left",
      "top_right",
      "bottom_left",
      "bottom_right",
    ]);
    expect(cornerBy("bottom_left", "ArrowUp")).toBe("top_left");
    expect(cornerBy("bottom_left", "ArrowRight")).toBe("bottom_right");
    expect(cornerBy("bottom_left", "Enter")).toBeNull();
  });
});
