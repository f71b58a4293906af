// Rigid bodies in the plane: lanes solved together and alone, states from anywhere, random steps. An environment
// variable makes the random steps more: PLYO_PHYSICS2D_STEPS.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "batches.hpp"
#include "engine/cpu_dispatch.hpp"
#include "physics2d/box_tree.hpp"
#include "physics2d/constraints.hpp"
#include "physics2d/velocity_kernels.hpp"

namespace {

using namespace plyo;
using namespace plyo::testing;

// The tasks whose state is a world of rigid bodies.
std::vector<const Task*> body_tasks() {
  std::vector<const Task*> tasks;
  for (const Task* task : Registry::shared().all()) {
    if (task->family == "box2d") tasks.push_back(task);
  }
  return tasks;
}

std::size_t num_steps(std::size_t usual) {
  const char* const given = std::getenv("PLYO_PHYSICS2D_STEPS");
  return given == nullptr ? usual : static_cast<std::size_t>(std::strtoull(given, nullptr, 10));
}

EngineConfig batch_of(const Task& task, std::size_t num_envs, int threads = 1) {
  return {.task = &task,
          .num_envs = num_envs,
          .autoreset_mode = AutoresetMode::kSameStep,
          .max_episode_steps = 300,
          .num_threads = threads};
}

// A batch of each task, and one of walkers whose worlds outlive their episodes.
std::vector<EngineConfig> body_batches(std::size_t num_envs) {
  std::vector<EngineConfig> batches;
  for (const Task* task : body_tasks()) batches.push_back(batch_of(*task, num_envs));
  EngineConfig& lasting = batches.emplace_back(batch_of(*Registry::shared().find("BipedalWalker"), num_envs));
  const Value yes{.type = ValueType::kBool, .integer = 1};
  lasting.params = {{"hardcore", yes}, {"reuse_world", yes}};
  lasting.max_episode_steps = 40;
  return batches;
}

// Numbers of a lane as a solver may meet them: joints, and contacts of the bodies that the shape names.
void fill_lane(Rng& rng, const physics2d::Linkage& linkage, const physics2d::PackShape& shape, float* numbers,
               std::size_t stride) {
  namespace pack = physics2d::pack;
  const auto put = [&](std::size_t k, double value) { numbers[k * stride] = static_cast<float>(value); };
  for (std::size_t k = 0; k < pack::joint_at(linkage, 0); ++k) put(k, rng.uniform(-5, 5));
  for (std::size_t j = 0; j < linkage.joints; ++j) {
    const std::size_t at = pack::joint_at(linkage, j);
    for (std::size_t k = 0; k < pack::kJointNumbers; ++k) put(at + k, rng.uniform(-0.5, 0.5));
    put(at + pack::kMaxMotor, 0.8);
    put(at + pack::kLimit, static_cast<double>(rng.integers(-1, 2)));
  }
  for (std::size_t c = 0; c < shape.num_contacts; ++c) {
    const std::size_t at = pack::contact_at(linkage, c);
    for (std::size_t k = 0; k < pack::kContactNumbers; ++k) put(at + k, rng.uniform(0, 0.5));
    put(at + pack::kBody, static_cast<double>(shape.bodies[c]));
    const std::int64_t points = rng.integers(1, 3);
    put(at + pack::kNumPoints, static_cast<double>(points));
    // what a contact does not have is zeros
    for (std::size_t k = 0; points == 1 && k < pack::kPointNumbers; ++k) {
      put(at + pack::kPoints + pack::kPointNumbers + k, 0);
    }
  }
}

}  // namespace

