/** Step curves: values that hold until the next one. */

export interface Point {
  x: number
  y: number
}

/** An SVG path through steps, the last of which holds until `end`. */
export function line(points: Point[], end: number): string {
  const first = points[0]
  if (first === undefined) return ''
  let path = `M${r(first.x)} ${r(first.y)}`
  for (const point of points.slice(1)) path += `H${r(point.x)}V${r(point.y)}`
  return `${path}H${r(Math.max(end, points.at(-1)?.x ?? end))}`
}

/** The same, closed along the floor. */
export function area(points: Point[], end: number, floor: number): string {
  const first = points[0]
  return first === undefined ? '' : `${line(points, end)}V${r(floor)}H${r(first.x)}Z`
}

/** The space between two step curves with the same x, the last steps of which hold until `end`. */
export function between(low: Point[], high: Point[], end: number): string {
  if (high.length === 0) return ''
  const edges = [...high.slice(1).map((point) => point.x), end]
  let path = line(high, end)
  for (let n = low.length - 1; n >= 0; n -= 1) path += `${n === low.length - 1 ? 'V' : `H${r(edges[n] ?? end)}V`}${r(low[n]?.y ?? 0)}`
  return `${path}H${r(low[0]?.x ?? 0)}Z`
}

/** Steps inside [from, to): the one in force at `from` begins there. */
export function clip(steps: [number, number][], from: number, to: number): [number, number][] {
  const found: [number, number][] = []
  for (const [at, value] of steps) {
    if (at >= to) break
    if (at <= from) found[0] = [from, value]
    else found.push([at, value])
  }
  return found
}

/** The value in force at an instant. */
export function valueAt(steps: [number, number][], at: number): number | null {
  let found: number | null = null
  for (const [start, value] of steps) {
    if (start > at) break
    found = value
  }
  return found
}

/** Round ticks through 0 to at least `most`, and from at most `least` where that is below 0. */
export function ticks(most: number, least = 0, wanted = 4): number[] {
  const raw = Math.max(most - least, 1) / wanted
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= raw) ?? raw
  const found: number[] = []
  for (let n = Math.min(0, Math.floor(least / step + 0.001)); n * step < most + step * 0.999; n += 1) found.push(n * step)
  return found
}

function r(value: number): number {
  return Math.round(value * 10) / 10
}
