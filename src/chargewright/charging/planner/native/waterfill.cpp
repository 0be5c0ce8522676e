// Proximal block-coordinate water-filling: the planner's fast engine. waterfill.py says what is solved and how; the
// layout of Question is repeated there, field by field. One thread, no allocation after the start, no library.
//
// Numbers come out the same on every processor: sums are kept in four lanes that the source names, and the compiler
// may not fuse or reorder (-ffp-contract=off).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define MANY_PROCESSORS __attribute__((target_clones("avx2", "default")))
#else
#define MANY_PROCESSORS
#endif
#define INLINE inline __attribute__((always_inline))

namespace {

typedef double Vec __attribute__((vector_size(32), aligned(8), may_alias));
constexpr int LANES = 4;
constexpr double INFINITE = std::numeric_limits<double>::infinity();
constexpr double NEVER = -1e30;        // the pressure of a limit that cannot bind
constexpr double UNEVEN = -1.0;         // a session whose bounds change from slot to slot
constexpr double EXACT = 1e-10;        // a level is found when the energy is right to this share
constexpr int LEVEL_STEPS = 40;
constexpr int BOUND_STEPS = 12;
constexpr int ADAPT_EVERY = 5;         // rounds that a penalty is given before it is judged
constexpr double PENALTY_GROWTH = 4.0;
constexpr double PENALTY_MOST = 1048576.0;
constexpr double RESTLESS = 2.0;       // the last sweep moved so many times what limits are overrun by
constexpr double VERY_RESTLESS = 10.0;
constexpr int SWEEPS = 2;
constexpr int PATIENT_AFTER = 30;      // rounds; what takes longer is answered more exactly
constexpr int SWEEPS_LATER = 3;
constexpr int NEARLY_AFTER = 60;       // rounds; from then on ...
constexpr double NEARLY = 5e-4;        // ... with a gap below this share no penalty grows: it would spoil the prices
constexpr double STALLED = 0.7;        // a gap that is not below this share of the last one ...
constexpr double LOOSER = 0.25;        // ... lets prices, not penalties, do more of the work

INLINE Vec load(const double* p) { Vec v; std::memcpy(&v, p, sizeof v); return v; }
INLINE void store(double* p, Vec v) { std::memcpy(p, &v, sizeof v); }
INLINE Vec all(double a) { return Vec{a, a, a, a}; }
INLINE Vec vmax(Vec a, Vec b) { return a > b ? a : b; }
INLINE Vec vmin(Vec a, Vec b) { return a < b ? a : b; }
INLINE Vec root(Vec v) {
  double lanes[LANES];
  store(lanes, v);
  for (int j = 0; j < LANES; j++) lanes[j] = std::sqrt(lanes[j]);
  return load(lanes);
}
INLINE double sum(Vec v) { return (v[0] + v[2]) + (v[1] + v[3]); }
INLINE double least(Vec v) { return std::min(std::min(v[0], v[2]), std::min(v[1], v[3])); }
INLINE double most(Vec v) { return std::max(std::max(v[0], v[2]), std::max(v[1], v[3])); }
INLINE int padded(int n) { return (n + LANES - 1) / LANES * LANES; }

}  // namespace

extern "C" {

struct Question {
  int64_t sessions, slots, rows, balls, parts, peaks;
  const int64_t* ptr;        // [session + 1] into entries
  const int32_t* first;      // [session] first slot
  const int32_t* order;      // [session] in which order the sweeps go: neighbours in the tree side by side
  const double* low;         // [entry] kW
  const double* high;        // [entry] kW
  const double* hours;       // [slot]
  const double* head;        // [session] share of its first slot that the car is there
  const double* tail;        // [session] share of its last slot
  const double* price;       // [slot] per kWh
  const double* haste;       // [session]
  const double* late;        // [slot] per kWh, times haste
  const double* energy;      // [session] kWh
  const double* part_kwh;    // [session, part] the dearest first
  const double* part_cost;   // [session, part] per kWh
  const int32_t* until;      // [session] how many entries lie before the milestone; 0: none
  const double* mile_kwh;    // [session]
  const double* mile_cost;   // [session] per kWh lacking at the milestone
  const int64_t* mem_ptr;    // [session + 1] into memberships of rows
  const int32_t* mem_row;
  const double* mem_weight;
  const double* limit;       // [row, slot] infinite where it cannot bind; of a peak's row: the slot's own limit
  const double* soft;        // [row, slot] cost per unit above the limit; infinite: a hard limit
  const uint8_t* is_soft;    // [row]
  const int64_t* ball_ptr;   // [session + 1] into memberships of balls
  const int32_t* ball_row;
  const double* ball_re;
  const double* ball_im;
  const double* ball_limit;  // [ball, slot]
  const double* ball_base_re; // [ball, slot] what flows whatever is planned
  const double* ball_base_im;
  const int32_t* ball_wire;  // [ball] balls of one wire are repaired together
  int64_t wires;
  int64_t uniform_repair;    // 1: scale all sessions of a slot alike, because less of one can be more in a wire
  const int32_t* peak_row;   // [peak]
  const double* peak_under;  // [peak, slot] what the load may be where the peak is 0 (minus base); infinite: not counted
  const double* peak_cost;   // [peak] per kW
  const double* peak_floor;  // [peak] kW
  const double* peak_most;   // [peak] kW, no load goes above
  double target;             // stop at this certified gap
  double sharp;              // and at this share of what the plan costs beside the energy that it lacks
  double scale;              // how large multipliers may be expected, per kW and slot
  double typical_kw;
  int64_t outer_most, check_every, warm;
  double* x;                 // [entry] in: start, out: the best feasible plan, kW
  double* state;             // [entry] in (warm) and out: the last iterate
  double* row_price;         // [row, slot] in (warm) and out
  double* ball_price_re;     // [ball, slot]
  double* ball_price_im;
  double* best_row_price;    // [row, slot] out: the multipliers of the best bound
  double* penalty;           // [1] in (warm) and out
  double objective, bound, violation, violation_kw;
  int64_t outer;
};

}  // extern "C"

namespace {

struct Solver {
  Question& q;
  const int S, T, R, B, TP;  // TP: slots with padding at the end
  std::vector<int64_t> off;  // [session] into padded entries
  std::vector<double> x, y, low, high, hours, price, late, rho, pen, pull, pull_h;
  std::vector<double> V, lam, cap, F, factor, U_re, U_im, mu_re, mu_im, bcap, I_re, I_im, wire_factor;
  std::vector<double> F_low, base_re, base_im, I_low_re, I_low_im, F_y, I_y_re, I_y_im, lam_used;
  std::vector<double> even;  // [session] the one bound of all its entries, above 0; or UNEVEN
  std::vector<double> none, even_high;
  double even_now = -1.0;
  int even_count = 0;
  std::vector<double> peak, level, soft, early_reward, given, wanted_now;
  std::vector<uint8_t> live_row, row_priced;
  double shortfall_cost = 0.0;  // of the last objective
  double moved_kw = 0.0;  // by how much the last sweep changed the plan
  std::vector<double> bufA, bufB, bufG, bufH, bufK, bufHi, bufLo;
  double pen0, pen_now;

