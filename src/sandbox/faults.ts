/** Switchable faults: what goes wrong between a client and WeChat. */
import { en, listed, text, zh } from '../sentences/text.ts';
import { WxopError } from '../sentences/wxop-error.ts';
import { FAULT_KINDS, type Fault, type FaultKind } from './sandbox-options.ts';

/** Reads `PATH=KIND[*N]`; throws USAGE for anything else. */
export function parseFault(written: string): Fault {
  const match = /^([^=]+)=([a-z]+|-?\d+)(?:\*(\d+))?$/.exec(written);
  const [, path = '', word = '', times] = match ?? [];
  const kind = /^-?\d+$/.test(word) ? Number(word) : FAULT_KINDS.find((known) => known === word);
  if (!match || kind === undefined) throw notFault(written);
  return { path, kind, ...(times && { times: Number(times) }) };
}

const notFault = (written: string): WxopError => {
  const kinds = listed(FAULT_KINDS);
  return new WxopError('USAGE', text(`Not a fault: ${written}`, `无法识别的故障：${written}`), {
    hint: text(
      en`PATH=KIND[*N], for example api_component_token=busy*2. KIND: ${kinds}, or an errcode.`,
      zh`格式为 PATH=KIND[*N]，例如 api_component_token=busy*2。KIND 可为：${kinds} 或错误码。`,
    ),
  });
};

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** The fault that strikes this call, counted down. */
  strike(path: string): FaultKind | undefined;
}

export function createFaults(initial: Fault[]): Faults {
  let faults = initial.map((fault) => ({ ...fault }));
  return {
    add: (fault) => void faults.push({ ...fault }),
    clear: () => void (faults = []),
    strike: (path) => {
      const fault = faults.find(
        (candidate) => candidate.times !== 0 && (candidate.path === path || path.endsWith(`/${candidate.path}`)),
      );
      if (fault?.times !== undefined) fault.times--;
      return fault?.kind;
    },
  };
}
