import type { SettableKey } from '../../../config/keys.js';
import type { DescribedProgram, Hint } from './described.js';

/** A completion for bash 3.2 and later, without any package of completions. */
export function bashScript({ name, verbs, options }: DescribedProgram, keys: readonly SettableKey[]): string {
  const afterOption = [...options].flatMap(([flag, { value }]) =>
    value ? [`    ${flag}) ${reply(value)}; return ;;`] : [],
  );
  const flagsOf = verbs.map(
    (verb) => `      ${verb.name}) _${name}_words '${verb.options.flatMap(({ flags }) => flags).join(' ')}' ;;`,
  );
  const inPlace = verbs.flatMap((verb) =>
    verb.arguments.length > 0 ? [`    ${verb.name}) ${reply(verb.arguments[0])} ;;`] : [],
  );
  const values = keys.flatMap(({ key, values: own }) =>
    own.length > 0 ? [`      ${key}) _${name}_words '${own.join(' ')}' ;;`] : [],
  );
  return `# Completion of ${name} for bash: source <(${name} completion bash)
_${name}_lines() { local line; while IFS= read -r line; do COMPREPLY+=("$line"); done; }
_${name}_words() { _${name}_lines < <(IFS=' '; compgen -W "$1" -- "$cur"); }
_${name}_files() { compopt -o filenames 2>/dev/null; _${name}_lines < <(compgen -f -- "$cur"); }
_${name}_folders() { compopt -o filenames 2>/dev/null; _${name}_lines < <(compgen -d -- "$cur"); }
_${name}_settings() { compopt -o nospace 2>/dev/null; _${name}_words '${keys.map(({ key }) => `${key}=`).join(' ')}'; }
_${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=$((COMP_CWORD - 1)) option key
  COMPREPLY=()
  # The shell takes an equals sign for a word of its own.
  if [[ $cur == = ]]; then cur=''; before=$COMP_CWORD; fi
  if [[ \${COMP_WORDS[before]} == = ]]; then
    if ((before > 2)) && [[ \${COMP_WORDS[before - 2]} == --set ]]; then key=\${COMP_WORDS[before - 1]}; fi
    option=\${COMP_WORDS[before - 1]}
  else
    option=\${COMP_WORDS[before]}
  fi
  if [[ -n $key ]]; then
    case $key in
${values.join('\n')}
    esac
    return
  fi
  if ((COMP_CWORD == 1)); then
    _${name}_words '${[...verbs.map((verb) => verb.name), 'help', '--help', '--version'].join(' ')}'
    return
  fi
  case $option in
${afterOption.join('\n')}
  esac
  if [[ $cur == -* ]]; then
    case \${COMP_WORDS[1]} in
${flagsOf.join('\n')}
    esac
    return
  fi
  case \${COMP_WORDS[1]} in
${inPlace.join('\n')}
    help) _${name}_words '${verbs.map((verb) => verb.name).join(' ')}' ;;
  esac
}
complete -F _${name} ${name}`.replaceAll('_@', `_${name}`);
}

/** What is offered; nothing where nobody can list what may stand there. */
function reply(hint: Hint): string {
  if (hint.kind === 'words') return `_@_words '${hint.words.join(' ')}'`;
  return { file: '_@_files', folder: '_@_folders', setting: '_@_settings', nothing: ':' }[hint.kind];
}
