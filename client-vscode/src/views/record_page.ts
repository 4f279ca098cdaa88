import type { Block, HeaderView, Row, StepView } from "../../webview/messages";
import type { NameBook } from "../sessions/names";
import { interludesOf } from "../sessions/interludes";
import { OUTSIDE, type WholeRecord } from "../sessions/whole_record";
import type { Extent } from "./blocks";
import { entriesOf } from "./interlude_page";
import { headerOf } from "./session_header";
import { endsOf } from "./step_page";
import { rowsOf, type RowSource } from "./timeline_rows";

/** A session as its timeline shows it, all of it, for a reader who has no Treadle at hand. */
export interface RecordPage {
  readonly header: HeaderView;
  readonly steps: readonly StepView[];
  /** By step. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  /** The step that such a reader most likely wants to see first. */
  readonly openStep: string | null;
  /** What is not in it. */
  readonly notice: string | null;
}

const CUT = "\n⋯";

export function recordPageOf(record: WholeRecord, names: Pick<NameBook, "types" | "components" | "sessionTypes">, now: number, extent: Extent): RecordPage {
  const { session: head, interactions, sources, files, events, leftOut } = record;
  const header = headerOf({ head, interactions, type: names.sessionTypes.get(head.type), names, now, asks: [], sources, files });
  const interludes = interludesOf(events.get(OUTSIDE) ?? [], interactions);
  const rowsIn = (sources: readonly RowSource[]): Row[] => sources.flatMap((source) => source.make(extent) ?? []).map(settled);
  const rows = interactions.map((interaction) => {
    const own = events.get(interaction.id) ?? [];
    const { begin, end } = endsOf(interaction, now, own);
    return [interaction.id, rowsIn([...begin, ...rowsOf(own, []), ...end])] as const;
  });
  const between = interludes.map((interlude) => [interlude.id, rowsIn(rowsOf(interlude.events, []))] as const);
  return {
    header: { ...header, files: { ...header.files, canOpen: false }, totals: header.totals.map((total) => ({ ...total, action: null })), actions: [], listener: null, runningSince: null },
    steps: entriesOf(interactions, interludes, now).map((entry) => ({ ...entry, canEdit: false })),
    rows: Object.fromEntries([...rows, ...between]),
    openStep: interactions.findLast(({ command, supersededAt }) => command.command === "claude" && supersededAt === null)?.id ?? interactions.at(-1)?.id ?? null,
    notice: leftOut === 0 ? null : `The last ${leftOut.toLocaleString("en")} of ${head.eventCount.toLocaleString("en")} events are not in here: the record is too long. “treadle show ${head.id} --events” has them all.`,
  };
}

/** Nothing can be asked for, answered or shown elsewhere. */
function settled(row: Row): Row {
  return { ...row, ask: null, shown: row.shown.map(whole), folded: row.folded.map(whole) };
}

function whole(block: Block): Block {
  if (!block.isCut) {
    return block;
  }
  return block.kind === "diff"
    ? { ...block, lines: [...block.lines, { sign: "@", text: "" }], isCut: false }
    : { ...block, text: block.kind === "terminal" ? block.text : `${block.text}${CUT}`, isCut: false };
}
