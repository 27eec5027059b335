import type { Step } from './steps.ts';

/** Something with a pattern. */
export interface Stepped {
  steps: Step[];
}

/** How far a directory's path got in a pattern: the step that a name in it has to match next. */
export interface Place<T extends Stepped> {
  of: T;
  at: number;
}

/** Where all patterns begin. */
export function placesAtRoot<T extends Stepped>(patterns: T[]): Place<T>[] {
  const places: Place<T>[] = [];
  for (const of of patterns) add(places, of, 0);
  return places;
}

/** What may still match below the directory `name` of a directory. */
export function placesBelow<T extends Stepped>(places: Place<T>[], name: string): Place<T>[] {
  const below: Place<T>[] = [];
  for (const { of, at } of places) {
    const step = of.steps[at];
    if (step === 'any-depth') add(below, of, at);
    else if (at + 1 < of.steps.length && step?.test(name)) add(below, of, at + 1);
  }
  return below;
}

/** True if nothing of the pattern is left behind a name that matches here. */
export function isLast<T extends Stepped>({ of, at }: Place<T>): boolean {
  return at === of.steps.length - 1;
}

/** True for a name that completes the pattern. */
export function completes<T extends Stepped>(place: Place<T>, name: string): boolean {
  if (!isLast(place)) return false;
  const step = place.of.steps[place.at] as Step;
  return step === 'any-depth' || step.test(name);
}

/** Any depth may be none: what follows is possible at once, unless nothing follows. */
function add<T extends Stepped>(places: Place<T>[], of: T, at: number): void {
  addOnce(places, { of, at });
  if (of.steps[at] === 'any-depth' && at + 1 < of.steps.length) add(places, of, at + 1);
}

function addOnce<T extends Stepped>(places: Place<T>[], { of, at }: Place<T>): void {
  if (!places.some((known) => known.of === of && known.at === at)) places.push({ of, at });
}
