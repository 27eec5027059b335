import { expect, test } from 'vitest';
import { parseLsof } from '../../src/owners/lsof.ts';

/** As lsof 4.95 printed it, and as its manual describes the rest. */
const recorded = `p28981
csleep
Lroot
f8
ar
l 
D0xfe00
i9978241
na b
f9
aw
l 
D0xfe00
i9978258
nc
p301
cMicrosoft\\x20Word\\xc3\\xa9
Lann
f12
au
lW
D0x1000012
i4412077
n/Users/ann/report.docx
ftxt
a 
l 
D0x1000012
i4412079
n/Applications/Word
`;

test('every file of every process', () => {
  expect(parseLsof(recorded)).toEqual([
    { pid: 28981, program: 'sleep', user: 'root', id: '65024:9978241', path: 'a b', way: 'open for reading' },
    { pid: 28981, program: 'sleep', user: 'root', id: '65024:9978258', path: 'c', way: 'open for writing' },
    {
      pid: 301,
      program: 'Microsoft Wordé',
      user: 'ann',
      id: '16777234:4412077',
      path: '/Users/ann/report.docx',
      way: 'write lock (whole), open for writing',
    },
    {
      pid: 301,
      program: 'Microsoft Wordé',
      user: 'ann',
      id: '16777234:4412079',
      path: '/Applications/Word',
      way: 'running',
    },
  ]);
});

test('what was cut off is left out', () => {
  expect(parseLsof('')).toEqual([]);
  expect(parseLsof(recorded.slice(0, 60))).toHaveLength(1);
  expect(parseLsof('p1\ncx\nf3\nar\nn/half/a/na')).toEqual([]);
});

test('without device and inode there is the name', () => {
  expect(parseLsof('p1\ncx\nf3\nar\nl \nn/a\n')).toEqual([
    { pid: 1, program: 'x', path: '/a', way: 'open for reading' },
  ]);
});
