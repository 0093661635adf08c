// CLIENT REPLY: which commands of a connection are answered.

export class ClientSilence {
  #mode: "none" | "next" | "all" = "none";

  /** Whether the command at hand is answered; asked once for each. */
  isLoud(): boolean {
    if (this.#mode === "none") return true;
    if (this.#mode === "next") this.#mode = "none";
    return false;
  }

  end(): void {
    this.#mode = "none";
  }

  /** From the next command on; or answers false, where the word is none of them. Only ON itself is answered. */
  change(word: string): boolean {
    if (word === "off") this.#mode = "all";
    else if (word === "on") this.end();
    else if (word !== "skip") return false;
    else if (this.#mode === "none") this.#mode = "next";
    return true;
  }
}
