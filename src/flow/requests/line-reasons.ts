/** Why a suspect line cannot be cut into fields (L4 to L6). */
export const LINE_REASONS = ['too-long', 'control-bytes', 'malformed', 'trailing-fields'] as const;
export type LineReason = (typeof LINE_REASONS)[number];

/** The longest line that is read (L4). */
export const LINE_LIMIT = 65_536;