PLYO_TEST(physics2d_a_pack_has_the_bits_of_its_lanes) {
  namespace pack = physics2d::pack;
  const physics2d::Linkage* const linkages[] = {&physics2d::kWings, &physics2d::kLegs, &physics2d::kWheels};
  const ByIsa<physics2d::VelocityKernels>* const kernels[] = {
      &physics2d::wings_kernels(), &physics2d::legs_kernels(), &physics2d::wheels_kernels()};
  Rng rng = seeded_rng(3);
  for (std::size_t which = 0; which < 3; ++which) {
    const physics2d::Linkage& linkage = *linkages[which];
    for (std::size_t i = 0; i < kIsaCount; ++i) {
      if (!isa_supported(static_cast<Isa>(i))) continue;
      const physics2d::VelocityKernels& table = *kernels[which]->find(static_cast<Isa>(i));
      for (const std::size_t contacts : {0, 1, 3, 6}) {
        const std::size_t size = pack::contact_at(linkage, contacts);
        std::vector<float> together(size * table.width), alone(size * table.width);
        physics2d::PackShape shape;
        shape.num_contacts = contacts;
        for (std::size_t c = 0; c < contacts; ++c) {
          shape.bodies[c] =
              static_cast<std::uint8_t>(rng.integers(0, static_cast<std::int64_t>(linkage.bodies)));
          shape.points[c] = physics2d::PackShape::kMixed;
        }
        for (std::size_t lane = 0; lane < table.width; ++lane) {
          fill_lane(rng, linkage, shape, together.data() + lane, table.width);
          std::vector<float> own(size);
          for (std::size_t k = 0; k < size; ++k) own[k] = together[k * table.width + lane];
          physics2d::PackShape own_shape = shape;
          for (std::size_t c = 0; c < contacts; ++c) {
            const float* const at = own.data() + pack::contact_at(linkage, c);
            own_shape.points[c] = static_cast<std::uint8_t>(at[pack::kNumPoints]);
          }
          std::vector<float> in_order = own;
          table.solve_one(own.data(), own_shape, 7);
          const std::uint8_t order[] = {0, 1, 2, 3};
          physics2d::solve_in_order(linkage, in_order.data(), order, contacts, 7);
          CHECK(own == in_order);
          for (std::size_t k = 0; k < size; ++k) alone[k * table.width + lane] = own[k];
        }
        table.solve(together.data(), shape, 7);
        CHECK(together == alone);
      }
    }
  }
}

// Lanes whose rounds repeat themselves after some of them, and others.
PLYO_TEST(physics2d_a_lane_alone_has_the_bits_of_all_its_rounds) {
  namespace pack = physics2d::pack;
  const physics2d::Linkage& linkage = physics2d::kWings;
  const physics2d::VelocityKernels& table = *physics2d::wings_kernels().find(Isa::kBaseline);
  Rng rng = seeded_rng(11);
  const auto uniform = [&](double low, double high) { return static_cast<float>(rng.uniform(low, high)); };
  for (int i = 0; i < 400; ++i) {
    physics2d::BodyPlan bodies[3];
    physics2d::Velocity velocities[3];
    for (std::size_t b = 0; b < 3; ++b) {
      bodies[b].inverse_mass = b == 0 ? 0.2F : 14.0F;
      bodies[b].inverse_inertia = b == 0 ? 1.3F : 560.0F;
      velocities[b] = {{uniform(-2, 2), uniform(-2, 2)}, uniform(-1, 1)};
    }
    std::vector<float> numbers(pack::contact_at(linkage, 0));
    for (std::size_t j = 0; j < 2; ++j) {
      const std::size_t a = linkage.a[j], b = linkage.b[j];
      const physics2d::JointPlan plan{.anchor_a = {},
                                      .anchor_b = {uniform(-0.7, 0.7), uniform(0.1, 0.7)},
                                      .lower_angle = -0.5F,
                                      .upper_angle = 0.5F};
      physics2d::Joint joint;
      joint.motor_speed = uniform(-0.3, 0.3);
      joint.max_torque = uniform(0, 40);
      const physics2d::Rot q = physics2d::own_rotation(uniform(-1, 1));
      physics2d::set_up_joint(plan, joint, bodies[a], bodies[b], q, q, uniform(-1, 1), 0.02F, 1.0F,
                              velocities[a], velocities[b], {numbers.data() + pack::joint_at(linkage, j), 1});
    }
    for (std::size_t b = 0; b < 3; ++b) {
      float* const at = numbers.data() + pack::kVelocity * b;
      at[0] = velocities[b].linear.x;
      at[1] = velocities[b].linear.y;
      at[2] = velocities[b].spin;
    }
    std::vector<float> in_order = numbers;
    const std::size_t iterations = i % 2 == 0 ? 180 : static_cast<std::size_t>(rng.integers(1, 300));
    table.solve_one(numbers.data(), {}, iterations);
    const std::uint8_t order[] = {0, 1};
    physics2d::solve_in_order(linkage, in_order.data(), order, 0, iterations);
    CHECK(std::memcmp(numbers.data(), in_order.data(), numbers.size() * sizeof(float)) == 0);
  }
}

