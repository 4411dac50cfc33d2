import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What a program prints as JSON. */
export async function runProgram<T>(program: string, args: readonly string[]): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args]);
  return JSON.parse(stdout) as T;
}