  explicit Solver(Question& question);
  void start();
  void refresh();
  void peak_blocks();
  void multipliers();
  void penalty(double factor);
  void loosen(double factor);
  void add_loads(int s, const double* from, int n);
  void refill();
  double objective();
  void session(int s);
  const double* hours_of(int s, int W);
  const double* low_of(int s) const;
  const double* high_of(int s, int W);
  double fill(const double* A, const double* Bk, const double* k, const double* lo, const double* hi, int n,
              double want, double y, double top, double& given);
};

Solver::Solver(Question& question)
    : q(question), S(int(q.sessions)), T(int(q.slots)), R(int(q.rows)), B(int(q.balls)), TP(padded(T) + LANES) {
  off.resize(S + 1);
  int64_t at = 0;
  for (int n = 0; n < S; n++) {
    const int s = q.order[n];
    off[s] = at;
    at += padded(int(q.ptr[s + 1] - q.ptr[s]));
  }
  off[S] = at;
  x.assign(at, 0.0);
  y.assign(at, 0.0);
  even.assign(S, 0.0);
  for (int s = 0; s < S; s++) {
    const int64_t p = q.ptr[s], W = q.ptr[s + 1] - p;
    even[s] = W ? q.high[p] : 0.0;
    for (int64_t i = p; i < p + W && even[s] != UNEVEN; i++)
      if (q.low[i] != 0.0 || q.high[i] != even[s]) even[s] = UNEVEN;
    if (even[s] != UNEVEN) continue;
    low.resize(at, 0.0);
    high.resize(at, 0.0);
    std::copy(q.low + p, q.low + p + W, low.begin() + off[s]);
    std::copy(q.high + p, q.high + p + W, high.begin() + off[s]);
  }
  auto slots = [&](const double* from, double rest) {
    std::vector<double> v(TP, rest);
    std::copy(from, from + T, v.begin());
    return v;
  };
  hours = slots(q.hours, 1.0);
  price = slots(q.price, 0.0);
  late = slots(q.late, 0.0);
  V.assign(size_t(R) * TP, NEVER);
  lam.assign(size_t(R) * TP, 0.0);
  F.assign(size_t(R) * TP, 0.0);
  cap.assign(size_t(R) * TP, INFINITE);
  soft.assign(size_t(R) * TP, INFINITE);
  factor.assign(size_t(R) * TP, 1.0);
  live_row.assign(R, 0);
  for (int r = 0; r < R; r++) {
    std::copy(q.limit + int64_t(r) * T, q.limit + int64_t(r + 1) * T, cap.begin() + int64_t(r) * TP);
    if (q.is_soft[r]) std::copy(q.soft + int64_t(r) * T, q.soft + int64_t(r + 1) * T, soft.begin() + int64_t(r) * TP);
  }
  for (auto* v : {&U_re, &U_im, &mu_re, &mu_im, &I_re, &I_im}) v->assign(size_t(B) * TP, 0.0);
  bcap.assign(size_t(B) * TP, INFINITE);
  for (int b = 0; b < B; b++) std::copy(q.ball_limit + int64_t(b) * T, q.ball_limit + int64_t(b + 1) * T, bcap.begin() + int64_t(b) * TP);
  wire_factor.assign(size_t(q.wires) * TP, 1.0);
  for (auto* v : {&F_low, &F_y, &lam_used}) v->assign(size_t(R) * TP, 0.0);
  for (auto* v : {&base_re, &base_im, &I_y_re, &I_y_im}) v->assign(size_t(B) * TP, 0.0);
  for (int b = 0; b < B; b++) {
    std::copy(q.ball_base_re + int64_t(b) * T, q.ball_base_re + int64_t(b + 1) * T, base_re.begin() + int64_t(b) * TP);
    std::copy(q.ball_base_im + int64_t(b) * T, q.ball_base_im + int64_t(b + 1) * T, base_im.begin() + int64_t(b) * TP);
  }
  I_low_re = base_re;
  I_low_im = base_im;
  row_priced.assign(R, 0);
  peak.assign(q.peaks, 0.0);
  for (auto* v : {&level, &early_reward, &given, &wanted_now}) v->assign(S, 0.0);
  for (auto* v : {&bufA, &bufB, &bufG, &bufH, &bufK, &bufHi, &bufLo, &none, &even_high}) v->assign(TP, 0.0);
  double total_h = 0.0;
  for (int t = 0; t < T; t++) total_h += q.hours[t];
  const double mean_h = total_h / T;
  const double rho0 = 0.1 * q.scale / q.typical_kw;
  pen0 = 10.0 * rho0;
  rho.assign(TP, rho0);
  pen.assign(TP, 1.0);
  for (int t = 0; t < T; t++) {
    rho[t] = rho0 * q.hours[t] / mean_h;
    pen[t] = q.hours[t] / mean_h;
  }
  pull.assign(TP, 0.0);
  pull_h.assign(TP, 0.0);
  for (int t = 0; t < TP; t++) pull_h[t] = rho[t];
  pen_now = q.warm && q.penalty[0] > 0 ? std::min(std::max(q.penalty[0], pen0), pen0 * PENALTY_MOST) : pen0;
  for (int t = 0; t < TP; t++) pen[t] *= pen_now;
}

void Solver::start() {
  for (int s = 0; s < S; s++) {
    const int64_t p = q.ptr[s];
    const int W = int(q.ptr[s + 1] - p);
    for (int64_t m = q.mem_ptr[s]; m < q.mem_ptr[s + 1]; m++)
      for (int i = 0; i < W; i++)
        F_low[int64_t(q.mem_row[m]) * TP + q.first[s] + i] += q.mem_weight[m] * q.low[p + i];
    for (int64_t m = q.ball_ptr[s]; m < q.ball_ptr[s + 1]; m++)
      for (int i = 0; i < W; i++) {
        I_low_re[int64_t(q.ball_row[m]) * TP + q.first[s] + i] += q.ball_re[m] * q.low[p + i];
        I_low_im[int64_t(q.ball_row[m]) * TP + q.first[s] + i] += q.ball_im[m] * q.low[p + i];
      }
  }
  for (int s = 0; s < S; s++) {
    const int64_t p = q.ptr[s];
    const int W = int(q.ptr[s + 1] - p);
    double* own = x.data() + off[s];
    if (q.warm) {
      for (int i = 0; i < W; i++) own[i] = std::min(std::max(q.state[p + i], q.low[p + i]), q.high[p + i]);
      continue;
    }
    double h = 0.0;
    for (int i = 0; i < W; i++) h += q.hours[q.first[s] + i];
    const double mean_kw = h > 0 ? q.energy[s] / h : 0.0;
    for (int i = 0; i < W; i++) own[i] = std::min(std::max(mean_kw, q.low[p + i]), q.high[p + i]);
  }
  if (q.warm) {
    for (int r = 0; r < R; r++) std::copy(q.row_price + int64_t(r) * T, q.row_price + int64_t(r + 1) * T, lam.begin() + int64_t(r) * TP);
    for (int b = 0; b < B; b++) {
      std::copy(q.ball_price_re + int64_t(b) * T, q.ball_price_re + int64_t(b + 1) * T, mu_re.begin() + int64_t(b) * TP);
      std::copy(q.ball_price_im + int64_t(b) * T, q.ball_price_im + int64_t(b + 1) * T, mu_im.begin() + int64_t(b) * TP);
    }
  } else {
    for (int k = 0; k < q.peaks; k++) {
      const double* under = q.peak_under + int64_t(k) * T;
      int counted = 0;
      for (int t = 0; t < T; t++) counted += std::isfinite(under[t]);
      for (int t = 0; t < T && counted; t++)
        if (std::isfinite(under[t])) lam[int64_t(q.peak_row[k]) * TP + t] = q.peak_cost[k] / counted;
    }
  }
  for (int k = 0; k < q.peaks; k++) peak[k] = q.peak_most[k];
  refresh();
}

// Loads of all rows and balls from x, and the pressures that follow from them.
void Solver::refresh() {
  std::fill(F.begin(), F.end(), 0.0);
  I_re = base_re;
  I_im = base_im;
  for (int n = 0; n < S; n++) {
    const int s = q.order[n], a = q.first[s], W = padded(int(q.ptr[s + 1] - q.ptr[s]));
    const double* own = x.data() + off[s];
    for (int64_t m = q.mem_ptr[s]; m < q.mem_ptr[s + 1]; m++) {
      double* f = F.data() + int64_t(q.mem_row[m]) * TP + a;
      const Vec w = all(q.mem_weight[m]);
      for (int i = 0; i < W; i += LANES) store(f + i, load(f + i) + w * load(own + i));
    }
    for (int64_t m = q.ball_ptr[s]; m < q.ball_ptr[s + 1]; m++) {
      double* re = I_re.data() + int64_t(q.ball_row[m]) * TP + a;
      double* im = I_im.data() + int64_t(q.ball_row[m]) * TP + a;
      const Vec cr = all(q.ball_re[m]), ci = all(q.ball_im[m]);
      for (int i = 0; i < W; i += LANES) {
        store(re + i, load(re + i) + cr * load(own + i));
        store(im + i, load(im + i) + ci * load(own + i));
      }
    }
  }
  for (int r = 0; r < R; r++)
    for (int t = 0; t < T; t++) {
      const int64_t at = int64_t(r) * TP + t;
      V[at] = std::isfinite(cap[at]) ? lam[at] + pen[t] * (F[at] - cap[at]) : NEVER;
    }
  for (int b = 0; b < B; b++)
    for (int t = 0; t < T; t++) {
      const int64_t at = int64_t(b) * TP + t;
      U_re[at] = mu_re[at] + pen[t] * I_re[at];
      U_im[at] = mu_im[at] + pen[t] * I_im[at];
    }
  std::fill(pull.begin(), pull.end(), 0.0);
}

// Each demand charge has a scalar of its own, the peak: minimised exactly, over the slots that it rules.
void Solver::peak_blocks() {
  for (int k = 0; k < q.peaks; k++) {
    const int64_t row = int64_t(q.peak_row[k]) * TP;
    const double* under = q.peak_under + int64_t(k) * T;
    const double* own = q.limit + int64_t(q.peak_row[k]) * T;
    // The pressure at a peak P, the sum of lam + pen * (F - P - under) over the slots that it rules, falls with P and is
    // convex between the points where a slot's own limit takes over: Newton from the left never goes too far.
    double P = q.peak_floor[k];
    for (int step = 0; step < 4 * T; step++) {
      double pressure = -q.peak_cost[k], slope = 0.0, takeover = INFINITE;
      for (int t = 0; t < T; t++) {
        if (!std::isfinite(under[t]) || P + under[t] >= own[t] - 1e-12) continue;
        const double load = std::isfinite(cap[row + t]) ? (V[row + t] - lam[row + t]) / pen[t] + cap[row + t] : F[row + t];
        const double v = lam[row + t] + pen[t] * (load - P - under[t]);
        if (v <= 0) continue;
        pressure += v;
        slope += pen[t];
        takeover = std::min(takeover, own[t] - under[t]);
      }
      if (pressure <= 1e-12 * q.peak_cost[k] || slope == 0.0 || P >= q.peak_most[k]) break;
      P = std::min({P + pressure / slope, takeover, q.peak_most[k]});
    }
    peak[k] = P;
    for (int t = 0; t < T; t++) {
      const double before = cap[row + t];
      const double after = std::isfinite(under[t]) ? std::min(P + under[t], own[t]) : own[t];
      if (!std::isfinite(after)) continue;
      if (std::isfinite(before)) V[row + t] -= pen[t] * (after - before);
      else V[row + t] = lam[row + t] + pen[t] * (F[row + t] - after);
      cap[row + t] = after;
    }
  }
}

INLINE const double* Solver::hours_of(int s, int W) {
  const double* k = hours.data() + q.first[s];
  if (q.head[s] == 1.0 && q.tail[s] == 1.0) return k;
  std::copy(k, k + padded(W), bufK.begin());
  bufK[0] *= q.head[s];
  if (W > 1) bufK[W - 1] *= q.tail[s];
  return bufK.data();
}

// Most sessions have one bound for all their entries: that stays in the cache, where a table would not.
INLINE const double* Solver::low_of(int s) const { return even[s] == UNEVEN ? low.data() + off[s] : none.data(); }

INLINE const double* Solver::high_of(int s, int W) {
  if (even[s] == UNEVEN) return high.data() + off[s];
  if (even_now != even[s] || even_count != W) {
    std::fill(even_high.begin(), even_high.begin() + W, even[s]);
    std::fill(even_high.begin() + W, even_high.begin() + padded(W), 0.0);
    even_now = even[s];
    even_count = W;
  }
  return even_high.data();
}

// The level y at which sum of k * clip(y * Bk - A, lo, hi) is `want`, at most `top`. Safeguarded Newton.
INLINE double Solver::fill(const double* A, const double* Bk, const double* k, const double* lo, const double* hi,
                           int n, double want, double level, double top, double& given) {
  double below = -INFINITE, above = INFINITE;
  if (level > top) level = top;
  const double close = EXACT * std::max(want, 1e-6);
  for (int step = 0; step < LEVEL_STEPS; step++) {
    Vec total = all(0.0), rate = all(0.0);
    const Vec l = all(level), zero = all(0.0);
    for (int i = 0; i < n; i += LANES) {
      const Vec z = l * load(Bk + i) - load(A + i), a = load(lo + i), b = load(hi + i), kk = load(k + i);
      total += kk * vmin(vmax(z, a), b);
      rate += z > a ? (z < b ? kk * load(Bk + i) : zero) : zero;
    }
    given = sum(total);
    const double lacking = want - given, slope = sum(rate);
    if (std::fabs(lacking) <= close) break;
    if (lacking > 0) {
      if (level >= top) break;
      below = level;
    } else {
      above = level;
    }
    double next;
    if (slope > 0) {
      next = level + lacking / slope;
    } else if (lacking > 0) {  // nothing moves here: on to the next entry that does
      Vec found = all(INFINITE);
      for (int i = 0; i < n; i += LANES) {
        const Vec at = (load(A + i) + load(lo + i)) / load(Bk + i);
        found = vmin(found, at >= l ? (load(hi + i) > load(lo + i) ? at : all(INFINITE)) : all(INFINITE));
      }
      next = least(found);
      if (!(next < INFINITE)) { level = std::isfinite(top) ? top : level; if (!std::isfinite(top)) break; continue; }
      next += 1e-12 * (1.0 + std::fabs(next));
    } else {
      Vec found = all(-INFINITE);
      for (int i = 0; i < n; i += LANES) {
        const Vec at = (load(A + i) + load(hi + i)) / load(Bk + i);
        found = vmax(found, at <= l ? (load(hi + i) > load(lo + i) ? at : all(-INFINITE)) : all(-INFINITE));
      }
      next = most(found);
      if (!(next > -INFINITE)) break;
      next -= 1e-12 * (1.0 + std::fabs(next));
    }
    if (next > top) next = top;
    if (!(next > below) || !(next < above)) {
      if (!std::isfinite(below) || !std::isfinite(above)) { if (next == level) break; }
      else next = 0.5 * (below + above);
    }
    if (next == level) break;
    level = next;
  }
  return level;
}

// One block: the best answer of one session to the prices and pressures that the others leave it.
INLINE void Solver::session(int s) {
  const int a = q.first[s], W = int(q.ptr[s + 1] - q.ptr[s]), n = padded(W);
  if (!W) return;
  double* own = x.data() + off[s];
  const double *lo = low_of(s), *hi = high_of(s, W), *k = hours_of(s, W);
  double *G = bufG.data(), *H = bufH.data(), *A = bufA.data(), *Bk = bufB.data();
  const Vec haste = all(q.haste[s]), zero = all(0.0);
  for (int i = 0; i < n; i += LANES) {
    store(G + i, load(k + i) * (load(&price[a + i]) + haste * load(&late[a + i])) + load(&pull[a + i]));
    store(H + i, load(&pull_h[a + i]));
  }
  for (int64_t m = q.mem_ptr[s]; m < q.mem_ptr[s + 1]; m++) {
    const int row = q.mem_row[m];
    const double* v = V.data() + int64_t(row) * TP + a;
    const Vec w = all(q.mem_weight[m]), w2 = w * w;
    if (q.is_soft[row]) {
      const double* most_v = soft.data() + int64_t(row) * TP + a;
      for (int i = 0; i < n; i += LANES) {
        const Vec press = load(v + i), top = load(most_v + i);
        store(G + i, load(G + i) + w * vmin(vmax(press, zero), top));
        store(H + i, load(H + i) + (press > zero ? (press < top ? w2 * load(&pen[a + i]) : zero) : zero));
      }
      continue;
    }
    for (int i = 0; i < n; i += LANES) {
      const Vec press = load(v + i);
      store(G + i, load(G + i) + w * vmax(press, zero));
      store(H + i, load(H + i) + (press > zero ? w2 * load(&pen[a + i]) : zero));
    }
  }
  for (int64_t m = q.ball_ptr[s]; m < q.ball_ptr[s + 1]; m++) {
    const int64_t at = int64_t(q.ball_row[m]) * TP + a;
    const Vec cr = all(q.ball_re[m]), ci = all(q.ball_im[m]), c2 = cr * cr + ci * ci;
    for (int i = 0; i < n; i += LANES) {
      const Vec re = load(&U_re[at + i]), im = load(&U_im[at + i]), p = load(&pen[a + i]);
      const Vec room = p * load(&bcap[at + i]), square = re * re + im * im;
      const Vec limit2 = room * room;
      if (most(square - limit2) <= 0.0) continue;
      const Vec shrink = square > limit2 ? all(1.0) - room / vmax(root(square), all(1e-300)) : zero;
      store(G + i, load(G + i) + shrink * (cr * re + ci * im));
      store(H + i, load(H + i) + (square > limit2 ? c2 * p : zero));
    }
  }
  Vec inside_g = zero, inside_k = zero;
  for (int i = 0; i < n; i += LANES) {
    const Vec inverse = all(1.0) / load(H + i), g = load(G + i), now = load(own + i), kk = load(k + i);
    const Vec l = load(lo + i), h = load(hi + i);
    store(A + i, g * inverse - now);
    store(Bk + i, kk * inverse);
    inside_g += now > l ? (now < h ? g : zero) : zero;
    inside_k += now > l ? (now < h ? kk : zero) : zero;
  }
  const double weight = sum(inside_k);
  double y = weight > 0 ? sum(inside_g) / weight : level[s];
  double given = 0.0;
  auto served = [&](const double* A_, const double* B_, const double* k_, const double* lo_, const double* hi_, int n_,
                    double energy, double first) __attribute__((always_inline)) {
    // the cheapest part of a wish is the first that is given up
    double lost = 0.0, found = first;
    for (int p = int(q.parts) - 1; p >= 0; p--) {
      const double kwh = q.part_kwh[int64_t(s) * q.parts + p], cost = q.part_cost[int64_t(s) * q.parts + p];
      if (kwh <= 0) continue;
      found = fill(A_, B_, k_, lo_, hi_, n_, energy - lost, std::min(found, cost), cost, given);
      if (given >= energy - lost - kwh - EXACT * energy) return found;
      lost += kwh;
    }
    return found;
  };
  y = served(A, Bk, k, lo, hi, n, q.energy[s], y);
  const int early = q.until[s];
  bool split = false;
  double y_early = y;
  if (early > 0) {
    double by_then = 0.0;
    for (int i = 0; i < early; i++) by_then += k[i] * std::min(std::max(y * Bk[i] - A[i], lo[i]), hi[i]);
    if (by_then < q.mile_kwh[s] - 1e-9) split = true;
  }
  if (split) {
    // before the milestone the level stands higher, by at most what the milestone is worth
    std::vector<double>& cut = bufHi;  // the entries before, alone: the others closed
    std::vector<double>& cut_lo = bufLo;
    const int m = padded(early);
    for (int i = 0; i < n; i++) { cut[i] = i < early ? hi[i] : 0.0; cut_lo[i] = i < early ? lo[i] : 0.0; }
    double before = 0.0;
    const double extra = q.mile_cost[s];
    y_early = fill(A, Bk, k, cut_lo.data(), cut.data(), m, q.mile_kwh[s], y, INFINITE, before);
    for (int i = 0; i < n; i++) { cut[i] = i < early ? 0.0 : hi[i]; cut_lo[i] = i < early ? 0.0 : lo[i]; }
    y = served(A, Bk, k, cut_lo.data(), cut.data(), n, std::max(q.energy[s] - before, 0.0), y);
    if (y_early > y + extra) {
      for (int i = 0; i < early; i++) A[i] -= extra * Bk[i];
      y = served(A, Bk, k, lo, hi, n, q.energy[s], y);
      for (int i = 0; i < early; i++) A[i] += extra * Bk[i];
      y_early = y + extra;
    }
  }
  level[s] = y;
  early_reward[s] = y_early - y;
  // write the answer, and tell the rows
  Vec moved = zero;
  for (int i = 0; i < n; i += LANES) {
    Vec l = all(y);
    if (split) for (int j = 0; j < LANES; j++) if (i + j < early) l[j] = y_early;
    const Vec z = vmin(vmax(l * load(Bk + i) - load(A + i), load(lo + i)), load(hi + i));
    const Vec d = z - load(own + i);
    store(own + i, z);
    store(G + i, d);
    moved += vmax(d, -d);
    store(&pull[a + i], load(&pull[a + i]) + load(&pull_h[a + i]) * d);
  }
  const double moved_here = sum(moved);
  if (moved_here == 0.0) return;
  moved_kw += moved_here;
  for (int64_t m = q.mem_ptr[s]; m < q.mem_ptr[s + 1]; m++) {
    double* v = V.data() + int64_t(q.mem_row[m]) * TP + a;
    const Vec w = all(q.mem_weight[m]);
    for (int i = 0; i < n; i += LANES) store(v + i, load(v + i) + w * load(&pen[a + i]) * load(G + i));
  }
  for (int64_t m = q.ball_ptr[s]; m < q.ball_ptr[s + 1]; m++) {
    const int64_t at = int64_t(q.ball_row[m]) * TP + a;
    const Vec cr = all(q.ball_re[m]), ci = all(q.ball_im[m]);
    for (int i = 0; i < n; i += LANES) {
      const Vec d = load(&pen[a + i]) * load(G + i);
      store(&U_re[at + i], load(&U_re[at + i]) + cr * d);
      store(&U_im[at + i], load(&U_im[at + i]) + ci * d);
    }
  }
}

void Solver::multipliers() {
  for (size_t at = 0; at < V.size(); at++) {
    const double now = std::min(std::max(V[at], 0.0), soft[at]);
    V[at] += now - lam[at];
    lam[at] = now;
  }
  for (int b = 0; b < B; b++)
    for (int t = 0; t < T; t++) {
      const int64_t at = int64_t(b) * TP + t;
      const double size = std::hypot(U_re[at], U_im[at]), room = pen[t] * bcap[at];
      const double shrink = size > room ? 1.0 - room / size : 0.0;
      const double re = shrink * U_re[at], im = shrink * U_im[at];
      U_re[at] += re - mu_re[at];
      U_im[at] += im - mu_im[at];
      mu_re[at] = re;
      mu_im[at] = im;
    }
  std::fill(pull.begin(), pull.end(), 0.0);  // the centre of the proximal term moves to where the load is now
}

void Solver::penalty(double by) {
  pen_now *= by;
  for (size_t at = 0; at < V.size(); at++)
    if (V[at] > 0.5 * NEVER) V[at] = lam[at] + by * (V[at] - lam[at]);
  for (size_t at = 0; at < U_re.size(); at++) {
    U_re[at] = mu_re[at] + by * (U_re[at] - mu_re[at]);
    U_im[at] = mu_im[at] + by * (U_im[at] - mu_im[at]);
  }
  for (int t = 0; t < TP; t++) pen[t] *= by;
}


// Longer steps: less weight on staying where the load is, and on what limits are overrun by.
void Solver::loosen(double by) {
  for (int t = 0; t < TP; t++) {
    rho[t] *= by;
    pull_h[t] = rho[t];
  }
  penalty(by);
}

// Adds a session's entries to the loads of the plan in y.
INLINE void Solver::add_loads(int s, const double* from, int n) {
  const int a = q.first[s];
  for (int64_t m = q.mem_ptr[s]; m < q.mem_ptr[s + 1]; m++) {
    double* f = F_y.data() + int64_t(q.mem_row[m]) * TP + a;
    const Vec w = all(q.mem_weight[m]);
    for (int i = 0; i < n; i += LANES) store(f + i, load(f + i) + w * load(from + i));
  }
  for (int64_t m = q.ball_ptr[s]; m < q.ball_ptr[s + 1]; m++) {
    const int64_t at = int64_t(q.ball_row[m]) * TP + a;
    const Vec cr = all(q.ball_re[m]), ci = all(q.ball_im[m]);
    for (int i = 0; i < n; i += LANES) {
      store(&I_y_re[at + i], load(&I_y_re[at + i]) + cr * load(from + i));
      store(&I_y_im[at + i], load(&I_y_im[at + i]) + ci * load(from + i));
    }
  }
}

// How far a ball's load can go along a phasor: the largest r with |load + r c| <= room; 0 where it is beyond already.
INLINE double reach(double re, double im, double c_re, double c_im, double room) {
  const double square = c_re * c_re + c_im * c_im, along = re * c_re + im * c_im;
  const double left = along * along + square * (room * room - re * re - im * im);
  return left > 0.0 ? (std::sqrt(left) - along) / square : 0.0;
}

// Gives sessions back, where there is room below every limit and below the peak, what scaling down took from them.
INLINE void Solver::refill() {
  std::vector<double> most_of_peak(q.peaks, 0.0);
  for (int k = 0; k < q.peaks; k++) {
    most_of_peak[k] = q.peak_floor[k];
    for (int t = 0; t < T; t++)
      if (std::isfinite(q.peak_under[int64_t(k) * T + t]))
        most_of_peak[k] = std::max(most_of_peak[k], F_y[int64_t(q.peak_row[k]) * TP + t] - q.peak_under[int64_t(k) * T + t]);
    most_of_peak[k] = std::max(most_of_peak[k], peak[k]);
  }
  for (int n = 0; n < S; n++) {
    const int s = q.order[n], a = q.first[s], W = int(q.ptr[s + 1] - q.ptr[s]);
    double lacking = wanted_now[s] - given[s];
    if (lacking <= 1e-9 * wanted_now[s]) continue;
    const double *k = hours_of(s, W), *hi = high_of(s, W), *own = x.data() + off[s];
    double *to = y.data() + off[s], *added = bufG.data();
    std::fill(added, added + padded(W), 0.0);
    for (int round = 0; round < 2 && lacking > 1e-12; round++)
      for (int i = 0; i < W && lacking > 1e-12; i++) {
        if ((own[i] > 1e-6 * hi[i]) != (round == 0)) continue;
        double room = std::min(hi[i] - to[i] - added[i], lacking / k[i]);
        for (int64_t m = q.mem_ptr[s]; m < q.mem_ptr[s + 1] && room > 0; m++) {
          const int row = q.mem_row[m];
          if (q.is_soft[row]) continue;
          const int64_t at = int64_t(row) * TP + a + i;
          double limit = q.limit[int64_t(row) * T + a + i];
          for (int p = 0; p < q.peaks; p++)
            if (q.peak_row[p] == row) limit = std::min(limit, most_of_peak[p] + q.peak_under[int64_t(p) * T + a + i]);
          if (q.mem_weight[m] > 0) room = std::min(room, (limit - F_y[at]) / q.mem_weight[m] - added[i]);
        }
        for (int64_t m = q.ball_ptr[s]; m < q.ball_ptr[s + 1] && room > 0; m++) {
          const int64_t at = int64_t(q.ball_row[m]) * TP + a + i;
          const double cap = bcap[at] * (1.0 - 1e-12), whole = room + added[i];
          const double re = I_y_re[at] + q.ball_re[m] * whole, im = I_y_im[at] + q.ball_im[m] * whole;
          if (re * re + im * im > cap * cap) room = reach(I_y_re[at], I_y_im[at], q.ball_re[m], q.ball_im[m], cap) - added[i];
        }
        if (!(room > 0)) continue;
        added[i] += room * (1.0 - 1e-12);
        lacking -= room * k[i];
      }
    for (int i = 0; i < W; i++) to[i] += added[i];
    add_loads(s, added, padded(W));
  }
}

// What the plan in y costs.
INLINE double Solver::objective() {
  double total = 0.0;
  shortfall_cost = 0.0;
  for (int s = 0; s < S; s++) {
    const int a = q.first[s], W = int(q.ptr[s + 1] - q.ptr[s]);
    const double* plan = y.data() + off[s];
    double by_then = 0.0, served = 0.0;
    for (int i = 0; i < W; i++) {
      const double share = (i == 0 ? q.head[s] : 1.0) * (i == W - 1 && W > 1 ? q.tail[s] : 1.0);
      const double kwh = q.hours[a + i] * share * plan[i];
      total += kwh * (q.price[a + i] + q.haste[s] * q.late[a + i]);
      if (i < q.until[s]) by_then += kwh;
      served += kwh;
    }
    if (q.until[s] > 0) shortfall_cost += q.mile_cost[s] * std::max(0.0, q.mile_kwh[s] - by_then);
    double lacking = std::max(0.0, q.energy[s] - served);
    for (int p = int(q.parts) - 1; p >= 0; p--) {
      const double here = std::min(lacking, q.part_kwh[int64_t(s) * q.parts + p]);
      shortfall_cost += here * q.part_cost[int64_t(s) * q.parts + p];
      lacking -= here;
    }
  }
  for (int k = 0; k < q.peaks; k++) {
    double load_kw = q.peak_floor[k];
    for (int t = 0; t < T; t++)
      if (std::isfinite(q.peak_under[int64_t(k) * T + t]))
        load_kw = std::max(load_kw, F_y[int64_t(q.peak_row[k]) * TP + t] - q.peak_under[int64_t(k) * T + t]);
    total += q.peak_cost[k] * (load_kw - q.peak_floor[k]);
  }
  for (int r = 0; r < R; r++)
    if (q.is_soft[r])
      for (int t = 0; t < T; t++) {
        const double over = F_y[int64_t(r) * TP + t] - q.limit[int64_t(r) * T + t];
        if (over > 0) total += q.soft[int64_t(r) * T + t] * over;
      }
  return total + shortfall_cost;
}

// How far a slot's load must shrink towards its floor so that a ball holds: the largest f <= 1 with |low + f d| <= room.
double shrink_to(double low_re, double low_im, double d_re, double d_im, double room) {
  const double a = d_re * d_re + d_im * d_im, b = low_re * d_re + low_im * d_im;
  const double c = low_re * low_re + low_im * low_im - room * room;
  if (a <= 0.0) return 1.0;
  if (c >= 0.0) return 0.0;
  return std::min(1.0, (-b + std::sqrt(b * b - a * c)) / a);
}

// Makes a feasible plan of x in y: what overloads a wire is scaled down, what that took is refilled where there is room.
// Returns the objective of y; expects loads as refresh() leaves them.
MANY_PROCESSORS double repair(Solver& z) {
  Question& q = z.q;
  const int S = z.S, T = z.T, TP = z.TP;
  double violation = 0.0, violation_kw = 0.0;
  for (int r = 0; r < z.R; r++) {
    z.live_row[r] = 0;
    if (q.is_soft[r]) continue;
    const double* limit = q.limit + int64_t(r) * T;
    for (int t = 0; t < T; t++) {
      const int64_t at = int64_t(r) * TP + t;
      double f = 1.0;
      if (z.F[at] > limit[t]) {
        const double over = z.F[at] - limit[t], moving = z.F[at] - z.F_low[at];
        violation = std::max(violation, over / std::max(limit[t], 1e-3 * q.typical_kw));
        violation_kw += over;
        f = moving > 0 ? std::max(0.0, (limit[t] - z.F_low[at]) / moving) * (1.0 - 1e-12) : 1.0;
        z.live_row[r] = 1;
      }
      z.factor[at] = f;
    }
  }
  std::fill(z.wire_factor.begin(), z.wire_factor.end(), 1.0);
  for (int b = 0; b < z.B; b++)
    for (int t = 0; t < T; t++) {
      const int64_t at = int64_t(b) * TP + t;
      const double size = std::hypot(z.I_re[at], z.I_im[at]);
      if (size <= z.bcap[at]) continue;
      violation = std::max(violation, (size - z.bcap[at]) / std::max(z.bcap[at], 1e-3 * q.typical_kw));
      violation_kw += size - z.bcap[at];
      const double f = shrink_to(z.I_low_re[at], z.I_low_im[at], z.I_re[at] - z.I_low_re[at],
                                 z.I_im[at] - z.I_low_im[at], z.bcap[at]) * (1.0 - 1e-12);
      double& wire = z.wire_factor[int64_t(q.ball_wire[b]) * TP + t];
      wire = std::min(wire, f);
    }
  q.violation = violation;
  q.violation_kw = violation_kw;
  if (q.uniform_repair)
    for (int t = 0; t < T; t++) {
      double f = 1.0;
      for (int r = 0; r < z.R; r++) if (!q.is_soft[r]) f = std::min(f, z.factor[int64_t(r) * TP + t]);
      for (int w = 0; w < q.wires; w++) f = std::min(f, z.wire_factor[int64_t(w) * TP + t]);
      for (int r = 0; r < z.R; r++) { z.factor[int64_t(r) * TP + t] = f; z.live_row[r] = 1; }
      for (int w = 0; w < q.wires; w++) z.wire_factor[int64_t(w) * TP + t] = f;
    }
  // scaled plan, its loads
  std::fill(z.F_y.begin(), z.F_y.end(), 0.0);
  z.I_y_re = z.base_re;
  z.I_y_im = z.base_im;
  for (int n = 0; n < S; n++) {
    const int s = q.order[n], a = q.first[s], W = int(q.ptr[s + 1] - q.ptr[s]), wide = padded(W);
    if (!W) { z.given[s] = z.wanted_now[s] = 0.0; continue; }
    const double *k = z.hours_of(s, W), *own = z.x.data() + z.off[s], *lo = z.low_of(s);
    double *to = z.y.data() + z.off[s], *f = z.bufG.data();
    for (int i = 0; i < wide; i += LANES) store(f + i, all(1.0));
    for (int64_t m = q.mem_ptr[s]; m < q.mem_ptr[s + 1]; m++) {
      if (!z.live_row[q.mem_row[m]]) continue;
      const double* g = z.factor.data() + int64_t(q.mem_row[m]) * TP + a;
      for (int i = 0; i < wide; i += LANES) store(f + i, vmin(load(f + i), load(g + i)));
    }
    for (int64_t m = q.ball_ptr[s]; m < q.ball_ptr[s + 1]; m++) {
      const double* g = z.wire_factor.data() + int64_t(q.ball_wire[q.ball_row[m]]) * TP + a;
      for (int i = 0; i < wide; i += LANES) store(f + i, vmin(load(f + i), load(g + i)));
    }
    Vec had = all(0.0), has = all(0.0);
    for (int i = 0; i < wide; i += LANES) {
      const Vec l = load(lo + i), now = load(own + i), then = l + load(f + i) * (now - l), kk = load(k + i);
      store(to + i, then);
      had += kk * now;
      has += kk * then;
    }
    z.wanted_now[s] = sum(had);
    z.given[s] = sum(has);
    z.add_loads(s, to, wide);
  }
  z.refill();
  return z.objective();
}

// What peaks and the limits of their own slots are worth at the prices; these go to lam_used, as far as peaks take them.
double bound_of_peaks(Solver& z) {
  Question& q = z.q;
  const int T = z.T, TP = z.TP;
  double total = 0.0;
  std::copy(z.lam.begin(), z.lam.end(), z.lam_used.begin());
  std::fill(z.row_priced.begin(), z.row_priced.end(), 0);
  for (int k = 0; k < q.peaks; k++) {
    // the prices of a peak's slots add up to its charge, unless its floor holds it
    const int64_t row = int64_t(q.peak_row[k]) * TP;
    const double* under = q.peak_under + int64_t(k) * T;
    const double* own = q.limit + int64_t(q.peak_row[k]) * T;
    // Where the peak rules a slot its price belongs to the peak; where the slot's own limit stands as high, to both.
    const double close = 1e-9 * (1.0 + std::fabs(z.peak[k]));
    auto ruled = [&](int t) { return std::isfinite(under[t]) && z.peak[k] + under[t] <= own[t] + close; };
    double sum_now = 0.0;
    for (int t = 0; t < T; t++) if (ruled(t)) sum_now += z.lam_used[row + t];
    const bool low_peak = z.peak[k] <= q.peak_floor[k] && sum_now <= q.peak_cost[k];
    const double by = sum_now > 0 && !low_peak ? q.peak_cost[k] / sum_now : 1.0;
    double ruling = 0.0;
    for (int t = 0; t < T; t++) {
      double& l = z.lam_used[row + t];
      if (ruled(t)) {
        double mine = l * by;
        ruling += mine;
        total -= mine * under[t];
        if (by < 1.0 && std::isfinite(own[t]) && z.peak[k] + under[t] >= own[t] - close) total -= (l - mine) * own[t];
        else l = mine;
      } else if (std::isfinite(own[t])) {
        total -= l * own[t];
      } else {
        l = 0.0;
      }
    }
    const double at = ruling > q.peak_cost[k] ? q.peak_most[k] : q.peak_floor[k];
    total += q.peak_cost[k] * (at - q.peak_floor[k]) - ruling * at;
    z.row_priced[q.peak_row[k]] = 2;
  }
  return total;
}

// What all other limits are worth at the prices.
double bound_of_limits(Solver& z) {
  Question& q = z.q;
  const int T = z.T, TP = z.TP;
  double total = 0.0;
  for (int r = 0; r < z.R; r++) {
    const bool of_peak = z.row_priced[r] == 2;
    bool any = false;
    for (int t = 0; t < T; t++) {
      const int64_t at = int64_t(r) * TP + t;
      if (z.lam_used[at] == 0.0) continue;
      any = true;
      if (!of_peak) total -= z.lam_used[at] * q.limit[int64_t(r) * T + t];
    }
    z.row_priced[r] = any;
  }
  for (int b = 0; b < z.B; b++)
    for (int t = 0; t < T; t++) {
      const int64_t at = int64_t(b) * TP + t;
      if (z.mu_re[at] == 0.0 && z.mu_im[at] == 0.0) continue;
      total += z.mu_re[at] * z.base_re[at] + z.mu_im[at] * z.base_im[at];
      total -= std::hypot(z.mu_re[at], z.mu_im[at]) * z.bcap[at];
    }
  return total;
}

// The least that a session can cost at the prices.
INLINE double bound_of_session(Solver& z, int s) {
  Question& q = z.q;
  const int TP = z.TP, a = q.first[s], W = int(q.ptr[s + 1] - q.ptr[s]), n = padded(W);
  const double* parts = q.part_kwh + int64_t(s) * q.parts;
  const double* costs = q.part_cost + int64_t(s) * q.parts;
  double total = 0.0;
  if (!W) {
    for (int p = 0; p < q.parts; p++) total += parts[p] * costs[p];
    return total + (q.until[s] > 0 ? q.mile_kwh[s] * q.mile_cost[s] : 0.0);
  }
  const Vec zero = all(0.0);
  const double *k = z.hours_of(s, W), *lo = z.low_of(s), *hi = z.high_of(s, W);
  double* c = z.bufG.data();
  const Vec haste = all(q.haste[s]);
  for (int i = 0; i < n; i += LANES)
    store(c + i, load(k + i) * (load(&z.price[a + i]) + haste * load(&z.late[a + i])));
  for (int64_t m = q.mem_ptr[s]; m < q.mem_ptr[s + 1]; m++) {
    if (!z.row_priced[q.mem_row[m]]) continue;
    const double* l = z.lam_used.data() + int64_t(q.mem_row[m]) * TP + a;
    const Vec w = all(q.mem_weight[m]);
    for (int i = 0; i < n; i += LANES) store(c + i, load(c + i) + w * load(l + i));
  }
  for (int64_t m = q.ball_ptr[s]; m < q.ball_ptr[s + 1]; m++) {
    const int64_t at = int64_t(q.ball_row[m]) * TP + a;
    const Vec cr = all(q.ball_re[m]), ci = all(q.ball_im[m]);
    for (int i = 0; i < n; i += LANES)
      store(c + i, load(c + i) + cr * load(&z.mu_re[at + i]) + ci * load(&z.mu_im[at + i]));
  }
  double reward = 0.0;  // what an early kWh is worth beyond any kWh
  if (q.until[s] > 0) {
    reward = std::min(std::max(z.early_reward[s], 0.0), q.mile_cost[s]);
    total += reward * q.mile_kwh[s];
    for (int i = 0; i < q.until[s]; i++) c[i] -= reward * k[i];
  }
  // cost per kWh; the level is right where what lies below it makes up the energy: concave, so walk uphill
  double* ratio = z.bufA.data();
  for (int i = 0; i < n; i += LANES) store(ratio + i, load(c + i) / load(k + i));
  double y = z.level[s], best = -INFINITE;
  for (int step = 0; step < BOUND_STEPS; step++) {
    const Vec l = all(y);
    Vec value = zero, serve = zero, up = all(INFINITE), down = all(-INFINITE);
    for (int i = 0; i < n; i += LANES) {
      const Vec g = load(ratio + i), kk = load(k + i), b = load(hi + i), lw = load(lo + i);
      const Vec take = g < l ? b : lw;
      value += kk * (g - l) * take;
      serve += kk * take;
      up = vmin(up, g > l ? (b > lw ? g : all(INFINITE)) : all(INFINITE));
      down = vmax(down, g < l ? (b > lw ? g : all(-INFINITE)) : all(-INFINITE));
    }
    double here = sum(value) + y * q.energy[s], slope_up = q.energy[s] - sum(serve), next_cost = INFINITE, last_cost = -INFINITE;
    for (int p = 0; p < q.parts; p++) {
      if (costs[p] < y) { here += (costs[p] - y) * parts[p]; slope_up -= parts[p]; last_cost = std::max(last_cost, costs[p]); }
      else if (parts[p] > 0 && costs[p] > y) next_cost = std::min(next_cost, costs[p]);
    }
    const bool better = here > best;
    best = std::max(best, here);
    if (step > 0 && !better) break;
    double next;
    if (slope_up > 0) next = std::min(least(up), next_cost);
    else next = std::max(most(down), last_cost);
    if (!std::isfinite(next)) break;
    y = next;
  }
  return total + best;
}

// The best answer of every session to the prices alone: a bound below every plan, whatever the prices are.
MANY_PROCESSORS double bound(Solver& z) {
  double total = bound_of_peaks(z);
  total += bound_of_limits(z);
  for (int s = 0; s < z.S; s++) total += bound_of_session(z, s);
  return total;
}

MANY_PROCESSORS void sweep(Solver& z) {
  for (int n = 0; n < z.S; n++) z.session(z.q.order[n]);
}

}  // namespace

