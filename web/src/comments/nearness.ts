/** Tells elements when they come near the window and when they leave it, through one observer for all of them. */

/** Pixels beside the window that still count as near: a quick scroll does not show holes. */
const MARGIN = 1200;

export class Nearness {
  readonly #heard = new WeakMap<Element, (near: boolean) => void>();
  readonly #observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) this.#heard.get(target)?.(isIntersecting);
    },
    { rootMargin: `${MARGIN}px 0px` },
  );

  /** Calls `hear` soon, and whenever it changes; returns how to stop. */
  watch(element: Element, hear: (near: boolean) => void): () => void {
    this.#heard.set(element, hear);
    this.#observer.observe(element);
    return () => this.#observer.unobserve(element);
  }
}
