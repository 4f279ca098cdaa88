import type { Daemon } from "../daemon/client";
import type { SessionHead } from "../protocol";
import { projectsOf } from "./scope";

/** Rows to look at; what nobody looks at yet is read in larger pieces. */
export const PAGE = 100;
export const LARGE_PAGE = 500;

/** Null: the project of the connection's scope. */
type Place = number | null;

/** Reads the sessions of the window's projects, newest first, a page at a time. */
export class SessionPages {
  private cursors: ReadonlyMap<Place, string | null> = new Map();

  constructor(private readonly daemon: Daemon) {}

  get hasMore(): boolean {
    return [...this.cursors.values()].some((cursor) => cursor !== null);
  }

  /** From the beginning. */
  first(limit: number): Promise<SessionHead[]> {
    return this.read(new Map(this.places().map((place) => [place, null])), limit);
  }

  /** Of each project that has more. */
  next(limit: number): Promise<SessionHead[]> {
    return this.read(new Map([...this.cursors].filter(([, cursor]) => cursor !== null)), limit);
  }

  /** All that are active, in pieces. */
  async *active(): AsyncGenerator<{ heads: SessionHead[]; isLast: boolean }, void> {
    const places = this.places();
    for (const projectId of places) {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page: { data: SessionHead[]; nextCursor: string | null } = await this.daemon.call("session/list", {
          projectId,
          status: "active",
          limit: LARGE_PAGE,
          cursor: cursor ?? null,
        });
        cursor = page.nextCursor;
        yield { heads: page.data, isLast: cursor === null && projectId === places.at(-1) };
      }
    }
  }

  private async read(from: ReadonlyMap<Place, string | null>, limit: number): Promise<SessionHead[]> {
    const pages = await Promise.all(
      [...from].map(async ([projectId, cursor]) => ({
        projectId,
        ...(await this.daemon.call("session/list", { projectId, cursor, limit: Math.min(limit, LARGE_PAGE) })),
      })),
    );
    this.cursors = new Map(pages.map(({ projectId, nextCursor }) => [projectId, nextCursor]));
    return pages.flatMap(({ data }) => data);
  }

  private places(): Place[] {
    const projects = projectsOf(this.daemon);
    return projects.length > 1 ? projects.map(({ id }) => id) : [null];
  }
}
