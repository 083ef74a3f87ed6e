import { foldKey } from '../keys.js';
import { find } from '../find.js';
import { isRecord, type Located, parseEmbedded } from '../located.js';
import { isOwnName, namesIn, placesByField } from './named-places.js';
import { linkIn, timeIn } from './read-places.js';
import { emptyShape, readParts, type SimpleShape } from './shape-parts.js';

/** Where other names are looked for: at the top and in the alert inside of the body, or in its envelopes too. */
export type Reach = 'near' | 'envelopes';

/** Objects in a body that are the alert itself. */
const ALERTS = ['alert', 'incident', 'detection', 'finding'];
/** Envelopes that are searched when nothing else could be read. */
const ENVELOPES = [
  'event', 'data', 'detail', 'details', 'payload', 'body', 'message', 'result', 'attributes', 'properties', 'object', 'fields',
]; // prettier-ignore

export type SimpleShapes = {
  /** What stands under our own names, in any spelling, at the top of the payload. */
  own: SimpleShape;
  /** The same, completed by what stands under other names within the reach. */
  read: (reach: Reach) => SimpleShape;
};

/** Reads the simple shape in a whole payload. */
export function simpleShapes(whole: Located): SimpleShapes {
  const root = parseEmbedded(whole);
  const names = namesIn(root);
  const ownNames = names.filter(isOwnName);
  const own = readParts(emptyShape(), ownNames, ownNames);
  return {
    own,
    read(reach) {
      const others = holdersIn(root, reach).flatMap((holder) =>
        holder === root ? names.filter((name) => !isOwnName(name)) : namesIn(holder),
      );
      return readParts({ ...own }, others, [...ownNames, ...others]);
    },
  };
}

/** The time and the link of a payload under common names. */
export function readTimeAndLink(whole: Located): Pick<SimpleShape, 'occurredAt' | 'sourceUrl'> {
  const placesOf = placesByField(namesIn(parseEmbedded(whole)));
  return { occurredAt: timeIn(placesOf('occurred_at')), sourceUrl: linkIn(placesOf('source_url')) };
}

/** The alert inside a body comes before the body, and both come before their envelopes. */
function holdersIn(root: Located, reach: Reach): Located[] {
  const inside = (parents: Located[], names: readonly string[]): Located[] =>
    parents
      .filter(mayHoldOne)
      .flatMap((parent) =>
        names.flatMap((name) => find(parent, name).map(parseEmbedded).filter(isObject).slice(0, 1)),
      );
  const near = [...inside([root], ALERTS), root];
  if (reach !== 'envelopes') return near;
  const envelopes = inside([root], ENVELOPES);
  return [...near, ...inside(envelopes, [...ALERTS, 'properties']), ...envelopes];
}

const HOLDERS: ReadonlySet<string> = new Set([...ALERTS, ...ENVELOPES]);

/** Most alerts hold no other object that could be the alert. */
const mayHoldOne = ({ value }: Located): boolean =>
  !isRecord(value) || Object.keys(value).some((key) => HOLDERS.has(foldKey(key)));

const isObject = ({ value }: Located): boolean => isRecord(value);
