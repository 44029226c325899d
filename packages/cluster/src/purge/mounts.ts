/** Which mounts lie below a folder, and in which order they have to go. */

/** Mount points under `folder` (itself included) out of the text of /proc/self/mountinfo, deepest and latest first. */
export function mountsUnder(folder: string, mountinfo: string): readonly string[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => unescapeOctal(line.split(' ')[4] ?? ''))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .reverse()
    .sort((a, b) => depth(b) - depth(a));
}

/** The kernel writes space, tab, newline and backslash as octal escapes. */
function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function depth(path: string): number {
  return path.split('/').length;
}
