#include "near_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace plyo::mujoco {
namespace {

// Pairs are near up to so much (m) beyond the distance of contacts: far more than what MuJoCo and this file round,
// even where coordinates are as large as MuJoCo lets them be (1e10).
constexpr double kSlack = 1e-4;
// Axes that are so parallel are treated as parallel ones, which changes distances by less than a third of the slack where
// half a capsule is no longer than a metre.
constexpr double kParallel = 1e-9;

std::byte* at(void* model, std::size_t offset) { return static_cast<std::byte*>(model) + offset; }

// The array behind an address in the struct.
std::byte* array_at(const void* model, std::size_t offset) {
  std::byte* array = nullptr;
  std::memcpy(static_cast<void*>(&array), static_cast<const std::byte*>(model) + offset, sizeof(array));
  return array;
}

double dot(const double* a, const double* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

struct Axis {
  double centre[3], direction[3];
};

Axis axis_of(const double* xpos, const double* xmat) {
  return {{xpos[0], xpos[1], xpos[2]}, {xmat[2], xmat[5], xmat[8]}};
}

// The distance of two lines of these half lengths.
double distance(const Axis& a, double half_a, const Axis& b, double half_b) {
  const double apart[3] = {a.centre[0] - b.centre[0], a.centre[1] - b.centre[1], a.centre[2] - b.centre[2]};
  const double cosine = dot(a.direction, b.direction);
  const double along_a = dot(a.direction, apart), along_b = dot(b.direction, apart);
  const double square_of_sine = 1 - cosine * cosine;
  // the nearest points of the whole lines, and from there by turns the point of one that is nearest to the other's
  double on_a = square_of_sine > kParallel
                    ? std::clamp((cosine * along_b - along_a) / square_of_sine, -half_a, half_a)
                    : 0;
  double on_b = 0;
  for (int turn = 0; turn < 2; ++turn) {
    on_b = std::clamp(along_b + on_a * cosine, -half_b, half_b);
    on_a = std::clamp(on_b * cosine - along_a, -half_a, half_a);
  }
  double between[3];
  for (std::size_t i = 0; i < 3; ++i) between[i] = apart[i] + on_a * a.direction[i] - on_b * b.direction[i];
  return std::sqrt(dot(between, between));
}

}  // namespace

NearPairs::NearPairs(const ListedPairs& listed, const Library& library, const void* model, const Data& data,
                     std::size_t num_state, int state_signature)
    : listed_(listed),
      library_(library),
      model_(model),
      data_(data.raw),
      geom_xpos_(data.geom_xpos.at),
      geom_xmat_(data.geom_xmat.at),
      num_placed_(data.num_placed.at),
      copy_(library.copy_of(model)),
      flags_(reinterpret_cast<std::int32_t*>(at(copy_.get(), listed.flags_offset))),
      flags_with_(*flags_),
      state_signature_(state_signature),
      before_(num_state),
      excess_(listed.pairs.size()) {
  for (const ListedPairs::Pair& pair : listed.pairs) {
    double reach = pair.margin + kSlack;
    for (const std::size_t geom : {pair.first, pair.second}) {
      reach += listed.geoms[geom].half_length + listed.geoms[geom].radius;
    }
    reach_.push_back(reach);
    in_copy_.push_back(in_copy_.size());
  }
  near_.reserve(in_copy_.size());
}

void NearPairs::step() {
  if (!library_.has_zero_clock()) return library_.step(model_, data_);
  library_.get_state(model_, data_, before_.data(), state_signature_);
  num_seen_ = *num_placed_;
  {
    const Listening listening(*this);
    library_.step(copy_.get(), data_);
  }
  if (num_seen_ == *num_placed_) return;
  // somebody has put another clock there meanwhile
  library_.set_state(model_, data_, before_.data(), state_signature_);
  library_.step(model_, data_);
}

void NearPairs::hear() {
  if (num_seen_ == *num_placed_) return;
  num_seen_ = *num_placed_;
  find_near();
  *flags_ = near_.empty() ? flags_with_ | listed_.no_contacts : flags_with_;
  if (!near_.empty() && near_ != in_copy_) list_near();
}

// A coordinate that is no number makes pairs near.
void NearPairs::find_near() {
  const std::size_t count = listed_.pairs.size();
  // spheres around both geoms first, without a branch
  for (std::size_t i = 0; i < count; ++i) {
    const double* const a = geom_xpos_ + 3 * listed_.pairs[i].first;
    const double* const b = geom_xpos_ + 3 * listed_.pairs[i].second;
    const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
    excess_[i] = x * x + y * y + z * z - reach_[i] * reach_[i];
  }
  near_.clear();
  for (std::size_t i = 0; i < count; ++i) {
    const bool may_be_far = listed_.pairs[i].is_on_plane || excess_[i] <= 0 || std::isnan(excess_[i]);
    if (may_be_far && !is_far(i)) near_.push_back(i);
  }
}

bool NearPairs::is_far(std::size_t pair) const {
  const auto& [first, second, is_on_plane, margin] = listed_.pairs[pair];
  const ListedPairs::Capsule &a = listed_.geoms[first], &b = listed_.geoms[second];
  const Axis axis_a = axis_of(geom_xpos_ + 3 * first, geom_xmat_ + 9 * first);
  const Axis axis_b = axis_of(geom_xpos_ + 3 * second, geom_xmat_ + 9 * second);
  double apart;
  if (is_on_plane) {
    double from_plane[3];
    for (std::size_t i = 0; i < 3; ++i) from_plane[i] = axis_b.centre[i] - axis_a.centre[i];
    const double slope = dot(axis_a.direction, axis_b.direction);
    apart = dot(axis_a.direction, from_plane) - std::abs(slope) * b.half_length;
  } else {
    apart = distance(axis_a, a.half_length, axis_b, b.half_length) - a.radius;
  }
  return apart - b.radius > margin + kSlack;
}

// Moves the rows of the near pairs to the front of the copy's arrays.
void NearPairs::list_near() {
  for (const ListedPairs::Rows& rows : listed_.rows) {
    const std::byte* const from = array_at(model_, rows.offset);
    std::byte* to = array_at(copy_.get(), rows.offset);
    for (const std::size_t pair : near_) {
      std::memcpy(to, from + pair * rows.bytes, rows.bytes);
      to += rows.bytes;
    }
  }
  const auto count = static_cast<std::int32_t>(near_.size());
  std::memcpy(at(copy_.get(), listed_.count_offset), &count, sizeof(count));
  std::swap(near_, in_copy_);
}

}  // namespace plyo::mujoco
