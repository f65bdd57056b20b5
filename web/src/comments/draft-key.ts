/** Where the draft of a comment lies in the browser; apart from what reads it, which is loaded when there is one. */
export const draftKey = (slug: string): string => `aside.draft.${slug}`;

/** Replies of a recording share one place, so that a reload finds the one that was being written. */
export const replySlug = (slug: string): string => `${slug}.reply`;
