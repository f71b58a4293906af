// Numbers of a model of which each lane may have its own: masses, gears, frictions. A lane that has some is stepped
// with a copy of the model into which they are written, by the thread that steps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "../core/lane_numbers.hpp"
#include "library.hpp"

namespace plyo::mujoco {

// Where an array of doubles is in every mjModel of one layout: behind a pointer that the struct has, or in the
// struct itself.
struct ArrayPlace {
  std::size_t count = 0;
  std::size_t offset = 0;  // bytes from the beginning of the struct
  bool is_inside = false;

  double* in(void* model) const;
};

// The friction of an explicit pair that stands for two geoms.
struct MixedPair {
  std::size_t geom1 = 0, geom2 = 0;
};

// What the Python side says about them; nothing for a model whose numbers stay.
struct NumberParts {
  LaneNumbers numbers;               // of all arrays that can be set, one after the other
  std::vector<ArrayPlace> settable;  // those arrays
  std::vector<ArrayPlace> derived;   // those that mj_setConst computes from them
  ArrayPlace body_mass, geom_friction, pair_friction;
  std::vector<MixedPair> pairs;  // whose friction follows from the geoms'
};

// The numbers of one lane: a header, and behind it those that were set, then those that follow from them.
struct OwnNumbers {
  std::uint64_t serial;  // no two have the same; later ones have a larger one
  const double* in_packs =
      nullptr;  // the same for packs (Lanes::prepare), null where they cannot step the lane

  const double* begin() const { return reinterpret_cast<const double*>(this + 1); }
};

class ModelNumbers {
 public:
  ModelNumbers(NumberParts parts, const Library& library)
      : parts_(std::move(parts)), library_(&library), scratch_(std::make_unique<Scratch>()) {}

  const LaneNumbers& all() const { return parts_.numbers; }
  const ArrayPlace& body_mass() const { return parts_.body_mass; }
  // Whether these are the numbers of the model.
  bool are_usual(const double* numbers) const;
  std::size_t bytes() const;
  // Computes what follows from the numbers in such a model, as mj_setConst does, and writes all to memory of
  // bytes(). `is_changing` if the model is not the one of the last call. Any thread may call it. Throws
  // MujocoError.
  OwnNumbers* make(const void* model, bool is_changing, const double* numbers, void* memory) const;
  // Writes them into a model.
  void write(const OwnNumbers& own, void* model) const;
  // The largest serial that was given.
  static std::uint64_t last_serial();

 private:
  struct Scratch {
    std::mutex mutex;
    ModelCopy model;
    DataCopy data;
  };

  template <class Visit>
  void visit_arrays(void* model, const Visit& visit) const;
  void mix_pairs(void* model) const;

  NumberParts parts_;
  const Library* library_;
  std::unique_ptr<Scratch> scratch_;
};

}  // namespace plyo::mujoco
