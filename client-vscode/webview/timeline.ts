import { byId } from "./elements";
import { showHeader } from "./header";
import type { FromPage, ToPage } from "./messages";
import { isNearEnd, scrollToEnd, Steps } from "./steps";

declare function acquireVsCodeApi(): {
  postMessage(message: FromPage): void;
  setState(state: { sessionId: number }): void;
};

const editor = acquireVsCodeApi();
const notice = byId("notice");
const empty = byId("empty");
const steps = new Steps({
  open: (stepId) => editor.postMessage({ kind: "openStep", stepId }),
  loadEarlier: (stepId) => editor.postMessage({ kind: "loadEarlier", stepId }),
  openFile: (path) => editor.postMessage({ kind: "openFile", path }),
  openSession: (sessionId) => editor.postMessage({ kind: "openSession", sessionId }),
});
/** The step that was opened by itself; it closes by itself when the next one begins. */
let followed: string | null = null;

function show(message: ToPage): void {
  switch (message.kind) {
    case "notice":
      notice.textContent = message.sentence ?? "";
      notice.hidden = message.sentence === null;
      break;
    case "events":
      steps.showEvents(message.stepId, message.how, message.rows, message.hasEarlier);
      break;
    case "session": {
      const follow = steps.count > 0 && isNearEnd();
      editor.setState({ sessionId: message.sessionId });
      showHeader(message.header, (action) => editor.postMessage({ kind: "act", action }));
      steps.show(message.steps);
      empty.hidden = message.steps.length > 0;
      moveOn(message.openStep);
      if (follow) {
        scrollToEnd();
      }
    }
  }
}

function moveOn(stepId: string | null): void {
  if (stepId === null || stepId === followed) {
    return;
  }
  if (followed !== null) {
    steps.close(followed);
  }
  followed = stepId;
  steps.open(stepId);
}

window.addEventListener("message", (event: MessageEvent<ToPage>) => show(event.data));
editor.postMessage({ kind: "ready" });