namespace {

// A body with some contacts, as after an impact.
constexpr std::size_t kContactsAlone = 3;

std::vector<float> random_contacts(Rng& rng) {
  namespace pack = physics2d::pack;
  std::vector<float> numbers(pack::contact_alone_at(kContactsAlone));
  for (float& number : numbers) number = static_cast<float>(rng.uniform(0, 0.5));
  numbers[0] = -1;
  numbers[1] = -2;
  for (std::size_t c = 0; c < kContactsAlone; ++c) {
    const std::int64_t points = rng.integers(1, 3);
    float* const at = numbers.data() + pack::contact_alone_at(c);
    at[pack::kNumPoints] = static_cast<float>(points);
    for (std::size_t k = 0; points == 1 && k < pack::kPointNumbers; ++k) {
      at[pack::kPoints + pack::kPointNumbers + k] = 0.0F;
    }
  }
  return numbers;
}

void solve_round_by_round(std::vector<float>& numbers, std::size_t rounds) {
  for (std::size_t i = 0; i < rounds; ++i) {
    CHECK_EQ(physics2d::solve_contacts_alone(numbers.data(), kContactsAlone, 1, 1), std::size_t{0});
  }
}

}  // namespace

PLYO_TEST(physics2d_contacts_alone_stop_where_nothing_changes) {
  Rng rng = seeded_rng(5);
  int impatient = 0;
  for (int i = 0; i < 50; ++i) {
    const std::vector<float> start = random_contacts(rng);
    std::vector<float> numbers = start, twin = start, parts = start;
    CHECK_EQ(physics2d::solve_contacts_alone(numbers.data(), kContactsAlone, 180, 180), std::size_t{0});
    solve_round_by_round(twin, 180);
    CHECK(numbers == twin);
    // in two parts
    const std::size_t left = physics2d::solve_contacts_alone(parts.data(), kContactsAlone, 180, 4);
    CHECK(left == 0 || left == 176);
    impatient += left == 0 ? 0 : 1;
    CHECK_EQ(physics2d::solve_contacts_alone(parts.data(), kContactsAlone, left, left), std::size_t{0});
    CHECK(parts == twin);
  }
  CHECK(impatient > 0);
}

PLYO_TEST(physics2d_contacts_alone_have_the_same_bits_in_a_pack) {
  namespace pack = physics2d::pack;
  Rng rng = seeded_rng(6);
  for (std::size_t isa = 0; isa < kIsaCount; ++isa) {
    if (!isa_supported(static_cast<Isa>(isa))) continue;
    const physics2d::VelocityKernels& table = *physics2d::legs_kernels().find(static_cast<Isa>(isa));
    std::vector<float> together(pack::contact_alone_at(kContactsAlone) * table.width);
    std::vector<std::vector<float>> alone;
    physics2d::PackShape shape;
    shape.num_contacts = kContactsAlone;
    for (std::size_t lane = 0; lane < table.width; ++lane) {
      alone.push_back(random_contacts(rng));
      for (std::size_t k = 0; k < alone[lane].size(); ++k) together[k * table.width + lane] = alone[lane][k];
      for (std::size_t c = 0; c < kContactsAlone; ++c) {
        shape.add_points(c, alone[lane][pack::contact_alone_at(c) + pack::kNumPoints]);
      }
    }
    table.solve_contacts(together.data(), shape, 40);
    for (std::size_t lane = 0; lane < table.width; ++lane) {
      solve_round_by_round(alone[lane], 40);
      for (std::size_t k = 0; k < alone[lane].size(); ++k) {
        CHECK(together[k * table.width + lane] == alone[lane][k]);
      }
    }
  }
}

// In the order of Box2D's b2DynamicTree: a box's number, then that of the node that joins it to the others.
PLYO_TEST(physics2d_numbers_of_boxes_that_were_removed_are_given_again) {
  physics2d::BoxTree<8> tree;
  const auto box_at = [](float x) { return physics2d::Box{{x, 0.0F}, {x + 1.0F, 1.0F}}; };
  CHECK(tree.add(box_at(0)) == 0);
  CHECK(tree.add(box_at(2)) == 1);  // joined by 2
  CHECK(tree.add(box_at(4)) == 3);  // and by 4
  tree.move(1, box_at(9));          // gives 2 back and takes it again
  tree.remove(0);
  tree.remove(3);
  const physics2d::BoxTree<8>::Number left[] = {1};
  CHECK(tree.is_legal(left, 1));
  // what became free last comes first, and what was never taken at the end
  CHECK(tree.add(box_at(20)) == 3);
  CHECK(tree.add(box_at(21)) == 0);
  CHECK(tree.add(box_at(22)) == 5);
  CHECK(!tree.is_legal(left, 1));
}

