import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasShared, sharedPath } from './sharedData.js';

const SCRIPT = 'slurm/one-node.sh';

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** Whether a cluster of this one machine can be brought up: Slurm is there, and this process may start its daemons. */
export const hasSlurm = (): boolean =>
  hasShared(SCRIPT) && process.getuid?.() === 0 && ['sbatch', 'slurmctld', 'slurmd', 'munged'].every(has);

export interface Cluster {
  /** What a program needs to find it. */
  readonly env: { readonly SLURM_CONF: string };
  /** What a program of Slurm prints. */
  readonly slurm: (program: string, ...args: readonly string[]) => string;
  readonly down: () => void;
}

/** A real Slurm of one node, its state below a folder. */
export function clusterUp(folder: string): Cluster {
  const place = join(folder, 'slurm');
  mkdirSync(place, { recursive: true });
  const env = { SLURM_CONF: join(place, 'slurm.conf') };
  // Ports of its own: on a machine that several people test on there may be another cluster.
  const port = 20_000 + ((2 * process.pid) % 10_000);
  const own = join(place, 'one-node.sh');
  const text = readFileSync(sharedPath(SCRIPT), 'utf8');
  writeFileSync(own, text.replaceAll('16817', String(port)).replaceAll('16818', String(port + 1)));
  const script = (verb: string) =>
    spawnSync('bash', [own, verb], { encoding: 'utf8', env: { ...process.env, ...env, SL: place } });
  const { status, stderr } = script('up');
  if (status !== 0) {
    script('down');
    throw new Error(`no cluster: ${stderr}`);
  }
  return {
    env,
    slurm: (program, ...args) => spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } }).stdout,
    down: () => script('down'),
  };
}
