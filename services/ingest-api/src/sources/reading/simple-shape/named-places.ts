import { spendVisits } from '@calseta/common';
import { childOf, isRecord, type Located } from '../located.js';
import { meaningsOf, type SimpleField } from './simple-names.js';

/** A key that names a field; of several, those of lower rank come first. */
export type Named = {
  field: SimpleField;
  rank: number;
  key: string;
  holder: Located;
  name: string;
};

export const isOwnName = ({ rank }: Named): boolean => rank < 1;

/** The keys of one object that name a field, most specific first; of one name, the exact spelling comes first. */
export function namesIn(holder: Located): Named[] {
  const named: Named[] = [];
  const { value, reading } = holder;
  if (!isRecord(value)) return named;
  for (const name of Object.keys(value)) {
    if (!spendVisits(reading.budget)) break;
    for (const { field, key, rank } of meaningsOf(name)) {
      named.push({ field, key, holder, name, rank: rank + (name === field ? 0 : 0.5) });
    }
  }
  return named.sort((a, b) => a.rank - b.rank);
}

/** Where a field may be, with the key that names it. */
export type Place = { key: string; at: Located };
export type PlacesOf = (field: SimpleField) => readonly Place[];
const NOWHERE: readonly Place[] = [];

export function placesByField(names: readonly Named[]): PlacesOf {
  const places = new Map<SimpleField, Place[]>();
  for (const { field, key, holder, name } of names) {
    const place = { key, at: childOf(holder, name) };
    const known = places.get(field);
    if (known === undefined) places.set(field, [place]);
    else known.push(place);
  }
  return (field) => places.get(field) ?? NOWHERE;
}
