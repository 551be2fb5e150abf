import { type OwnMoments, ownLength } from '../model/ownMoments.js';
import { encodeFolds, type FoldKind, storedFolds } from './foldFiles.js';

const OWN: FoldKind = { file: 'own', words: 'the own moments' };

type Header = Omit<OwnMoments, 'sums'>;

/** Files that hold the own moments of a day: headers of its folds, and their numbers one after the other. */
export const encodeOwnMoments = (folds: readonly OwnMoments[]) =>
  encodeFolds<Header>(
    OWN,
    folds.map(({ sums, ...header }) => ({ header, arrays: [sums] })),
  );

/** @throws XimError `corrupt` when the folder holds something else. */
export const readOwnMoments = (folder: string): OwnMoments[] =>
  storedFolds<Header>(folder, OWN, ownLength).map(({ header, read }) => ({ ...header, sums: read() }));
