/** Colours of the terminal; every function is the identity where colours are off. */
export interface Style {
  bold: (text: string) => string;
  dim: (text: string) => string;
  red: (text: string) => string;
  green: (text: string) => string;
  yellow: (text: string) => string;
}

/** Colours are for terminals that take them, and for people who want them (https://no-color.org). */
export function wantsColour(interactive: boolean, env: Record<string, string | undefined>): boolean {
  return interactive && !env.NO_COLOR && env.TERM !== 'dumb';
}

export function styleFor(colour: boolean): Style {
  return {
    bold: paint(colour, 1, 22),
    dim: paint(colour, 2, 22),
    red: paint(colour, 31, 39),
    green: paint(colour, 32, 39),
    yellow: paint(colour, 33, 39),
  };
}

function paint(colour: boolean, on: number, off: number): (text: string) => string {
  return (text) => (colour ? `\u001b[${on}m${text}\u001b[${off}m` : text);
}
