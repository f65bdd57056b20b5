/** The curve of attention as the path of an area. Pure. */

/** In a box of 100 × 100: `people` in each step, the highest reaches the top. */
export function curve(people: readonly number[]): string {
  const most = Math.max(1, ...people);
  const width = 100 / Math.max(1, people.length);
  const round = (n: number) => Math.round(n * 100) / 100;
  const steps = people.map((n, step) => {
    const y = round(100 - (n / most) * 100);
    return `L${round(step * width)} ${y}L${round((step + 1) * width)} ${y}`;
  });
  return `M0 100${steps.join("")}L100 100Z`;
}
