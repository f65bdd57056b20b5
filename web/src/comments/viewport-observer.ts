/** Tells elements when they come near the window and when they leave it, through one observer for all of them. */

/** Beside the window, or beside the list where it scrolls by itself, so much still counts as near: a quick scroll shows no holes. */
const MARGIN = "1200px 0px";
/** Browsers that do not know `scrollMargin` yet draw a thread of a scrolling list when it comes into view. */
const NEAR: IntersectionObserverInit & { scrollMargin: string } = {
  rootMargin: MARGIN,
  scrollMargin: MARGIN,
};

export class ViewportObserver {
  readonly #callbacks = new WeakMap<Element, (near: boolean) => void>();
  readonly #observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) this.#callbacks.get(target)?.(isIntersecting);
  }, NEAR);

  /** Calls `callback` soon, and whenever it changes; returns how to stop. */
  watch(element: Element, callback: (near: boolean) => void): () => void {
    this.#callbacks.set(element, callback);
    this.#observer.observe(element);
    return () => this.#observer.unobserve(element);
  }
}
