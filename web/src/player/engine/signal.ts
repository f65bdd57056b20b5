/** A bell: whoever waits is woken by the next notify, and a notify that comes while nobody waits is not lost. */
export class Signal {
  #notified = false;
  #wake: (() => void) | null = null;

  notify(): void {
    this.#notified = true;
    this.#wake?.();
  }

  async wait(): Promise<void> {
    if (!this.#notified) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    this.#notified = false;
  }
}
