export interface Stamp {
  sources: string;
  addon: string;
}

export function stampOfNow(): Stamp;
export function stampOfBuild(): Partial<Stamp>;
