/** Why a suspect line cannot be cut into fields (L4 to L6). */
export const LINE_REASONS = ['too-long', 'control-bytes', 'malformed', 'trailing-fields'] as const;
export type LineReason = (typeof LINE_REASONS)[number];

/** The longest line that is read (L4). */
export const LINE_LIMIT = 65_536;

/** What no line of a log holds (L5): control bytes other than tab and carriage return. */
export const CONTROL = /[\x00-\x08\x0a-\x0c\x0e-\x1f\x7f]/;
