/** Questions to a person, drawn on stderr so that stdout stays the answer's. */
import confirm from '@inquirer/confirm';
import input from '@inquirer/input';
import password from '@inquirer/password';
import { inOneLine } from '../sentences/printable.ts';
import { cancelled } from '../sentences/wxop-error.ts';

export interface Question {
  message: string;
  initial?: string;
  /** What is wrong with an answer, or undefined. */
  check?: (value: string) => string | undefined;
}

export interface Prompts {
  ask(question: Question): Promise<string>;
  askSecret(question: Question): Promise<string>;
  confirm(message: string, initial: boolean): Promise<boolean>;
}

export interface PromptStreams {
  input: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
  /** Makes what is asked harmless: it may quote what came from outside. */
  asked: (question: string) => string;
}

export function createPrompts({ asked, ...streams }: PromptStreams): Prompts {
  /** Ctrl-C inside a prompt is an interruption, not a crash. */
  const answered = async <Value>(prompt: Promise<Value>): Promise<Value> => {
    try {
      return await prompt;
    } catch (error) {
      const name = (error as Error | undefined)?.name;
      throw name === 'ExitPromptError' || name === 'AbortPromptError' ? cancelled() : error;
    }
  };
  const validate = (check: Question['check']) => (value: string) => {
    const wrong = check?.(value);
    return wrong === undefined || asked(wrong);
  };
  return {
    ask: ({ message, initial, check }) =>
      answered(
        input(
          { message: asked(message), ...(initial && { default: inOneLine(initial) }), validate: validate(check) },
          streams,
        ),
      ),
    // Not to be unmasked: a secret stays off the screen, and the offer to do it speaks English only.
    askSecret: ({ message, check }) =>
      answered(password({ message: asked(message), mask: '*', toggleMask: false, validate: validate(check) }, streams)),
    confirm: (message, initial) => answered(confirm({ message: asked(message), default: initial }, streams)),
  };
}
