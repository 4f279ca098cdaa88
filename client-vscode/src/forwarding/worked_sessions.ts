import type { SessionHead } from "../protocol";
import { isClaimed } from "../sessions/groups";

/** What happens in a folder belongs to a session; `isHeld`: a client carries out its step meanwhile, and watches the files itself. */
export interface Place {
  readonly sessionId: number;
  readonly interactionId: string | null;
  readonly isHeld: boolean;
}

/** After so long nobody means a session that waits when they change a file. */
const RECENT_MS = 4 * 60 * 60 * 1_000;
/** A step that was begun and ended between two looks at the session took no longer. */
const UNSEEN_MS = 1_000;
/** Changes are told within this time. */
const KEEP_MS = 60_000;

interface Hold {
  /** Null: the step came and went unseen. */
  readonly interactionId: string | null;
  readonly from: number;
  readonly until: number;
}

interface Worked {
  readonly head: SessionHead;
  /** When a step of it was under way last. */
  readonly at: number;
  readonly holds: readonly Hold[];
}

/** Which sessions of the open projects are worked on here, now and a moment ago. The times are the caller's. */
export class WorkedSessions {
  private sessions = new Map<number, Worked>();

  /** The sessions as they are now. */
  look(heads: readonly SessionHead[], now: number): void {
    const own = heads.filter((head) => worksInCheckout(head) && (head.status === "active" || this.sessions.has(head.id)));
    const worked = own.map((head): [number, Worked] => [head.id, this.worked(head, now)]);
    // Thousands that have ended are nobody's work; those that have just ended may have their last changes to be told.
    this.sessions = new Map(worked.filter(([, { head, holds }]) => head.status === "active" || holds.length > 0));
  }

  /** Whose it is what happened then: of those whose step ran, else of the one that was worked on last. */
  at(projectId: number, time: number, now: number): readonly Place[] {
    const own = [...this.sessions.values()].filter(({ head }) => head.projectId === projectId);
    const held = own.flatMap(({ head, holds }) => {
      const hold = holds.find(({ from, until }) => from <= time && time <= until);
      return hold === undefined ? [] : [{ head, hold }];
    });
    // Who lets others run their steps only waits for them.
    const parents = new Set(held.map(({ head }) => head.parentSessionId));
    const working = held.filter(({ head }) => !parents.has(head.id));
    if (working.length > 0) {
      return working.map(({ head, hold }) => ({ sessionId: head.id, interactionId: hold.interactionId, isHeld: true }));
    }
    const last = own.filter((one) => isBegun(one.head) && now - one.at <= RECENT_MS).sort((one, other) => other.at - one.at)[0];
    return last === undefined ? [] : [{ sessionId: last.head.id, interactionId: null, isHeld: false }];
  }

  private worked(head: SessionHead, now: number): Worked {
    const before = this.sessions.get(head.id);
    const holds = (before?.holds ?? []).filter(({ until }) => until > now - KEEP_MS);
    const step = head.pendingInteraction;
    const updatedAt = Date.parse(head.updatedAt);
    if (step?.claim != null && isClaimed(step, now)) {
      const hold = { interactionId: step.id, from: Date.parse(step.claim.claimedAt), until: Infinity };
      return { head, at: now, holds: [...ended(holds, step.id, updatedAt), hold] };
    }
    if (before === undefined) {
      return { head, at: updatedAt, holds };
    }
    const until = step?.claim != null && holds.some(({ interactionId }) => interactionId === step.id) ? Date.parse(step.claim.expiresAt) : updatedAt;
    const hasMoved = before.head.interactionCount !== head.interactionCount || before.head.pendingInteraction?.id !== step?.id || before.head.status !== head.status;
    return { head, at: hasMoved ? updatedAt : before.at, holds: [...ended(holds, null, until), ...unseen(before, hasMoved, updatedAt)] };
  }
}

/** Children that work side by side have a working copy of their own. */
function worksInCheckout({ environment, parentSessionId }: SessionHead): boolean {
  return environment === "vscode" || parentSessionId === null;
}

function isBegun({ status, pausedAt, interactionCount }: SessionHead): boolean {
  return status === "active" && pausedAt === null && interactionCount > 0;
}

function ended(holds: readonly Hold[], except: string | null, until: number): Hold[] {
  return holds.filter(({ interactionId }) => interactionId !== except).map((hold) => (hold.until === Infinity ? { ...hold, until } : hold));
}

/** A step may have come and gone since; what changed then is told by who carried it out. */
function unseen({ head, holds }: Worked, hasMoved: boolean, endedAt: number): Hold[] {
  const step = head.pendingInteraction;
  const wasSeen = step !== null && holds.some(({ interactionId }) => interactionId === step.id);
  return !hasMoved || wasSeen ? [] : [{ interactionId: step?.id ?? null, from: endedAt - UNSEEN_MS, until: endedAt }];
}
