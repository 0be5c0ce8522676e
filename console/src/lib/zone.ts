/** Wall clocks of a time zone, as `datetime-local` and `date` fields speak them, and instants. */

/** "2026-03-03T16:00" on the clock of the zone. */
export function wallClock(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(at))
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '00'
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

/** The instant at which the clock of the zone shows that; of two, the earlier. NaN for what is no time. */
export function instantOf(wall: string, zone: string): number {
  const asUtc = Date.parse(`${wall}:00Z`)
  if (Number.isNaN(asUtc)) return NaN
  const offset = (at: number) => Date.parse(`${wallClock(at, zone)}:00Z`) - Math.floor(at / 60_000) * 60_000
  // The offset a day before and a day after: one of both holds at the instant, whatever changes in between.
  const [before, after] = [asUtc - offset(asUtc - 86_400_000), asUtc - offset(asUtc + 86_400_000)]
  return [Math.min(before, after), Math.max(before, after)].find((at) => wallClock(at, zone) === wall) ?? before
}

/** The day after so many days, "2026-03-03". */
export function dayPlus(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
