import * as vscode from "vscode";

/** The page's frame. Its policy lets in the extension's own script and style, and nothing else. */
export function pageHtml(webview: vscode.Webview, built: vscode.Uri, sessionId: number): string {
  const script = webview.asWebviewUri(vscode.Uri.joinPath(built, "timeline.js")).toString();
  const style = webview.asWebviewUri(vscode.Uri.joinPath(built, "timeline.css")).toString();
  const policy = `default-src 'none'; script-src ${webview.cspSource}; style-src ${webview.cspSource};`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Session ${sessionId}</title>
</head>
<body data-session="${sessionId}">
<p id="notice" role="status" hidden></p>
<header id="header"></header>
<main><p id="empty" class="empty" hidden>No step has run yet.</p><ol id="steps" aria-label="Steps"></ol></main>
<div id="announcer" class="unseen" aria-live="polite"></div>
<script src="${script}"></script>
</body>
</html>`;
}
