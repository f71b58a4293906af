// The track of CarRacing: a closed road through twelve checkpoints about the origin. Reference: gymnasium 1.4.0.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "../../../core/environment.hpp"

namespace PLYO_ENVS::car_racing {

inline constexpr double kScale = 6.0;                 // pixels a metre, at zoom 1
inline constexpr double kTrackRadius = 900 / kScale;  // m
inline constexpr double kPlayfield = 2000 / kScale;   // m, from the middle to an edge
inline constexpr double kTrackStep = 21 / kScale;     // m, from a point of the track to the next
inline constexpr double kTurnRate = 0.31;             // rad, at most, likewise
inline constexpr double kTrackWidth = 40 / kScale;    // m, from the middle to a side
inline constexpr double kKerbWidth = 8 / kScale;      // m

// A longer track is drawn again. Of 300,000 tracks the longest had 416 tiles.
inline constexpr std::size_t kMaxTiles = 512;

// Which side of a tile has a kerb.
enum class Kerb : std::uint8_t { kNone, kLeft, kRight, kBoth /* on a straight, of no width */ };

struct TrackPoint {
  double alpha, beta;  // rad, of the point about the origin, and of the line across the road
  double x, y;         // m
  double cos, sin;     // of beta
};

// Tile i of the road lies between point i and the one before it; that before the first is the last.
struct Track {
  TrackPoint points[kMaxTiles] = {};
  Kerb kerbs[kMaxTiles] = {};
  std::uint64_t size = 0;

  const TrackPoint& before(std::size_t i) const { return points[i == 0 ? size - 1 : i - 1]; }

