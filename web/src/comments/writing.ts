/** What somebody needs who writes; loaded when somebody begins to, or has a draft here. */
export { default as ComposerField } from "./ComposerField.svelte";
export { Composer } from "./composer.svelte";
export { loadDraft } from "./draft";
