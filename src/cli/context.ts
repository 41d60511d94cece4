/** What a command may ask for. */
import { type Redactor } from '../sentences/redactor.ts';
import { type Lang } from '../sentences/text.ts';
import type { BrokerServices } from './broker-services.ts';
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
import type { ProfileValues } from '../settings/setting-definitions.ts';
import { type Settings } from '../settings/resolve-settings.ts';
import type { Source } from '../migration/source.ts';
import type { Store } from '../store/store.ts';
import type { Prompts } from '../terminal/prompts.ts';
import { type Terminal } from '../terminal/terminal.ts';
import { type Runtime } from '../runtime/runtime.ts';

/** The flags that every command takes. */
export interface GlobalFlags {
  profile?: string;
  lang?: string;
  json?: boolean;
  jq?: string;
  quiet?: boolean;
  verbose?: boolean;
  color?: boolean;
}

/** The stores that a listener is on: several where it is of several components. */
export interface ListenerHealth {
  storeIds: string[];
}

/** `config.json`, and which profile of it this run uses. */
export interface ProfileFile {
  /** Of the profile that this run uses, whether it exists or not. */
  readonly name: string;
  read(): Profiles;
  /** Adds or replaces a profile. */
  write(name: string, values: ProfileValues): Promise<void>;
  /** Removes a profile; `next` becomes the current one. */
  remove(name: string, next?: string): Promise<void>;
  rename(name: string, wanted: string): Promise<void>;
  use(name: string): Promise<void>;
  /** Verification files of this profile, read anew; when it has another name by now, those of its component. */
  files(): Record<string, string>;
}

/** Requests that need no token of a record's: what is not for WeChat, and the way there. */
export interface Http {
  /** The health of the listener that holds our port, or undefined when what answers is no wxop. */
  healthAt(url: string): Promise<ListenerHealth | undefined>;
  /** Opens a page of a listener of ours, as a browser would; undefined when nobody answers. */
  visit(url: string): Promise<string | undefined>;
  /** Sends a document to an address of the operator's; resolves with what went wrong. */
  notify(url: string, document: object): Promise<string | undefined>;
  /** Looks at the way to a host, step by step. */
  probe(): Promise<Probe>;
}

export interface WechatApi {
  /** Sends what takes no token. */
  send(): Promise<Send>;
  /** Sends requests as they were written. */
  rawCall(): Promise<RawCall>;
}

export interface Context {
  readonly lang: Lang;
  readonly terminal: Terminal;
  readonly settings: Settings;
  readonly home: string;
  readonly profiles: ProfileFile;
  readonly runtime: Runtime;
  readonly redactor: Redactor;
  readonly stdin: { text(): Promise<string>; bytes(): Promise<Buffer> };
  readonly http: Http;
  readonly wechat: WechatApi;
  now(): number;
  /** Rejects with CANCELLED when the run is interrupted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Where the listener is reached from outside; without a public URL, where it is bound. */
  publicUrl(): string;
  store(): Promise<Store>;
  /** What another library has stored; `from` in its checked form. */
  openSource(from: string): Promise<Source>;
  /** Continues the bulk run that was left unfinished, or begins one. */
  openRun(name: RunName, restart: boolean): Promise<Run>;
  keeper(): Promise<Keeper>;
  attempts(): Promise<Attempts>;
  listener(): Promise<ListenerServices>;
  broker(): Promise<BrokerServices>;
  /** Sends pushes to any receiver. */
  pushSender(): Promise<PushSender>;
  startSandbox(options: SandboxOptions): Promise<Sandbox>;
  prompts(): Promise<Prompts>;
  /** Runs another command in this process, in a runtime that differs in some things. */
  run(argv: string[], changes: Partial<Runtime>): Promise<number>;
  /**
   * The context of another profile, as it is saved now; the caller closes it. Silent, unless `dress` is given: then it
   * has the flags of this run, and a terminal that `dress` may change.
   */
  forProfile(name: string, dress?: (terminal: Terminal) => void): Context;
  close(): Promise<void>;
}
