import { checkedFromPage, type FromPage } from "./messages";

/** What the page remembers while its tab is not looked at. */
export interface Memory {
  readonly opened: readonly string[];
  /** The first item that was seen; null: the page's head was. */
  readonly firstSeen: string | null;
  readonly isFollowing: boolean;
}

interface Api {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: Memory): void;
}

declare function acquireVsCodeApi(): Api;

/** The way to the extension. Nothing that would be refused there is sent. */
export class Editor {
  private readonly api = acquireVsCodeApi();
  /** Steps of which a page is on its way. */
  private readonly asked = new Set<string>();

  post(message: FromPage): void {
    const checked = checkedFromPage(message);
    if ("problem" in checked) {
      console.error(checked.problem);
      return;
    }
    this.api.postMessage(checked.message);
  }

  /** One page of a step after the other. */
  page(stepId: string, where: "earlier" | "later" | "first" | "latest"): void {
    if (!this.asked.has(stepId)) {
      this.asked.add(stepId);
      this.post({ kind: "page", stepId, where });
    }
  }

  arrived(stepId: string): void {
    this.asked.delete(stepId);
  }

  remember(memory: Memory): void {
    this.api.setState(memory);
  }

  remembered(): Memory | null {
    const state = this.api.getState();
    if (typeof state !== "object" || state === null || !("opened" in state) || !("firstSeen" in state)) {
      return null;
    }
    const { opened, firstSeen } = state;
    const isFit = Array.isArray(opened) && opened.every((each) => typeof each === "string") && (firstSeen === null || typeof firstSeen === "string");
    return isFit ? { opened, firstSeen, isFollowing: "isFollowing" in state && state.isFollowing === true } : null;
  }
}
