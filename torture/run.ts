/** What a torture run is given, and what it says in the end. */
import type { Place } from './places.ts';
import type { Random } from './random.ts';
import type { StartWorker } from './workers.ts';

export interface Ground {
  random: Random;
  /** The store under torture. */
  place: Place;
  startWorker: StartWorker;
  /** The built command. */
  bin: string;
  /** A folder that is gone afterwards; anybody may enter it. */
  scratch: string;
  /** Minutes instead of seconds. */
  isLong: boolean;
}

export interface Outcome {
  /** What was done, by name: kills, reads, exchanges. */
  counts: Record<string, number>;
  /** Every invariant that did not hold, as a sentence. Empty is what is wanted. */
  broken: string[];
}

export interface Run {
  name: string;
  /** The stores that it makes sense on. */
  places: Place['kind'][];
  run: (ground: Ground) => Promise<Outcome>;
}
