/** What went wrong at the provider, in full: the server sends the browser back with one word. */

const AGAIN = "Try again, or sign in with a password.";

const MESSAGES: Record<string, string> = {
  away: `The provider does not answer. ${AGAIN}`,
  cancelled: "The provider sent you back without signing you in. Nothing was changed.",
  not_believed:
    "What the provider says of you does not count here. Nothing was changed. Tell whoever runs this server.",
  unverified: "Your provider does not say that your mail address is yours. Confirm it there, then try again.",
  domain: "People with your mail address do not get an account here. Ask whoever runs this server.",
  group: "You are in none of the groups that may use this server. Ask whoever runs it.",
  other_person:
    "The account with your mail address belongs to somebody else at your provider. Ask whoever runs this server.",
  unknown: "This sign-in took too long, or was begun in another browser. Begin it again.",
  too_many: "Too many sign-ins were begun from here. Wait a little, then try again.",
  not_set_up: "Nobody has set this server up yet.",
  failed: `The server could not do this. ${AGAIN}`,
};

/** Empty for a word that is none. */
export function providerMessage(word: string | null): string {
  return (word !== null && Object.hasOwn(MESSAGES, word) && MESSAGES[word]) || "";
}
