import {
  type ConcaveMoments,
  type ConcaveShape,
  concaveArrays,
  concaveFrom,
  concaveLengths,
  type StoredConcave,
} from '../model/concaveMoments.js';
import { encodeFolds, type FoldKind, storedFolds } from './foldFiles.js';

const CONCAVE: FoldKind = { file: 'concave', words: 'the moments of concave terms' };

type Header = ConcaveShape & Pick<ConcaveMoments, 'label'>;

/** Files that hold the concave moments of a day. */
export const encodeConcave = (folds: readonly ConcaveMoments[]) =>
  encodeFolds<Header>(
    CONCAVE,
    folds.map((fold) => {
      const { label, names, regressors, terms, modes, lags } = fold;
      return { header: { label, names, regressors, terms, modes, lags }, arrays: concaveArrays(fold) };
    }),
  );

/** The folds of a folder, read whenever they are used. @throws XimError `corrupt` when the folder holds something else. */
export const storedConcave = (folder: string): StoredConcave[] =>
  storedFolds<Header>(folder, CONCAVE, sizeOf).map(({ header, read }) => ({
    ...header,
    use: (visit) => visit(concaveFrom(header.label, header, cut(read(), concaveLengths(header)))),
  }));

const sizeOf = (header: Header): number => concaveLengths(header).reduce((sum, length) => sum + length, 0);

function cut(values: Float64Array, lengths: readonly number[]): Float64Array[] {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return values.subarray(at - length, at);
  });
}
