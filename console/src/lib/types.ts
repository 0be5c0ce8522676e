/** What the API answers, as far as this page reads it. Powers in W, energies in Wh, currents in A. */

export type SeriesPoint = [at: string, powerW: number, limitW: number | null, baseW: number]
export type Step = [at: string, value: number]

export interface SiteSummary {
  id: string
  name: string
}

export interface Car {
  transaction: number
  token: string | null
  started_at: string | null
  energy_wh: number | null
  wanted_wh: number | null
  unmet_wh: number | null
  departure_at: string | null
}

export interface Profile {
  profile_id: number
  purpose: string
  periods: Step[]
  end: string | null
  verification: '' | 'verified' | 'diverged'
  may_exceed: boolean
  reason: string
}

export interface Evse {
  station: string
  evse: number
  connected: boolean
  protocol: string | null
  status: string
  error: string
  current_max_a: number
  limit_a: number | null
  measured_a: number | null
  power_w: number | null
  measured_at: string | null
  car: Car | null
  profile: Profile | null
  planned: Step[]
}

export interface Plan {
  goal: string
  made_at: string
  end: string
  power: Step[]
  peak_power_w: number
  engine: string
  gap: number | null
  unmet_wh: number
  explanation: string[]
}

export interface Counters {
  energy_wh: number
  profiles_sent: number
  profiles_accepted: number
  profiles_verified: number
  profiles_diverged: number
  profiles_rejected: number
  limit_violations: number
  stations: number
  stations_connected: number
  charging: number
  messages_received: number
  messages_answered: number
}

/** What a host such as the demo adds. */
export interface Extra {
  uncontrolled?: Step[]
  uncontrolled_peak_w?: number
  speed?: number
  limit_violations?: number
}

export interface Live {
  id: string
  name: string
  time_zone: string
  at: string
  power_w: number
  limit_w: number | null
  base_w: number
  enforced: boolean
  broken_rows: string[]
  rows_over: string[]
  series: SeriesPoint[]
  plan: Plan | null
  evses: Evse[]
  counters: Counters
  extra: Extra
}

export interface Happened {
  id: string
  type: string
  data: Record<string, unknown>
}

/** What decides the current of a session for a while. */
export interface Reason {
  start: string
  end: string
  cause: string
  text: string
  row: string | null
  worth_per_a: number | null
}

export interface PlannedSession {
  transaction_id: string
  station_id: string
  evse_id: number
  departure: string
  energy_wh: number
  unmet_wh: number
  limit_a: number[]
  reasons: Reason[]
  text: string
  met_at: string | null
  lift_row: string | null
  watts_per_a: number
}

/** The whole plan in force. */
export interface PlanRecord {
  goal: string
  start: string
  slot_starts: string[]
  end: string
  sessions: PlannedSession[]
  power_w: number[]
  engine: string
  why: string
  gap: number | null
  duration_s: number
  peak_power_w: number
  enforced: boolean
  broken_rows: string[]
  violations: string[]
  explanation: string[]
}

export interface LimitsAhead {
  end: string
  steps: [at: string, limitW: number | null, baseW: number][]
}

export interface OutlookSlot {
  at: string
  price_per_kwh: number | null
  export_price_per_kwh: number | null
  carbon_g_per_kwh: number | null
  base_power_w: number | null
  base_limit_power_w: number | null
  pv_power_w: number | null
}

export interface Outlook {
  currency: string
  demand_charges: { name: string; per_kw: number; peak_so_far_w: number }[]
  notes: string[]
  slots: OutlookSlot[]
}

export interface LimitEvent {
  id: string
  start: string
  end: string
  node: string | null
  limit_kw: number | null
  limit_a: number | null
  reason: string
  running: boolean
}

export interface Stay {
  departure_early: string
  departure_median: string
  departure_late: string
  energy_median_wh: number
  energy_wanted_wh: number
  energy_high_wh: number
  basis: string
}

export interface LearntCar {
  transactions: number
  current_max_a: number | null
  current_min_a: number | null
  phases: number | null
  wakes: boolean | null
  tail_wh_per_a: number | null
  capacity_wh: number | null
}

export interface Learning {
  learns: boolean
  stays: number
  hits: { stays: number; by_early: number; by_median: number; by_late: number }
  upcoming: { station: string; evse: number; transaction: number; stay: Stay; car: LearntCar }[]
}

export interface Measured {
  kind: string
  points: Step[]
}

export interface Way {
  way: 'real' | 'uncontrolled' | 'equal share' | 'optimum'
  energy_wh: number
  missing_wh: number
  peak_w: number
  carbon_kg: number | null
  total: number
  lines: { component: string; name: string; quantity: number; unit: string; amount: number }[]
  quarters_over: number | null
}

export interface DayBill {
  start: string
  until: string
  currency: string
  stays: number
  ways: Way[]
  notes: string[]
}

export interface MarketArea {
  provider: string
  area: string
  unit: string | null
  known_until: string | null
  fetched_at: string | null
  trouble: string
  next_at: string | null
}

export interface LatestMeasurement {
  kind: string
  at: string
  power_w: number
}

type Limit = number | [string, number][] | { r: unknown; s: unknown; t: unknown }

export interface LimitNode {
  id: string
  parent?: string | null
  limit_a?: Limit | null
  limit_kw?: Limit | null
}

export interface SiteView {
  id: string
  name: string
  definition: { nodes?: LimitNode[]; network?: unknown; limit_kw?: number | null }
  settings: {
    goal: string
    learn: boolean
    time_zone: string
    prices: Step[]
    currency: string
    energy_tariff: string | null
    price_provider: string | null
    price_area: string | null
    carbon_provider: string | null
    carbon_area: string | null
    base_load: 'none' | 'load' | 'site'
    base_load_quantile: number
    demand_charge_per_kw: number
  }
}

/** A battery of the site; power above 0 charges, below 0 gives. */
export interface SiteBattery {
  id: string
  node: string
  capacity_wh: number
  reserve_wh: number
  told_at: string | null
  energy_wh: number | null
  power_w: number | null
  planned: boolean
  disobeys: boolean
  order: { power_w: number; since: string; until: string } | null
}

export interface Comparison {
  outcome: string
  agrees: boolean | null
  may_exceed: boolean | null
  why: string
}

/** What changes with every plan: read again when there is a new one. */
export interface Detail {
  plan: PlanRecord | null
  ahead: LimitsAhead
  outlook: Outlook | null
  /** Why there is no outlook, in the server's words. */
  outlookTrouble: string
  limitEvents: LimitEvent[]
  learning: Learning
  measured: Measured[]
}
