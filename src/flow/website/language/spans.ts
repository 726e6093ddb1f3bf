/** The ages of a client (M4) as they stand in sentences. */
export interface Spans {
  youngest: string;
  /** All but the youngest. */
  established: string;
  /** How long after a system came it has the second age. */
  later: string;
  oldest: string;
}
