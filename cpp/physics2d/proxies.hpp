// The boxes of a world that outlives its episodes, by the numbers that Box2D gives them. Contacts begin in the order of
// these numbers. In a new world they grow with the order of creation; where others were destroyed before, they depend
// on all that moved since.
#pragma once

#include <cstddef>
#include <cstdint>

#include "box_tree.hpp"
#include "shapes.hpp"

namespace plyo::physics2d {

// A plain value. Scene::kMaxShapes is the greatest number of the ground's shapes. Which of a contact's shapes is the
// first counts where both are polygons: Ground::may_be_second(shape), and Ground::collide_exchanged() in place of
// collide().
template <class Scene>
struct Proxies {
  static constexpr std::size_t kMaxShapes = Scene::kMaxShapes, kFixtures = Scene::kFixtures;
  using Tree = BoxTree<kMaxShapes + kFixtures>;

  Tree tree;
  typename Tree::Number numbers[kMaxShapes + kFixtures] = {};  // of the shapes, then of the fixtures

  // Those of everything, when it is made: the ground, then what moves.
  template <class World>
  void add_all(const World& world) {
    const std::uint32_t count = world.ground.count();
    for (std::uint32_t i = 0; i < count; ++i) numbers[i] = tree.add(world.ground.fat_box(i));
    for (std::size_t f = 0; f < kFixtures; ++f) numbers[count + f] = tree.add(world.fat_boxes[f]);
  }
  // And when it is destroyed: the ground from its last shape on, then what moves.
  template <class World>
  void remove_all(const World& world) {
    const std::uint32_t count = world.ground.count();
    for (std::uint32_t i = count; i-- > 0;) tree.remove(numbers[i]);
    for (std::size_t f = 0; f < kFixtures; ++f) tree.remove(numbers[count + f]);
    for (auto& number : numbers) number = 0;
  }
  // Those of fixtures that left their boxes: the youngest first.
  template <class World>
  void move(const World& world, const bool (&moved)[kFixtures]) {
    for (std::uint32_t f = kFixtures; f-- > 0;) {
      if (moved[f]) tree.move(numbers[world.ground.count() + f], world.fat_boxes[f]);
    }
  }

  // By which pairs are sorted: the lower number, then the other.
  template <class World>
  std::uint32_t key_of(const World& world, std::uint32_t shape, std::uint32_t fixture) const {
    const std::uint32_t one = numbers[shape], other = numbers[world.ground.count() + fixture];
    return one < other ? one << 16 | other : other << 16 | one;
  }
  // Whether the fixture is the first of such a pair.
  template <class World>
  bool begins_with_fixture(const World& world, std::uint32_t shape, std::uint32_t fixture) const {
    return numbers[world.ground.count() + fixture] < numbers[shape];
  }

  template <class World>
  bool is_legal(const World& world) const {
    const std::size_t count = world.ground.count() + kFixtures;
    if (count > kMaxShapes + kFixtures || !tree.is_legal(numbers, count)) return false;
    for (std::uint32_t i = 0; i < world.num_contacts; ++i) {
      const auto& contact = world.contacts[i];
      if (contact.exchanged != 0 && !world.ground.may_be_second(contact.shape)) return false;
    }
    return true;
  }
};

// A listener that has the proxies of its world: `proxies()`.
template <class Listener>
concept KnowsProxies = requires(Listener& listener) { listener.proxies(); };

}  // namespace plyo::physics2d
