/** `wxop listen --profiles`: several components on one port, each with its own settings, store and log lines. */
import { isDeepStrictEqual } from 'node:util';
import type { Context } from '../../cli/context.ts';
import type { SharedComponents, SharedPart } from '../../cli/listener/share-components.ts';
import type { SharedComponent } from '../../listener/components/shared-component.ts';
import type { RejectionLog } from '../../listener/rejection-log.ts';
import { en, listed, text, zh, type Text } from '../../sentences/text.ts';
import { toWxopError, WxopError } from '../../sentences/wxop-error.ts';
import { widest } from '../../terminal/columns.ts';
import { createActivityPrinter } from '../activity-printer.ts';
import { keepReceiving, type Receive, type Receiving } from './keep-receiving.ts';
import { openProfile, type ProfileComponent } from './profile-component.ts';
import { commonPlace, expectDifferent, profilesOf, sharedComponent, type ProfilesChosen } from './shared-profiles.ts';

export async function listenProfiles(context: Context, chosen: ProfilesChosen, receive: Receive): Promise<void> {
  const { terminal, runtime } = context;
  const show = createActivityPrinter(context);
  const open = (names: string[]): ProfileComponent[] => names.map((name) => openProfile(context, name, widest(names)));
  const opened = open(profilesOf(context, chosen));
  let port: SharedComponents | undefined;
  let receiving: Receiving[] = [];
  const ending: Promise<void>[] = [];
  let [finish, fail]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const finished = new Promise<void>((done, failed) => ([finish, fail] = [done, failed]));

  function start(component: ProfileComponent, part: SharedPart, onFailure: (failure: WxopError) => void): Receiving {
    let hasJoined: () => void = () => undefined;
    const joined = new Promise<void>((done) => (hasJoined = done));
    const over = new AbortController();
    const started = Object.assign(component, { part, over, joined, hasJoined, running: Promise.resolve() });
    started.running = keepReceiving(started, receive, onFailure);
    return started;
  }

  /** What ends by itself ends all. */
  function watch({ running, over }: Receiving): void {
    running.then(
      () => over.signal.aborted || finish(),
      (error: unknown) => over.signal.aborted || fail(error),
    );
  }

  /** Lets it finish what is under way. */
  function end(component: Receiving): void {
    component.part.leave();
    component.over.abort();
    ending.push(component.running.catch(() => undefined).then(() => component.context.close()));
  }

  const note: RejectionLog['note'] = (rejection) => {
    for (const component of receiving) void noteRejection(component, rejection);
  };

  /** Takes up what has changed in the profiles. What is wrong with them is said, and leaves everything as it was. */
  async function readAgain(shared: SharedComponents, place: object): Promise<void> {
    const fresh = context.forProfile(context.profiles.name);
    let next: ProfileComponent[] = [];
    try {
      next = open(profilesOf(fresh, chosen));
      const components = next.map(sharedComponent);
      expectDifferent(next);
      if (!isDeepStrictEqual(commonPlace(next), place)) throw placeChanged();
      const changes = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
      const before = receiving;
      const after: Receiving[] = [];
      for (const [index, component] of next.entries()) {
        const old = before.find(({ name }) => name === component.name);
        if (old && isSame(old, component)) {
          after.push(old);
          continue;
        }
        const started = await takeUp(component, shared.add(components[index] as SharedComponent), old);
        if (started ?? old) after.push((started ?? old) as Receiving);
        if (started) changes[old ? 'changed' : 'added'].push(component.name);
      }
      const gone = before.filter((component) => !after.includes(component));
      changes.removed = gone.map(({ name }) => name).filter((name) => !after.some((one) => one.name === name));
      receiving = after;
      await shared.renew().catch((error: unknown) => terminal.warn(workersGoOn(toWxopError(error).text)));
      gone.forEach(end);
      terminal.note(readAgainSentence(changes));
    } catch (thrown) {
      terminal.warn(notReadAgain(toWxopError(thrown).text));
    } finally {
      await Promise.all(
        [
          fresh,
          ...next.filter((one) => !(receiving as ProfileComponent[]).includes(one)).map((one) => one.context),
        ].map((one) => one.close()),
      );
    }
  }

  /** One that is new goes on trying; one in the place of another that receives has one try. */
  async function takeUp(
    component: ProfileComponent,
    part: SharedPart,
    old?: Receiving,
  ): Promise<Receiving | undefined> {
    let hasFailed: () => void = () => undefined;
    const failed = new Promise<void>((done) => (hasFailed = done));
    const started = start(component, part, (failure) => {
      if (old) throw failure;
      hasFailed();
    });
    try {
      await Promise.race([started.joined, failed, started.running]);
      watch(started);
      return started;
    } catch (thrown) {
      const { text: why } = toWxopError(thrown);
      terminal.warn(old ? goesOn(why) : notServed(why));
      end(started);
      return undefined;
    }
  }

  let hasOpened: () => void = () => undefined;
  let reading = new Promise<void>((done) => (hasOpened = done));
  try {
    const place = commonPlace(opened);
    if (!runtime.worker) {
      runtime.onHangup?.(() => void (reading = reading.then(() => (port ? readAgain(port, place) : undefined))));
    }
    const components = opened.map(sharedComponent);
    expectDifferent(opened);
    const { workers, attach = false } = chosen;
    const shared = await (await context.listener()).share({ ...place, components, workers, attach, note }, show);
    port = shared;
    const failures: WxopError[] = [];
    receiving = opened.map((component, index) =>
      start(component, shared.parts[index] as SharedPart, (failure) => {
        failures.push(failure);
        // Where none can receive, it ends as a listener of one component would.
        if (failures.length === opened.length) throw failure;
      }),
    );
    receiving.forEach(watch);
    hasOpened();
    await finished;
  } finally {
    for (const { over } of receiving) over.abort();
    await Promise.allSettled(receiving.map(({ running }) => running));
    await port?.stop();
    await Promise.all(ending);
    await show.finished();
    await Promise.all((receiving.length > 0 ? receiving : opened).map((component) => component.context.close()));
    if (port && !runtime.worker) terminal.note(text('Stopped.', '已停止。'));
  }
}

