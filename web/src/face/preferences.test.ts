import { expect, it } from "vitest";
import { loadCameraPreferences, saveCameraPreferences } from "./preferences";

it("how somebody likes to see the camera is remembered, and nonsense is as if nothing had been chosen", () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, text: string) => void kept.set(key, text),
  };
  expect(loadCameraPreferences(store)).toEqual({ hidden: false, corner: null });
  saveCameraPreferences(store, { hidden: true, corner: "top_right" });
  expect(loadCameraPreferences(store)).toEqual({ hidden: true, corner: "top_right" });
  for (const text of ["null", "{", '{"hidden":"yes","corner":"middle"}']) {
    expect(loadCameraPreferences({ getItem: () => text, setItem: () => {} })).toEqual({
      hidden: false,
      corner: null,
    });
  }
});
