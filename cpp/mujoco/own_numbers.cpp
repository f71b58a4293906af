#include "own_numbers.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

namespace plyo::mujoco {
namespace {

std::atomic<std::uint64_t> num_made{0};

}  // namespace

double* ArrayPlace::in(void* model) const {
  std::byte* const place = static_cast<std::byte*>(model) + offset;
  if (is_inside) return reinterpret_cast<double*>(place);
  double* array = nullptr;
  std::memcpy(static_cast<void*>(&array), place, sizeof(array));
  return array;
}

bool ModelNumbers::are_usual(const double* numbers) const {
  for (const LaneNumber& number : parts_.numbers) {
    if (*numbers++ != number.usual) return false;
  }
  return true;
}

std::size_t ModelNumbers::bytes() const {
  std::size_t count = parts_.pairs.empty() ? 0 : parts_.pair_friction.count;
  for (const auto* const arrays : {&parts_.settable, &parts_.derived}) {
    for (const ArrayPlace& array : *arrays) count += array.count;
  }
  return sizeof(OwnNumbers) + count * sizeof(double);
}

// Visits all arrays of a model, in the order of OwnNumbers.
template <class Visit>
void ModelNumbers::visit_arrays(void* model, const Visit& visit) const {
  for (const ArrayPlace& array : parts_.settable) visit(array.in(model), array.count);
  for (const ArrayPlace& array : parts_.derived) visit(array.in(model), array.count);
  if (!parts_.pairs.empty()) visit(parts_.pair_friction.in(model), parts_.pair_friction.count);
}

// What MuJoCo mixes of two geoms of equal priority: the larger friction of each kind.
void ModelNumbers::mix_pairs(void* model) const {
  if (parts_.pairs.empty()) return;
  const double* const friction = parts_.geom_friction.in(model);
  double* to = parts_.pair_friction.in(model);
  for (const MixedPair& pair : parts_.pairs) {
    const auto mixed = [&](std::size_t kind) {
      return std::max(friction[3 * pair.geom1 + kind], friction[3 * pair.geom2 + kind]);
    };
    // the first kind is of two tangents, the last of two axes
    for (const std::size_t kind : {0, 0, 1, 2, 2}) *to++ = mixed(kind);
  }
}

OwnNumbers* ModelNumbers::make(const void* model, bool is_changing, const double* numbers,
                               void* memory) const {
  const Guard guard;
  const std::lock_guard lock(scratch_->mutex);
  Scratch& scratch = *scratch_;
  if (is_changing || scratch.model == nullptr) {
    scratch.model = library_->copy_of(model);
    scratch.data = library_->data_of(scratch.model.get());
  }
  void* const changed = scratch.model.get();
  for (const ArrayPlace& array : parts_.settable) {
    std::copy_n(numbers, array.count, array.in(changed));
    numbers += array.count;
  }
  library_->set_const(changed, scratch.data.get());
  mix_pairs(changed);
  auto* const own = new (memory) OwnNumbers{++num_made};
  auto* out = reinterpret_cast<double*>(own + 1);
  visit_arrays(changed,
               [&](const double* array, std::size_t count) { out = std::copy_n(array, count, out); });
  return own;
}

void ModelNumbers::write(const OwnNumbers& own, void* model) const {
  const double* next = own.begin();
  visit_arrays(model, [&](double* array, std::size_t count) {
    std::copy_n(next, count, array);
    next += count;
  });
}

std::uint64_t ModelNumbers::last_serial() { return num_made.load(); }

}  // namespace plyo::mujoco
