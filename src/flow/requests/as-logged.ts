const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** As nginx writes it, one byte per character: the rules take the escapes of logs back, and measure what is written. */
export function asLogged(target: string): string {
  if (PLAIN.test(target)) return target;
  return target.replace(
    /[^\x20\x21\x23-\x5b\x5d-\x7e]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
