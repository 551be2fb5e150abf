import { Option } from 'commander';
import { XimError } from '../../model/failure.js';
import { optionalDate } from '../options/dates.js';
import type { CommandResult, Session } from '../session.js';
import { constrainedVersion, constraintJson } from '../steps/certificate.js';
import { defineVerb } from '../verb.js';

interface ConstrainArguments {
  readonly date?: string;
  readonly matrix?: string;
  readonly blocks?: string;
  readonly keepZeros?: boolean;
}

export const verb = defineVerb<ConstrainArguments>({
  name: 'constrain',
  description: 'the certified version of a date, or of a matrix from anywhere, with its certificate',
  options: [
    optionalDate,
    new Option(
      '--matrix <file>',
      'N×N matrix in .csv, .parquet or .arrow, in the unit of align.units per million, instead of data',
    ),
    new Option('--blocks <file>', 'with --matrix: symbol, block of its names'),
    new Option('--keep-zeros', 'with --matrix: links that are exactly zero stay so'),
    new Option('--rho <share>', 'constrain.rho'),
    new Option('--floor <share>', 'constrain.floor'),
  ],
  computes: true,
  action: async (session, { matrix, ...args }) => {
    if (matrix !== undefined) {
      const { constrainFile } = await import('../steps/constrainFile.js');
      return constrainFile(session, { matrix, ...args });
    }
    if (args.date === undefined)
      throw new XimError('usage', 'nothing to constrain', 'pass --date YYYY-MM-DD, or --matrix FILE');
    return constrainDate(session, args.date);
  },
});

async function constrainDate(session: Session, date: string): Promise<CommandResult> {
  const { calibrated, describe, planOr } = await import('../steps/calibration.js');
  return planOr(session, date, async () => {
    const result = await calibrated(session, date);
    return { ...constrainedVersion(result.version), json: { ...describe(result), ...constraintJson(result.version) } };
  });
}
