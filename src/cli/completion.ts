/** `wxop completion`: the script that makes a shell ask `wxop __complete` what may stand next. */
import { text } from '../sentences/text.ts';
import { defineCommand, parameter } from './command.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const command = defineCommand({
  arguments: { shell: parameter('<shell>', text('your shell', '所用的 shell'), { choices: SHELLS }) },
  examples: [
    'wxop completion bash > ~/.local/share/bash-completion/completions/wxop',
    'wxop completion zsh > "$HOME/.zsh/completions/_wxop"',
    'wxop completion fish > ~/.config/fish/completions/wxop.fish',
  ],
  risk: 'reads',
  output: 'document',
  run: ({ terminal }, { shell }) => {
    if (terminal.json) terminal.printJson({ shell, script: SCRIPTS[shell] });
    else terminal.reveal(SCRIPTS[shell]);
  },
});

/** Each line of an answer is a value, a tab, and what it is; `:files` leaves the rest to the shell. */
const SCRIPTS: Record<(typeof SHELLS)[number], string> = {
  bash: `# bash completion of wxop
_wxop() {
  local value about
  COMPREPLY=()
  while IFS=$'\\t' read -r value about; do
    if [ "$value" = ":files" ]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    else
      COMPREPLY+=("$value")
    fi
  done < <(wxop __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _wxop wxop
`,
  zsh: `#compdef wxop
_wxop() {
  local value about
  local -a found
  while IFS=$'\\t' read -r value about; do
    if [[ $value == :files ]]; then
      _files
    else
      found+=("\${value//:/\\\\:}:$about")
    fi
  done < <(wxop __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( $#found )) && _describe wxop found
}
if [[ "$funcstack[1]" == _wxop ]]; then _wxop "$@"; else compdef _wxop wxop; fi
`,
  fish: `# fish completion of wxop
function __wxop_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l typed (string unescape -- "$current"; or echo -- "$current")
  wxop __complete -- $words[2..-1] "$typed" 2>/dev/null | while read -l line
    if test "$line" = ":files"
      complete -C "'' $current"
    else
      echo $line
    end
  end
end
complete -c wxop -f -a '(__wxop_complete)'
`,
};
