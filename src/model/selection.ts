/** A candidate of a selection, and its error on what it has not seen. */
export type Tried<Choice> = Choice & { readonly error: number };
