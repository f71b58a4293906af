#include "lanes.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "../lanes/packing.hpp"
#include "../physics3d/plan.hpp"

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

bool is_free(const physics3d::Model& model, std::size_t joint) {
  return model.jnt_type[joint] == static_cast<std::int32_t>(physics3d::JointType::kFree);
}

double number_of(const NumberSource& source, const double* own) {
  switch (source.kind) {
    case NumberSource::Kind::kSum:
      return own[source.from] + own[source.other];
    case NumberSource::Kind::kLarger:
      return std::max({own[source.from], own[source.other], source.least});
    case NumberSource::Kind::kOverMass:
      return physics3d::over_mass(own[source.from]);
    default:
      return own[source.from];
  }
}

// The numbers of one lane of an array.
void gather(const double* array, std::size_t lanes, std::size_t lane, double* out, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) out[i] = array[i * lanes + lane];
}
void scatter(const double* numbers, std::size_t count, double* array, std::size_t lanes, std::size_t lane) {
  for (std::size_t i = 0; i < count; ++i) array[i * lanes + lane] = numbers[i];
}

}  // namespace

Lanes::Lanes(physics3d::Model model, const StatePlaces& places, std::vector<NumberSource> sources, Isa isa)
    : model_(checked(std::move(model))),
      places_(places),
      sources_(std::move(sources)),
      usual_(physics3d::Plan::numbers_of(model_)),
      isa_(isa),
      is_planar_(physics3d::Plan(model_).is_planar),
      has_damping_(physics3d::Plan(model_).has_damping) {}

// Whether packs compute the same of this number as of the model's.
bool Lanes::fits(const NumberSource& source, double number) const {
  using physics3d::Numbers;
  const double usual = usual_[source.to];
  if (source.kind == NumberSource::Kind::kOverMass) return (number == 0) == (usual == 0);
  if (source.to >= Numbers::kMass && source.to < Numbers::kOverMass) {
    return (number < physics3d::kLeast) == (usual < physics3d::kLeast);
  }
  if (source.to >= Numbers::kStiffness && source.to < Numbers::kGear) {
    return number == 0 || !is_free(model_, source.to - Numbers::kStiffness);
  }
  return number == 0 || source.to != Numbers::kGravity + 1 || !is_planar_;
}

const double* Lanes::prepare(const double* own, double* out) const {
  using physics3d::Numbers;
  bool has_damping = false;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const NumberSource& source = sources_[i];
    out[i] = number_of(source, own);
    if (!fits(source, out[i])) return nullptr;
    const bool is_damping = source.to >= Numbers::kDamping && source.to < Numbers::kStiffness;
    has_damping = has_damping || (is_damping && out[i] > 0);
  }
  const bool is_euler = model_.integrator == physics3d::Integrator::kEuler;
  return has_damping != has_damping_ && is_euler ? nullptr : out;
}

void Lanes::write_numbers(const double* own, double* numbers, std::size_t lanes, std::size_t lane) const {
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const std::size_t to = sources_[i].to;
    numbers[to * lanes + lane] = own == nullptr ? usual_[to] : own[i];
  }
}

