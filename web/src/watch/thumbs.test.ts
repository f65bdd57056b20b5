import { expect, test } from "vitest";
import { parseThumbs, thumbAt } from "./thumbs";

const VTT = `WEBVTT

00:00:00.000 --> 00:00:01.000
thumbnails.jpg?of=ab#xywh=0,0,160,90

01:00:01.500 --> 01:00:02.000
thumbnails.jpg?of=ab#xywh=160,90,160,90
`;

test("each moment has its place in the image", () => {
  const thumbs = parseThumbs(VTT, "/api/watch/x/");
  expect(thumbs).toHaveLength(2);
  const [first, second] = thumbs;
  expect(second).toEqual({
    from_ms: 3_601_500,
    image: "/api/watch/x/thumbnails.jpg?of=ab",
    x: 160,
    y: 90,
    width: 160,
    height: 90,
  });
  expect([-5, 0, 3_601_499, 3_601_500, 1e9].map((ms) => thumbAt(thumbs, ms))).toEqual([
    first,
    first,
    first,
    second,
    second,
  ]);
  expect(thumbAt([], 0)).toBeUndefined();
  expect(parseThumbs("<html>", "/")).toEqual([]);
});
