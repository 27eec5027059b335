// Makes schema/bmcloud.schema.json from the schema that the program checks bmcloud.json with: `node schema/generate.mjs`.
import { writeFileSync } from 'node:fs';
import { jsonSchema } from '../src/cli/config-schema.ts';

writeFileSync(
  new URL('bmcloud.schema.json', import.meta.url),
  `${JSON.stringify(jsonSchema(), undefined, 2)}\n`,
);
