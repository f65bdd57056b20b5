/**
 * A button that opens a menu or a sheet beside it. It closes by the button, by Escape, and when somebody turns to
 * anything else.
 */
export class Disclosure {
  open = $state(false);
  #button: HTMLElement | null = null;

  /** Around the button and what it opens: `{@attach disclosure.box}`. */
  readonly box = (box: HTMLElement): (() => void) => {
    const keys = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !this.open) return;
      event.stopPropagation();
      this.close();
    };
    const outside = ({ target }: Event) => {
      if (!box.contains(target as Node)) this.open = false;
    };
    box.addEventListener("keydown", keys);
    addEventListener("pointerdown", outside);
    addEventListener("focusin", outside);
    return () => {
      box.removeEventListener("keydown", keys);
      removeEventListener("pointerdown", outside);
      removeEventListener("focusin", outside);
    };
  };

  /** The button: `{@attach disclosure.button}`. */
  readonly button = (button: HTMLElement): void => {
    this.#button = button;
  };

  readonly toggle = (): void => {
    this.open = !this.open;
  };

  /** The focus goes back to the button, which `act` may change. */
  close(act?: () => void): void {
    this.open = false;
    this.#button?.focus();
    act?.();
  }
}
