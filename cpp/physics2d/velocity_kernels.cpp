#include "velocity_kernels.hpp"

#include <bit>
#include <cstring>

namespace plyo::physics2d {
namespace {

// A single lane is the same code over plain floats, compiled once.
template <const Linkage& kLinkage>
void solve_single(float* numbers, const PackShape& shape, std::size_t iterations);

#define PLYO_LANES_KERNELS "../physics2d/velocity_kernels.inl"
#include "../lanes/for_each_isa.inl"

// Looks whether a list of numbers that rounds change is one that was there some rounds before (Brent's search for
// a cycle): from there on the rounds repeat themselves.
template <std::size_t kMost>
class Cycle {
 public:
  // Counts a round. Returns whether the numbers are worth a look, of which the first is known.
  bool wants(float first) {
    ++round_;
    return round_ >= lap_ || kept_[0] == first;  // the first round is worth it
  }
  // Takes the numbers after a round. Returns the length of the cycle once it is known, else 0.
  std::size_t length(const float* numbers, std::size_t count) {
    // zeros of both signs differ
    if (lap_ > 0 && std::memcmp(kept_, numbers, count * sizeof(float)) == 0) return round_;
    if (round_ >= lap_) {
      std::memcpy(kept_, numbers, count * sizeof(float));
      round_ = 0;
      lap_ = lap_ == 0 ? 1 : 2 * lap_;
    }
    return 0;
  }

 private:
  float kept_[kMost];
  std::size_t round_ = 0, lap_ = 0;  // rounds since the numbers were kept, and when others are
};

// The numbers of contacts that rounds change.
std::size_t put_impulses(const float* contacts, std::size_t num_contacts, float* out) {
  const float* const begin = out;
  for (std::size_t c = 0; c < num_contacts; ++c) {
    for (std::size_t i = 0; i < 2; ++i) {
      const float* const point =
          contacts + c * pack::kContactNumbers + pack::kPoints + i * pack::kPointNumbers;
      *out++ = point[pack::kNormalImpulse];
      *out++ = point[pack::kTangentImpulse];
    }
  }
  return static_cast<std::size_t>(out - begin);
}

// The rounds of one lane. The joints' impulses in x and y are sums that nothing depends on: while all other
// numbers repeat themselves, so does what is taken from the sums.
template <const Linkage& kLinkage>
class SingleLane {
 public:
  SingleLane(float* numbers, const PackShape& shape) : numbers_(numbers), shape_(shape) {
    baseline::take_motions<kLinkage, float>(numbers, bodies_);
    baseline::find_limits<kLinkage, float>(numbers, has_limits_);
  }

  void iterate(std::size_t iterations) {
    Cycle<kState> cycle;
    std::size_t length = 0;
    for (; iterations > 0 && (length == 0 || length > kMaxLength); --iterations) {
      Taken taken[kJoints];
      round(taken);
      length = length == 0 ? find(cycle) : length;
    }
    if (iterations > 0) repeat(length, iterations);
    baseline::put_motions<kLinkage, float>(numbers_, bodies_);
  }

 private:
  using Taken = baseline::Taken<float>;
  static constexpr std::size_t kJoints = kLinkage.joints, kMaxLength = 32;
  static constexpr std::size_t kMotion = pack::kVelocity * kLinkage.bodies;
  static constexpr std::size_t kState = kMotion + 2 * kJoints + 4 * kMaxPackedContacts;

  float* joint(std::size_t j) const { return numbers_ + pack::joint_at(kLinkage, j); }
  float* contacts() const { return numbers_ + pack::contact_at(kLinkage, 0); }

  void round(Taken (&taken)[kJoints]) {
    baseline::solve_joints<kLinkage, 0, float>(numbers_, bodies_, has_limits_, taken);
    baseline::solve_contacts<kLinkage, float>(numbers_, bodies_, shape_);
  }

  std::size_t find(Cycle<kState>& cycle) const {
    static_assert(sizeof(bodies_) == kMotion * sizeof(float));
    if (!cycle.wants(bodies_[0].x)) return 0;
    float state[kState];
    std::memcpy(state, bodies_, sizeof(bodies_));
    float* out = state + kMotion;
    for (std::size_t j = 0; j < kJoints; ++j) {
      *out++ = joint(j)[pack::kImpulseZ];
      *out++ = joint(j)[pack::kMotor];
    }
    out += put_impulses(contacts(), shape_.num_contacts, out);
    return cycle.length(state, static_cast<std::size_t>(out - state));
  }

