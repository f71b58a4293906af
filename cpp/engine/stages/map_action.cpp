#include "map_action.hpp"

namespace plyo {
namespace {

// Changes every number of some rows; `function(value, place in the row)`.
template <class Real, class Function>
void map_rows(void* rows, const LaneRange& lanes, std::size_t size, const Function& function) {
  auto* const values = static_cast<Real*>(rows) + lanes.first * size;
  for (std::size_t row = 0; row < lanes.count; ++row) {
    for (std::size_t k = 0; k < size; ++k) values[row * size + k] = function(values[row * size + k], k);
  }
}

}  // namespace

template <class Real>
void ClipAction<Real>::act(void* actions, const LaneRange& lanes) const {
  map_rows<Real>(actions, lanes, low_.size(), [this](Real value, std::size_t k) {
    value = value < low_[k] ? low_[k] : value;
    return value > high_[k] ? high_[k] : value;
  });
}

template <class Real>
void RescaleAction<Real>::act(void* actions, const LaneRange& lanes) const {
  map_rows<Real>(actions, lanes, gradient_.size(),
                 [this](Real value, std::size_t k) { return (value - intercept_[k]) / gradient_[k]; });
}

template class ClipAction<float>;
template class ClipAction<double>;
template class RescaleAction<float>;
template class RescaleAction<double>;

}  // namespace plyo