extern "C" int64_t waterfill_size() { return int64_t(sizeof(Question)); }

extern "C" int64_t waterfill(Question* question) {
  Question& q = *question;
  Solver z(q);
  const int T = z.T, TP = z.TP;
  z.start();
  std::vector<double> best_plan(z.x.size(), 0.0);
  q.objective = INFINITE;
  q.bound = -INFINITE;
  double before = INFINITE, gap_before = INFINITE, grown = 1.0, enough = 0.0;
  int64_t outer = 0;
  while (outer < q.outer_most) {
    z.peak_blocks();
    for (int n = outer < PATIENT_AFTER ? SWEEPS : SWEEPS_LATER; n > 0; n--) {
      z.moved_kw = 0.0;
      sweep(z);
    }
    z.multipliers();
    outer++;
    if (outer % q.check_every && outer < q.outer_most) continue;
    z.refresh();
    const double cost = repair(z);
    if (cost < q.objective) {
      q.objective = cost;
      enough = std::min(q.target * std::fabs(cost), q.sharp * std::fabs(cost - z.shortfall_cost));
      best_plan = z.y;
    }
    const double below = bound(z);
    if (below > q.bound) {
      q.bound = below;
      for (int r = 0; r < z.R; r++)
        std::copy(z.lam_used.begin() + int64_t(r) * TP, z.lam_used.begin() + int64_t(r) * TP + T, q.best_row_price + int64_t(r) * T);
    }
    if (q.objective - q.bound <= enough) break;
    if (outer % ADAPT_EVERY) continue;
    // A penalty grows while limits stay overrun and the plan stands still, and falls where the plan does not settle.
    const double restless = z.moved_kw / std::max(q.violation_kw, 1e-12);
    const bool stalled = q.objective - q.bound > STALLED * gap_before;
    const double gap = q.objective - q.bound;
    const bool nearly = outer >= NEARLY_AFTER && gap <= NEARLY * std::fabs(q.objective);
    if (q.violation > 1e-3 && q.violation > 0.5 * before && grown < PENALTY_MOST && restless < RESTLESS && !nearly) {
      grown *= PENALTY_GROWTH;
      z.penalty(PENALTY_GROWTH);
    } else if (stalled && restless > VERY_RESTLESS && grown > 1.0) {
      grown /= PENALTY_GROWTH;
      z.penalty(1.0 / PENALTY_GROWTH);
    } else if (q.violation < 1e-5 && grown > 1.0) {
      grown /= 2.0;
      z.penalty(0.5);
    }
    if (!q.peaks && q.violation < 1e-3 && stalled) z.loosen(LOOSER);
    gap_before = gap;
    before = q.violation;
  }
  q.outer = outer;
  q.penalty[0] = z.pen_now;
  for (int s = 0; s < z.S; s++) {
    const int64_t W = q.ptr[s + 1] - q.ptr[s];
    std::copy(best_plan.begin() + z.off[s], best_plan.begin() + z.off[s] + W, q.x + q.ptr[s]);
    std::copy(z.x.begin() + z.off[s], z.x.begin() + z.off[s] + W, q.state + q.ptr[s]);
  }
  for (int r = 0; r < z.R; r++) std::copy(z.lam.begin() + int64_t(r) * TP, z.lam.begin() + int64_t(r) * TP + T, q.row_price + int64_t(r) * T);
  for (int b = 0; b < z.B; b++) {
    std::copy(z.mu_re.begin() + int64_t(b) * TP, z.mu_re.begin() + int64_t(b) * TP + T, q.ball_price_re + int64_t(b) * T);
    std::copy(z.mu_im.begin() + int64_t(b) * TP, z.mu_im.begin() + int64_t(b) * TP + T, q.ball_price_im + int64_t(b) * T);
  }
  return 0;
}
