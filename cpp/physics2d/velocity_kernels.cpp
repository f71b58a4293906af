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

}  // namespace

void solve_contacts_alone(float* contacts, std::size_t num_contacts, float (&motion)[3],
                          std::size_t iterations) {
  baseline::Motion<float> body{motion[0], motion[1], motion[2]};
  for (std::size_t i = 0; i < iterations; ++i) {
    const baseline::Motion<float> before = body;
    bool changed = false;
    for (std::size_t c = 0; c < num_contacts; ++c) {
      float* const at = contacts + c * pack::kContactNumbers;
      float old[2 * pack::kPointNumbers];
      std::memcpy(old, at + pack::kPoints, sizeof(old));
      baseline::solve_contact<float>(at, body, at[pack::kNumPoints] > 1.5F ? 2 : 1);
      changed |= !same_bits(old, at + pack::kPoints, sizeof(old));
    }
    // the next rounds would do what this one did
    if (!changed && same_bits(&before, &body, sizeof(body))) break;
  }
  motion[0] = body.x;
  motion[1] = body.y;
  motion[2] = body.spin;
}

}  // namespace plyo::physics2d
