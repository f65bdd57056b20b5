/** The emoji offered, by group; any other can be typed or pasted. */
export const OFTEN = ["👍", "❤️", "😂", "😮", "🎉", "👀", "✅", "🙏"] as const;

export const GROUPS: readonly { readonly name: string; readonly emoji: readonly string[] }[] = [
  {
    name: "Faces",
    emoji: [..."😀😄😁😅🤣🙂😉😊😍🤩😘😜🤔🤨😐🙄😬😴🤯🥳😎🤓😕😟😢😭😤😡🥺😱🤗🫡🫠🤝"],
  },
  {
    name: "Hands",
    emoji: [..."👎👏🙌👋🤙💪🤞👌🤏👉👆👇🫶"],
  },
  {
    name: "Signs",
    emoji: [..."💯🔥✨⭐💡❓❗❌🚀🎯🏆💔💙💚💛🐛🔧🔒📌📎📝📈📉⏳⏰☕🍕🍀🌈"],
  },
];

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The one emoji that a text is; null for anything else. The server decides; this only spares a request. */
export function oneEmoji(text: string): string | null {
  const trimmed = text.trim();
  const all = [...graphemes.segment(trimmed)];
  return all.length === 1 && /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\u20e3/u.test(trimmed)
    ? trimmed
    : null;
}
