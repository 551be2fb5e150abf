import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { XimError } from '../../model/failure.js';
import { constrainMatrix } from '../../run/constrainMatrix.js';
import { withEngine, withLock } from '../../run/pipeline.js';
import type { CommandResult, Session } from '../session.js';
import { constrainedVersion, constraintJson } from './certificate.js';

export interface MatrixArguments {
  readonly matrix: string;
  readonly blocks?: string;
  readonly date?: string;
  readonly keepZeros?: boolean;
}

/** `xim constrain --matrix FILE`: the nearest admissible matrix to one from anywhere, certified and stored. */
export async function constrainFile(session: Session, args: MatrixArguments): Promise<CommandResult> {
  const { effects, lockTimeoutMs, origins, packageVersion } = session;
  // A floor that nobody asked for would change a matrix that somebody typed.
  const floor = origins.get('constrain.floor') === 'default' ? 0 : session.config.constrain.floor;
  const config = { ...session.config, constrain: { ...session.config.constrain, floor } };
  const request = {
    path: fileAt(args.matrix, '--matrix'),
    ...(args.blocks === undefined ? {} : { blocks: fileAt(args.blocks, '--blocks') }),
    ...(args.date === undefined ? {} : { date: args.date }),
    keepZeros: args.keepZeros ?? false,
  };
  if (session.options.dryRun)
    return {
      text: `would constrain ${request.path}`,
      json: { matrix: request.path, rho: config.constrain.rho, floor },
    };
  const version = await withLock(config, lockTimeoutMs, effects, () =>
    withEngine(config, effects, (engine) => constrainMatrix(config, request, engine, effects, packageVersion)),
  );
  return { ...constrainedVersion(version), json: constraintJson(version) };
}

function fileAt(path: string, flag: string): string {
  const file = resolve(path);
  if (existsSync(file) && statSync(file).isFile()) return file;
  throw new XimError('data', `${flag} ${path} does not exist or is no file`, 'check the path');
}
