import { html, Markup } from './html.js';
import { SORT_SCRIPT, STYLE } from './style.js';

/** One self-contained page: no network, inline SVG, light and dark, prints to A4; `style` is what it needs beside the common one. */
export function page(title: string, sections: readonly Markup[], style = ''): string {
  const body = html`<body><main>${sections}</main><script>${new Markup(SORT_SCRIPT)}</script></body>`;
  return `<!doctype html>\n${html`<html lang="en">${head(title, style)}${body}</html>`.text}\n`;
}

/** The icon is empty: a browser asks for one otherwise. */
function head(title: string, style: string): Markup {
  const settings = [
    html`<meta charset="utf-8">`,
    html`<meta name="viewport" content="width=device-width, initial-scale=1">`,
    html`<meta name="color-scheme" content="light dark">`,
    html`<link rel="icon" href="data:,">`,
  ];
  return html`<head>${settings}<title>${title}</title><style>${new Markup(STYLE + style)}</style></head>`;
}

export function section(title: string, body: Markup): Markup {
  return html`<section><h2>${title}</h2>${body}</section>`;
}
