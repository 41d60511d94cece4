/** `wxop completion`: the script that makes a shell ask `wxop __complete` what may stand next. */
import { Argument, type Command } from 'commander';
import type { Context } from './context.ts';
import { text } from '../sentences/text.ts';
import type { Declaring } from './declaring.ts';

type Shell = 'bash' | 'zsh' | 'fish';

export function declare(program: Command, { say, action, examples }: Declaring): void {
  examples(
    program
      .command('completion')
      .addArgument(new Argument('<shell>', say(text('your shell', '所用的 shell'))).choices(['bash', 'zsh', 'fish']))
      .description(
        say(
          text(
            'prints the completion script: verbs, flags, account and profile names',
            '输出补全脚本：命令、选项、帐号与配置名称',
          ),
        ),
      )
      .action(action(print)),
    'wxop completion bash > ~/.local/share/bash-completion/completions/wxop',
    'wxop completion zsh > "$HOME/.zsh/completions/_wxop"',
    'wxop completion fish > ~/.config/fish/completions/wxop.fish',
  );
}

function print({ terminal }: Context, _options: object, shell: Shell): Promise<void> {
  if (terminal.json) terminal.printJson({ shell, script: SCRIPTS[shell] });
  else terminal.reveal(SCRIPTS[shell]);
  return Promise.resolve();
}

/** Each line of an answer is a value, a tab, and what it is; `:files` leaves the rest to the shell. */
const SCRIPTS: Record<Shell, string> = {
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
