#include "model.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace plyo::mujoco {

Model::Model(ModelParts parts)
    : parts_(std::move(parts)),
      library_(&Library::at(parts_.library_path, number("mjLOG_ERROR"))),
      numbers_(std::move(parts_.own_numbers), *library_),
      slots_(std::make_unique<Slot[]>(parts_.datas.size())) {
  if (parts_.datas.empty()) throw std::runtime_error("a model of MuJoCo needs at least one mjData");
  const auto size = [this](const char* name) { return static_cast<std::size_t>(number(name)); };
  nq = size("nq");
  nv = size("nv");
  nu = size("nu");
  nbody = size("nbody");
  ntendon = size("ntendon");
  norm_fma = number("norm_fma") != 0;
  places_suffice = number("places_suffice") != 0;
  num_state = size("num_state");
  qpos0 = reals("qpos0");
  body_mass = reals("body_mass");
  actuator_ctrlrange = reals("actuator_ctrlrange");
  timestep = reals("timestep").at;
  for (const double bound : actuator_ctrlrange) {
    action_bounds_.push_back(static_cast<double>(static_cast<float>(bound)));
  }
  action_bounds_.resize(std::max(action_bounds_.size(), 2 * nu));
  state_signature_ = number("mjSTATE_INTEGRATION");
  for (const char* kind : {"mjWARN_BADQPOS", "mjWARN_BADQVEL", "mjWARN_BADQACC"}) {
    divergences_.push_back(number(kind));
  }
  is_taken_ = std::make_unique<Flag[]>(parts_.datas.size());
  initial_state_.resize(num_state);
  const Guard guard;
  library_->reset_data(parts_.raw, parts_.datas[0].raw);
  library_->get_state(parts_.raw, parts_.datas[0].raw, initial_state_.data(), state_signature_);
}

void Model::become(Model&& other) {
  if (nq != other.nq || nv != other.nv || nu != other.nu || num_state != other.num_state) {
    throw std::invalid_argument("a model of other sizes cannot take the place of the present one");
  }
  parts_ = std::move(other.parts_);
  library_ = other.library_;
  qpos0 = other.qpos0;
  body_mass = other.body_mass;
  actuator_ctrlrange = other.actuator_ctrlrange;
  timestep = other.timestep;
  places_suffice = other.places_suffice;
  is_live_ = other.is_live_;
  numbers_ = std::move(other.numbers_);
  slots_ = std::move(other.slots_);
  initial_state_ = std::move(other.initial_state_);
  is_taken_ = std::move(other.is_taken_);
}

void Model::check_has(const Fewest& fewest) const {
  const auto check = [](std::size_t has, std::size_t least, const char* what) {
    if (has >= least) return;
    throw std::invalid_argument("the model has " + std::to_string(has) + " " + what +
                                ", this task needs at least " + std::to_string(least));
  };
  check(nq, fewest.positions, "positions (nq)");
  check(nv, fewest.velocities, "velocities (nv)");
  check(static_cast<std::size_t>(number("nsite")), fewest.sites, "sites (nsite)");
  if (actuator_ctrlrange.count != 2 * nu) {
    throw std::invalid_argument("the model has " + std::to_string(nu) + " controls (nu) and " +
                                std::to_string(actuator_ctrlrange.count / 2) +
                                " ranges of controls; a task needs actuators with one control each");
  }
}

std::size_t Model::id(Kind kind, const std::string& name) const {
  static constexpr const char* kWords[] = {"body", "site", "joint"};
  const int found = find(kind, name);
  if (found < 0) {
    throw std::invalid_argument(std::string("the model has no ") + kWords[static_cast<std::size_t>(kind)] +
                                " '" + name + "'");
  }
  return static_cast<std::size_t>(found);
}

int Model::find(Kind kind, const std::string& name) const {
  static constexpr const char* kTypes[] = {"mjOBJ_BODY", "mjOBJ_SITE", "mjOBJ_JOINT"};
  return library_->name_to_id(parts_.raw, number(kTypes[static_cast<std::size_t>(kind)]), name.c_str());
}

// Decides which model steps an mjData.
void Model::dress(std::size_t index, const OwnNumbers* own) const {
  Data& data = parts_.datas[index];
  Slot& slot = slots_[index];
  data.model = raw();
  data.between = between();
  data.body_mass = body_mass;
  data.near_pairs = nullptr;
  if (own == nullptr) {
    if (parts_.listed_pairs == nullptr) return;
    if (slot.near_pairs == nullptr) {
      slot.near_pairs = std::make_unique<NearPairs>(*parts_.listed_pairs, library(), raw(), data, num_state,
                                                    state_signature_);
    }
    data.near_pairs = slot.near_pairs.get();
    return;
  }
  if (is_live_) {
    if (own->serial <= slot.serial) return;
    numbers_.write(*own, const_cast<void*>(raw()));  // NOLINT: the user's own, which may be changed
    slot.serial = own->serial;
    return;
  }
  if (slot.model == nullptr) {
    if (between() != raw()) slot.between = library_->copy_of(between());
    slot.model = library_->copy_of(raw());
  }
  if (slot.serial != own->serial) {
    numbers_.write(*own, slot.model.get());
    if (slot.between != nullptr) numbers_.write(*own, slot.between.get());
    slot.serial = own->serial;
  }
  data.model = slot.model.get();
  data.body_mass.at = numbers_.body_mass().in(slot.model.get());
  data.between = slot.between == nullptr ? data.model : slot.between.get();
}

Model::Lease::Lease(const Model& model, const OwnNumbers* own) : model_(model) {
  const std::size_t count = model.parts_.datas.size();
  // the one that this thread had last is in its cache
  thread_local std::size_t last = 0;
  for (std::size_t i = last % count;; i = (i + 1) % count) {
    if (!model.is_taken_[i].is_set.exchange(true, std::memory_order_acquire)) {
      index_ = last = i;
      break;
    }
    if ((i + 1) % count == last % count) std::this_thread::yield();
  }
  try {
    const Guard guard;
    model.dress(index_, own);
  } catch (...) {
    model.is_taken_[index_].is_set.store(false, std::memory_order_release);
    throw;
  }
}

Model::Lease::~Lease() { model_.is_taken_[index_].is_set.store(false, std::memory_order_release); }

}  // namespace plyo::mujoco
