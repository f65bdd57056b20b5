/** What this server is called: the last part of the title of every page that it sends. Read before any page changes that. */
export const SERVER = document.title.split(" · ").pop() as string;
