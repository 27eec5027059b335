import { isBmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import { Semaphore } from '../flow/semaphore.ts';
import { throwIfInterrupted } from '../flow/sleep.ts';
import type { Leftover, Shadow, ShadowProvider, Volume } from './provider.ts';
import type { RealPath } from './real-path.ts';

/** Where a path lies in a frozen view, and who made it. */
export interface InShadow {
  path: Uint8Array;
  provider: ShadowProvider['name'];
}

/** There is no frozen view of a path: why, in one sentence. */
export interface Unavailable {
  unavailable: string;
}

/** What the system knows of paths. */
export interface PathFacts {
  realPath: RealPath;
  /** Why no provider takes a path, in one sentence. */
  whyNone(path: Uint8Array): Promise<string>;
}

export interface ShadowsOptions {
  /** How long making one shadow may take, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  /** Told what did not go well, one sentence each: a writer that did not answer, a snapshot that cannot be removed. */
  warn: (warning: string) => void;
  paths: PathFacts;
}

/** A volume, and who can freeze it. */
interface Place {
  provider: ShadowProvider;
  volume: Volume;
}

/** Of every volume that was asked for, once: its shadow, or why there is none. */
type Opened = Shadow | Unavailable;

/**
 * The shadows of one push. Each volume is frozen when the first path needs it, and only once: a failure is remembered and not
 * tried again. Whoever makes it must call `close`, whatever happened.
 */
export class Shadows {
  readonly #providers: readonly ShadowProvider[];
  readonly #options: ShadowsOptions;
  readonly #opened = new Map<string, Promise<Opened>>();
  readonly #shadows = new Set<Shadow>();
  /** Windows makes one set at a time, and LVM locks its group. */
  readonly #oneByOne = new Semaphore(1);
  #closed = false;

  /** @param providers the first that takes a path freezes its volume */
  constructor(providers: readonly ShadowProvider[], options: ShadowsOptions) {
    this.#providers = providers;
    this.#options = options;
  }

  /**
   * Where a path of a live volume lies in its frozen view, which is made if there is none yet. A link is not followed, for it leads
   * back to what is live; and whether the path is there in the view too is another matter. @throws `interrupted`
   */
  async pathInShadow(path: Uint8Array): Promise<InShadow | Unavailable> {
    const real = await this.#options.paths.realPath(path);
    const place = await this.#placeOf(real);
    if ('unavailable' in place) return place;
    const opened = await (this.#opened.get(keyOf(place)) ?? this.#remember(place, this.#open([place])));
    if ('unavailable' in opened) return opened;
    const frozen = opened.map(real);
    if (!frozen) return { unavailable: `${place.volume.root} is not in the shadow that was made of it` };
    return { path: frozen, provider: place.provider.name };
  }

  /**
   * Freezes the volumes of these sources ahead, those of one provider at the same moment where it can; a link means what it
   * points to. Where that fails `pathInShadow` says why. @throws `interrupted`
   */
  async openFor(sources: readonly Uint8Array[]): Promise<void> {
    const places = new Map<string, Place>();
    for (const source of sources) {
      const place = await this.#placeOf(await this.#options.paths.realPath(source, true));
      if (!('unavailable' in place) && !this.#opened.has(keyOf(place))) places.set(keyOf(place), place);
    }
    const groups = Map.groupBy(places.values(), ({ provider }) => provider);
    await Promise.all(Array.from(groups.values(), (group) => this.#openTogether(group)));
  }

  /** Removes all that was made, also what is only being made. Never throws: what stays behind is a warning. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#opened.values());
    for (const shadow of this.#shadows) await this.#orWarn('A shadow stays behind', () => shadow.close());
    this.#shadows.clear();
    this.#opened.clear();
  }

  /** What killed runs left behind. */
  async leftovers(): Promise<Leftover[]> {
    const found: Leftover[] = [];
    for (const provider of this.#providers) {
      await this.#orWarn(`Shadows of killed runs (${provider.name}) cannot be looked for`, async () => {
        found.push(...(await provider.leftovers()));
      });
    }
    return found;
  }

  /** Removes what killed runs left behind. @returns the names of what was removed */
  async removeLeftovers(): Promise<string[]> {
    const removed: string[] = [];
    for (const left of await this.leftovers()) {
      await this.#orWarn(`The shadow ${left.name} of a killed run stays behind`, async () => {
        await left.remove();
        removed.push(left.name);
      });
    }
    return removed;
  }

  async #orWarn(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#options.warn(`${what}: ${messageOf(error)}`);
    }
  }

  async #placeOf(path: Uint8Array): Promise<Place | Unavailable> {
    try {
      for (const provider of this.#providers) {
        const volume = await provider.supports(path);
        if (volume) return { provider, volume };
      }
      return { unavailable: await this.#options.paths.whyNone(path) };
    } catch (error) {
      return unavailable(error);
    }
  }

  /** One volume that cannot be frozen must not cost the others their shadow: then each is tried by itself. */
  async #openTogether(places: readonly Place[]): Promise<void> {
    const all = this.#open(places);
    const each = places.map((place) =>
      this.#remember(place, places.length === 1 ? all : all.then((opened) => this.#orAlone(opened, place))),
    );
    await Promise.all(each);
  }

  async #orAlone(opened: Opened, place: Place): Promise<Opened> {
    return 'unavailable' in opened ? await this.#open([place]) : opened;
  }

  /** Whoever asks for this volume meanwhile waits for the same shadow. */
  #remember(place: Place, opening: Promise<Opened>): Promise<Opened> {
    this.#opened.set(keyOf(place), opening);
    return opening;
  }

  /** @param places of one provider */
  async #open(places: readonly Place[]): Promise<Opened> {
    const { signal } = this.#options;
    try {
      return await this.#oneByOne.run(() => this.#freeze(places), signal);
    } catch (error) {
      if (isBmcloudError(error, 'interrupted')) throw error;
      throwIfInterrupted(signal);
      return unavailable(error);
    }
  }

  async #freeze(places: readonly Place[]): Promise<Opened> {
    const [first] = places;
    if (!first || this.#closed) return { unavailable: 'the push has ended' };
    const { timeoutMs, signal, warn } = this.#options;
    const volumes = places.map(({ volume }) => volume);
    const shadow = await first.provider.open(volumes, { timeoutMs, signal });
    this.#shadows.add(shadow);
    shadow.warnings.forEach(warn);
    // Windows freezes the volumes mounted in one along with it.
    for (const volume of shadow.volumes) {
      const place = { provider: first.provider, volume };
      if (!this.#opened.has(keyOf(place))) this.#opened.set(keyOf(place), Promise.resolve(shadow));
    }
    return shadow;
  }
}

/** An error of ours or of the system is a reason; any other is a fault of the program. */
function unavailable(error: unknown): Unavailable {
  if (!isBmcloudError(error) && systemCodeOf(error) === undefined) throw error;
  return { unavailable: messageOf(error) };
}

function keyOf({ provider, volume }: Place): string {
  return `${provider.name}\n${volume.id}\n${volume.root}`;
}
