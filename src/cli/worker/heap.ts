/**
 * Room for what a computing thread makes and drops, three times a half of it. Matrices of hundreds of names fill the usual 48 MB
 * every few products, and each time all that is alive is moved: that was a seventh of a night of 500 names.
 */
export const COMPUTING_HEAP = { maxYoungGenerationSizeMb: 192 } as const;
