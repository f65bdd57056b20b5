/** Text of people in the direction of its own script. */

/** Blocks that each go their own way; a list does as a whole, so that its marks stand on one side. */
const BLOCKS = "p, ul, ol, blockquote, h1, h2, h3, h4, h5, h6";
/** Code is written from left to right in every language. */
const CODE = "pre, code";

/**
 * An attachment that shows the server's HTML of a comment, each block with the direction of its first strong letter:
 * with one direction for all, the full stop of an Arabic sentence would stand at its beginning.
 */
export function directed(html: string): (box: HTMLElement) => void {
  return (box) => {
    box.innerHTML = html;
    for (const block of box.querySelectorAll<HTMLElement>(BLOCKS)) block.dir = "auto";
    for (const code of box.querySelectorAll<HTMLElement>(CODE)) code.dir = "ltr";
    // Text that stands in no block of its own.
    box.dir = "auto";
  };
}
