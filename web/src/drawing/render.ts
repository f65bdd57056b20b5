/** Drawings as SVG, built of elements one by one: nothing of a drawing is ever read as markup. */
import { COLORS, EDGE, type Point, pairs, type Shape } from "./shapes";

const SVG = "http://www.w3.org/2000/svg";

/** Height of the frame in units of the picture; its width follows from the ratio. */
export const HEIGHT = 1000;
const STROKE = 9;
/** How much wider the edge is that parts a line from what is like it. */
const OUTLINE = 5;
const LETTER = 44;
const HEAD = 34;

function element<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** The path of a shape in units of the picture; `ratio`: the frame's width by its height. */
export function path({ tool, points }: Pick<Shape, "tool" | "points">, ratio: number): string {
  const places = pairs(points).map(
    ([x, y]): Point => [round((x / EDGE) * HEIGHT * ratio), round((y / EDGE) * HEIGHT)],
  );
  const line = places.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x} ${y}`).join("");
  const from: Point = places[0] ?? [0, 0];
  const to: Point = places[1] ?? from;
  if (tool === "box") return `M${from[0]} ${from[1]}H${to[0]}V${to[1]}H${from[0]}Z`;
  if (tool === "arrow") return line + head(from, to);
  // A dot is a line without a length, with round ends.
  return places.length === 1 ? `${line}l0 0` : line;
}

function head(from: Point, to: Point): string {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  const side = (turn: number) => {
    const at = angle + Math.PI + turn;
    return `${round(to[0] + HEAD * Math.cos(at))} ${round(to[1] + HEAD * Math.sin(at))}`;
  };
  return `M${side(0.5)}L${to[0]} ${to[1]}L${side(-0.5)}`;
}

const round = (n: number) => Math.round(n * 10) / 10;

export function drawn(shape: Shape, ratio: number): SVGGElement {
  const group = element("g", {});
  const { ink, edge } = COLORS[shape.color];
  if (shape.tool === "text") {
    const [x, y] = pairs(shape.points)[0] ?? [0, 0];
    const text = element("text", {
      x: round((x / EDGE) * HEIGHT * ratio),
      y: round((y / EDGE) * HEIGHT),
      fill: ink,
      stroke: edge,
      "stroke-width": OUTLINE,
      "stroke-linejoin": "round",
      "paint-order": "stroke",
      "font-size": LETTER,
      "font-weight": 600,
      "font-family": "system-ui, sans-serif",
      "dominant-baseline": "central",
    });
    for (const [i, line] of (shape.text ?? "").split("\n").entries()) {
      const span = element("tspan", { x: text.getAttribute("x") ?? 0, dy: i === 0 ? 0 : LETTER * 1.25 });
      span.textContent = line;
      text.append(span);
    }
    group.append(text);
    return group;
  }
  const d = path(shape, ratio);
  const line = { d, fill: "none", "stroke-linecap": "round", "stroke-linejoin": "round" };
  group.append(
    element("path", { ...line, stroke: edge, "stroke-width": STROKE + OUTLINE, "stroke-opacity": 0.7 }),
    element("path", { ...line, stroke: ink, "stroke-width": STROKE }),
  );
  return group;
}

/** Fills `svg` with shapes; it keeps the frame's place however large it is shown. */
export function show(svg: SVGSVGElement, shapes: readonly Shape[], ratio: number): void {
  svg.setAttribute("viewBox", `0 0 ${round(HEIGHT * ratio)} ${HEIGHT}`);
  svg.replaceChildren(...shapes.map((shape) => drawn(shape, ratio)));
}
