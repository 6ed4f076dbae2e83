// Light or dark: as the system, unless chosen.

export type Choice = "system" | "light" | "dark";

const KEY = "pixelproof.theme";

class Theme {
  choice = $state<Choice>("system");

  /** Applies what was remembered and follows the system. */
  start(): void {
    const stored = localStorage.getItem(KEY);
    if (stored === "light" || stored === "dark") this.choice = stored;
    this.apply();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.apply());
  }

  choose(choice: Choice): void {
    this.choice = choice;
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
    this.apply();
  }

  /** The next choice, for a button that goes round. */
  turn(): void {
    this.choose(this.choice === "system" ? "light" : this.choice === "light" ? "dark" : "system");
  }

  private apply(): void {
    const dark =
      this.choice === "dark" ||
      (this.choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }
}

export const theme = new Theme();
