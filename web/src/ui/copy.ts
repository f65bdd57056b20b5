/** To the clipboard. False where the browser keeps it closed: a page without TLS, or a person who said no. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** What is said where `copyText` answers false and the text is on the page. */
export const COPY_FAILED = "Copy failed. Select the text and copy it.";
