#include "lanes.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace plyo::mujoco {
namespace {

using physics3d::LaneMask;
using physics3d::PackArrays;

physics3d::Model checked(physics3d::Model model) {
  if (const char* const excess = model.find_excess()) {
    throw std::invalid_argument(std::string("the model is too large for packs: ") + excess);
  }
  return model;
}

// The numbers of one lane of an array.
void gather(const double* array, std::size_t lanes, std::size_t lane, double* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = array[i * lanes + lane];
}
void scatter(const double* numbers, std::size_t count, double* array, std::size_t lanes, std::size_t lane) {
  for (std::size_t i = 0; i < count; ++i) array[i * lanes + lane] = numbers[i];
}

}  // namespace

Lanes::Lanes(physics3d::Model model, const StatePlaces& places, Isa isa)
    : model_(checked(std::move(model))), places_(places), isa_(isa) {}

bool Lanes::takes(const double* state) const {
  const double* const forces = state + places_.forces;
  return std::all_of(forces, forces + places_.num_forces, [](double force) { return force == 0; });
}

void Lanes::add(const PackCounts& counts) const {
  constexpr auto kOrder = std::memory_order_relaxed;
  in_packs_.fetch_add(counts.in_packs, kOrder);
  if (counts.by_mujoco != 0) by_mujoco_.fetch_add(counts.by_mujoco, kOrder);
  for (std::size_t i = 0; i < counts.escapes.size(); ++i) {
    if (counts.escapes[i] != 0) escapes_[i].fetch_add(counts.escapes[i], kOrder);
  }
}

PackCounts Lanes::counts() const {
  PackCounts counts;
  counts.in_packs = in_packs_.load();
  counts.by_mujoco = by_mujoco_.load();
  for (std::size_t i = 0; i < counts.escapes.size(); ++i) counts.escapes[i] = escapes_[i].load();
  return counts;
}

Lanes::Room::Room(const physics3d::Model& model, Isa isa)
    : pack(model, isa), numbers(model.nq + 2 * model.nv + model.nu + 9 * model.nbody + 3 * model.nsite) {}

Lanes::Lease::Lease(const Lanes& lanes, bool is_single) : lanes_(lanes), is_single_(is_single) {
  {
    const std::lock_guard lock(lanes.mutex_);
    auto& free = lanes.free_[is_single ? 1 : 0];
    if (!free.empty()) {
      room_ = std::move(free.back());
      free.pop_back();
    }
  }
  if (room_ == nullptr) {
    room_ = std::make_unique<Room>(lanes.model_, is_single ? Isa::kBaseline : lanes.isa_);
  }
}

Lanes::Lease::~Lease() {
  const std::lock_guard lock(lanes_.mutex_);
  try {
    lanes_.free_[is_single_ ? 1 : 0].push_back(std::move(room_));
  } catch (const std::bad_alloc&) {
    // the next lease makes another one
    room_.reset();
  }
}

void PackRun::load(std::size_t lane, const Seat& seat) {
  const PackArrays& to = room_->pack.arrays();
  const physics3d::Model& model = lanes_.model();
  const StatePlaces& places = lanes_.places();
  scatter(seat.state + places.qpos, model.nq, to.qpos, to.lanes, lane);
  scatter(seat.state + places.qvel, model.nv, to.qvel, to.lanes, lane);
  scatter(seat.state + places.warmstart, model.nv, to.qacc_warmstart, to.lanes, lane);
  for (std::size_t i = 0; i < model.nu; ++i) {
    to.ctrl[i * to.lanes + lane] = static_cast<double>(seat.action[i]);
  }
}

// Gives a lane that is not needed the state of another one.
void PackRun::copy_lane(std::size_t from, std::size_t to) {
  const PackArrays& arrays = room_->pack.arrays();
  const physics3d::Model& model = lanes_.model();
  const auto copy = [&](double* array, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) array[i * arrays.lanes + to] = array[i * arrays.lanes + from];
  };
  copy(arrays.qpos, model.nq);
  copy(arrays.qvel, model.nv);
  copy(arrays.qacc_warmstart, model.nv);
  copy(arrays.ctrl, model.nu);
}

// Keeps the state that a lane escapes with.
void PackRun::leave(std::size_t seat, std::int64_t taken) {
  End& end = ends_[seat];
  end.has_escaped = true;
  end.taken = taken;
  end.state.assign(seats_[seat].state, seats_[seat].state + lanes_.places().size);
  write_state(seat, taken, end.state.data());
}

