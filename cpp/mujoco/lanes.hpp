// Lanes of a model in packs: they are stepped in vector registers, with MuJoCo's bits. Whatever a pack cannot step is
// left to MuJoCo itself.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
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

// Where a number of a pack comes from in the numbers of a lane of its own (OwnNumbers).
struct NumberSource {
  enum class Kind : std::uint8_t { kCopy, kSum, kLarger, kOverMass };

  std::size_t to = 0;  // physics3d::Numbers
  Kind kind = Kind::kCopy;
  std::size_t from = 0, other = 0;  // the other one of a sum, or of the larger one, which is at least `least`
  double least = 0;
};

// Substeps of single lanes.
struct PackCounts {
  // reasons beside physics3d::Escape
  static constexpr std::size_t kAppliedForces = physics3d::kEscapeCount;
  static constexpr std::size_t kCallback = physics3d::kEscapeCount + 1;
  static constexpr std::size_t kOwnNumbers = physics3d::kEscapeCount + 2;
  static constexpr std::size_t kNumReasons = physics3d::kEscapeCount + 3;

  std::uint64_t in_packs = 0;   // taken in packs
  std::uint64_t by_mujoco = 0;  // of the same lanes, taken by MuJoCo
  std::array<std::uint64_t, kNumReasons>
      escapes{};  // lanes that a pack has left to MuJoCo in a step, by the reason
};

// The packs of a model, for all threads.
class Lanes {
 public:
  // Throws std::invalid_argument for a model that is too large for packs.
  Lanes(physics3d::Model model, const StatePlaces& places, std::vector<NumberSource> sources, Isa isa);

  const physics3d::Model& model() const { return model_; }
  const StatePlaces& places() const { return places_; }
  Isa isa() const { return isa_; }
  // Whether so few lanes are stepped faster one by one than in a pack.
  bool are_few(std::size_t count) const { return 3 * count <= physics3d::Pack::lanes_of(isa_); }
  // Whether nothing but controls acts on a state from outside.
  bool takes(const double* state) const;
  // The numbers of packs from those that a lane has of its own. Null if packs cannot step it: some numbers decide what
  // is computed at all, or whether the model moves in a plane. `out` has room for num_own() of them.
  const double* prepare(const double* own, double* out) const;
  std::size_t num_own() const { return sources_.size(); }

  void add(const PackCounts& counts) const;
  PackCounts counts() const;
  // Gives a lane of a pack its own numbers, which are prepared, or those of the model for null.
  void write_numbers(const double* own, double* numbers, std::size_t lanes, std::size_t lane) const;

  // A pack with room for a lane's arrays.
  struct Room {
    Room(const physics3d::Model& model, Isa isa);
    physics3d::Pack pack;
    std::vector<double> numbers;
    std::vector<std::uint8_t> has_own;  // by lane: whether the pack has another lane's own numbers there
    std::thread::id last_user;          // whose cache has it
  };
  // One of them, for a thread and a while: of many lanes, or of one. The one that the thread had last, if it is free.
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
  bool fits(const NumberSource& source, double number) const;

  const physics3d::Model model_;
  const StatePlaces places_;
  const std::vector<NumberSource> sources_;
  const std::vector<double> usual_;  // physics3d::Numbers of the model
  const Isa isa_;
  const bool is_planar_, has_damping_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Room>> free_[2];  // wide ones, single ones
  mutable std::atomic<std::uint64_t> in_packs_{0}, by_mujoco_{0};
  mutable std::array<std::atomic<std::uint64_t>, PackCounts::kNumReasons> escapes_{};
};

// A step of some lanes with as many substeps. In each substep those that are much the same work share packs; in
// the last one the lanes come out pack by pack.
class PackRun {
 public:
  // One lane: its number for the caller, the substeps of its step, its state before that, its action, and its effort
  // when it was last in a pack; and its own numbers as prepare() gives them, null for those of the model.
  struct Seat {
    std::uint32_t lane;
    std::int64_t num_substeps;
    const double* state;
    const float* action;
    std::uint8_t effort;
    const double* own = nullptr;
  };

  // Brings seats of as many substeps together, in their order.
  static void sort_by_substeps(std::vector<Seat>& seats);

  // Takes all substeps but the last one. There is at least one seat; all have as many substeps, and outlive the run.
  PackRun(const Lanes& lanes, const Seat* seats, std::size_t count);

  // Takes the last substep of the next lanes, which are present() then; false if no lane is left.
  bool next(bool wants_contact_forces);
  // The seats of one pack.
  const std::uint32_t* present() const { return order_.data() + first_; }
  std::size_t num_present() const { return num_present_; }

  // ---- of a lane that is present, or of any that has escaped before ----

  // Whether MuJoCo has to take the substeps from taken() on, of which the first one begins with state().
  bool has_escaped(std::size_t seat) const { return courses_[seat].has_escaped; }
  std::int64_t taken(std::size_t seat) const { return courses_[seat].taken; }
  const double* state(std::size_t seat) const { return courses_[seat].state.data(); }
  // The seats that escaped before the last substep, which are never present.
  const std::vector<std::uint32_t>& gone() const { return gone_; }

  // ---- of a lane that is present and has not escaped ----

  // The arrays of a lane before the step, for a task to step in.
  Data open(std::size_t seat, const PackReads& reads) const;
  // Brings them to what they are after the step.
  void put(std::size_t seat, const Data& data) const;
  // Brings a state from before the step to that after it.
  void put_state(std::size_t seat, double* state) const;
  // In the last substep.
  std::uint8_t effort(std::size_t seat) const { return courses_[seat].effort; }

 private:
  // What has become of a seat.
  struct Course {
    std::uint32_t place = 0;  // the lane of the last pack that it was in
    std::uint8_t effort = 0;
    bool has_escaped = false;
    std::int64_t taken = 0;  // substeps, and the state after them, of a lane that has escaped
    std::vector<double> state;
  };

  using LaneMask = physics3d::LaneMask;

  std::size_t width() const { return room_->pack.lanes(); }
  // The numbers of a lane that it has between two substeps.
  std::size_t num_kept() const { return lanes_.model().nq + 2 * lanes_.model().nv; }
  void order_seats();
  void drop_escaped();
  LaneMask step_pack(std::size_t first, std::size_t end);
  void load(std::size_t lane, std::size_t seat);
  void save(std::size_t lane, std::size_t seat);
  void leave(std::size_t seat);
  void load_numbers(std::size_t lane, const double* own);
  void write_state(std::size_t seat, std::int64_t num_substeps, double* state) const;

  const Lanes& lanes_;
  const Lanes::Lease room_;
  const Seat* const seats_;
  const std::int64_t num_substeps_;
  std::int64_t taken_ = 0;                   // substeps that all seats have behind them
  bool is_loaded_ = false;                   // the pack has the states that it is to step from
  std::size_t first_ = 0, num_present_ = 0;  // in the order
  PackCounts counts_;
  std::vector<Course> courses_;
  std::vector<std::uint32_t> order_, gone_;  // order_: the seats that go on, pack by pack
  std::vector<double> states_;               // positions, velocities and warm starts of all seats
};

}  // namespace plyo::mujoco