  // Whether it is a track, or none yet, if its bytes come from anywhere.
  bool is_legal() const {
    if (size > kMaxTiles) return false;
    for (std::size_t i = 0; i < size; ++i) {
      const TrackPoint& point = points[i];
      const double sum = point.alpha + point.beta + point.x + point.y + point.cos + point.sin;
      if (!std::isfinite(sum) || kerbs[i] > Kerb::kBoth) return false;
    }
    return true;
  }
};

namespace detail {

inline constexpr int kCheckpoints = 12;
inline constexpr int kMaxWalk = 2500;  // points

struct Checkpoint {
  double alpha, x, y;
};

inline void draw_checkpoints(Rng& rng, Checkpoint (&checkpoints)[kCheckpoints]) {
  constexpr double kPi = math::kPi;
  for (int c = 0; c < kCheckpoints; ++c) {
    const double noise = rng.uniform(0, 2 * kPi * 1 / kCheckpoints);
    double alpha = 2 * kPi * c / kCheckpoints + noise;
    double radius = rng.uniform(kTrackRadius / 3, kTrackRadius);
    if (c == 0) alpha = 0;
    if (c == kCheckpoints - 1) alpha = 2 * kPi * c / kCheckpoints;
    if (c == 0 || c == kCheckpoints - 1) radius = 1.5 * kTrackRadius;
    checkpoints[c] = {alpha, radius * math::cos(alpha), radius * math::sin(alpha)};
  }
}

// The checkpoint ahead of `alpha`, which loses a turn whenever the search comes around.
inline const Checkpoint& find_next(const Checkpoint (&checkpoints)[kCheckpoints], int& index, double& alpha) {
  for (;;) {
    do {
      const Checkpoint& next = checkpoints[index % kCheckpoints];
      if (alpha <= next.alpha) return next;
      ++index;
    } while (index % kCheckpoints != 0);
    alpha -= 2 * math::kPi;
  }
}

// Walks from checkpoint to checkpoint, several times around; returns the number of points.
inline int walk(const Checkpoint (&checkpoints)[kCheckpoints], TrackPoint (&points)[kMaxWalk]) {
  constexpr double kPi = math::kPi;
  double x = 1.5 * kTrackRadius, y = 0, beta = 0;
  int next = 0, laps = 0;
  bool was_below = false;
  for (int count = 0;;) {
    double alpha = math::atan2(y, x);
    if (was_below && alpha > 0) {
      ++laps;
      was_below = false;
    }
    if (alpha < 0) {
      was_below = true;
      alpha += 2 * kPi;
    }
    const Checkpoint& goal = find_next(checkpoints, next, alpha);
    const double outward_x = math::cos(beta), outward_y = math::sin(beta);
    double ahead = outward_x * (goal.x - x) + outward_y * (goal.y - y);
    while (beta - alpha > 1.5 * kPi) beta -= 2 * kPi;
    while (beta - alpha < -1.5 * kPi) beta += 2 * kPi;
    const double old_beta = beta;
    ahead *= kScale;
    const double turn = math::min(kTurnRate, math::abs(0.001 * ahead));
    if (ahead > 0.3) beta -= turn;
    if (ahead < -0.3) beta += turn;
    x += -outward_y * kTrackStep;
    y += outward_x * kTrackStep;
    points[count++] = {alpha, old_beta * 0.5 + beta * 0.5, x, y, 0, 0};
    if (laps > 4 || count == kMaxWalk) return count;
  }
}

// The last full round: the walk from its last but one to its last pass of the starting line; false without
// two passes.
inline bool find_round(const TrackPoint* points, int count, int& first, int& last) {
  const double start = 2 * math::kPi * -0.5 / kCheckpoints;
  last = -1;
  for (int i = count - 1; i > 0; --i) {
    if (!(points[i].alpha > start && points[i - 1].alpha <= start)) continue;
    if (last != -1) {
      first = i;
      return true;
    }
    last = i;
  }
  return false;
}

// Marks hard turns, and the tiles before them.
inline void add_kerbs(Track& track) {
  constexpr std::size_t kTurnTiles = 4;
  const std::size_t size = track.size;
  bool marked[kMaxTiles];
  const auto behind = [&](std::size_t i, std::size_t steps) { return (i + size - steps) % size; };
  for (std::size_t i = 0; i < size; ++i) {
    bool hard = true;
    int sides = 0;
    for (std::size_t k = 0; k < kTurnTiles; ++k) {
      const double turn = track.points[behind(i, k)].beta - track.points[behind(i, k + 1)].beta;
      hard = hard && math::abs(turn) > kTurnRate * 0.2;
      sides += (turn > 0 ? 1 : 0) - (turn < 0 ? 1 : 0);
    }
    marked[i] = hard && (sides == static_cast<int>(kTurnTiles) || sides == -static_cast<int>(kTurnTiles));
  }
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < kTurnTiles; ++k) marked[behind(i, k)] = marked[behind(i, k)] || marked[i];
  }
  for (std::size_t i = 0; i < size; ++i) {
    const double turn = track.before(i).beta - track.points[i].beta;
    const Kerb side = turn > 0 ? Kerb::kRight : (turn < 0 ? Kerb::kLeft : Kerb::kBoth);
    track.kerbs[i] = marked[i] ? side : Kerb::kNone;
  }
}

// Whether the ends of a round meet.
inline bool meets(const TrackPoint& first, const TrackPoint& last) {
  const double across_x = math::cos(first.beta) * (first.x - last.x);
  const double across_y = math::sin(first.beta) * (first.y - last.y);
  return !(math::sqrt(across_x * across_x + across_y * across_y) > kTrackStep);
}

}  // namespace detail

// Draws a track; false if this try failed. The places in the walk are for messages.
inline bool try_track(Track& track, Rng& rng, int& first, int& last) {
  detail::Checkpoint checkpoints[detail::kCheckpoints];
  detail::draw_checkpoints(rng, checkpoints);
  TrackPoint points[detail::kMaxWalk];
  const int count = detail::walk(checkpoints, points);
  if (!detail::find_round(points, count, first, last)) return false;
  const int size = last - 1 - first;
  // a round of a few points has no middle: no draw of the checkpoints gives one
  if (size < 8 || size > static_cast<int>(kMaxTiles)) return false;
  if (!detail::meets(points[first], points[last - 2])) return false;
  track.size = static_cast<std::uint64_t>(size);
  for (std::size_t i = 0; i < track.size; ++i) {
    TrackPoint& point = track.points[i];
    point = points[static_cast<std::size_t>(first) + i];
    point.cos = math::cos(point.beta);
    point.sin = math::sin(point.beta);
  }
  detail::add_kerbs(track);
  return true;
}

}  // namespace PLYO_ENVS::car_racing
