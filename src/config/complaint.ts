import type { z } from 'zod';

/** What is wrong with a document first: the key, the value found there, and what is not right about it. */
export function firstComplaint(error: z.ZodError, document: unknown): string {
  const issue = within(error.issues[0], document);
  const found = issue.path.reduce<unknown>((node, key) => memberOf(node, key), document);
  const wrong = complaint(issue);
  return issue.path.length === 0
    ? `${shownValue(found)} ${wrong}`
    : `${issue.path.join('.')}: ${shownValue(found)} ${wrong}`;
}

/** Of a value with keys, what is wrong with the form that has keys rather than that it is none of the words. */
function within(issue: z.core.$ZodIssue, document: unknown): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue;
  const value = issue.path.reduce<unknown>((node, key) => memberOf(node, key), document);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return issue;
  const inner = issue.errors.flat().find(({ path }) => path.length > 0);
  return inner ? within({ ...inner, path: [...issue.path, ...inner.path] }, document) : issue;
}

const memberOf = (node: unknown, key: PropertyKey): unknown =>
  typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;

const MOST_CHARACTERS = 200;

function shownValue(value: unknown): string {
  // JSON has no NaN and no infinity.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

function complaint(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_value') return `is not one of ${issue.values.map((v) => JSON.stringify(v)).join(', ')}`;
  if (issue.code === 'too_small')
    return `is too small: it must be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}`;
  if (issue.code === 'too_big')
    return `is too large: it must be ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}`;
  if (issue.code === 'invalid_type') return `is not a ${issue.expected}`;
  if (issue.code === 'invalid_union')
    return `fits none of the forms allowed: ${issue.errors
      .flat()
      .map((e) => complaint(e))
      .join('; or ')}`;
  return issue.message;
}
