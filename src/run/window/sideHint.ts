/** What a mapping of sides could be: words whose meaning is plain are proposed, others left to whoever knows. */

const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^(b|buy|bought|bid|buyer|bot|\+?1(\.0+)?)$/i, 'buy'],
  [/^(s|sell|sold|sld|ask|a|offer|seller|-1(\.0+)?|short|ss|sshrt)$/i, 'sell'],
  [/^(n|none|na|n\/a|unknown|u|[-+]?0(\.0+)?|)$/i, 'unknown'],
];
/** Stands where nobody can tell; the configuration refuses it. */
const PLACEHOLDER = 'buy|sell|unknown';

/** @param found codes of the feed, as it writes them. @param sided whether a row must have a side, as own fills do */
export function sideHint(dataset: string, found: readonly string[], sided: boolean): string {
  const codes = found.map((code) => code.trim());
  const isOneTwo = codes.includes('2') && codes.every((code) => ['1', '2', '0', ''].includes(code));
  const meaningOf = (code: string) => {
    if (isOneTwo && code === '2') return 'sell';
    const meaning = MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
    return meaning === undefined || (sided && meaning === 'unknown') ? PLACEHOLDER : meaning;
  };
  const pairs = found.map((code) => `${JSON.stringify(code)}: ${meaningOf(code.trim())}`);
  const doubt = isOneTwo ? ' (a guess, 1 for buy and 2 for sell as in FIX: check it)' : ' (check it against the feed)';
  const open = pairs.some((pair) => pair.endsWith(PLACEHOLDER)) ? ', with one of buy, sell and unknown for each' : '';
  return `say what they mean: data.sides: { ${dataset}: { ${pairs.join(', ')} } }${open}${doubt}`;
}
