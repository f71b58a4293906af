// One model of MuJoCo with the data that threads step it in.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "../core/rng.hpp"
#include "data.hpp"
#include "lanes.hpp"
#include "library.hpp"
#include "near_pairs.hpp"
#include "own_numbers.hpp"

namespace plyo::mujoco {

// The kinds of named things of which tasks ask the numbers.
enum class Kind : std::uint8_t { kBody, kSite, kJoint };

// The fewest of each that a task reads of a model, which may be the user's own.
struct Fewest {
  std::size_t positions = 0, velocities = 0, sites = 0;
};

// What the Python side says about a model, and the arrays of the mjModel.
struct ModelParts {
  std::string library_path;
  const void* raw = nullptr;
  // The same model without what is read after the last substep of a step only; null if that is computed always.
  const void* between = nullptr;
  std::map<std::string, int> numbers;  // sizes and the values of MuJoCo's enums, by name
  std::map<std::string, Reals> reals;
  std::map<std::string, Ints> ints;
  std::vector<Data> datas;                          // one a thread
  std::shared_ptr<const Lanes> lanes;               // null where every lane is stepped by MuJoCo
  std::shared_ptr<const ListedPairs> listed_pairs;  // null where MuJoCo goes through all pairs
  NumberParts own_numbers;                          // of which lanes may have their own
  double (*standard_normal)(Rng& rng) = nullptr;
};

class Model {
 public:
  // Throws std::runtime_error for parts that are not complete.
  explicit Model(ModelParts parts);

  // Sizes: positions, degrees of freedom, actions, bodies, tendons, numbers of the integration state.
  std::size_t nq, nv, nu, nbody, ntendon, num_state;
  // Whether NumPy's dot products, of which it makes norms, round only once a product and sum.
  bool norm_fma;
  // Whether an evaluation of which only places are read may leave out the forces.
  bool places_suffice;

  Reals qpos0, body_mass, actuator_ctrlrange;
  const double* timestep;  // s

  const Library& library() const { return *library_; }
  const void* raw() const { return parts_.raw; }
  // What steps all substeps of a step but the last one.
  const void* between() const { return parts_.between == nullptr ? parts_.raw : parts_.between; }
  // What steps lanes in packs; null where every lane is stepped by MuJoCo.
  const Lanes* lanes() const { return parts_.lanes.get(); }
  int state_signature() const { return state_signature_; }
  // The state of mjData after mj_resetData.
  const double* initial_state() const { return initial_state_.data(); }
  // The bounds of the actions, low and high of each one after the other, as float32 has them.
  const double* action_bounds() const { return action_bounds_.data(); }
  // Further arrays of the mjModel by name; throws std::out_of_range.
  Reals reals(const std::string& name) const { return parts_.reals.at(name); }
  Ints ints(const std::string& name) const { return parts_.ints.at(name); }
  // Sizes and values of enums by name; throws std::out_of_range.
  int number(const std::string& name) const { return parts_.numbers.at(name); }
  // Throws std::invalid_argument if the model has fewer.
  void check_has(const Fewest& fewest) const;
  // The number of a named thing; throws std::invalid_argument if there is none.
  std::size_t id(Kind kind, const std::string& name) const;
  // The same, but -1 if there is none.
  int find(Kind kind, const std::string& name) const;
  // Whether a warning of this kind says that the simulation has diverged.
  const std::vector<int>& divergences() const { return divergences_; }
  double standard_normal(Rng& rng) const { return parts_.standard_normal(rng); }
  // What a task computes once a model: `make()` is called if nobody has yet.
  template <class Make>
  void set_up_once(const Make& make) const {
    const std::lock_guard lock(set_up_mutex_);
    if (setup_.empty()) setup_ = make();
  }
  const std::vector<double>& setup() const { return setup_; }

  // Whether the only mjData is the lane itself, which the user reads and writes: it is not loaded then.
  bool is_live() const { return is_live_; }
  void set_live() {
    is_live_ = true;
    // what lanes have had until now is in it
    slots_[0].serial = ModelNumbers::last_serial();
  }
  // Takes another model's place, which has the same sizes. Nobody may use either meanwhile.
  void become(Model&& other);

  // Of which lanes may have their own.
  const ModelNumbers& numbers() const { return numbers_; }

  // One mjData for the time of a lease; waits while all are taken. It is stepped with the model, or with a copy that
  // has these numbers. A live model gets them for good, the first time.
  class Lease {
   public:
    explicit Lease(const Model& model, const OwnNumbers* own = nullptr);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    const Data& data() const { return model_.parts_.datas[index_]; }

   private:
    const Model& model_;
    std::size_t index_;
  };

 private:
  // What belongs to one mjData.
  struct Slot {
    // Copies for lanes that have numbers of their own, made when the first one comes.
    ModelCopy model, between;
    std::unique_ptr<NearPairs> near_pairs;  // for lanes that have no numbers of their own, made likewise
    std::uint64_t serial = 0;               // of the numbers in them, or in the live model
  };
  void dress(std::size_t index, const OwnNumbers* own) const;

  mutable ModelParts parts_;  // a lease decides which model steps its mjData
  const Library* library_;
  const HandlerHold handler_{};  // after the library, which it needs
  ModelNumbers numbers_;
  std::unique_ptr<Slot[]> slots_;  // one a mjData, for whoever has its lease
  int state_signature_;
  bool is_live_ = false;
  std::vector<double> initial_state_;
  std::vector<double> action_bounds_;
  std::vector<int> divergences_;
  // On a cache line of its own: every thread writes its own one at each reset.
  struct alignas(64) Flag {
    std::atomic<bool> is_set{false};
  };
  std::unique_ptr<Flag[]> is_taken_;  // one a mjData
  mutable std::mutex set_up_mutex_;
  mutable std::vector<double> setup_;
};

}  // namespace plyo::mujoco
