/** What a command may ask for. */
import { type Redactor } from '../sentences/redactor.ts';
import { type Lang } from '../sentences/text.ts';
import type { ListenerServices } from './listener-services.ts';
import type { Attempts } from '../credentials/attempts.ts';
import type { PushSender } from '../receiver-kit/push-sender.ts';
import type { Keeper } from '../credentials/keeper.ts';
import type { Run, RunName } from '../credentials/run.ts';
import type { Probe } from '../wechat-api/probe.ts';
import type { RawCall } from '../wechat-api/raw-call.ts';
import type { Send } from '../wechat-api/transport.ts';
import type { Profiles } from '../settings/profile-named.ts';
import type { Sandbox, SandboxOptions } from '../sandbox/sandbox.ts';
import type { ProfileValues, SettingName } from '../settings/setting-definitions.ts';
import { type Setting, type Settings } from '../settings/resolve-settings.ts';
import type { OpeningKeys } from '../protocol/opened-push.ts';
import type { LooseModes } from '../store/modes.ts';
import type { Source } from '../migration/source.ts';
import type { Store } from '../store/store.ts';
import type * as Columns from '../terminal/columns.ts';
import type * as ProgressBar from '../terminal/progress-bar.ts';
import type { Prompts } from '../terminal/prompts.ts';
import type * as Qr from '../terminal/qr.ts';
import type * as QrFile from '../terminal/qr-file.ts';
import { type Terminal } from '../terminal/terminal.ts';
import { type Runtime } from '../runtime/runtime.ts';

/** The flags that every command takes. */
export interface GlobalFlags {
  profile?: string;
  lang?: string;
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
}

export interface ListenerHealth {
  storeId: string;
}

export interface Context extends ListenerServices {
  readonly lang: Lang;
  readonly terminal: Terminal;
  readonly settings: Settings;
  readonly home: string;
  /** Of the profile that this run uses, whether it exists or not. */
  readonly profileName: string;
  /** A setting as the environment alone gives it. */
  fromEnvironment(name: SettingName): Setting | undefined;
  readonly runtime: Runtime;
  /** Aborted by Ctrl-C; everything that waits listens to it. */
  readonly signal: AbortSignal;
  readonly redactor: Redactor;
  now(): number;
  /** Rejects with CANCELLED when the run is interrupted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Where the listener is reached from outside; without a public URL, where it is bound. */
  publicUrl(): string;
  store(): Promise<Store>;
  /** What another library has stored; `from` in its checked form. */
  openSource(from: string): Promise<Source>;
  keeper(): Promise<Keeper>;
  /** Sends what takes no token. */
  send(): Promise<Send>;
  /** Sends requests as they were written. */
  rawCall(): Promise<RawCall>;
  attempts(): Promise<Attempts>;
  /** Goes on with the bulk run that was left, or begins one. */
  openRun(name: RunName, restart: boolean): Promise<Run>;
  /** What opens a push. */
  openingKeys(): OpeningKeys;
  /** The health of the listener that holds our port, or undefined when what answers is no wxop. */
  healthAt(url: string): Promise<ListenerHealth | undefined>;
  /** Opens a page of a listener of ours, as a browser would; undefined when nobody answers. */
  visit(url: string): Promise<string | undefined>;
  /** Sends a document to an address of the operator's; resolves with what went wrong. */
  notify(url: string, document: object): Promise<string | undefined>;
  /** Which of our files others may read. */
  looseModes(): Promise<LooseModes>;
  /** Looks at the way to a host, step by step. */
  probe(): Promise<Probe>;
  /** Carries pushes to any receiver. */
  pushSender(): Promise<PushSender>;
  startSandbox(options: SandboxOptions): Promise<Sandbox>;
  readProfiles(): Profiles;
  /** Adds or replaces a profile. */
  writeProfile(name: string, values: ProfileValues): Promise<void>;
  /** Removes a profile; `next` becomes the current one. */
  removeProfile(name: string, next?: string): Promise<void>;
  renameProfile(name: string, wanted: string): Promise<void>;
  useProfile(name: string): Promise<void>;
  prompts(): Promise<Prompts>;
  columns(): Promise<typeof Columns>;
  progressBar(): Promise<typeof ProgressBar>;
  qr(): Promise<typeof Qr>;
  qrFile(): Promise<typeof QrFile>;
  /** All of stdin as text. */
  readStdin(): Promise<string>;
  /** All of stdin, whatever its encoding. */
  stdinBytes(): Promise<Buffer>;
  /** Runs another command in this process, in a runtime that differs in some things. */
  run(argv: string[], changes: Partial<Runtime>): Promise<number>;
  close(): Promise<void>;
}
