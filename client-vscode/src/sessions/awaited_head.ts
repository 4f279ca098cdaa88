import type { Daemon } from "../daemon/client";
import type { Disposable } from "../daemon/signal";
import type { SessionHead } from "../protocol";

export async function headOf(daemon: Daemon, sessionId: number): Promise<SessionHead> {
  return (await daemon.call("session/get", { sessionId, limit: 1 })).session;
}

/** The session as soon as it is as wished, by the daemon's notices; null: it has not become so in time. */
export async function awaitedHead(
  daemon: Daemon,
  sessionId: number,
  isAsWished: (head: SessionHead) => boolean,
  milliseconds: number,
): Promise<SessionHead | null> {
  const disposables: Disposable[] = [];
  try {
    return await new Promise<SessionHead | null>((resolve, reject) => {
      const look = async (): Promise<void> => {
        const head = await headOf(daemon, sessionId);
        if (isAsWished(head)) {
          resolve(head);
        }
      };
      const patience = setTimeout(() => resolve(null), milliseconds);
      const listening = daemon.notices.listen(({ method, params }) => {
        if (params.sessionId === sessionId && method !== "session/didAppendEvents") {
          look().catch(reject);
        }
      });
      disposables.push(listening, { dispose: () => clearTimeout(patience) });
      look().catch(reject);
    });
  } finally {
    disposables.forEach((each) => each.dispose());
  }
}
