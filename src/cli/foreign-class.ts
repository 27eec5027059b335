/** How another language writes what stands for one character. */
export interface ClassDialect {
  /** What turns a class round. In ours it is either of `!` and `^`. */
  negation: '!' | '^';
  /** `\` takes the meaning from what follows it. */
  hasEscapes: boolean;
  /** `[:digit:]` is known. */
  hasNames: boolean;
}

/** The pattern with its classes in our language. @returns undefined where one is written in a way that means nothing, or something odd */
export function ourClasses(pattern: string, dialect: ClassDialect): string | undefined {
  let out = '';
  for (let at = 0; at < pattern.length; ) {
    const character = pattern[at] as string;
    if (character === '\\' && dialect.hasEscapes) {
      out += pattern.slice(at, at + 2);
      at += 2;
    } else if (character === '[') {
      const read = classAt(pattern, at, dialect);
      if (!read) return undefined;
      out += read.text;
      at = read.end;
    } else {
      out += character;
      at++;
    }
  }
  return out;
}

/** @returns undefined for one that does not end, or has no members */
function classAt(
  pattern: string,
  start: number,
  { negation, hasEscapes, hasNames }: ClassDialect,
): { text: string; end: number } | undefined {
  const isNegated = pattern[start + 1] === negation;
  const first = start + (isNegated ? 2 : 1);
  const member = new RegExp(
    [hasNames && '\\[:[a-z]+:\\]', hasEscapes && '\\\\.', '[^\\]]'].filter(Boolean).join('|'),
    'suy',
  );
  let members = '';
  let at = first;
  while (pattern[at] !== ']') {
    member.lastIndex = at;
    const text = member.exec(pattern)?.[0];
    if (text === undefined) return undefined;
    members += membersOf(text, at > first && pattern[at + 1] !== ']');
    at += text.length;
  }
  return members === '' ? undefined : { text: `[${isNegated ? '!' : ''}${members}]`, end: at + 1 };
}

/** What would mean more with us than itself is escaped. @param mayBeRange a dash here stands between two others */
function membersOf(text: string, mayBeRange: boolean): string {
  if (text.length > 1 || (text === '-' && mayBeRange)) return text;
  return /[![^-]/.test(text) ? `\\${text}` : text;
}
