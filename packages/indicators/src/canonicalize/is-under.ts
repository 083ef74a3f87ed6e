/** Whether a name is one of the suffixes or stands under one; asks as often as the name has labels. */
export function isUnder(name: string, suffixes: ReadonlySet<string>): boolean {
  if (suffixes.has(name)) return true;
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    if (suffixes.has(name.slice(dot + 1))) return true;
  }
  return false;
}
