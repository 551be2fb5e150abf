import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENT_SCHEMAS, documentSchema, type PublishedDocument } from '../../src/report/schema/documents.js';
import { readJson, ximJson } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';
import { sampleRunInto } from '../support/sampleRun.js';
import { fullReport, matrixReport } from './reportFixture.js';
import { aSchedule } from './scheduleFixture.js';

const folder = temporaryFolder();
const store = join(folder, 'store');
const CONFIG = ['--config', 'configs/sample.yaml', '--store', store];

/** `report.json` of a version. */
function reportOf(version: string): unknown {
  const { objects } = readJson(join(store, 'versions', version, 'manifest.json'));
  const { sha256 } = objects.find(({ name }: { name: string }) => name === 'report.json');
  return readJson(join(store, 'objects', `${sha256}.json`));
}

/** What the program writes of the sample, of a matrix, and of a basket that is compared in every way. */
const written = { report: {} as unknown, 'matrix-report': {} as unknown, schedule: {} as unknown };
beforeAll(async () => {
  await sampleRunInto(store);
  written.report = reportOf(readJson(join(store, 'aliases', 'candidate.json')).version);
  const basket = join(folder, 'basket.csv');
  writeFileSync(basket, 'symbol,side,qty\nSIM1,buy,9000\nSIM4,sell,12050\n');
  written.schedule = ximJson(['schedule', basket, '--compare', '--frontier', ...CONFIG]).document;
  const matrix = join(folder, 'matrix.csv');
  writeFileSync(matrix, ',AAA,BBB\nAAA,1,1.4\nBBB,1.4,1\n');
  written['matrix-report'] = reportOf(ximJson(['constrain', '--matrix', matrix, '--store', store]).document.version);
});

const asWritten = (document: unknown) => JSON.parse(JSON.stringify(document));

/** What a schema says against a document; nothing where it fits. */
const faults = (name: PublishedDocument, document: unknown) =>
  DOCUMENT_SCHEMAS[name].safeParse(document).error?.issues ?? [];

const DOCUMENTS: readonly (readonly [PublishedDocument, string, () => unknown])[] = [
  ['report', 'the sample', () => asWritten(written.report)],
  ['matrix-report', 'a matrix that was brought', () => asWritten(written['matrix-report'])],
  ['schedule', 'a basket of the sample', () => asWritten(written.schedule)],
  ['report', 'a report with everything', fullReport],
  ['matrix-report', 'a matrix without data', matrixReport],
  ['schedule', 'a schedule', () => asWritten(aSchedule())],
];

describe('the schema of published documents', () => {
  it.each(DOCUMENTS)('as %s fits %s', (name, _, make) => {
    expect(faults(name, make())).toEqual([]);
  });

  it.each(DOCUMENTS)('as %s refuses a field of %s that it does not name, wherever it stands', (name, _, make) => {
    for (const path of objectsOf(make())) {
      const document = make() as Record<string, unknown>;
      const parent = path.reduce((value, key) => value[key] as Record<string, unknown>, document);
      parent.undocumented = true;
      expect(faults(name, document), path.join('.')).not.toEqual([]);
    }
  });

  it.each(Object.keys(DOCUMENT_SCHEMAS) as PublishedDocument[])(
    'of %s says of every property what it is, and allows no other',
    (name) => {
      const schema = documentSchema(name) as Node;
      const all = propertiesOf(schema, '');
      expect(all.length).toBeGreaterThan(50);
      expect(all.filter(({ node }) => !node.description).map(({ path }) => path)).toEqual([]);
      expect(objectNodes(schema).filter(({ additionalProperties }) => additionalProperties !== false)).toEqual([]);
    },
  );

  it('is printed by a command, that of the configuration by default', () => {
    expect(ximJson(['schema', 'report']).document).toEqual(asWritten(documentSchema('report')));
    expect(ximJson(['schema', 'schedule']).document.$id).toBe('xim-schedule');
    expect(ximJson(['schema']).document).toEqual(ximJson(['schema', 'config']).document);
    expect(ximJson(['schema']).document.$id).toBe('xim-config');
  });
});

/** Those whose keys are fields, not what the data name: models, reasons, kinds, columns of a test, settings. */
const OPEN = new Set(['config', 'pooled', 'perName', 'quarantined', 'edges', 'drift', 'detail', 'balances']);

function objectsOf(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object' || OPEN.has(String(path.at(-1)))) return [];
  // Of a list one stands for all.
  const entries = Array.isArray(value) ? value.slice(0, 1).map((one, k) => [k, one]) : Object.entries(value);
  const inner = entries.flatMap(([key, child]) => objectsOf(child, [...path, key as string]));
  return Array.isArray(value) ? inner : [[...path], ...inner];
}

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: unknown;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

const childrenOf = ({ properties = {}, items, anyOf = [] }: Node): Node[] => [
  ...Object.values(properties),
  ...(items ? [items] : []),
  ...anyOf,
];

const objectNodes = (node: Node): Node[] => [
  ...(node.properties ? [node] : []),
  ...childrenOf(node).flatMap(objectNodes),
];

const propertiesOf = (node: Node, path: string): { readonly path: string; readonly node: Node }[] => [
  ...Object.entries(node.properties ?? {}).flatMap(([key, child]) => [
    { path: `${path}.${key}`, node: child },
    ...propertiesOf(child, `${path}.${key}`),
  ]),
  ...[...(node.items ? [node.items] : []), ...(node.anyOf ?? [])].flatMap((child) => propertiesOf(child, path)),
];
