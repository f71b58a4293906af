// Contacts of a model whose geoms touch in explicit pairs only. MuJoCo goes through all of them in each evaluation of
// the forces, though few are anywhere near each other. Here it steps a copy of the model that lists those alone, anew
// for each evaluation: after MuJoCo has placed the geoms it reads the clock, and that is where the list is made. The
// contacts are the same ones in the same order, since a pair that is left out is certainly too far apart for any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data.hpp"
#include "library.hpp"

namespace plyo::mujoco {

// What the Python side says about the pairs of a model.
struct ListedPairs {
  // An array of the mjModel with a row a pair: where the struct has its address, and the bytes of a row.
  struct Rows {
    std::size_t offset = 0, bytes = 0;
  };
  // All points that are no further than the radius from a line along the geom's z axis; a sphere's has no length.
  struct Capsule {
    double half_length = 0, radius = 0;
  };
  struct Pair {
    std::size_t first = 0, second = 0;
    bool is_on_plane = false;  // then the first geom is a plane
    double margin = 0;         // of the distance at which contacts begin
  };

  std::vector<Rows> rows;
  std::vector<Capsule> geoms;
  std::vector<Pair> pairs;
  // Where the struct has the number of pairs and the flags, both of 32 bits, and the flag that turns contacts off.
  std::size_t count_offset = 0, flags_offset = 0;
  std::int32_t no_contacts = 0;
};

// Steps one mjData.
class NearPairs : private ClockListener {
 public:
  // All must live longer, but for `data`, of which the arrays must. Throws std::bad_alloc.
  NearPairs(const ListedPairs& listed, const Library& library, const void* model, const Data& data,
            std::size_t num_state, int state_signature);
  NearPairs(const NearPairs&) = delete;
  NearPairs& operator=(const NearPairs&) = delete;

  // One mj_step with the bits of the model. Throws MujocoError.
  void step();

 private:
  void hear() override;
  void find_near();
  bool is_far(std::size_t pair) const;
  void list_near();

  const ListedPairs& listed_;
  const Library& library_;
  const void* const model_;
  void* const data_;
  const double *const geom_xpos_, *const geom_xmat_;
  const std::int32_t* const num_placed_;  // how often MuJoCo has placed the geoms
  const ModelCopy copy_;
  std::int32_t* const flags_;      // of the copy
  const std::int32_t flags_with_;  // those with contacts
  const int state_signature_;
  std::vector<double> before_, reach_, excess_;
  std::vector<std::size_t> near_, in_copy_;  // numbers of pairs, ascending
  std::int32_t num_seen_ = 0;
};

}  // namespace plyo::mujoco
