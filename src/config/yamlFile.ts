import { parseDocument } from 'yaml';
import { MEGABYTE, wholeFile } from '../io/wholeFile.js';
import { configError } from '../model/failure.js';

/** Far above any configuration: one that is larger is some other file. */
const LARGEST = MEGABYTE;
/** How often one alias may be followed: a few lines of aliases of aliases would fill any memory. */
const MOST_ALIASES = 100;
/** Of keys within keys. */
const DEEPEST = 20;

/** What a YAML file of settings holds. @throws config error naming the file, and what is wrong with it */
export function readYaml(file: string): unknown {
  const text = wholeFile(file, LARGEST, configError).toString('utf8');
  const content = parsed(file, text);
  if (isDeeper(content, DEEPEST))
    throw configError(`${file} has more than ${DEEPEST} levels`, 'settings have at most five: check the file');
  return content;
}

function parsed(file: string, text: string): unknown {
  try {
    const document = parseDocument(text);
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    if (/alias count/i.test(line))
      throw configError(`${file} follows its aliases more than ${MOST_ALIASES} times`, 'write out what they stand for');
    // Brackets within brackets without end take the parser’s stack.
    const why = error instanceof RangeError ? 'its levels have no end' : line;
    throw configError(`${file} is not valid YAML: ${why}`, 'correct the line');
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}
