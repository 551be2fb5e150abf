import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { heard, repository, xim } from '../support/cli.js';
import { temporaryFolder } from '../support/engine.js';

/**
 * Runs the walkthrough, command by command, in one store. Blocks are `console head=LINES exit=CODE`: so many lines of the output
 * are shown. WRITE_WALKTHROUGH=1 writes the outputs anew.
 */

const path = join(repository, 'docs/walkthrough.md');
const folder = temporaryFolder();
const env = { XIM_CONFIG: 'configs/sample.yaml', XIM_STORE: join(folder, 'walk') };

interface Block {
  readonly command: string;
  readonly head: number;
  readonly exit: number;
  readonly shown: readonly string[];
}

const FENCE = /```console([^\n]*)\n\$ xim ([^\n]*)\n(.*?)```/gs;

function blockOf([, info, command, body]: RegExpMatchArray): Block {
  const setting = (name: string, otherwise: number) =>
    Number(new RegExp(`${name}=(\\d+)`).exec(info)?.[1] ?? otherwise);
  return { command, head: setting('head', Infinity), exit: setting('exit', 0), shown: body.split('\n').slice(0, -1) };
}

/** Words of a command line; quotes hold spaces. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);

function outputOf({ command, head, exit }: Block): string[] {
  const { code, stdout, stderr } = xim(wordsOf(command), { env });
  expect({ command, code, stderr: code === exit ? '' : stderr }).toEqual({ command, code: exit, stderr: '' });
  const said = stdout.trim() === '' ? stderr : stdout;
  const lines = said.replaceAll(env.XIM_STORE, 'walk').replaceAll(`${repository}/`, '').trimEnd().split('\n');
  return lines.length > head ? [...lines.slice(0, head), '…'] : lines;
}

/** What differs from one day, machine or version of the program to another. */
const settled = (line: string): string =>
  line
    .replace(/\b[0-9a-f]{64}\b/g, '<digest>')
    .replace(/\b[0-9a-f]{8,12}\b/g, '<id>')
    .replace(/\b\d+(\.\d+)? ?(s|ms|GB|MB|KB|bytes)\b/g, '<amount>')
    .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, '<time>')
    .replace(/\s+/g, ' ');

/** Versions of a date are listed in the order of their ids, which any change of the program moves. */
const comparable = (command: string, lines: readonly string[]): string[] =>
  command === 'list' ? lines.map(settled).sort() : lines.map(settled);

it('docs/walkthrough.md shows what its commands print', async () => {
  const text = readFileSync(path, 'utf8');
  const blocks = [...text.matchAll(FENCE)].map(blockOf);
  expect(blocks.length).toBeGreaterThan(8);
  const outputs: string[][] = [];
  for (const block of blocks) {
    outputs.push(outputOf(block));
    await heard();
  }
  if (process.env.WRITE_WALKTHROUGH) {
    let at = 0;
    const written = text.replace(FENCE, (_, info, command) => {
      return `\`\`\`console${info}\n$ xim ${command}\n${outputs[at++].join('\n')}\n\`\`\``;
    });
    writeFileSync(path, written);
    return;
  }
  blocks.forEach(({ command, shown }, k) => {
    expect({ command, shown: comparable(command, shown) }).toEqual({ command, shown: comparable(command, outputs[k]) });
  });
});
