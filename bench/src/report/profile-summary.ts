import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { areaOf, type CallFrame, placeOf } from './profile-area.js';

export type CpuProfile = {
  nodes: { id: number; callFrame: CallFrame }[];
  samples: number[];
  timeDeltas: number[];
};
export type SelfTime = { name: string; share: number };

const IDLE = '(idle)';

/** The functions in which a process spent its busy time, by self time; idle time is excluded. */
export const selfTimeByFunction = (profile: CpuProfile): SelfTime[] => selfTime(profile, placeOf);

/** The same by package or part of Node. */
export const selfTimeByArea = (profile: CpuProfile): SelfTime[] => selfTime(profile, areaOf);

function selfTime(profile: CpuProfile, nameOf: (frame: CallFrame) => string): SelfTime[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const micros = new Map<string, number>();
  let total = 0;
  profile.samples.forEach((node, index) => {
    const frame = frames.get(node);
    if (!frame || frame.functionName === IDLE) return;
    const delta = profile.timeDeltas[index] ?? 0;
    const name = nameOf(frame);
    total += delta;
    micros.set(name, (micros.get(name) ?? 0) + delta);
  });
  return [...micros]
    .sort(([, a], [, b]) => b - a)
    .map(([name, spent]) => ({ name, share: spent / total }));
}

/** Reads the only profile in a directory that belongs to one process. */
export async function readProfile(directory: string): Promise<CpuProfile> {
  const [file] = (await readdir(directory)).filter((name) => name.endsWith('.cpuprofile'));
  if (!file) throw new Error(`No CPU profile was left in ${directory}.`);
  return JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile;
}
