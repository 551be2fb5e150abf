import type { SettableKey } from '../../../config/keys.js';
import type { DescribedOption, DescribedProgram, Hint } from './described.js';

/** A completion for zsh: a file on fpath, or sourced after compinit. */
export function zshScript({ name, verbs, options }: DescribedProgram, keys: readonly SettableKey[]): string {
  const afterOption = [...options].flatMap(([flag, { value }]) =>
    value ? [`    ${flag}) ${reply(value)}; return ;;`] : [],
  );
  const values = keys.flatMap(({ key, values: own }) =>
    own.length > 0 ? [`          ${key}) compadd -- ${list(own)} ;;`] : [],
  );
  const flagsOf = verbs.map((verb) => `      ${verb.name}) own=(${verb.options.flatMap(described).join(' ')}) ;;`);
  const inPlace = verbs.flatMap((verb) =>
    verb.arguments.length > 0 ? [`    ${verb.name}) ${reply(verb.arguments[0])} ;;`] : [],
  );
  return `#compdef ${name}
# Completion of ${name} for zsh: ${name} completion zsh > "\${fpath[1]}/_${name}", or source <(${name} completion zsh)
_${name}() {
  local current=\${words[CURRENT]} option=\${words[CURRENT-1]}
  local -a own
  if ((CURRENT == 2)); then
    own=(${verbs.map((verb) => pair(verb.name, verb.description)).join(' ')})
    _describe -t commands command own
    return
  fi
  case $option in
    --set)
      if [[ $current == *=* ]]; then
        local key=\${current%%=*}
        compset -P '*='
        case $key in
${values.join('\n')}
        esac
      else
        compadd -S '=' -- ${list(keys.map(({ key }) => key))}
      fi
      return ;;
${afterOption.filter((line) => !line.startsWith('    --set)')).join('\n')}
  esac
  if [[ $current == -* ]]; then
    case \${words[2]} in
${flagsOf.join('\n')}
    esac
    _describe -o options option own
    return
  fi
  case \${words[2]} in
${inPlace.join('\n')}
  esac
}
if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi`;
}

function reply(hint: Hint): string {
  if (hint.kind === 'words') return `compadd -- ${list(hint.words)}`;
  return { file: '_files', folder: '_files -/', setting: ':', nothing: ':' }[hint.kind];
}

const described = ({ flags, description }: DescribedOption): string[] => flags.map((flag) => pair(flag, description));
/** `_describe` takes the text after the first colon for the description. */
const pair = (word: string, description: string): string => quoted(`${word.replaceAll(':', '\\:')}:${description}`);
const list = (words: readonly string[]): string => words.map(quoted).join(' ');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