void PackRun::simulate(const Seat* seats, std::size_t count, std::int64_t num_substeps,
                       bool wants_contact_forces) {
  physics3d::Pack& pack = room_->pack;
  seats_ = seats;
  num_substeps_ = num_substeps;
  ends_.assign(count, End{});
  for (std::size_t lane = 0; lane < pack.lanes(); ++lane) load(lane, seats[std::min(lane, count - 1)]);
  LaneMask active = static_cast<LaneMask>((std::uint64_t{1} << count) - 1);
  PackCounts counts;
  for (std::int64_t taken = 0; taken < num_substeps && active != 0; ++taken) {
    const LaneMask escaped = pack.step() & active;
    active &= ~escaped;
    for (std::size_t seat = 0; seat < count; ++seat) {
      if ((escaped >> seat & 1U) == 0) continue;
      ++counts.escapes[static_cast<std::size_t>(pack.arrays().escapes[seat])];
      counts.in_packs += static_cast<std::uint64_t>(taken);
      counts.by_mujoco += static_cast<std::uint64_t>(num_substeps - taken);
      leave(seat, taken);
    }
    if (escaped == 0 || active == 0) continue;
    std::size_t going = 0;
    while ((active >> going & 1U) == 0) ++going;
    for (std::size_t lane = 0; lane < pack.lanes(); ++lane) {
      if ((active >> lane & 1U) == 0) copy_lane(going, lane);
    }
  }
  if (wants_contact_forces && active != 0) pack.compute_contact_forces();
  for (const End& end : ends_) {
    if (!end.has_escaped) counts.in_packs += static_cast<std::uint64_t>(num_substeps);
  }
  lanes_.add(counts);
}

Data PackRun::open(std::size_t seat, const PackReads& reads) const {
  const physics3d::Model& model = lanes_.model();
  double* next = room_->numbers.data();
  const auto take = [&next](std::size_t count) {
    const Reals numbers{next, count};
    next += count;
    return numbers;
  };
  Data data;
  data.qpos = take(model.nq);
  data.qvel = take(model.nv);
  data.ctrl = take(model.nu);
  if (reads.bodies) data.xpos = take(3 * model.nbody);
  if (reads.contact_forces) data.cfrc_ext = take(6 * model.nbody);
  if (reads.sites) data.site_xpos = take(3 * model.nsite);
  if (reads.constraint_forces) data.qfrc_constraint = take(model.nv);
  const double* const before = seats_[seat].state;
  std::copy_n(before + lanes_.places().qpos, model.nq, data.qpos.at);
  std::copy_n(before + lanes_.places().qvel, model.nv, data.qvel.at);
  return data;
}

void PackRun::put(std::size_t seat, const Data& data) const {
  const PackArrays& from = room_->pack.arrays();
  const auto get = [&](const double* array, const Reals& out) {
    gather(array, from.lanes, seat, out.at, out.count);
  };
  get(from.qpos, data.qpos);
  get(from.qvel, data.qvel);
  get(from.xpos, data.xpos);
  get(from.cfrc_ext, data.cfrc_ext);
  get(from.site_xpos, data.site_xpos);
  get(from.qfrc_constraint, data.qfrc_constraint);
}

void PackRun::put_state(std::size_t seat, double* state) const { write_state(seat, num_substeps_, state); }

// Writes what the pack has of a lane to its state from before the step.
void PackRun::write_state(std::size_t seat, std::int64_t num_substeps, double* state) const {
  const PackArrays& from = room_->pack.arrays();
  const physics3d::Model& model = lanes_.model();
  const StatePlaces& places = lanes_.places();
  for (std::int64_t i = 0; i < num_substeps; ++i) state[places.time] += model.timestep;
  gather(from.qpos, from.lanes, seat, state + places.qpos, model.nq);
  gather(from.qvel, from.lanes, seat, state + places.qvel, model.nv);
  gather(from.qacc_warmstart, from.lanes, seat, state + places.warmstart, model.nv);
  for (std::size_t i = 0; i < model.nu; ++i) {
    state[places.ctrl + i] = static_cast<double>(seats_[seat].action[i]);
  }
}

}  // namespace plyo::mujoco
