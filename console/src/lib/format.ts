/** Numbers and times as people read them. */

import type { Happened } from './types'

export function kw(watts: number, digits = 1): string {
  return new Intl.NumberFormat(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    even(watts / 1000, digits),
  )
}

/** Rounded, and never the "-0" that is left of a little below 0. */
function even(value: number, digits: number): number {
  return Math.abs(value) * 10 ** digits < 0.5 ? 0 : value
}

export function kwh(wattHours: number): string {
  const digits = wattHours < 100_000 ? 1 : 0
  return kw(wattHours, digits)
}

export function amps(current: number): string {
  return new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 }).format(even(current, 1))
}

export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`
}

export function count(number: number): string {
  return new Intl.NumberFormat().format(number)
}

export function clock(at: string | number, zone?: string): string {
  return new Intl.DateTimeFormat(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(new Date(at))
}

export function day(at: string | number, zone?: string): string {
  return new Intl.DateTimeFormat(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    timeZone: zone,
  }).format(new Date(at))
}

export function dateAndClock(at: string | number, zone: string): string {
  return `${day(at, zone)}, ${clock(at, zone)}`
}

/** A price, an intensity: at most three digits after the point. */
export function figure(value: number, digits = 3): string {
  return new Intl.NumberFormat(undefined, { maximumFractionDigits: digits }).format(value)
}

export function money(amount: number, currency: string): string {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  return `${new Intl.NumberFormat(undefined, digits).format(amount)} ${currency}`
}

/** How long, in the two largest units. */
export function lasting(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000))
  if (minutes < 60) return `${minutes} min`
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
  if (hours >= 48) return `${Math.floor(hours / 24)} days`
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`
}

/** [who, what, tone] of an event. */
export function told(event: Happened): { who: string; what: string; tone: 'good' | 'bad' | 'calm' } {
  const data = event.data
  const evse = Number(data.evse_id ?? 0)
  const who = data.station_id === undefined ? 'Site' : `${String(data.station_id)}${evse > 1 ? `/${evse}` : ''}`
  const said = (what: string, tone: 'good' | 'bad' | 'calm' = 'calm') => ({ who, what, tone })
  switch (event.type) {
    case 'StationConnected':
      return said(`connected, ${String(data.version)}`)
    case 'StationDisconnected':
      return said('lost its connection', 'bad')
    case 'StationBooted':
      return said(`booted: ${String(data.registration).toLowerCase()}`)
    case 'StationStatusChanged':
      return said(`is ${String(data.status).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()}`)
    case 'TransactionBegan':
      return said('a car began to charge')
    case 'TransactionEnded':
      return said('a car is done and left')
    case 'NeedTold': {
      const need = data.need as { station_id: string; energy_wh: number | null }
      const wish = need.energy_wh === null ? 'a wish was told' : `wants ${kwh(need.energy_wh)} kWh`
      return { who: need.station_id, what: wish, tone: 'calm' }
    }
    case 'SiteChanged':
      return said('limits or goal changed')
    case 'PlanMade':
      return said(`new plan in ${Math.max(1, Math.round(Number(data.seconds) * 1000))} ms`)
    case 'PlanVerified':
      return said('profile verified', 'good')
    case 'PlanDiverged':
      return said(`profile diverged: ${String(data.reason)}`, 'bad')
    case 'ProfileRefused':
      return said(`refused a profile: ${String(data.reason)}`, 'bad')
    default:
      return said(event.type)
  }
}
