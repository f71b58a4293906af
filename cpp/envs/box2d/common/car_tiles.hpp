// Which tiles of the road the parts of the car touch. Tiles are sensors: they move nothing, so Box2D's solver never
// meets them, but their contacts begin and end in Box2D's order. Reference: gymnasium 1.4.0, Box2D 2.3.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../../../physics2d/distance.hpp"
#include "../../../physics2d/world.hpp"
#include "car_body.hpp"
#include "car_track.hpp"

namespace PLYO_ENVS::car_racing {

// A tile and a part of the car whose boxes overlap.
struct TileContact {
  std::uint16_t tile = 0;
  std::uint8_t fixture = 0;
  std::uint8_t touching = 0;
};

// The corners of a tile, as the road is drawn: left and right at its point, right and left at the point before.
struct TileCorners {
  double x[4], y[4];
};
inline TileCorners corners_of(const Track& track, std::size_t tile) {
  const TrackPoint &here = track.points[tile], &before = track.before(tile);
  const double here_x = kTrackWidth * here.cos, here_y = kTrackWidth * here.sin;
  const double before_x = kTrackWidth * before.cos, before_y = kTrackWidth * before.sin;
  return {{here.x - here_x, here.x + here_x, before.x + before_x, before.x - before_x},
          {here.y - here_y, here.y + here_y, before.y + before_y, before.y - before_y}};
}
inline physics2d::Polygon shape_of(const Track& track, std::size_t tile) {
  const TileCorners corners = corners_of(track, tile);
  physics2d::Vec2 points[4];
  for (int i = 0; i < 4; ++i)
    points[i] = {static_cast<float>(corners.x[i]), static_cast<float>(corners.y[i])};
  return physics2d::make_polygon(points, 4);
}

class Tiles {
 public:
  static constexpr std::size_t kMaxContacts = 1024;

  // Forgets the contacts and makes the boxes of the tiles.
  void begin(const Track& track) {
    *this = {};
    for (std::size_t i = 0; i < track.size; ++i) {
      boxes_[i] = physics2d::fatten(physics2d::box_of(shape_of(track, i), {}));
    }
  }

  // The part of a step before the bodies move: contacts of the boxes that have changed since the last call, then
  // those that ended, then those that touch: calls `begin(fixture, tile)` and `end(fixture, tile)`.
  template <class Listener>
  void collide(const Track& track, const CarWorld& world, Listener& listener) {
    find_contacts(track, world);
    for (std::uint64_t i = num_contacts_; i-- > 0;) {
      TileContact& contact = contacts_[i];
      if (world.bodies[Scene::blueprint().fixtures[contact.fixture].body].awake == 0) continue;
      if (!physics2d::overlap(boxes_[contact.tile], world.fat_boxes[contact.fixture])) {
        if (contact.touching != 0) listener.end(contact.fixture, contact.tile);
        remove(i);
        continue;
      }
      const bool was_touching = contact.touching != 0, touching = touches(track, world, contact);
      contact.touching = touching ? 1 : 0;
      if (touching && !was_touching) listener.begin(contact.fixture, contact.tile);
      if (was_touching && !touching) listener.end(contact.fixture, contact.tile);
    }
  }

  // Whether these are contacts with a track, if the bytes come from anywhere.
  bool is_legal(const Track& track) const {
    if (num_contacts_ > kMaxContacts) return false;
    for (std::uint64_t i = 0; i < num_contacts_; ++i) {
      const TileContact& contact = contacts_[i];
      if (contact.tile >= track.size || contact.fixture >= Scene::kFixtures || contact.touching > 1)
        return false;
    }
    return true;
  }

 private:
  static bool touches(const Track& track, const CarWorld& world, const TileContact& contact) {
    const physics2d::FixturePlan& fixture = Scene::blueprint().fixtures[contact.fixture];
    const physics2d::Polygon tile = shape_of(track, contact.tile);
    return physics2d::touch({tile.vertices, static_cast<int>(tile.count)}, physics2d::kPolygonRadius, {},
                            {fixture.shape.vertices, static_cast<int>(fixture.shape.count)},
                            physics2d::kPolygonRadius, world.bodies[fixture.body].transform);
  }

  void find_contacts(const Track& track, const CarWorld& world) {
    bool moved[Scene::kFixtures], any = false;
    physics2d::Box all;
    for (std::uint32_t f = 0; f < Scene::kFixtures; ++f) {
      const physics2d::Box& box = world.fat_boxes[f];
      moved[f] = !(box.lower == known_[f].lower && box.upper == known_[f].upper);
      if (!moved[f]) continue;
      known_[f] = box;
      all = any ? physics2d::combine(all, box) : box;
      any = true;
    }
    if (!any) return;
    for (std::size_t tile = 0; tile < track.size; ++tile) {
      if (!physics2d::overlap(boxes_[tile], all)) continue;
      for (std::uint32_t f = 0; f < Scene::kFixtures; ++f) {
        if (moved[f] && physics2d::overlap(boxes_[tile], known_[f])) add(tile, f);
      }
    }
  }

  void add(std::size_t tile, std::uint32_t fixture) {
    for (std::uint64_t i = 0; i < num_contacts_; ++i) {
      if (contacts_[i].tile == tile && contacts_[i].fixture == fixture) return;
    }
    if (num_contacts_ == kMaxContacts) return;
    contacts_[num_contacts_++] = {static_cast<std::uint16_t>(tile), static_cast<std::uint8_t>(fixture), 0};
  }
  void remove(std::uint64_t index) {
    --num_contacts_;
    for (std::uint64_t i = index; i < num_contacts_; ++i) contacts_[i] = contacts_[i + 1];
    contacts_[num_contacts_] = {};
  }

  physics2d::Box boxes_[kMaxTiles] = {};         // of the tiles, fat
  physics2d::Box known_[Scene::kFixtures] = {};  // of the car's parts, at the last call
  TileContact contacts_[kMaxContacts] = {};      // the youngest is the last, where Box2D's list begins
  std::uint64_t num_contacts_ = 0;
};

}  // namespace PLYO_ENVS::car_racing
