import { join } from 'node:path';
import type { Step, Work } from './executor.js';

/** A word for the shell, whatever is in it. */
export const quoted = (text: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** After so many starts a task that is killed again has failed: it is the task, and not the machine. */
const MOST_RESTARTS = 3;

/**
 * The script of a step: task k runs the k-th command and leaves its document, its log and, last, its exit code in the folder.
 * A command that a signal ended, as when a machine is taken away or memory or time runs out, is put back into the queue, unless
 * the job itself was cancelled.
 */
export function stepScript({ folder, program }: Work, { tasks }: Step): string {
  const cases = tasks.map(({ name, args }, k) => `${k}) name=${quoted(name)}; set -- ${args.map(quoted).join(' ')} ;;`);
  return [
    '#!/bin/bash',
    `folder=${quoted(folder)}`,
    'case "$SLURM_ARRAY_TASK_ID" in',
    ...cases,
    '*) exit 70 ;;',
    'esac',
    '# All settings are in the configuration of this folder.',
    'for variable in $(compgen -e XIM_); do unset "$variable"; done',
    'result="$folder/$name"',
    'restarts=$((SLURM_RESTART_COUNT))',
    'rm -f "$result.code"',
    'echo "$(date -u +%FT%TZ) $(hostname) start $((restarts + 1))" >> "$result.starts"',
    `${program.map(quoted).join(' ')} "$@" > "$result.document" 2> "$result.log" &`,
    'command=$!',
    '# A warning of the scheduler goes on to the command, which then leaves the store clean.',
    'trap \'kill -TERM "$command" 2>/dev/null\' TERM INT',
    'wait "$command"; code=$?',
    'while kill -0 "$command" 2>/dev/null; do wait "$command"; code=$?; done',
    'if [ "$code" -ge 128 ]; then',
    '  case "$(scontrol show job "$SLURM_JOB_ID")" in',
    `  *JobState=RUNNING*) [ "$restarts" -lt ${MOST_RESTARTS} ] && scontrol requeue "$SLURM_JOB_ID" && sleep 60 ;;`,
    '  # Cancelled, or put back by others: the next start has the result, if there is one.',
    '  *JobState=*) exit "$code" ;;',
    '  esac',
    'fi',
    'echo "$code" > "$result.code.new" && mv "$result.code.new" "$result.code"',
    'exit "$code"',
    '',
  ].join('\n');
}

export const scriptPath = ({ folder }: Work, { name }: Step): string => join(folder, `${name}.sh`);
