import { XimError } from '../../model/failure.js';

/** Options of `schedule` that are more than a number. */

const usage = (message: string, hint: string): XimError => new XimError('usage', message, hint);

/** A share in (0, 1], or `none`. */
export function capShare(text: string): number | 'none' {
  if (text === 'none') return 'none';
  const share = Number(text);
  if (text.trim() !== '' && share > 0 && share <= 1) return share;
  throw usage(
    `--cap ${JSON.stringify(text)} is no share of the volume`,
    'give a number in (0, 1], such as 0.1, or none',
  );
}

/** `0.12:0.2`. */
export function auction(text: string): { readonly share: number; readonly cap: number } {
  const [share, cap] = text.split(':').map(Number);
  if (/^[^:]+:[^:]+$/.test(text) && share > 0 && share < 10 && cap > 0 && cap <= 1) return { share, cap };
  throw usage(
    `--close ${JSON.stringify(text)} is no auction`,
    'give its share of the day’s volume and the share of it to take: 0.12:0.2',
  );
}

export type BalanceTexts = Readonly<Partial<Record<'cash' | 'sector' | 'beta', number>>>;

/** `cash=20`, more than once or with commas. */
export function balances(text: string, earlier: BalanceTexts = {}): BalanceTexts {
  const given = text.split(',').map((part) => {
    const [, kind, bps] = /^(cash|sector|beta)=([\d.]+)$/.exec(part) ?? [];
    if (kind !== undefined && Number(bps) >= 0) return [kind, Number(bps)];
    throw usage(
      `--balance ${JSON.stringify(part)} is not understood`,
      'write cash=20, sector=20 or beta=20, bps a day',
    );
  });
  return { ...earlier, ...Object.fromEntries(given) };
}

export type UnknownTexts = readonly { readonly symbol: string; readonly dailyMillions: number }[];

/** `XYZ=120`, more than once. */
export function unknownName(text: string, earlier: UnknownTexts = []): UnknownTexts {
  const at = text.lastIndexOf('=');
  const dailyMillions = Number(text.slice(at + 1));
  if (at > 0 && text.slice(at + 1).trim() !== '' && dailyMillions > 0 && Number.isFinite(dailyMillions))
    return [...earlier, { symbol: text.slice(0, at), dailyMillions }];
  throw usage(
    `--allow-unknown ${JSON.stringify(text)} is not understood`,
    'write the symbol and the millions that trade of it in a day: XYZ=120',
  );
}
