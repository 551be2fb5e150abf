// Of a report by vitest (its JSON), given as a path: a line for every test that failed, and for every file that did not load.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const firstLine = (text = '') => stripVTControlCharacters(text).split('\n')[0].slice(0, 300);

for (const { name, status, message, assertionResults } of testResults) {
  const file = relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  for (const { fullName, failureMessages } of failed)
    console.log(`failed: ${file}: ${fullName}: ${firstLine(failureMessages[0])}`);
  if (status === 'failed' && failed.length === 0) console.log(`failed: ${file}: ${firstLine(message)}`);
}
