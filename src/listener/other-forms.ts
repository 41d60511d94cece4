/**
 * Pushes in other forms than XML: turned into the ordinary form, sealed with our own keys, so that everything behind
 * (checks, journal, forwarding) knows one form only. Loaded for the first that comes.
 */
import { createOpener, verifySignature } from '../protocol/envelope.ts';
import { readEvent, readMessage } from '../protocol/events.ts';
import { jsonEncrypt, jsonToXml } from '../protocol/json-push.ts';
import { digestOf } from '../protocol/links.ts';
import { writePush } from '../protocol/write-push.ts';
import { addressMatcher } from '../runtime/hosts.ts';
import type { Push, PushKeys } from './receiver.ts';
import type { Rejection } from './rejections.ts';

/** What the settings allow beside XML. */
export interface OtherForms {
  /** Encrypted JSON. */
  json: boolean;
  /** Addresses and ranges that unencrypted JSON of WeChat's cloud may come from; none without it. */
  cloudFrom?: readonly string[];
}

type Taken = { push: Push } | { rejection: Rejection };

/** Takes JSON where it is allowed. */
export function createOtherForms(keys: PushKeys, forms: OtherForms, now: () => number): (push: Push) => Taken {
  const open = createOpener(keys.encodingAesKeys, keys.componentAppId);
  const isAllowed = addressMatcher(forms.cloudFrom ?? []);

  function takeEncrypted(push: Push): Taken {
    const [timestamp, nonce, signature] = ['timestamp', 'nonce', 'msg_signature'].map((name) => push.query.get(name));
    if (!timestamp || !nonce || !signature) return { rejection: 'missing-parameters' };
    const encrypted = jsonEncrypt(push.body);
    if (encrypted === undefined) return { rejection: 'malformed' };
    const { messageToken: token } = keys;
    if (!verifySignature(signature, { token, timestamp, nonce, encrypted })) return { rejection: 'bad-signature' };
    const opened = open(encrypted);
    if (opened.failure) return { rejection: opened.failure };
    // Genuine: only now is it worth a hint.
    if (!forms.json) return { rejection: 'json-push' };
    const { message } = opened;
    const xml = message.trimStart().startsWith('{') ? jsonToXml(message) : message;
    return xml === undefined ? { rejection: 'malformed' } : { push: ordinary(push, xml, Number(timestamp), nonce) };
  }

  /** Nothing proves these: only where they come from is known, and that they name our component. */
  function takeCloud(push: Push, from: readonly string[]): Taken {
    if (!forms.cloudFrom) return { rejection: 'cloud-push' };
    if (!from.every(isAllowed)) return { rejection: 'cloud-stranger' };
    const xml = jsonToXml(push.body);
    const event = xml === undefined || push.kind === 'message' ? undefined : readEvent(xml);
    const createTime = (event ?? (xml === undefined ? undefined : readMessage(xml)))?.createTime ?? 0;
    if (xml === undefined || (push.kind === 'event' && !event)) return { rejection: 'malformed' };
    if (event && event.componentAppId !== keys.componentAppId) return { rejection: 'foreign-receiver' };
    const seconds = /^\d{10}$/.test(String(createTime)) ? createTime : Math.floor(now() / 1000);
    return { push: ordinary(push, xml, seconds, digestOf(push.body)) };
  }

  /** The same bytes give the same push: one that WeChat repeats is known again. */
  function ordinary(push: Push, message: string, timestamp: number, nonce: string): Push {
    const { componentAppId: appId, messageToken, encodingAesKeys } = keys;
    const { url, body } = writePush({
      component: { appId, messageToken, encodingAesKey: encodingAesKeys[0] ?? '' },
      url: 'http://localhost/',
      message,
      outer: { AppId: appId },
      timestamp,
      nonce,
      random: digestOf(`${messageToken} ${push.body}`).slice(0, 16),
    });
    return { ...push, query: url.searchParams, rawQuery: url.search.slice(1), contentType: 'text/xml', body };
  }

  return (push) =>
    push.cloudFrom && !push.query.has('msg_signature') ? takeCloud(push, push.cloudFrom) : takeEncrypted(push);
}
