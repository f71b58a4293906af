#include "step.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <vector>

#include "../lanes/lanes.hpp"
#include "pack_kernels.hpp"

namespace plyo::physics3d {

struct Pack::Parts {
  Parts(const Model& model, const PackKernels& its_kernels)
      : kernels(its_kernels),
        plan(model),
        work(::operator new(its_kernels.work_bytes, std::align_val_t{lanes::kPackAlignment})) {
    std::memset(work, 0, kernels.work_bytes);
  }
  ~Parts() { ::operator delete(work, std::align_val_t{lanes::kPackAlignment}); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  const PackKernels& kernels;
  const Plan plan;
  void* const work;
};

std::size_t Pack::lanes_of(Isa isa) { return kPackKernels.find(isa)->lanes; }

Pack::Pack(const Model& model, Isa isa)
    : parts_(std::make_unique<Parts>(model, *kPackKernels.find(isa))),
      arrays_(parts_->kernels.prepare(parts_->work)) {
  const std::vector<double> numbers = Plan::numbers_of(model);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::fill_n(arrays_.numbers + i * lanes(), lanes(), numbers[i]);
  }
}

Pack::~Pack() = default;

LaneMask Pack::step() { return parts_->kernels.step(parts_->plan, parts_->work); }
LaneMask Pack::forward() { return parts_->kernels.forward(parts_->plan, parts_->work); }
void Pack::compute_contact_forces() { parts_->kernels.sum_contact_forces(parts_->plan, parts_->work); }

}  // namespace plyo::physics3d
