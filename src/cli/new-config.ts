/** The text of a first bmcloud.json: what is used, and beside it, commented out, what is often wanted. */
export function newConfig(wanted: {
  repository: string | undefined;
  job: string;
  sources: string[];
}): string {
  const { repository, job, sources } = wanted;
  const json = (value: unknown) => JSON.stringify(value);
  const entry = `    ${json(job)}: {\n      "sources": ${json(sources.length > 0 ? sources : ['~/Documents'])}\n    }`;
  const lines = [
    '{',
    '  // What "bmcloud push" does without arguments. Comments and trailing commas are allowed.',
    repository === undefined
      ? '  // "repository": "s3://bucket/laptop",'
      : `  "repository": ${json(repository)},`,
    '  // Secrets stay out of this file: "keyFile", "passphraseFile" or "passphraseCommand" say where they are.',
    '  // "keyFile": "~/backup.key",',
    '  // "limits": { "upload": "10M" },',
    '  // "hooks": { "onError": "mail -s backup me@example.org" },',
    '  "jobs": {',
    sources.length > 0 ? entry : commented(entry),
    '  }',
    '}',
  ];
  return `${lines.join('\n')}\n`;
}

function commented(text: string): string {
  return text.replaceAll(/^ {4}/gm, '    // ');
}
