/** A form: sent once at a time, and whatever fails, what was typed stays. */
import { errorMessage, Problem } from "../api/problem";

export class Form {
  busy = $state(false);
  /** What is wrong, in words. */
  error = $state("");
  /** The field that is to blame, by the server's name. */
  field = $state<string | null>(null);
  /** The session ended meanwhile: sign in elsewhere, then send it again. */
  signedOut = $state(false);

  /** Sends the form by `act`; says whether it was done. A second click while it is on its way does nothing. */
  async send(act: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = "";
    this.field = null;
    this.signedOut = false;
    try {
      await act();
      return true;
    } catch (problem) {
      this.signedOut = problem instanceof Problem && problem.code === "unauthenticated";
      this.field = problem instanceof Problem ? fieldOf(problem) : null;
      this.error = this.signedOut ? "" : errorMessage(problem);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** A wrong password blames the field for the one that counts now. */
function fieldOf(problem: Problem): string | null {
  return problem.code === "bad_credentials" ? "password" : problem.field;
}
