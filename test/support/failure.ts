import { XimError } from '../../src/model/failure.js';

/** The error of the product that work ends with; any other is thrown on, and none at all is one. */
export function failure(work: () => unknown): XimError {
  try {
    work();
  } catch (error) {
    if (error instanceof XimError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
