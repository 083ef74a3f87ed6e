/** Extensions that are no top-level domains. A name with one is always a file. */
const EXTENSIONS = new Set([
  'exe', 'dll', 'sys', 'bat', 'cmd', 'ps1', 'psm1', 'vbs', 'vbe', 'js', 'jse', 'wsf', 'hta', 'scr', 'msi', 'msp',
  'lnk', 'tmp', 'dat', 'bin', 'log', 'txt', 'csv', 'json', 'xml', 'yml', 'yaml', 'ini', 'cfg', 'conf', 'config', 'toml',
  'html', 'htm', 'php', 'asp', 'aspx', 'jsp', 'css', 'svg', 'png', 'jpg', 'jpeg', 'gif', 'ico', 'bmp',
  'pdf', 'doc', 'docx', 'docm', 'xls', 'xlsx', 'xlsm', 'ppt', 'pptx', 'rtf', 'one', 'eml', 'msg',
  'rar', 'gz', 'tar', 'tgz', 'bz', 'xz', 'iso', 'img', 'vhd', 'jar', 'war', 'class', 'apk', 'ipa', 'dmg', 'pkg', 'deb', 'rpm',
  'elf', 'ko', 'dylib', 'plist', 'reg', 'inf', 'ocx', 'cpl', 'drv', 'efi', 'mui', 'etl', 'evtx', 'db', 'sqlite', 'bak', 'old',
  'go', 'rb', 'lua', 'c', 'h', 'cpp', 'cs', 'vb', 'ts', 'tsx', 'jsx', 'ipynb', 'key', 'pem', 'crt', 'cer', 'pfx', 'p12', 'service', 'socket', 'dir',
]); // prettier-ignore

/** Extensions that are also top-level domains. In free text, a name of two labels with one is a file. */
const AMBIGUOUS = new Set([
  'zip', 'mov', 'py', 'sh', 'pl', 'rs', 'md', 'ps', 'so', 'cab', 'cc', 'pub', 'app', 'java', 'pm', 'mm', 'la', 'ai', 'sc', 'vi',
]); // prettier-ignore
/** Of those, the ones that are more often sites than files. */
const RATHER_A_SITE = new Set(['ai', 'la', 'sc', 'vi', 'mm']);

/** Archives, after whose name a path can continue: `mails.zip/invoice.exe`. */
const ARCHIVES = new Set(['zip', 'cab']);

const COM_FILES = new Set(
  [
    'eicar',
    'command',
    'chcp',
    'format',
    'more',
    'mode',
    'tree',
    'diskcomp',
    'diskcopy',
    'edit',
    'keyb',
    'win',
  ].map((name) => `${name}.com`),
);

const lastLabel = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** Whether a name is always a file: `powershell.exe`, `stage2.ps1`. */
export const isFileName = (name: string): boolean => EXTENSIONS.has(lastLabel(name));

export const isArchiveName = (name: string): boolean => ARCHIVES.has(lastLabel(name));

/** Whether a name is a file unless the context says domain: `script.py`, `invoice.pdf.zip`, `eicar.com`. */
export function mayBeFileName(name: string): boolean {
  const labels = name.split('.');
  const extension = labels.at(-1) ?? '';
  if (isFileName(name) || COM_FILES.has(name)) return true;
  if (!AMBIGUOUS.has(extension) || RATHER_A_SITE.has(extension)) return false;
  const before = labels.at(-2) ?? '';
  return (
    labels.length === 2 || extension === 'zip' || extension === 'mov' || EXTENSIONS.has(before)
  );
}
