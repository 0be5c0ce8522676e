/** What the API says in names, in words. */

import { amps } from './format'

const GOALS: Record<string, string> = {
  energy: 'as much energy as possible',
  peak: 'lowest peak',
  balance: 'fair shares',
  cost: 'lowest cost',
  solar: 'own solar power',
  carbon: 'least carbon dioxide',
  priority: 'who has priority first',
}

export function goal(names: string): string {
  return names
    .split(',')
    .map((name) => GOALS[name] ?? name)
    .join(', then ')
}

const ENGINES: Record<string, string> = {
  waterfill: 'water-filling',
  linear: 'linear program',
  greedy: 'one quick pass',
}

export function engine(name: string): string {
  return ENGINES[name] ?? name
}

/** How far at most from the best possible plan. Rounded up: a bound may not be understated. */
export function certified(gap: number | null): string {
  if (gap === null) return 'not certified: how far from the best is not known'
  if (gap <= 1e-7) return 'the best possible, proven'
  const percent = gap * 100
  const scale = 10 ** (1 - Math.floor(Math.log10(percent)))
  const rounded = Math.ceil(percent * scale - 1e-9) / scale
  return `at most ${new Intl.NumberFormat(undefined, { maximumSignificantDigits: 2 }).format(rounded)} % from the best possible`
}

export type CauseTone = 'free' | 'wire' | 'money' | 'step' | 'give'

const CAUSES: Record<string, { word: string; tone: CauseTone }> = {
  car: { word: 'the car', tone: 'free' },
  station: { word: 'the station', tone: 'free' },
  served: { word: 'enough', tone: 'free' },
  wire: { word: 'limit', tone: 'wire' },
  others: { word: 'others first', tone: 'wire' },
  'no room': { word: 'no room', tone: 'wire' },
  peak: { word: 'peak', tone: 'money' },
  price: { word: 'price', tone: 'money' },
  value: { word: 'value', tone: 'money' },
  gives: { word: 'gives back', tone: 'give' },
  minimum: { word: 'minimum', tone: 'step' },
  rates: { word: 'rates', tone: 'step' },
  sent: { word: 'sent', tone: 'step' },
}

export function cause(name: string): { word: string; tone: CauseTone } {
  return CAUSES[name] ?? { word: name, tone: 'step' }
}

/** A current of a limit or a profile: below 0 it is an order to give. */
export function ordered(current: number): string {
  return current < 0 ? `gives ${amps(-current)} A` : `${amps(current)} A`
}

/** Less, in either direction, is a meter's noise: nothing is said to flow. */
export const STILL_W = 50

/** What flows at an EVSE, beside what it may draw or should give. */
export function flow(measured: number, limit: number | null): string {
  const gives = measured < 0
  const does = `${gives ? 'gives' : 'draws'} ${amps(Math.abs(measured))} A`
  if (limit === null) return does
  if (gives === limit < 0) return `${does} of ${amps(Math.abs(limit))} A`
  return limit < 0 ? `${does}, is to give ${amps(-limit)} A` : `${does}, may draw ${amps(limit)} A`
}

const BASES: Record<string, string> = {
  user: 'earlier stays of this driver',
  station: 'earlier stays at this station',
  site: 'earlier stays at this site',
  said: 'what was told; little is known yet',
  defaults: "the site's defaults; little is known yet",
}

export function basis(name: string): string {
  return BASES[name] ?? name
}

export const WAYS = {
  real: 'as it was',
  uncontrolled: 'uncontrolled',
  'equal share': 'equal shares',
  optimum: 'best in hindsight',
} as const
