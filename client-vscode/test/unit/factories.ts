import type { AskView, InteractionView, ResultView, SessionEventView, SessionHead, SessionTypeView, SourceView } from "../../src/protocol";

export const MOMENT = "2026-03-01T12:00:00.000000Z";
export const NOW = Date.parse(MOMENT) + 60_000;

export function makeHead(values: Partial<SessionHead> = {}): SessionHead {
  return {
    id: 1,
    uid: "11111111-0000-4000-8000-000000000001",
    type: "component_test",
    typeVersion: 1,
    title: null,
    accountId: 1,
    userId: 1,
    projectId: 7,
    componentId: 3,
    parentSessionId: null,
    agent: "claude_code",
    environment: "vscode",
    executionMode: "agentic",
    status: "active",
    state: {},
    options: {},
    externalConversationId: null,
    pausedAt: null,
    failureReason: null,
    interactionCount: 0,
    eventCount: 0,
    openAskCount: 0,
    costUsd: null,
    inputTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    pendingInteraction: null,
    insertedAt: MOMENT,
    updatedAt: MOMENT,
    ...values,
  };
}

/** An agent's, for a command. */
export function makeAsk(values: Partial<AskView> = {}): AskView {
  return {
    id: 12,
    uid: "ask-12",
    sessionId: 1,
    interactionId: "step-1",
    kind: "permission",
    question: "Claude Code wants to run: git push",
    details: { tool: "Bash", command: "git push", input: { command: "git push" }, working_directory: "/calculator" },
    options: [
      { name: "allow", title: "Allow", description: null },
      { name: "allow_session", title: "Allow in this session", description: "This very command." },
      { name: "deny", title: "Deny", description: null },
    ],
    askedBy: "Claude Code",
    askedAt: MOMENT,
    expiresAt: null,
    defaultAnswer: null,
    status: "open",
    answer: null,
    comment: null,
    answeredBy: null,
    closedAt: null,
    reason: null,
    ...values,
  };
}

export function makeInteraction(values: Partial<InteractionView> = {}): InteractionView {
  return {
    id: "step-1",
    sessionId: 1,
    position: 1,
    attempt: 1,
    step: "run_tests",
    command: { id: "command-1", module: "run_tests", command: "shell", metadata: {}, timestamp: MOMENT },
    result: null,
    insertedAt: MOMENT,
    completedAt: null,
    supersededAt: null,
    claim: null,
    interrupted: false,
    ...values,
  };
}

export function makeResult(values: Partial<ResultView> = {}): ResultView {
  return {
    id: "result-1",
    status: "ok",
    data: {},
    code: 0,
    errorMessage: null,
    stdout: null,
    stderr: null,
    durationMs: 1_500,
    timestamp: MOMENT,
    ...values,
  };
}

export function makeClaim(expiresIn: number, from = NOW): NonNullable<InteractionView["claim"]> {
  const expiresAt = new Date(from + expiresIn).toISOString();
  return { clientId: "runner", clientName: "treadle run", claimedAt: MOMENT, expiresAt };
}

export function makeEvent(id: number, values: Partial<SessionEventView> = {}): SessionEventView {
  return {
    id,
    uid: `event-${id}`,
    sessionId: 1,
    interactionId: "step-1",
    eventType: "command_output",
    source: "stream",
    data: { stream: "stdout", text: `line ${id}\n` },
    metadata: null,
    sentAt: MOMENT,
    insertedAt: MOMENT,
    updatedAt: MOMENT,
    ...values,
  };
}

export function makeSource(source: SourceView["source"], state: SourceView["state"]): SourceView {
  return { terminalId: 5, source, state, count: 0, lastHeardAt: null, reason: state === "off" ? "Not here." : null };
}

export function makeType(values: Partial<SessionTypeView> = {}): SessionTypeView {
  return {
    id: "component_test",
    title: "Component tests",
    description: "",
    version: 1,
    needsComponent: true,
    definedIn: null,
    steps: [],
    optionsSchema: {},
    maxAttempts: 5,
    maxSteps: 200,
    ...values,
  };
}
