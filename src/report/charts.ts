import { scaleBand, scaleLinear, scaleLog } from 'd3-scale';
import { curveMonotoneX, line } from 'd3-shape';
import type { Interval } from '../model/interval.js';
import { html, Markup, shown } from './html.js';
import type { ReportKernel } from './reportData.js';

/** Charts as inline SVG with a title and a text alternative. Colours come from the page's custom properties. */

const WIDTH = 560;
const HEIGHT = 240;
const MARGIN = { top: 12, right: 16, bottom: 36, left: 52 };

interface Frame {
  readonly title: string;
  readonly description: string;
  readonly width?: number;
  readonly height?: number;
}

/** The description is read to those who cannot see the chart; the label is its accessible name. */
function frame({ title, description, width = WIDTH, height = HEIGHT }: Frame, body: readonly Markup[]): Markup {
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}. ${description}"><title>${title}</title>${body}</svg>`;
}

function axes(
  x: { ticks: readonly { at: number; text: string }[]; label: string },
  y: { ticks: readonly { at: number; text: string }[]; label: string },
): Markup[] {
  const bottom = HEIGHT - MARGIN.bottom;
  return [
    html`<g class="axis">${x.ticks.map(({ at, text }) => html`<text x="${at.toFixed(1)}" y="${bottom + 16}" text-anchor="middle">${text}</text>`)}<text x="${(WIDTH + MARGIN.left) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${x.label}</text></g>`,
    html`<g class="axis">${y.ticks.map(({ at, text }) => html`<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}"/><text x="${MARGIN.left - 6}" y="${(at + 4).toFixed(1)}" text-anchor="end">${text}</text>`)}<text transform="translate(12 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${y.label}</text></g>`,
  ];
}

/** What is left of impact against time since the trade, on a logarithmic axis: the fit with its band, lag by lag as points. */
export function kernelChart({ curve, bands, lags, bucketMs }: ReportKernel): Markup {
  const later = curve.filter((point) => point.seconds > 0);
  const [first, last] = [later[0].seconds, later[later.length - 1].seconds];
  /** A lag of no bucket has no place on a logarithmic axis: it stands half a bucket after the trade. */
  const shownLags = lags.map((lag) => ({ ...lag, seconds: Math.max(lag.seconds, bucketMs / 2000) }));
  const x = scaleLog()
    .domain([Math.min(first, ...shownLags.map((lag) => lag.seconds)), last])
    .range([MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear()
    .domain([
      Math.min(0, ...shownLags.map((lag) => lag.low ?? lag.level)),
      Math.max(1, ...shownLags.map((lag) => lag.high ?? lag.level)),
    ])
    .nice()
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const banded = bands.filter((b) => b.low !== undefined && b.high !== undefined && b.seconds > 0 && b.seconds <= last);
  const edge = (point: { seconds: number }, level: number) => `${x(point.seconds).toFixed(1)},${y(level).toFixed(1)}`;
  const outline = [...banded.map((b) => edge(b, b.high!)), ...[...banded].reverse().map((b) => edge(b, b.low!))].join(
    ' ',
  );
  const path =
    line<{ seconds: number; level: number }>(
      (d) => x(d.seconds),
      (d) => y(d.level),
    ).curve(curveMonotoneX)(later) ?? '';
  const decades = [0.25, 1, 5, 30, 60, 300, 1800].filter(
    (s) => s >= later[0].seconds && s <= later[later.length - 1].seconds,
  );
  return frame(
    {
      title: 'Decay of impact',
      description: `From 1 at the trade to ${shown(later.at(-1)!.level, 3)} after ${shown(later.at(-1)!.seconds, 3)} seconds.`,
    },
    [
      ...axes(
        {
          ticks: decades.map((s) => ({ at: x(s), text: s < 60 ? `${s} s` : `${s / 60} min` })),
          label: 'time since the trade',
        },
        { ticks: y.ticks(5).map((v) => ({ at: y(v), text: String(v) })), label: 'share of impact left' },
      ),
      ...(banded.length > 1 ? [html`<polygon class="band" points="${outline}"/>`] : []),
      html`<path class="series" d="${path}"/>`,
      ...shownLags.map((lag) =>
        lagMark(x(lag.seconds), y(lag.level), y(lag.low ?? lag.level), y(lag.high ?? lag.level)),
      ),
    ],
  );
}

/** A point and its interval. */
function lagMark(x: number, y: number, low: number, high: number): Markup {
  return html`<g class="lag"><line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${low.toFixed(1)}" y2="${high.toFixed(1)}"/><circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3"/></g>`;
}

/** Bars of out-of-sample R² by name, one colour per model. */
export function scoreChart(
  symbols: readonly string[],
  perName: Readonly<Record<string, readonly number[]>>,
  models: readonly string[],
): Markup {
  const values = models.flatMap((model) => perName[model]);
  const x = scaleBand<number>()
    .domain(symbols.map((_, i) => i))
    .range([MARGIN.left, WIDTH - MARGIN.right])
    .padding(0.25);
  const y = scaleLinear()
    .domain([Math.min(0, ...values), Math.max(0.01, ...values)])
    .nice()
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const width = x.bandwidth() / models.length;
  const bars = symbols.flatMap((symbol, i) =>
    models.map((model, m) => {
      const value = perName[model][i];
      const top = Math.min(y(value), y(0));
      return html`<rect class="model${m}" x="${(x(i)! + m * width).toFixed(1)}" y="${top.toFixed(1)}" width="${Math.max(0.5, width - 1).toFixed(1)}" height="${Math.abs(y(value) - y(0)).toFixed(1)}"><title>${symbol}, ${model}: ${shown(value, 3)}</title></rect>`;
    }),
  );
  const every = Math.ceil(symbols.length / 12);
  const ticks = symbols
    .map((symbol, i) => ({ at: x(i)! + x.bandwidth() / 2, text: symbol }))
    .filter((_, i) => i % every === 0);
  return frame(
    { title: 'Out-of-sample R² by name', description: `${models.join(', ')} for ${symbols.length} names.` },
    [
      ...axes({ ticks, label: '' }, { ticks: y.ticks(5).map((v) => ({ at: y(v), text: shown(v, 3) })), label: 'R²' }),
      ...bars,
    ],
  );
}

/** Eigenvalues of normalised K before and after the projection. */
export function spectrumChart(before: readonly number[], after: readonly number[]): Markup {
  const x = scaleLinear()
    .domain([0, Math.max(1, before.length - 1)])
    .range([MARGIN.left + 8, WIDTH - MARGIN.right - 8]);
  const y = scaleLinear()
    .domain([Math.min(0, ...before, ...after), Math.max(...before, ...after)])
    .nice()
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const dots = (values: readonly number[], kind: string) =>
    values.map(
      (value, k) =>
        html`<circle class="${kind}" cx="${x(k).toFixed(1)}" cy="${y(value).toFixed(1)}" r="${kind === 'before' ? 4 : 2.5}"/>`,
    );
  return frame(
    { title: 'Eigenvalues', description: `Smallest before ${shown(before[0], 3)}, after ${shown(after[0], 3)}.` },
    [
      ...axes(
        {
          ticks: x
            .ticks(Math.min(8, before.length))
            .filter(Number.isInteger)
            .map((k) => ({ at: x(k), text: String(k + 1) })),
          label: 'rank',
        },
        { ticks: y.ticks(5).map((v) => ({ at: y(v), text: shown(v, 3) })), label: 'eigenvalue' },
      ),
      ...dots(before, 'before'),
      ...dots(after, 'after'),
    ],
  );
}

/**
 * Heat map of a matrix with entries in [−1, 1]; rows and columns are labelled while they fit. The diagonal is self impact,
 * which is not shaded, or links like the others: those inside a block.
 */
export function heatMap(
  title: string,
  labels: readonly string[],
  matrix: readonly (readonly number[])[],
  diagonalIs: 'self' | 'links' = 'self',
): Markup {
  const isSelf = (i: number, j: number) => i === j && diagonalIs === 'self';
  const n = labels.length;
  const labelled = n <= 40;
  const left = labelled ? 90 : 8;
  const top = labelled ? 70 : 8;
  const size = 380;
  const cell = size / Math.max(n, 1);
  const largest = Math.max(1e-12, ...matrix.flatMap((row, i) => row.map((v, j) => (isSelf(i, j) ? 0 : Math.abs(v)))));
  const cells = labelled
    ? labelledCells(labels, matrix, largest, isSelf, { left, top, cell })
    : html`<g transform="translate(${left} ${top}) scale(${cell.toFixed(4)})">${cellRuns(matrix, largest, isSelf)}</g>`;
  const names = labelled
    ? labels.map(
        (label, i) =>
          html`<text x="${left - 6}" y="${(top + (i + 0.5) * cell + 4).toFixed(1)}" text-anchor="end">${label}</text><text transform="translate(${(left + (i + 0.5) * cell + 4).toFixed(1)} ${top - 6}) rotate(-60)">${label}</text>`,
      )
    : [];
  return frame(
    {
      title,
      description: `${n} by ${n}; the darkest link is ${shown(largest, 3)}.`,
      width: left + size + 8,
      height: top + size + 8,
    },
    [html`<g class="axis">${names}</g>`, cells],
  );
}

type IsSelf = (i: number, j: number) => boolean;

/** A square for every cell, with what it says as its title. */
function labelledCells(
  labels: readonly string[],
  matrix: readonly (readonly number[])[],
  largest: number,
  isSelf: IsSelf,
  { left, top, cell }: { left: number; top: number; cell: number },
): Markup {
  const cells = matrix.flatMap((row, i) =>
    row.map((value, j) => {
      const strength = isSelf(i, j) ? 0 : Math.min(1, Math.abs(value) / largest);
      const kind = isSelf(i, j) ? 'self' : value < 0 ? 'negative' : 'positive';
      const place = `x="${(left + j * cell).toFixed(1)}" y="${(top + i * cell).toFixed(1)}" width="${cell.toFixed(2)}" height="${cell.toFixed(2)}"`;
      return `<rect class="${kind}" ${place} fill-opacity="${strength.toFixed(2)}">${html`<title>${labels[i]} ← ${labels[j]}: ${shown(value, 3)}</title>`.text}</rect>`;
    }),
  );
  return new Markup(cells.join(''));
}

/** Shades that the cells of a large map are rounded to. */
const SHADES = 20;

/** Cells of one unit, neighbours in a row that share a shade as one: a path for every shade, since there are many cells. */
function cellRuns(matrix: readonly (readonly number[])[], largest: number, isSelf: IsSelf): Markup {
  const paths = new Map<string, string[]>();
  matrix.forEach((row, i) => {
    const shade = (j: number) => {
      if (isSelf(i, j)) return 'self 0';
      const strength = Math.round((SHADES * Math.min(largest, Math.abs(row[j]))) / largest);
      return `${row[j] < 0 ? 'negative' : 'positive'} ${strength}`;
    };
    for (let j = 0; j < row.length; ) {
      const kind = shade(j);
      let end = j + 1;
      while (end < row.length && shade(end) === kind) end++;
      const drawn = paths.get(kind) ?? [];
      paths.set(kind, drawn);
      drawn.push(`M${j} ${i}h${end - j}v1H${j}z`);
      j = end;
    }
  });
  const shaded = [...paths].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Markup(
    shaded
      .filter(([kind]) => kind.startsWith('self') || !kind.endsWith(' 0'))
      .map(([kind, drawn]) => {
        const [name, strength] = kind.split(' ');
        return `<path class="${name}" fill-opacity="${Number(strength) / SHADES}" d="${drawn.join('')}"/>`;
      })
      .join(''),
  );
}

/** One measure over calibrations; a date without a value leaves a gap. */
export function healthChart(
  label: string,
  points: readonly { readonly date: string; readonly value: number | null }[],
): Markup {
  const known = points.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length === 0) return html`<p>No calibration says.</p>`;
  const x = scaleLinear()
    .domain([0, Math.max(1, points.length - 1)])
    .range([MARGIN.left + 8, WIDTH - MARGIN.right - 24]);
  const y = scaleLinear()
    .domain([Math.min(...known), Math.max(...known)])
    .nice()
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const path = line<{ value: number | null }>(
    (_, k) => x(k),
    ({ value }) => y(value!),
  ).defined(({ value }) => value !== null)(points);
  const every = Math.ceil(points.length / 6);
  const ticks = points.map(({ date }, k) => ({ at: x(k), text: date })).filter((_, k) => k % every === 0);
  const dots = points.flatMap(({ date, value }, k) =>
    value === null
      ? []
      : [
          html`<circle class="after" cx="${x(k).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3"><title>${date}: ${shown(value)}</title></circle>`,
        ],
  );
  return frame({ title: label, description: `From ${shown(known[0])} to ${shown(known[known.length - 1])}.` }, [
    ...axes({ ticks, label: '' }, { ticks: y.ticks(5).map((v) => ({ at: y(v), text: shown(v, 3) })), label: '' }),
    html`<path class="series" d="${path ?? ''}"/>`,
    ...dots,
  ]);
}

const TIMELINE_ROW = 22;

/** A row per day, coloured by the level in force: the whole day is there, whatever its length. */
export function timelineChart(
  segments: readonly {
    readonly date: string;
    readonly fromBucket: number;
    readonly toBucket: number;
    readonly state: string;
    readonly reasons: readonly string[];
  }[],
  bucketMs: number,
): Markup {
  const dates = [...new Set(segments.map(({ date }) => date))];
  const last = segments.reduce((most, { toBucket }) => Math.max(most, toBucket), 1);
  const x = scaleLinear()
    .domain([0, last])
    .range([90, WIDTH - MARGIN.right]);
  const height = dates.length * TIMELINE_ROW + 24;
  const below = segments.filter(({ state }) => state !== 'full').length;
  const hours = shown((last * bucketMs) / 3_600_000, 3);
  const rows = dates.map((date, k) => html`<text x="84" y="${k * TIMELINE_ROW + 15}" text-anchor="end">${date}</text>`);
  const bars = segments.map(({ date, fromBucket, toBucket, state, reasons }) => {
    const top = dates.indexOf(date) * TIMELINE_ROW + 2;
    const width = Math.max(0.5, x(toBucket) - x(fromBucket));
    return html`<rect class="level-${state}" x="${x(fromBucket).toFixed(1)}" y="${top}" width="${width.toFixed(1)}" height="${TIMELINE_ROW - 4}"><title>${date}, buckets ${fromBucket + 1} to ${toBucket}: ${state}${reasons.length > 0 ? ` (${reasons.join(', ')})` : ''}</title></rect>`;
  });
  return frame(
    {
      title: 'Guardrails',
      description: `${dates.length} days of ${hours} hours; ${below} stretches below the full model.`,
      height,
    },
    [
      html`<g class="axis">${rows}<text x="${WIDTH - MARGIN.right}" y="${height - 6}" text-anchor="end">${hours} h of sessions</text></g>`,
      ...bars,
    ],
  );
}

/** Location of costs by arm, each measure with its interval, bps. */
export function tailChart(
  arms: readonly {
    readonly group: string;
    readonly shortfall: Readonly<Record<string, Interval>>;
  }[],
): Markup {
  const measures = ['mean', 'median', 'q95', 'q99'];
  const marks = arms.flatMap(({ group, shortfall }, a) =>
    measures.map((measure, m) => ({ a, m, text: `${group}, ${measure}`, ...shortfall[measure] })),
  );
  const row = 18;
  const height = marks.length * row + 40;
  const x = scaleLinear()
    .domain([
      Math.min(0, ...marks.map(({ value, low }) => low ?? value)),
      Math.max(...marks.map((k) => k.high ?? k.value)),
    ])
    .nice()
    .range([150, WIDTH - MARGIN.right]);
  const lines = marks.map(({ a, m, text, value, low, high }) => {
    const y = (a * measures.length + m) * row + 16;
    return html`<text x="142" y="${y + 4}" text-anchor="end">${text}</text><g class="lag"><line x1="${x(low ?? value).toFixed(1)}" x2="${x(high ?? value).toFixed(1)}" y1="${y}" y2="${y}"/><circle cx="${x(value).toFixed(1)}" cy="${y}" r="3"/></g>`;
  });
  const ticks = x
    .ticks(6)
    .map((v) => html`<text x="${x(v).toFixed(1)}" y="${height - 6}" text-anchor="middle">${shown(v, 3)}</text>`);
  const first = marks.find(({ m }) => m === 2)!;
  return frame({ title: 'Shortfall', description: `q95 of ${arms[0].group} ${shown(first.value, 3)} bps.`, height }, [
    html`<g class="axis">${lines}${ticks}</g>`,
  ]);
}
