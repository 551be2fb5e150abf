// Whole processes as a user sees them: wall time and peak memory.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const recordPeak =
  'data:text/javascript,import{writeFileSync}from"node:fs";process.on("exit",()=>writeFileSync(process.env.PEAK_FILE,String(process.resourceUsage().maxRSS)))';

/** Runs a script of Node's to its end. @throws when it fails; a gate that fails (1) is none where that is said. */
export function timed(script, args, gatesMayFail = false) {
  const scratch = mkdtempSync(join(tmpdir(), 'xim-peak-'));
  const peakFile = join(scratch, 'peak');
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--import', recordPeak, script, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PEAK_FILE: peakFile },
  });
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0 && !(gatesMayFail && status === 1))
    throw new Error(`${script} ${args.join(' ')} ended with ${status}: ${stderr}`);
  const megabytes = Number(readFileSync(peakFile, 'utf8')) / 1024;
  rmSync(scratch, { recursive: true });
  return { seconds, megabytes };
}

export const xim = join(root, 'bin/xim.js');

/** The middle value of what was measured several times. */
export const median = (runs, key) => runs.map((run) => run[key]).sort((a, b) => a - b)[Math.floor(runs.length / 2)];
