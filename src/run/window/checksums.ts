import type { PageCounts } from '../../io/pageChecksums.js';
import type { DatasetReport } from './dayReader.js';
import type { InputFile } from './inputs.js';

/** What is known of the bytes of a day's datasets: page checksums are the writer's choice, and most write none. */

/** Adds to each dataset the pages of its Parquet files, verified and without a checksum. */
export function withChecksums(
  datasets: Readonly<Record<string, DatasetReport>>,
  files: readonly InputFile[],
): Record<string, DatasetReport> {
  const withPages = Object.entries(datasets).map(([dataset, report]) => {
    const pages = files.flatMap((file) => (file.dataset === dataset && file.pages ? [file.pages] : []));
    if (pages.length === 0) return [dataset, report] as const;
    const sum = (count: (of: PageCounts) => number) => pages.reduce((total, of) => total + count(of), 0);
    const checksums = { verified: sum((of) => of.verified), without: sum((of) => of.without) };
    return [dataset, { ...report, checksums }] as const;
  });
  return Object.fromEntries(withPages);
}

/** A dataset of which some files carry checksums and some do not comes from two writers, or lost them on its way. */
export function checksumNotes(date: string, files: readonly InputFile[]): string[] {
  const datasets = [...new Set(files.map(({ dataset }) => dataset))];
  return datasets.flatMap((dataset) => {
    const withPages = files.filter((file) => file.dataset === dataset && file.pages !== undefined);
    const bare = withPages.filter(({ pages }) => pages!.verified === 0 && pages!.without > 0);
    const checked = withPages.filter(({ pages }) => pages!.verified > 0);
    if (bare.length === 0 || checked.length === 0) return [];
    return [
      `${date}: ${bare.length} of ${withPages.length} ${dataset} files carry no page checksums, ${bare[0].name} is one`,
    ];
  });
}

/** For people: `12 of 12 pages`. */
export const checksumText = (pages: PageCounts | undefined): string => {
  if (!pages) return '';
  const { verified, without } = pages;
  return verified === 0 ? 'none' : `${verified} of ${verified + without} pages`;
};
