import type { Column } from '../../io/profileReader.js';
import { isNumeric } from './columns.js';
import type { Setting } from './setting.js';
import type { DatasetSurvey, EventSurvey } from './survey.js';

/** A column of ours: the name of theirs, or what to make of it. */
type Mapped = string | { readonly column: string; readonly unit: string; readonly after?: string };

/** `data.columns` and `data.sides` for datasets that are not written as a run expects them; nothing for those that are. */
export function dataMapping(datasets: readonly DatasetSurvey[]): { settings: Setting[]; notes: string[] } {
  const columns: Record<string, Record<string, Mapped>> = {};
  const sides: Record<string, unknown> = {};
  const [why, whySides, notes] = [[], [], []] as [string[], string[], string[]];
  for (const { dataset, events, columns: theirs } of datasets) {
    if (!events || dataset === 'buckets') continue;
    const own = mappedColumns(events);
    if (Object.keys(own).length > 0) {
      columns[dataset] = own;
      why.push(`${dataset} have ${theirs.map(({ name }) => name).join(', ')}`);
    }
    if (events.sides?.meaning) {
      sides[dataset] = events.sides.meaning;
      whySides.push(`${dataset}: ${events.sides.evidence}`);
    }
    notes.push(...(theirs.every(isUnnamed) ? [noHeader(dataset, theirs.length)] : unclear(dataset, events)));
  }
  return {
    settings: [
      ...(why.length > 0 ? [{ key: 'data.columns', value: columns, evidence: why.join('; ') }] : []),
      ...(whySides.length > 0 ? [{ key: 'data.sides', value: sides, evidence: whySides.join('; ') }] : []),
    ],
    notes,
  };
}

/** As the engine calls the columns of a CSV file without a header. */
const isUnnamed = ({ name }: Column): boolean => /^column\d+$/.test(name);
const noHeader = (dataset: string, columns: number): string =>
  `${dataset}: the ${columns} columns have no names; say them in data.headers`;

function mappedColumns({ found, stamp }: EventSurvey): Record<string, Mapped> {
  return Object.fromEntries(
    [...found].flatMap(([ours, { name }]): [string, Mapped][] => {
      if (ours === 'ts' && stamp) return [[ours, { column: name, ...stamp }]];
      return name === ours ? [] : [[ours, name]];
    }),
  );
}

function unclear(dataset: string, { found, missing, stamp, sides }: EventSurvey): string[] {
  const ts = found.get('ts');
  const price = found.get('price') ?? found.get('bid');
  return [
    ...missing.map((ours) => `${dataset}: no column looks like "${ours}"`),
    ...(ts && isNumeric(ts) && !stamp ? [`${dataset}: the numbers in "${ts.name}" count no time that is known`] : []),
    ...(sides?.isUnclear ? [`${dataset}: ${sides.evidence}; say in data.sides what they mean`] : []),
    ...(price && /INT/.test(price.type)
      ? [
          `${dataset}: prices in "${price.name}" are whole numbers; if they count fractions of the currency, say so (scale)`,
        ]
      : []),
  ];
}
