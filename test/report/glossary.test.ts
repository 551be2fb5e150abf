import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../src/report/glossary/catalogue.js';
import { explained, termsIn, termsOf, withTerms } from '../../src/report/glossary/terms.js';
import { html, Markup } from '../../src/report/html.js';
import { renderHtml } from '../../src/report/renderHtml.js';
import { EXPLANATIONS } from '../../src/run/setup/explain.js';
import { fullReport } from './reportFixture.js';

const marked = (text: string) => withTerms(new Markup(text)).text;
const without = (text: string) => marked(text).replaceAll(/<a class="term"[^>]*>(.*?)<\/a>/g, '[$1]');

describe('terms of the field', () => {
  it('are explained where a section uses them first', () => {
    expect(without('<p>Links and other links.</p>')).toBe('<p>[Links] and other links.</p>');
    expect(without('<section><p>a gate</p></section><section><p>a gate</p></section>')).toBe(
      '<section><p>a [gate]</p></section><section><p>a [gate]</p></section>',
    );
    expect(marked('<p>decay</p>')).toBe(
      '<p><a class="term" href="#term-decay" aria-describedby="term-decay">decay</a></p>',
    );
  });

  it('are the longest that stand there, and whole words', () => {
    expect(without('<p>concave terms, concave</p>')).toBe('<p>[concave terms], [concave]</p>');
    expect(without('<p>linked, fit.kernel.tau, oos_r2, multi-bucket</p>')).toBe(
      '<p>linked, fit.kernel.tau, oos_r2, multi-bucket</p>',
    );
  });

  it('are not what is written like them: names, factors of two, money that is turned over', () => {
    expect(without('<p>K 5 %, ARM, LINKS; by a factor of 2; bps of turnover</p>')).toBe(
      '<p>K 5 %, ARM, LINKS; by a factor of 2; [bps] of turnover</p>',
    );
    expect(without('<p>row of K; market factor</p>')).toBe('<p>row of [K]; market [factor]</p>');
    expect(without('<tr><td>gate X</td><td>gate</td></tr>')).toBe('<tr><td>gate X</td><td>[gate]</td></tr>');
  });

  it('leave alone what is drawn, written as code, or pressed for something else', () => {
    const body = '<svg aria-label="links"><title>links</title></svg><pre>links</pre><summary>links</summary>';
    expect(marked(body)).toBe(body);
  });

  it('describe the heading of a column, which is a button', () => {
    expect(marked('<th><button type="button">standard error, bps</button></th>')).toBe(
      '<th><button type="button" class="term" aria-describedby="term-standard-error term-bps">standard error, bps</button></th>',
    );
  });

  it('that a section explains itself are links once', () => {
    const verdict = explained('passed', 'verdict');
    expect(without(html`<p>${verdict}, ${verdict}</p>`.text)).toBe('<p>[passed], passed</p>');
    expect(explained('no such word').text).toBe('no such word');
  });
});

describe('the glossary of a page', () => {
  const page = renderHtml(fullReport());
  const [, list] = page.split('<dl class="glossary">');
  const entries = [...list.matchAll(/<div id="([^"]+)"><dt>(.*?)<\/dt><dd>(.*?)<\/dd><\/div>/g)];

  it('has every term of the page once, and those that its own words use', () => {
    const ids = entries.map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const used = termsOf(new Markup(page));
    expect(used.length).toBeGreaterThan(40);
    expect(ids).toEqual(expect.arrayContaining(used));
    for (const id of used) expect(ids).toEqual(expect.arrayContaining(termsIn(CATALOGUE.get(id)!.text)));
  });

  it('says what “xim explain” says', () => {
    const plain = (text: string) => text.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    const known = EXPLANATIONS.map(({ text }) => text);
    for (const [, , , text] of entries) expect(known.some((one) => one.startsWith(plain(text)))).toBe(true);
  });

  it.each([
    ...[
      'decay',
      'gate',
      'certificate',
      'round trip',
      'residual move',
      'kernel',
      'K',
      'R²',
      'shrinkage',
      'regime',
      'arm',
    ],
    ...['implementation shortfall', 'bps', 'one-sided basket', 'lead–lag', 'champion', 'link', 'guardrail', 'q95'],
  ])('explains %s', (word) => {
    expect(entries.map(([, , term]) => term)).toContain(word);
  });
});
