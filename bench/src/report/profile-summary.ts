import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

type CallFrame = { functionName: string; url: string; lineNumber: number };
type CpuProfile = {
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  timeDeltas: number[];
};
export type SelfTime = { place: string; share: number };

/** The functions in which a process spent its busy time, by self time; waiting is left out. */
export function summariseProfile(profile: CpuProfile, top: number): SelfTime[] {
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, describe(callFrame)]));
  const micros = new Map<string, number>();
  let total = 0;
  profile.samples.forEach((node, index) => {
    const place = places.get(node) ?? '';
    const delta = profile.timeDeltas[index] ?? 0;
    if (place === '(idle)') return;
    total += delta;
    micros.set(place, (micros.get(place) ?? 0) + delta);
  });
  return [...micros]
    .sort(([, a], [, b]) => b - a)
    .slice(0, top)
    .map(([place, spent]) => ({ place, share: spent / total }));
}

function describe({ functionName, url, lineNumber }: CallFrame): string {
  if (url === '') return functionName || '(native)';
  const file = url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\/(?!.*\/node_modules\/)/, '')
    .replace(/^.*\/((?:packages|services|bench)\/)/, '$1');
  return `${functionName || '(anonymous)'} ${file}:${lineNumber + 1}`;
}

/** Reads the one profile that a process has left in a directory of its own. */
export async function readProfile(directory: string): Promise<CpuProfile> {
  const [file] = (await readdir(directory)).filter((name) => name.endsWith('.cpuprofile'));
  if (!file) throw new Error(`No CPU profile was left in ${directory}.`);
  return JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile;
}
