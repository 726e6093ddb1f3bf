/** Degrees. */
export interface Place {
  latitude: number;
  longitude: number;
}

/** A place as a point on the unit sphere: the way between two is then one product, without a sine for each request. */
export type Point = readonly [x: number, y: number, z: number];

const EARTH_RADIUS_KM = 6371;

export function pointOf({ latitude, longitude }: Place): Point {
  const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

/** Kilometres along the surface. */
export function kilometresBetween(a: Point, b: Point): number {
  const cosine = a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  return EARTH_RADIUS_KM * Math.acos(Math.max(-1, Math.min(1, cosine)));
}