PLYO_TEST(physics2d_a_tree_of_boxes_stays_legal_whatever_happens_to_it) {
  using Tree = physics2d::BoxTree<60>;
  Tree tree;
  std::vector<Tree::Number> numbers;
  Rng rng = seeded_rng(11);
  for (int i = 0; i < 3000; ++i) {
    const auto x = static_cast<float>(rng.uniform(0, 50)), y = static_cast<float>(rng.uniform(0, 5));
    const physics2d::Box box{{x, y}, {x + static_cast<float>(rng.uniform(0, 3)), y + 1.0F}};
    const double what = rng.next_double();
    if (numbers.empty() || (what < 0.4 && numbers.size() < 60)) {
      numbers.push_back(tree.add(box));
    } else {
      const auto at = rng.integers(0, static_cast<std::int64_t>(numbers.size()));
      if (what < 0.75) {
        tree.move(numbers[static_cast<std::size_t>(at)], box);
      } else {
        tree.remove(numbers[static_cast<std::size_t>(at)]);
        numbers.erase(numbers.begin() + at);
      }
    }
    CHECK(tree.is_legal(numbers.data(), numbers.size()));
    CHECK(numbers.empty() || !tree.is_legal(numbers.data(), numbers.size() - 1));
  }
  // bytes from anywhere are refused, or still a tree
  std::size_t refused = 0;
  for (int i = 0; i < 2000; ++i) {
    Tree damaged = tree;
    auto* const bytes = reinterpret_cast<unsigned char*>(&damaged);
    bytes[rng.integers(0, sizeof(damaged))] = static_cast<unsigned char>(rng.integers(0, 256));
    if (!damaged.is_legal(numbers.data(), numbers.size())) {
      ++refused;
      continue;
    }
    for (const Tree::Number number : numbers) damaged.move(number, {{0.0F, 0.0F}, {1.0F, 1.0F}});
    for (const Tree::Number number : numbers) damaged.remove(number);
  }
  CHECK(refused > 100);
}

PLYO_TEST(physics2d_random_steps_keep_states_legal) {
  constexpr std::size_t kLanes = 24;
  for (const EngineConfig& config : body_batches(kLanes)) {
    Batch batch(config);
    batch.reset(1);
    Rng rng = seeded_rng(2);
    const std::size_t steps = num_steps(1500) / kLanes;
    for (std::size_t t = 0; t < steps; ++t) {
      batch.step(random_actions(batch.engine.action_space(), kLanes, rng));
    }
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const Bytes state = batch.engine.state_words(lane);
      batch.engine.set_state_words(lane, state);  // refuses what is no state
      CHECK(batch.engine.state_words(lane) == state);
    }
  }
}

// Bytes of a state that were changed: refused, or stepped without harm.
PLYO_TEST(physics2d_edited_snapshots_are_refused_or_stepped) {
  constexpr std::size_t kLanes = 8;
  for (const EngineConfig& config : body_batches(kLanes)) {
    Batch batch(config);
    Rng rng = seeded_rng(9);
    std::size_t taken = 0, refused = 0;
    const std::size_t rounds = num_steps(600) / kLanes / 2;
    for (std::size_t round = 0; round < rounds; ++round) {
      if (round % 10 == 0) batch.reset(static_cast<std::uint32_t>(round));
      for (int t = 0; t < 2; ++t) batch.step(random_actions(batch.engine.action_space(), kLanes, rng));
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        Bytes state = batch.engine.state_words(lane);
        const auto words = static_cast<std::int64_t>(state.size() / 4);
        for (int edits = 0; edits < 3; ++edits) {
          const auto word = static_cast<std::size_t>(rng.integers(0, words)) * 4;
          if (edits == 0 && rng.next_double() < 0.3) {
            const auto bits = static_cast<std::uint32_t>(rng.next_uint32());
            std::memcpy(state.data() + word, &bits, sizeof(bits));
          } else {
            float number = 0;
            std::memcpy(&number, state.data() + word, sizeof(number));
            number =
                number * static_cast<float>(rng.uniform(0.5, 2)) + static_cast<float>(rng.uniform(-0.1, 0.1));
            std::memcpy(state.data() + word, &number, sizeof(number));
          }
        }
        try {
          batch.engine.set_state_words(lane, state);
          ++taken;
        } catch (const std::invalid_argument&) {
          ++refused;
        }
      }
    }
    CHECK(rounds < 20 || (taken > 0 && refused > 0));
  }
}
