/** One journal line: JSON, sealed where the store has a key. */
import { WxopError } from '../sentences/wxop-error.ts';
import { keyNeeded } from '../store/record.ts';
import type { Sealer } from '../store/seal.ts';

export interface LineCodec {
  /** `context` binds a sealed line to its purpose. */
  write(value: object, context: string): string;
  /** Undefined for a torn or damaged line. Throws SETTINGS_MISSING or SETTINGS_INVALID for a missing or wrong key. */
  read<Value>(line: string, context: string): Value | undefined;
}

/** `place`: of the journal, for the error. */
export function createLineCodec(place: string, sealer?: Sealer): LineCodec {
  return {
    write: (value, context) => {
      const line = JSON.stringify(value);
      return sealer ? sealer.seal(line, context) : line;
    },
    read: <Value>(line: string, context: string): Value | undefined => {
      if (!sealer && line.startsWith('v1.')) throw keyNeeded(place);
      try {
        return JSON.parse(line.startsWith('{') ? line : (sealer?.open(line, context) ?? '')) as Value;
      } catch (error) {
        if (error instanceof WxopError) throw error;
        return undefined;
      }
    },
  };
}