bool Lanes::takes(const double* state) const {
  const double* const forces = state + places_.forces;
  // to the end in any case, several numbers at a time
  int are_any = 0;
  for (std::size_t i = 0; i < places_.num_forces; ++i) are_any |= forces[i] != 0 ? 1 : 0;
  return are_any == 0;
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
    : pack(model, isa),
      numbers(model.nq + 2 * model.nv + model.nu + 9 * model.nbody + 3 * model.nsite),
      has_own(pack.lanes()) {}

Lanes::Lease::Lease(const Lanes& lanes, bool is_single) : lanes_(lanes), is_single_(is_single) {
  const std::thread::id user = std::this_thread::get_id();
  {
    const std::lock_guard lock(lanes.mutex_);
    auto& free = lanes.free_[is_single ? 1 : 0];
    if (!free.empty()) {
      const auto was_here = [user](const std::unique_ptr<Room>& room) { return room->last_user == user; };
      const auto found = std::find_if(free.begin(), free.end(), was_here);
      std::swap(found == free.end() ? free.back() : *found, free.back());
      room_ = std::move(free.back());
      free.pop_back();
    }
  }
  if (room_ == nullptr) {
    room_ = std::make_unique<Room>(lanes.model_, is_single ? Isa::kBaseline : lanes.isa_);
  }
  room_->last_user = user;
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

void PackRun::load_numbers(std::size_t lane, const double* own) {
  std::uint8_t& has_own = room_->has_own[lane];
  if (own == nullptr && has_own == 0) return;
  const PackArrays& to = room_->pack.arrays();
  lanes_.write_numbers(own, to.numbers, to.lanes, lane);
  has_own = own == nullptr ? 0 : 1;
}

PackRun::PackRun(const Lanes& lanes, const Seat* seats, std::size_t count)
    : lanes_(lanes),
      room_(lanes, count == 1),
      seats_(seats),
      num_substeps_(seats->num_substeps),
      courses_(count),
      order_(count) {
  std::iota(order_.begin(), order_.end(), 0U);
  for (std::size_t seat = 0; seat < count; ++seat) courses_[seat].effort = seats[seat].effort;
  order_seats();
  while (taken_ + 1 < num_substeps_ && !order_.empty()) {
    const bool is_one_pack = order_.size() <= width();
    bool has_escaped = false;
    for (std::size_t first = 0; first < order_.size(); first += width()) {
      const std::size_t end = std::min(first + width(), order_.size());
      const bool escaped_here = step_pack(first, end) != 0;
      has_escaped = has_escaped || escaped_here;
      // a pack that all lanes are in goes on with what it has
      is_loaded_ = is_one_pack && !escaped_here;
      for (std::size_t i = first; i < end && !is_loaded_; ++i) save(i - first, order_[i]);
    }
    ++taken_;
    if (has_escaped) drop_escaped();
    order_seats();
  }
}

void PackRun::sort_by_substeps(std::vector<Seat>& seats) {
  std::stable_sort(seats.begin(), seats.end(),
                   [](const Seat& a, const Seat& b) { return a.num_substeps < b.num_substeps; });
}

// Sorts the seats that go on by their efforts, where they need more than one pack.
void PackRun::order_seats() {
  constexpr std::size_t kKinds = std::numeric_limits<std::uint8_t>::max() + 1;
  const std::size_t count = order_.size();
  if (count <= width()) return;
  std::vector<std::uint8_t> efforts(count);
  std::vector<std::uint32_t> sorted(count);
  std::size_t starts[kKinds + 1];
  for (std::size_t i = 0; i < count; ++i) efforts[i] = courses_[order_[i]].effort;
  lanes::sort_by_work<kKinds>(efforts.data(), count, sorted.data(), starts);
  for (std::uint32_t& place : sorted) place = order_[place];
  order_ = std::move(sorted);
}

void PackRun::drop_escaped() {
  const auto has_gone = [this](std::uint32_t seat) { return courses_[seat].has_escaped; };
  std::copy_if(order_.begin(), order_.end(), std::back_inserter(gone_), has_gone);
  order_.erase(std::remove_if(order_.begin(), order_.end(), has_gone), order_.end());
}

// Takes a substep of the seats of [first, end) in the order. Returns the lanes that escape.
LaneMask PackRun::step_pack(std::size_t first, std::size_t end) {
  for (std::size_t lane = 0; lane < width() && !is_loaded_; ++lane) {
    // a lane that is not needed has the state of another one
    load(lane, order_[std::min(first + lane, end - 1)]);
  }
  const LaneMask escaped = room_->pack.step();
  LaneMask of_seats = 0;
  for (std::size_t i = first; i < end; ++i) {
    const std::size_t lane = i - first;
    Course& course = courses_[order_[i]];
    course.place = static_cast<std::uint32_t>(lane);
    course.effort = room_->pack.arrays().efforts[lane];
    if ((escaped >> lane & 1U) == 0) continue;
    of_seats |= LaneMask{1} << lane;
    leave(order_[i]);
  }
  return of_seats;
}

bool PackRun::next(bool wants_contact_forces) {
  first_ += num_present_;
  if (first_ == order_.size()) {
    for (const Course& course : courses_) {
      if (!course.has_escaped) counts_.in_packs += static_cast<std::uint64_t>(num_substeps_);
    }
    lanes_.add(counts_);
    return false;
  }
  num_present_ = std::min(width(), order_.size() - first_);
  step_pack(first_, first_ + num_present_);
  if (wants_contact_forces) room_->pack.compute_contact_forces();
  return true;
}

void PackRun::load(std::size_t lane, std::size_t seat) {
  load_numbers(lane, seats_[seat].own);
  const PackArrays& to = room_->pack.arrays();
  const physics3d::Model& model = lanes_.model();
  const StatePlaces& places = lanes_.places();
  const double* const state = seats_[seat].state;
  const double *qpos = state + places.qpos, *qvel = state + places.qvel, *warm = state + places.warmstart;
  if (taken_ > 0) {
    qpos = states_.data() + seat * num_kept();
    qvel = qpos + model.nq;
    warm = qvel + model.nv;
  }
  scatter(qpos, model.nq, to.qpos, to.lanes, lane);
  scatter(qvel, model.nv, to.qvel, to.lanes, lane);
  scatter(warm, model.nv, to.qacc_warmstart, to.lanes, lane);
  for (std::size_t i = 0; i < model.nu; ++i) {
    to.ctrl[i * to.lanes + lane] = static_cast<double>(seats_[seat].action[i]);
  }
}

// Keeps the state of a lane until the next substep.
void PackRun::save(std::size_t lane, std::size_t seat) {
  const PackArrays& from = room_->pack.arrays();
  const physics3d::Model& model = lanes_.model();
  states_.resize(courses_.size() * num_kept());
  double* const to = states_.data() + seat * num_kept();
  gather(from.qpos, from.lanes, lane, to, model.nq);
  gather(from.qvel, from.lanes, lane, to + model.nq, model.nv);
  gather(from.qacc_warmstart, from.lanes, lane, to + model.nq + model.nv, model.nv);
}

// Keeps the state that a seat escapes with.
void PackRun::leave(std::size_t seat) {
  Course& course = courses_[seat];
  ++counts_.escapes[static_cast<std::size_t>(room_->pack.arrays().escapes[course.place])];
  counts_.in_packs += static_cast<std::uint64_t>(taken_);
  counts_.by_mujoco += static_cast<std::uint64_t>(num_substeps_ - taken_);
  course.has_escaped = true;
  course.taken = taken_;
  course.state.assign(seats_[seat].state, seats_[seat].state + lanes_.places().size);
  write_state(seat, taken_, course.state.data());
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
    gather(array, from.lanes, courses_[seat].place, out.at, out.count);
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
  gather(from.qpos, from.lanes, courses_[seat].place, state + places.qpos, model.nq);
  gather(from.qvel, from.lanes, courses_[seat].place, state + places.qvel, model.nv);
  gather(from.qacc_warmstart, from.lanes, courses_[seat].place, state + places.warmstart, model.nv);
  for (std::size_t i = 0; i < model.nu; ++i) {
    state[places.ctrl + i] = static_cast<double>(seats_[seat].action[i]);
  }
}

}  // namespace plyo::mujoco
