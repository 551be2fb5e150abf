import { Option } from 'commander';
import { XimError } from '../../model/failure.js';

/** What says where the work is done. */
export interface ClusterArguments {
  readonly executor: 'local' | 'slurm';
  readonly partition?: string;
  readonly account?: string;
  readonly time?: string;
  readonly wait: boolean;
}

export interface BackfillArguments extends ClusterArguments {
  readonly from: string;
  readonly to: string;
  readonly jobs?: number;
}

export const clusterOptions: readonly Option[] = [
  new Option('--executor <where>', 'here, or as jobs of a Slurm cluster').choices(['local', 'slurm']).default('local'),
  new Option('--partition <name>', 'partition of the cluster'),
  new Option('--account <name>', 'account of the cluster'),
  new Option('--time <limit>', 'time limit of a job, as Slurm writes it, such as 2:00:00'),
  new Option('--no-wait', 'submit the jobs and leave'),
];

/** @throws XimError `usage` for an option that only a cluster has. */
export function refuseClusterOptions({ executor, partition, account, time, wait }: ClusterArguments): void {
  if (executor !== 'local') return;
  const given = { '--partition': partition, '--account': account, '--time': time, '--no-wait': wait ? undefined : '' };
  const odd = Object.entries(given).find(([, value]) => value !== undefined);
  if (odd) throw new XimError('usage', `${odd[0]} is an option of a cluster`, 'add --executor slurm, or leave it out');
}