  // The last rounds, which repeat themselves after `length` of them.
  void repeat(std::size_t length, std::size_t iterations) {
    Taken taken[kMaxLength][kJoints];
    const std::size_t first = length < iterations ? length : iterations;
    for (std::size_t i = 0; i < first; ++i) round(taken[i]);
    iterations -= first;
    Taken sums[kJoints];
    for (std::size_t j = 0; j < kJoints; ++j)
      sums[j] = {joint(j)[pack::kImpulseX], joint(j)[pack::kImpulseY]};
    for (std::size_t i = 0, at = 0; i < iterations; ++i, at = at + 1 < length ? at + 1 : 0) {
      for (std::size_t j = 0; j < kJoints; ++j) {
        sums[j].x -= taken[at][j].x;
        sums[j].y -= taken[at][j].y;
      }
    }
    for (std::size_t i = 0; i < iterations % length; ++i) round(taken[i]);
    for (std::size_t j = 0; j < kJoints; ++j) {
      joint(j)[pack::kImpulseX] = sums[j].x;
      joint(j)[pack::kImpulseY] = sums[j].y;
    }
  }

  float* numbers_;
  const PackShape& shape_;
  baseline::Motion<float> bodies_[kLinkage.bodies];
  bool has_limits_[kJoints];
};

template <const Linkage& kLinkage>
void solve_single(float* numbers, const PackShape& shape, std::size_t iterations) {
  SingleLane<kLinkage>(numbers, shape).iterate(iterations);
}

constexpr ByIsa<VelocityKernels> kWingsKernels = PLYO_LANES_TABLES(kTable<kWings>);
constexpr ByIsa<VelocityKernels> kLegsKernels = PLYO_LANES_TABLES(kTable<kLegs>);
constexpr ByIsa<VelocityKernels> kWheelsKernels = PLYO_LANES_TABLES(kTable<kWheels>);

}  // namespace

const ByIsa<VelocityKernels>& wings_kernels() { return kWingsKernels; }
const ByIsa<VelocityKernels>& legs_kernels() { return kLegsKernels; }
const ByIsa<VelocityKernels>& wheels_kernels() { return kWheelsKernels; }

void solve_in_order(const Linkage& linkage, float* numbers, const std::uint8_t* order,
                    std::size_t num_contacts, std::size_t iterations) {
  baseline::Motion<float> bodies[8];
  for (std::size_t b = 0; b < linkage.bodies; ++b) {
    const float* const at = numbers + pack::kVelocity * b;
    bodies[b] = {at[0], at[1], at[2]};
  }
  for (std::size_t i = 0; i < iterations; ++i) {
    for (std::size_t slot = 0; slot < linkage.joints; ++slot) {
      float* const at = numbers + pack::joint_at(linkage, slot);
      const std::size_t joint = order[slot];
      baseline::solve_joint<float>(at, bodies[linkage.a[joint]], bodies[linkage.b[joint]],
                                   at[pack::kLimit] != 0.0F);
    }
    for (std::size_t c = 0; c < num_contacts; ++c) {
      float* const at = numbers + pack::contact_at(linkage, c);
      baseline::solve_contact<float>(at, bodies[static_cast<std::size_t>(at[pack::kBody])],
                                     at[pack::kNumPoints] > 1.5F ? 2 : 1);
    }
  }
  for (std::size_t b = 0; b < linkage.bodies; ++b) {
    float* const at = numbers + pack::kVelocity * b;
    at[0] = bodies[b].x;
    at[1] = bodies[b].y;
    at[2] = bodies[b].spin;
  }
}

// The rounds often soon repeat themselves: then the rest of them modulo the length of the cycle leads to the same
// numbers.
std::size_t solve_contacts_alone(float* numbers, std::size_t num_contacts, std::size_t iterations,
                                 std::size_t patience) {
  constexpr std::size_t kState = pack::kVelocity + 4 * kMaxContactsAlone;
  float* const contacts = numbers + pack::contact_alone_at(0);
  baseline::Motion<float> body{numbers[0], numbers[1], numbers[2]};
  Cycle<kState> cycle;
  bool repeats = false;
  for (; iterations > 0 && (repeats || patience > 0); --iterations) {
    for (std::size_t c = 0; c < num_contacts; ++c) {
      float* const at = contacts + c * pack::kContactNumbers;
      baseline::solve_contact<float>(at, body, at[pack::kNumPoints] > 1.5F ? 2 : 1);
    }
    if (repeats) continue;
    --patience;
    if (!cycle.wants(body.x)) continue;
    float state[kState] = {body.x, body.y, body.spin};
    const std::size_t count = pack::kVelocity + put_impulses(contacts, num_contacts, state + pack::kVelocity);
    const std::size_t length = cycle.length(state, count);
    if (length == 0) continue;
    iterations = (iterations - 1) % length + 1;
    repeats = true;
  }
  numbers[0] = body.x;
  numbers[1] = body.y;
  numbers[2] = body.spin;
  return iterations;
}

}  // namespace plyo::physics2d
