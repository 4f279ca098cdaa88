import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { escaped } from "./html_text";

/** The page's frame. Its policy lets in the extension's own script, style and icons, and nothing else. */
export function pageHtml(webview: vscode.Webview, built: vscode.Uri, sessionId: number): string {
  const uriOf = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(built, name)).toString();
  const nonce = randomBytes(18).toString("base64url");
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; font-src ${webview.cspSource};`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uriOf("timeline.css")}">
<title>Session ${sessionId}</title>
</head>
<body>
<script nonce="${nonce}" src="${uriOf("timeline.js")}"></script>
</body>
</html>`;
}

/** What is to be said where there is no page. */
export function problemHtml(sentence: string): string {
  return `<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'"><p>${escaped(sentence)}</p>`;
}
