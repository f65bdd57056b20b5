/** Files in what is pasted or dropped. */

/** Whether what is held over the page has files. */
export const holdsFiles = (data: DataTransfer | null): boolean => data?.types.includes("Files") === true;

/** The files; none where there are words as well, of which the picture is only a copy (a table, say). */
export const filesOf = (data: DataTransfer | null): readonly File[] =>
  data && !data.types.includes("text/plain") ? [...data.files] : [];