/** What nobody proves may be meant for each: the doctor of each tells of it. */
const noteRejection = async (
  { context }: ProfileComponent,
  rejection: Parameters<RejectionLog['note']>[0],
): Promise<void> => (await (await context.listener()).rejectionLog()).note(rejection);

/** Verification files are read at each request anyway. */
function isSame(one: ProfileComponent, other: ProfileComponent): boolean {
  const [values, others] = [one, other].map(({ context, name }) => {
    const { files: _, ...rest } = context.profiles.read().profiles[name] ?? {};
    return rest;
  });
  return isDeepStrictEqual(values, others);
}

type Changes = Record<'added' | 'changed' | 'removed', string[]>;

function readAgainSentence({ added, changed, removed }: Changes): Text {
  const parts = [
    ...(added.length > 0 ? [text(`new: ${added.join(', ')}`, `新增 ${added.join('、')}`)] : []),
    ...(changed.length > 0 ? [text(`changed: ${changed.join(', ')}`, `变更 ${changed.join('、')}`)] : []),
    ...(removed.length > 0 ? [text(`gone: ${removed.join(', ')}`, `移除 ${removed.join('、')}`)] : []),
  ];
  const what = parts.length > 0 ? listed(parts, text('; ', '；')) : text('nothing has changed', '无变化');
  return text(en`Profiles read again: ${what}.`, zh`已重新读取配置：${what}。`);
}

const notReadAgain = (why: Text): Text =>
  text(en`The profiles were read again, and nothing is changed. ${why}`, zh`已重新读取配置，但未作任何改动。${why}`);

const goesOn = (why: Text): Text => text(en`${why} It goes on with the settings it had.`, zh`${why}继续使用原有设置。`);

const workersGoOn = (why: Text): Text =>
  text(en`${why} Workers that are not replaced go on as before.`, zh`${why}未更换的工作进程照旧运行。`);

const notServed = (why: Text): Text => text(en`${why} It is not served.`, zh`${why}未开始接收。`);

const placeChanged = (): WxopError =>
  new WxopError(
    'SETTINGS_INVALID',
    text(
      'Host, port, metrics address and trusted proxies change with a restart only.',
      '主机、端口、监控地址与可信代理须重启后生效。',
    ),
  );
