import type { SessionHead } from "../protocol";
import { isOpen, isWaiting, refusalOf } from "../sessions/readiness";
import { answer } from "./answer";
import { pickHead } from "./pick_session";
import { reviewedStep } from "./review_changes";
import type { Surroundings } from "./surroundings";
import { tell } from "./tell";

const NONE = "No session waits to be run. Create one by “Treadle: New Session…”.";

/** Runs it as its mode is: in the background, or in a terminal of this window. */
export async function runSession(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session to run",
    none: NONE,
    suits: (each) => isWaiting(each, Date.now()),
  });
  await begin(surroundings, head, async (each) => {
    surroundings.showTimeline(each.id);
    await surroundings.run(each);
  });
}

/** Carries out exactly the next step, as the session's mode is. */
export async function nextStep(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session whose next step is to run",
    none: NONE,
    suits: (each) => isWaiting(each, Date.now()),
  });
  await begin(surroundings, head, async (each) => {
    const step = await reviewedStep(surroundings, each);
    if (step !== undefined) {
      await surroundings.runStep(each, step.id);
    }
  });
}

/** One step after the other without a question between them; Stop ends it. */
export async function autoPlay(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session to play to its end",
    none: "No session that is worked on by hand waits to be run.",
    suits: (each) => each.executionMode === "manual" && isWaiting(each, Date.now()),
  });
  await begin(surroundings, head, (each) => surroundings.play(each));
}

/** From now on the person works with the agent; a run in the background gives the session up. */
export async function continueInTerminal(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session to go on with in a terminal",
    none: "No session could go on in a terminal.",
    suits: (each) => isOpen(each) && each.executionMode === "agentic",
  });
  if (head !== undefined && isOpen(head)) {
    await surroundings.runInTerminal(head);
  } else if (head !== undefined) {
    tell(refusalOf(head, Date.now()));
  }
}

/** From now on the agent works by itself; a terminal, here or elsewhere, gives the session up. */
export async function continueInBackground(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session to go on with in the background",
    none: "No session is worked on by hand.",
    suits: (each) => isOpen(each) && each.executionMode === "manual",
  });
  if (head !== undefined && isOpen(head)) {
    surroundings.showTimeline(head.id);
    surroundings.closeTerminal(head.id);
    await surroundings.runInBackground(head.id, { takesOver: true });
  } else if (head !== undefined) {
    tell(refusalOf(head, Date.now()));
  }
}

/** Where something goes on in its terminal here, that is shown; where it asks something, the answer runs it on. */
async function begin(surroundings: Surroundings, head: SessionHead | undefined, run: (head: SessionHead) => Promise<void>): Promise<void> {
  if (head === undefined || (await surroundings.showTerminal(head))) {
    return;
  }
  if (!isWaiting(head, Date.now())) {
    surroundings.showTimeline(head.id);
    tell(refusalOf(head, Date.now()));
  } else if (head.openAskCount > 0) {
    await answer(surroundings, head.id);
  } else {
    await run(head);
  }
}
