import type { z } from 'zod';

/** What is wrong with a document first: the key, the value found there, and what is not right about it. */
export function firstComplaint(error: z.ZodError, document: unknown): string {
  const [issue] = error.issues;
  const found = issue.path.reduce<unknown>((node, key) => memberOf(node, key), document);
  const wrong = complaint(issue);
  return issue.path.length === 0
    ? `${shownValue(found)} ${wrong}`
    : `${issue.path.join('.')}: ${shownValue(found)} ${wrong}`;
}

const memberOf = (node: unknown, key: PropertyKey): unknown =>
  typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;

const MOST_CHARACTERS = 200;

function shownValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
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
