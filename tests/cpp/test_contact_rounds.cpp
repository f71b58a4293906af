// The contacts of a body alone: many rounds in one call have the bits of as many calls of one round each, wherever
// the numbers begin to repeat.
#include <bit>
#include <cstdint>
#include <vector>

#include "check.hpp"
#include "core/rng.hpp"
#include "physics2d/constraints.hpp"

namespace {

namespace pack = plyo::physics2d::pack;
using plyo::physics2d::BodyPlan;
using plyo::physics2d::Manifold;
using plyo::physics2d::ManifoldPoint;
using plyo::physics2d::own_rotation;

class Numbers {
 public:
  float operator()(float low, float high) {
    return static_cast<float>(rng_.uniform(static_cast<double>(low), static_cast<double>(high)));
  }
  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(rng_.integers(0, count)); }

 private:
  plyo::Rng rng_ = plyo::seeded_rng(11);
};

// A moving body in a corner of the ground: its velocity, and contacts with faces that lean this way and that.
std::vector<float> random_contacts(Numbers& random, std::size_t count) {
  std::vector<float> numbers(pack::contact_alone_at(count));
  numbers[0] = random(-2.0F, 2.0F);
  numbers[1] = random(-5.0F, 0.0F);
  numbers[2] = random(-3.0F, 3.0F);
  const BodyPlan plan{
      .mass = 1.0F, .inverse_mass = 1.0F, .inertia = 0.1F, .inverse_inertia = 10.0F, .local_center = {}};
  for (std::size_t c = 0; c < count; ++c) {
    const float lean = random(-0.6F, 0.6F);
    Manifold manifold;
    manifold.local_normal = {lean, 1.0F};
    manifold.local_normal.normalize();
    manifold.count = static_cast<std::uint8_t>(1 + random.below(2));
    for (ManifoldPoint& point : manifold.points) point.local = {random(-0.3F, 0.3F), -0.5F};
    plyo::physics2d::set_up_contact(manifold, 0.7F, 0, plan, {0.0F, 0.5F}, own_rotation(random(-0.2F, 0.2F)),
                                    0.0F, {numbers.data() + pack::contact_alone_at(c), 1});
  }
  return numbers;
}

bool is_same(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }

PLYO_TEST(contact_rounds_may_be_left_out_where_they_repeat) {
  Numbers random;
  int changed = 0, given_up = 0;
  for (int i = 0; i < 300; ++i) {
    const std::size_t count = 1 + random.below(3);
    std::vector<float> all = random_contacts(random, count), single = all, impatient = all;
    const std::size_t rounds = i % 3 == 0 ? 180 : 1 + random.below(64);
    CHECK(plyo::physics2d::solve_contacts_alone(all.data(), count, rounds, rounds) == 0);
    for (std::size_t k = 0; k < rounds; ++k) {
      CHECK(plyo::physics2d::solve_contacts_alone(single.data(), count, 1, 1) == 0);
    }
    std::size_t left = rounds;
    while (left > 0) {
      left = plyo::physics2d::solve_contacts_alone(impatient.data(), count, left, 8);
      given_up += left > 0 ? 1 : 0;
    }
    for (std::size_t k = 0; k < all.size(); ++k) {
      CHECK(is_same(all[k], single[k]));
      CHECK(is_same(all[k], impatient[k]));
    }
    changed += all[pack::contact_alone_at(0) + pack::kPoints + pack::kNormalImpulse] > 0.0F ? 1 : 0;
  }
  CHECK(changed > 50);
  CHECK(given_up > 50);
}

}  // namespace
