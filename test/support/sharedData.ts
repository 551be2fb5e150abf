import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Real data and published answers stand beside the repository; where they are absent the tests that need them skip. */
export const sharedPath = (path: string): string => fileURLToPath(new URL(`../../../shared/${path}`, import.meta.url));
export const hasShared = (path: string): boolean => existsSync(sharedPath(path));
