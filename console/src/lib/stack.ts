/** The planned power of every session, one upon the other. Instants in ms, powers in W. */

import type { PlanRecord } from './types'

export type Steps = [at: number, value: number][]

export interface Layer {
  key: string
  station: string
  evse: number
  /** Of its colour; by the place of its EVSE in the site, so that it stays the same. */
  tone: number
  energyWh: number
  givenWh: number
  /** Power, below 0 where it gives back, at each of the stack's instants. */
  power: number[]
}

export interface Stack {
  at: number[]
  layers: Layer[]
  /** How many sessions the last layer stands for; 0 where every one has its own. */
  others: number
}

export const TONES = 12
const LAYERS_MOST = 24

export function stackOf(plan: PlanRecord | null, from: number, to: number, tones: Map<string, number>): Stack {
  if (plan === null) return { at: [], layers: [], others: 0 }
  const starts = plan.slot_starts.map((at) => Date.parse(at))
  const slots = starts.flatMap((start, slot) => {
    const end = starts[slot + 1] ?? Date.parse(plan.end)
    return end > from && start < to ? [{ slot, at: Math.max(start, from), end: Math.min(end, to) }] : []
  })
  const layers = plan.sessions.map((session): Layer => {
    // A limit may stay above what is wanted, as a floor that needs no connection: a car that has its wish stops.
    // One that gives back takes more than its wish, and more than it gives: its plan is taken at its word.
    const gives = session.limit_a.some((limit) => limit < 0)
    let leftWh = gives ? Infinity : session.energy_wh
    const drawn = session.limit_a.map((limit, slot) => {
      const hours = ((starts[slot + 1] ?? Date.parse(plan.end)) - (starts[slot] ?? 0)) / 3_600_000
      const watts = Math.min(limit * session.watts_per_a, Math.max(leftWh, 0) / hours)
      leftWh -= watts * hours
      return watts
    })
    const power = slots.map(({ slot }) => drawn[slot] ?? 0)
    const sum = (sign: number) =>
      slots.reduce((wh, { at, end }, n) => wh + (Math.max(sign * (power[n] ?? 0), 0) * (end - at)) / 3_600_000, 0)
    const [energyWh, givenWh] = [sum(1), sum(-1)]
    const key = `${session.station_id}/${session.evse_id}`
    return { key, station: session.station_id, evse: session.evse_id, tone: tones.get(key) ?? 0, energyWh, givenWh, power }
  })
  const charging = layers.filter((layer) => layer.power.some((watts) => watts !== 0))
  const departures = new Map(plan.sessions.map((one) => [`${one.station_id}/${one.evse_id}`, one.departure]))
  const large = [...charging].sort((a, b) => b.energyWh + b.givenWh - a.energyWh - a.givenWh).slice(0, LAYERS_MOST)
  const rest = charging.filter((layer) => !large.includes(layer))
  // Who leaves first lies lowest: its place is the calmest.
  large.sort((a, b) => (departures.get(a.key) ?? '').localeCompare(departures.get(b.key) ?? ''))
  if (rest.length > 0) {
    large.push({
      key: 'others',
      station: `${rest.length} others`,
      evse: 0,
      tone: TONES,
      energyWh: rest.reduce((sum, layer) => sum + layer.energyWh, 0),
      givenWh: rest.reduce((sum, layer) => sum + layer.givenWh, 0),
      power: slots.map((_, n) => rest.reduce((sum, layer) => sum + (layer.power[n] ?? 0), 0)),
    })
  }
  return { at: slots.map((slot) => slot.at), layers: large, others: rest.length }
}

/** A number over time from pairs of text and value; without those that are not known. */
export function steps(pairs: [string, number | null][]): Steps {
  return pairs.flatMap(([at, value]): Steps => (value === null ? [] : [[Date.parse(at), value]]))
}
