// Lanes of a model in packs: they are stepped in vector registers, with MuJoCo's bits. Whatever a pack cannot step is
// left to MuJoCo itself.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "../core/isa.hpp"
#include "../physics3d/model.hpp"
#include "../physics3d/step.hpp"
#include "data.hpp"

namespace plyo::mujoco {

// Where the parts of mjSTATE_INTEGRATION begin that packs read or write.
struct StatePlaces {
  std::size_t time = 0, qpos = 0, qvel = 0, warmstart = 0, ctrl = 0;
  std::size_t forces = 0, num_forces = 0;  // those applied from outside, of which packs know none
  std::size_t size = 0;                    // of the whole
};

// What a task whose step is Sim::act() and one Sim::simulate() reads after that, besides positions and velocities.
struct PackReads {
  bool bodies = false;             // xpos
  bool sites = false;              // site_xpos
  bool constraint_forces = false;  // qfrc_constraint
  bool contact_forces = false;     // cfrc_ext
};

// Substeps of single lanes.
struct PackCounts {
  // reasons beside physics3d::Escape
  static constexpr std::size_t kAppliedForces = physics3d::kEscapeCount;
  static constexpr std::size_t kCallback = physics3d::kEscapeCount + 1;
  static constexpr std::size_t kNumReasons = physics3d::kEscapeCount + 2;

  std::uint64_t in_packs = 0;   // taken in packs
  std::uint64_t by_mujoco = 0;  // of the same lanes, taken by MuJoCo
  std::array<std::uint64_t, kNumReasons>
      escapes{};  // lanes that a pack has left to MuJoCo in a step, by the reason
};

// The packs of a model, for all threads.
class Lanes {
 public:
  // Throws std::invalid_argument for a model that is too large for packs.
  Lanes(physics3d::Model model, const StatePlaces& places, Isa isa);

  const physics3d::Model& model() const { return model_; }
  const StatePlaces& places() const { return places_; }
  Isa isa() const { return isa_; }
  // Whether nothing but controls acts on a state from outside.
  bool takes(const double* state) const;

  void add(const PackCounts& counts) const;
  PackCounts counts() const;

  // A pack with room for a lane's arrays.
  struct Room {
    Room(const physics3d::Model& model, Isa isa);
    physics3d::Pack pack;
    std::vector<double> numbers;
  };
  // One of them, for a thread and a while: of many lanes, or of one.
  class Lease {
   public:
    Lease(const Lanes& lanes, bool is_single);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Room& operator*() const { return *room_; }
    Room* operator->() const { return room_.get(); }

   private:
    const Lanes& lanes_;
    const bool is_single_;
    std::unique_ptr<Room> room_;
  };

 private:
  const physics3d::Model model_;
  const StatePlaces places_;
  const Isa isa_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Room>> free_[2];  // wide ones, single ones
  mutable std::atomic<std::uint64_t> in_packs_{0}, by_mujoco_{0};
  mutable std::array<std::atomic<std::uint64_t>, PackCounts::kNumReasons> escapes_{};
};

// A step of as many lanes as a pack has, or fewer.
class PackRun {
 public:
  // One lane: its state before the step, and its action.
  struct Seat {
    const double* state;
    const float* action;
  };

  // `is_single` for a pack of one lane.
  PackRun(const Lanes& lanes, bool is_single) : lanes_(lanes), room_(lanes, is_single) {}

  std::size_t width() const { return room_->pack.lanes(); }
  // Takes the substeps of a step of all lanes. `count` is at least 1 and at most width().
  void simulate(const Seat* seats, std::size_t count, std::int64_t num_substeps, bool wants_contact_forces);

  // Whether MuJoCo has to take the substeps from taken() on, of which the first one begins with state().
  bool has_escaped(std::size_t seat) const { return ends_[seat].has_escaped; }
  std::int64_t taken(std::size_t seat) const { return ends_[seat].taken; }
  const double* state(std::size_t seat) const { return ends_[seat].state.data(); }

  // ---- of a lane that has not escaped ----

  // The arrays of a lane before the step, for a task to step in.
  Data open(std::size_t seat, const PackReads& reads) const;
  // Brings them to what they are after the step.
  void put(std::size_t seat, const Data& data) const;
  // Brings a state from before the step to that after it.
  void put_state(std::size_t seat, double* state) const;
  // The constraints in its last evaluation.
  std::int32_t num_rows(std::size_t seat) const { return room_->pack.arrays().num_rows[seat]; }

 private:
  struct End {
    bool has_escaped = false;
    std::int64_t taken = 0;
    std::vector<double> state;  // of a lane that has escaped
  };

  void load(std::size_t lane, const Seat& seat);
  void copy_lane(std::size_t from, std::size_t to);
  void leave(std::size_t seat, std::int64_t taken);
  void write_state(std::size_t seat, std::int64_t num_substeps, double* state) const;

  const Lanes& lanes_;
  const Lanes::Lease room_;
  const Seat* seats_ = nullptr;
  std::int64_t num_substeps_ = 0;
  std::vector<End> ends_;
};

}  // namespace plyo::mujoco
