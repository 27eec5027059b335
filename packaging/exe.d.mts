/** Systems that there is a one-file program for. */
export type System = 'linux-x64' | 'win32-x64';

/**
 * Makes a one-file program of the built project.
 * @param directory where it is put; `build` in the project, where none is named
 * @returns its path
 */
export function makeExecutable(system: System, directory?: string): Promise<string>;
