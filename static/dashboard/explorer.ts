// What the pages of funnels and retention share: a view in the URL, and figures that are asked for anew when it changes.
import { StatsError } from "./ask";
import type { Change } from "./controls";
import { showChips } from "./controls";
import { byId } from "./dom";
import { showFailure } from "./notice";
import type { Site } from "./site";
import { siteOfPage } from "./site";
import type { View } from "./view";
import { readView, writeView } from "./view";

export abstract class Explorer {
  protected view: View = readView(location.search);
  protected readonly site: Site = siteOfPage();
  private running = new AbortController();

  constructor() {
    addEventListener("popstate", () => {
      this.view = readView(location.search);
      void this.show();
    });
  }

  /** Show the present view. Failures are shown, not thrown. */
  async show(): Promise<void> {
    this.running.abort();
    this.running = new AbortController();
    const { signal } = this.running;
    const figures = byId("explored");
    figures.setAttribute("aria-busy", "true");
    this.drawControls();
    showChips(byId("chips"), this.view, this.go);
    try {
      byId("notice").replaceChildren();
      await this.load(signal);
    } catch (error) {
      if (signal.aborted || (error instanceof DOMException && error.name === "AbortError")) return;
      if (!(error instanceof StatsError)) throw error;
      showFailure(byId("notice"), this.site.base, error, null, () => void this.show());
    } finally {
      if (!signal.aborted) figures.setAttribute("aria-busy", "false");
    }
  }

  protected readonly go = (change: Change): void => {
    this.view = change(this.view);
    history.pushState(null, "", location.pathname + writeView(this.view));
    void this.show();
  };

  /** Fill the bar of choices. */
  protected abstract drawControls(): void;

  /** Ask for the figures of the present view and show them. Throws as ask() does. */
  protected abstract load(signal: AbortSignal): Promise<void>;
}
