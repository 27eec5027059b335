import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What git says of a path. */
export interface GitAnswer {
  path: string;
  isIgnored: boolean;
  /** `FILE:LINE` of the pattern that decided, if there is one. */
  decided: string | undefined;
}

/** A repository of git with a tree in it, to be asked what its .gitignore files mean. */
export class GitTree {
  readonly directory: string = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-rules-')));
  readonly paths: string[];

  /** @param paths of files, or with a slash at the end, of directories; latin1, a character a byte */
  constructor(paths: string[]) {
    this.paths = paths;
    execFileSync('git', ['init', '-q', this.directory]);
    for (const path of paths) {
      const native = Buffer.from(`${this.directory}/${path}`, 'latin1');
      if (path.endsWith('/')) mkdirSync(native, { recursive: true });
      else {
        mkdirSync(Buffer.from(dirname(native.toString('latin1')), 'latin1'), { recursive: true });
        writeFileSync(native, '');
      }
    }
  }

  /** Asks of every path; ignore files are there for this question only. */
  answers(ignoreFiles: Record<string, string | Buffer>, settings: string[] = []): GitAnswer[] {
    return this.with(ignoreFiles, () => {
      const named = this.paths.map((path) => path.replace(/\/$/, ''));
      const out = this.#run([...settings, 'check-ignore', '--no-index', '-v', '-n', '-z', '--stdin'], named);
      return answersIn(out);
    });
  }

  /** The files that neither patterns of its command line leave out, nor files of a name. */
  filesLeft(patterns: string[], name: string): string[] {
    const excluded = patterns.flatMap((pattern) => ['-x', pattern]);
    const out = this.#run(['ls-files', '-o', '-z', `--exclude-per-directory=${name}`, ...excluded], []);
    return out.split('\0').slice(0, -1);
  }

  /** Files that are there as long as something is done. */
  with<T>(files: Record<string, string | Buffer>, use: () => T): T {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(this.directory, file), text);
    try {
      return use();
    } finally {
      for (const file of Object.keys(files)) rmSync(join(this.directory, file));
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #run(args: string[], paths: string[]): string {
    const input = Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
    const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
    try {
      return execFileSync('git', args, { cwd: this.directory, input, env, encoding: 'latin1' });
    } catch (error) {
      // 1 says that no path is ignored.
      const { status, stdout } = error as { status: number; stdout: string };
      if (status !== 1) throw error;
      return stdout;
    }
  }
}

/** Four fields each: file, line, pattern, path. */
function answersIn(out: string): GitAnswer[] {
  const fields = out.split('\0');
  const answers: GitAnswer[] = [];
  for (let at = 0; at + 3 < fields.length; at += 4) {
    const [file = '', line = '', pattern = '', path = ''] = fields.slice(at, at + 4);
    const isIgnored = pattern !== '' && !pattern.startsWith('!');
    answers.push({ path, isIgnored, decided: pattern === '' ? undefined : `${file}:${line}` });
  }
  return answers;
}
