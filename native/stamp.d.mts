export interface Stamp {
  sources: string;
  addon: string;
}

/** Such as `win32-x64`. */
export const systems: string[];

export function stampOfNow(system: string): Stamp;
export function stampOfBuild(system: string): Partial<Stamp>;
