import { spawnSync } from 'node:child_process';

/** A Python that has pyarrow, the writer that most files come from; tests that need it skip where there is none. */
const candidates = [process.env.PYTHON, 'python3'].filter((program) => program !== undefined);
export const python = candidates.find((program) => spawnSync(program, ['-c', 'import pyarrow']).status === 0);

export const hasPyarrow = python !== undefined;
export const hasPandas = hasPyarrow && spawnSync(python!, ['-c', 'import pandas']).status === 0;

/** Runs a script in a folder. @throws Error with what Python said. */
export function runPython(script: string, cwd: string): string {
  const result = spawnSync(python!, ['-c', script], { cwd, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}
