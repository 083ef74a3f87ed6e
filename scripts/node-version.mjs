// The versions of Node that a range of package.json allows: `^20.19 || ^22.13 || >=24`.

const TERM = /^(\^|>=)(\d+)(?:\.(\d+))?(?:\.\d+)?$/;

/** Whether a version (`22.13.0`) is in a range; patch numbers are ignored. */
export function isInRange(version, range) {
  const [major, minor] = version.split('.').map(Number);
  return range.split('||').some((text) => {
    const [, operator, oldMajor, oldMinor = 0] = TERM.exec(text.trim()) ?? [];
    if (operator === undefined) throw new Error(`Not a range that is understood here: ${range}`);
    if (major === Number(oldMajor)) return minor >= Number(oldMinor);
    return operator === '>=' && major > Number(oldMajor);
  });
}
