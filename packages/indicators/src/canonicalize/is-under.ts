/** Whether a name equals one of the suffixes or is under one. Costs one look-up per label. */
export function isUnder(name: string, suffixes: ReadonlySet<string>): boolean {
  if (suffixes.has(name)) return true;
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    if (suffixes.has(name.slice(dot + 1))) return true;
  }
  return false;
}
