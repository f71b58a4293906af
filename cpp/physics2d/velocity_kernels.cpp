#include "velocity_kernels.hpp"

namespace plyo::physics2d {
namespace {

// A single lane is the same code over plain floats, compiled once.
template <const Linkage& kLinkage>
void solve_single(float* numbers, const PackShape& shape, std::size_t iterations);

#define PLYO_LANES_KERNELS "../physics2d/velocity_kernels.inl"
#include "../lanes/for_each_isa.inl"

template <const Linkage& kLinkage>
void solve_single(float* numbers, const PackShape& shape, std::size_t iterations) {
  baseline::iterate<kLinkage, float>(numbers, shape, iterations);
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

namespace {

// Whether two pieces of memory have the same bits: zeros of both signs differ.
bool same_bits(const void* a, const void* b, std::size_t bytes) { return std::memcmp(a, b, bytes) == 0; }

// The numbers of contacts without joints that the iterations change: the velocity of the body, and the impulses.
class ContactState {
 public:
  void keep(const float* contacts, std::size_t num_contacts, const baseline::Motion<float>& body) {
    body_ = body;
    for (std::size_t c = 0; c < num_contacts; ++c) {
      std::memcpy(points_[c], contacts + c * pack::kContactNumbers + pack::kPoints, sizeof(points_[c]));
    }
  }
  // Whether they have the same bits now.
  bool is(const float* contacts, std::size_t num_contacts, const baseline::Motion<float>& body) const {
    if (!same_bits(&body_, &body, sizeof(body))) return false;
    for (std::size_t c = 0; c < num_contacts; ++c) {
      const float* const points = contacts + c * pack::kContactNumbers + pack::kPoints;
      if (!same_bits(points_[c], points, sizeof(points_[c]))) return false;
    }
    return true;
  }

 private:
  baseline::Motion<float> body_;
  float points_[kMaxContactsAlone][2 * pack::kPointNumbers];
};

}  // namespace

// The iterations soon repeat what they did some rounds before (Brent's search for a cycle): then the rest of them
// modulo the length of the cycle leads to the same numbers.
void solve_contacts_alone(float* contacts, std::size_t num_contacts, float (&motion)[3],
                          std::size_t iterations) {
  baseline::Motion<float> body{motion[0], motion[1], motion[2]};
  ContactState kept;
  kept.keep(contacts, num_contacts, body);
  std::size_t round = 0, lap = 1;  // rounds since the state was kept, and when another is
  bool repeats = false;
  for (std::size_t left = iterations; left > 0; --left) {
    for (std::size_t c = 0; c < num_contacts; ++c) {
      float* const at = contacts + c * pack::kContactNumbers;
      baseline::solve_contact<float>(at, body, at[pack::kNumPoints] > 1.5F ? 2 : 1);
    }
    if (repeats) continue;
    ++round;
    if (kept.is(contacts, num_contacts, body)) {
      left = (left - 1) % round + 1;
      repeats = true;
    } else if (round == lap) {
      kept.keep(contacts, num_contacts, body);
      round = 0;
      lap *= 2;
    }
  }
  motion[0] = body.x;
  motion[1] = body.y;
  motion[2] = body.spin;
}
}  // namespace plyo::physics2d
