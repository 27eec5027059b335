import { leftOut } from './left-out.ts';

/** What the lane cannot show, each with the reason: it stays to be seen on a real Windows. */
const unproven = [
  [
    'shadows of the real VSS service',
    'Wine has none; a stand-in checks the calls, their order and every failure',
  ],
  ['owners by the Restart Manager', "Wine's knows none; a stand-in answers, and the scan of handles is real"],
  ['being refused for lack of privileges', 'under Wine everybody is an administrator'],
  ['access rights (ACLs)', 'Wine takes them and does not keep them'],
  ['alternate data streams', 'under Wine "a.txt:stream" is a file of that name'],
  ['symbolic links and junctions', 'Wine makes none'],
  ['sparse and compressed files, files in the cloud', 'the file system below Wine has no such attributes'],
  ['times of creation', 'Wine says yes and ignores them'],
  ['ranges of a file that are locked', 'under Wine they do not keep anybody from reading'],
  ['what the Task Scheduler makes of triggers and actions', "Wine's keeps neither"],
  [
    'Ctrl+Break, a console that is closed, the end of a session',
    'Wine passes on Ctrl+C alone; that the others are heard and do the same is tested with made-up ones',
  ],
];

/** The lists as text. @param output of the tests, which say what they leave out (test/fixtures/platform.ts) */
export function limits(output) {
  const reasons = new Set(Array.from(output.matchAll(/^Left out: (.*)$/gm), ([, reason]) => reason.trim()));
  return [
    'windows lane: files of tests that are left out:',
    ...leftOut.map(line),
    'windows lane: why other tests are left out, each where it is needed:',
    ...Array.from(reasons, (reason) => `  - ${reason}`),
    'windows lane: not proven under Wine, for a real Windows to show:',
    ...unproven.map(line),
  ].join('\n');
}

function line([what, why]) {
  return `  - ${what}: ${why}`;
}
