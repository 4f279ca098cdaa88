import { html, type TemplateResult } from "lit";
import MarkdownIt from "markdown-it";

interface Token {
  readonly type: string;
  readonly tag: string;
  readonly nesting: number;
  readonly content: string;
  readonly info: string;
  readonly hidden: boolean;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | number | null;
}

type Part = TemplateResult | string;
type Open = (address: string) => void;

/** What is markup in a message stays text: the parser makes none of it, and nothing here is ever set as HTML. */
const parser = new MarkdownIt({ html: false, linkify: false, typographer: false }).disable("image");
const LINK = /^https?:\/\//;
/** What lies deeper stands there, too, but further in no more. */
const MAX_DEPTH = 6;

export function markdown(text: string, open: Open): readonly Part[] {
  const tokens = parser.parse(text, {}) as unknown as readonly Token[];
  return new Reader(tokens, open).parts();
}

/** Makes of the parser's flat list of openings, texts and endings what lies within each other. */
class Reader {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly open: Open,
  ) {}

  /** Up to the end of what was opened. */
  parts(): Part[] {
    const parts: Part[] = [];
    for (let token = this.tokens[this.at]; token !== undefined; token = this.tokens[this.at]) {
      this.at += 1;
      if (token.nesting < 0) {
        break;
      }
      parts.push(...(token.nesting > 0 ? this.opened(token) : this.leaf(token)));
    }
    return parts;
  }

  private opened(token: Token): Part[] {
    this.depth += 1;
    const inside = this.parts();
    this.depth -= 1;
    if (token.hidden || (this.depth >= MAX_DEPTH && !INLINE.has(token.tag))) {
      return inside;
    }
    if (token.type === "link_open") {
      return [this.link(String(token.attrGet("href") ?? ""), inside)];
    }
    return [elementOf(token.tag, inside)];
  }

  private link(address: string, inside: readonly Part[]): Part {
    return LINK.test(address)
      ? html`<button type="button" class="link" title=${address} @click=${() => this.open(address)}>${inside}</button>`
      : html`<span title=${address}>${inside}</span>`;
  }

  private leaf(token: Token): Part[] {
    switch (token.type) {
      case "inline":
        return new Reader(token.children ?? [], this.open).parts();
      case "fence":
      case "code_block":
        return [html`<pre>${token.content}</pre>`];
      case "code_inline":
        return [html`<code>${token.content}</code>`];
      case "hr":
        return [html`<hr>`];
      case "hardbreak":
        return [html`<br>`];
      case "softbreak":
        return ["\n"];
      default:
        return [token.content];
    }
  }
}

const ELEMENTS: Readonly<Record<string, (inside: readonly Part[]) => Part>> = {
  p: (inside) => html`<p>${inside}</p>`,
  strong: (inside) => html`<strong>${inside}</strong>`,
  em: (inside) => html`<em>${inside}</em>`,
  s: (inside) => html`<s>${inside}</s>`,
  ul: (inside) => html`<ul>${inside}</ul>`,
  ol: (inside) => html`<ol>${inside}</ol>`,
  li: (inside) => html`<li>${inside}</li>`,
  blockquote: (inside) => html`<blockquote>${inside}</blockquote>`,
  table: (inside) => html`<table>${inside}</table>`,
  thead: (inside) => html`<thead>${inside}</thead>`,
  tbody: (inside) => html`<tbody>${inside}</tbody>`,
  tr: (inside) => html`<tr>${inside}</tr>`,
  th: (inside) => html`<th>${inside}</th>`,
  td: (inside) => html`<td>${inside}</td>`,
};

const INLINE: ReadonlySet<string> = new Set(["a", "em", "strong", "s"]);

/** Headings are no headings of the page. */
function elementOf(tag: string, inside: readonly Part[]): Part {
  return Object.hasOwn(ELEMENTS, tag) ? (ELEMENTS[tag]?.(inside) ?? "") : html`<p class="heading">${inside}</p>`;
}
