/** No shell that the editor integrates with reads anything into it. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/;
/** Between single quotes every one of them takes this as it is. */
const QUOTABLE = /^[^'\\\p{Cc}]*$/u;
const POWERSHELL = /^(pwsh|powershell)/;

/**
 * An argv as a person would have to type it in their shell; the editor puts nothing but blanks between the words. Null:
 * it cannot be typed alike in all of them, and needs a terminal without a shell.
 */
export function shellWords([program, ...rest]: readonly [string, ...string[]], shell: string): [string, ...string[]] | null {
  if (POWERSHELL.test(shell) && !PLAIN.test(program)) {
    return null; // there a quoted word is a text, not a program
  }
  const words = [program, ...rest];
  return words.every((word) => QUOTABLE.test(word)) ? [quoted(program), ...rest.map(quoted)] : null;
}

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word}'`;
}
