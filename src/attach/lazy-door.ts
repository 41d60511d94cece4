/** The door for clients as a listener has it: nothing of it is loaded before somebody comes. */
import type { FrontOptions } from '../listener/http/front.ts';
import type { AttachedClients } from '../listener/outbox.ts';
import { lazy } from '../runtime/lazy.ts';
import type { AttachDoor, AttachDoorOptions } from './attach-door.ts';

export interface LazyDoor {
  /** Who gets what is received. */
  attached: AttachedClients;
  /** Where clients come in. */
  attach: NonNullable<FrontOptions['attach']>;
}

export function createLazyDoor(options: AttachDoorOptions): LazyDoor {
  let door: AttachDoor | undefined;
  const opened = lazy(async () => {
    const { createAttachDoor } = await import('./attach-door.ts');
    return (door = createAttachDoor(options));
  });
  return {
    attached: {
      publish: (entry) => door?.publish(entry),
      answer: (entry) => door?.answer(entry),
    },
    attach: {
      path: '/attach',
      open: (...request) =>
        void opened()
          .then((one) => one.open(...request))
          .catch(() => request[1].destroy()),
      close: async () => door?.close(),
    },
  };
}
