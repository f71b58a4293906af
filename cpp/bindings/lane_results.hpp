// The arrays through which the lanes of an Atari batch give results.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "arrays.hpp"
#include "lane_player.hpp"

namespace plyo::bindings {

// What the lanes of a batch show and count, in arrays that go on changing, and copies of it.
class LaneResults {
 public:
  LaneResults(const py::array& rings, std::size_t places, const py::array& newest, const py::array& rewards,
              const py::array& flags, const py::array& counts)
      : shape_(rings.shape(), rings.shape() + rings.ndim()), places_(places) {
    if (rings.ndim() < 2 || places < 1 || static_cast<std::size_t>(rings.size()) % places != 0) {
      throw py::value_error("rings must have an axis of lanes, and places pictures in each");
    }
    const py::ssize_t lanes = shape_[0];
    lanes_ = static_cast<std::size_t>(lanes);
    rings_ = check_output(rings, py::dtype::of<std::uint8_t>(), shape_, "rings");
    newest_ = check_output(newest, py::dtype::of<std::int32_t>(), {lanes}, "newest");
    rewards_ = check_output(rewards, float64_dtype(), {lanes}, "rewards");
    flags_ = check_output(flags, bool_dtype(), {kRows, lanes}, "flags");
    counts_ = check_output(counts, py::dtype::of<std::int32_t>(), {kRows, lanes}, "counts");
    picture_size_ = lanes_ == 0 ? 0 : static_cast<std::size_t>(rings.size()) / lanes_ / places;
  }

  // Writes what a lane counts, and which of its pictures is the newest.
  void put(std::size_t index, const LaneCounts& lane, std::int32_t newest) {
    if (index >= lanes_) throw py::index_error("there is no such lane");
    static_cast<double*>(rewards_.mutable_data())[index] = lane.reward;
    static_cast<std::int32_t*>(newest_.mutable_data())[index] = newest;
    auto* const flags = static_cast<bool*>(flags_.mutable_data()) + index;
    flags[0] = lane.terminated;
    flags[lanes_] = lane.truncated;
    flags[2 * lanes_] = lane.is_over;
    auto* const counts = static_cast<std::int32_t*>(counts_.mutable_data()) + index;
    counts[0] = lane.lives;
    counts[lanes_] = lane.frame_number;
    counts[2 * lanes_] = lane.episode_frame_number;
  }

  // The rings as stacks, the newest picture last.
  py::array observations() const {
    py::array_t<std::uint8_t> out(shape_);
    const auto* const newest = static_cast<const std::int32_t*>(newest_.data());
    const auto* ring = static_cast<const std::uint8_t*>(rings_.data());
    std::uint8_t* stack = out.mutable_data();
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const std::size_t first = (static_cast<std::size_t>(newest[lane]) + 1) % places_ * picture_size_;
      const std::size_t size = places_ * picture_size_;
      std::copy_n(ring + first, size - first, stack);
      std::copy_n(ring, first, stack + size - first);
      ring += size;
      stack += size;
    }
    return out;
  }

  py::tuple take() const {
    py::tuple results(2 + 2 * kRows);
    results[0] = observations();
    results[1] = row(rewards_, 0);
    for (std::size_t i = 0; i < kRows; ++i) results[2 + i] = row(flags_, i);
    for (std::size_t i = 0; i < kRows; ++i) results[2 + kRows + i] = row(counts_, i);
    return results;
  }

 private:
  static constexpr std::size_t kRows = 3;

  // A copy of a row of a table, or of an array of one row.
  py::array row(const py::array& table, std::size_t number) const {
    py::array out(table.dtype(), Shape{shape_[0]});
    const std::size_t size = lanes_ * static_cast<std::size_t>(table.itemsize());
    std::copy_n(static_cast<const char*>(table.data()) + number * size, size,
                static_cast<char*>(data_of(out)));
    return out;
  }

  const Shape shape_;
  const std::size_t places_;
  std::size_t lanes_ = 0;
  std::size_t picture_size_ = 0;
  py::array rings_;
  py::array newest_;
  py::array rewards_;
  py::array flags_;
  py::array counts_;
};

}  // namespace plyo::bindings
