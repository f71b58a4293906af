// The observations and infos of a MuJoCo task, from the rows of its lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels.hpp"
#include "mujoco_shape.hpp"

namespace plyo {

template <class Env>
struct MujocoReports {
  using Shape = MujocoShape<Env>;
  using Params = typename Shape::Params;

  static void observe_one(const LaneView& view, std::size_t lane, LeafArrays observations, std::size_t row) {
    const Params& own = Shape::shared(view.params);
    const double* source = Shape::row_of(view, lane) + Shape::layout(view.params).observation();
    const auto copy_part = [&](std::size_t k, std::size_t size) {
      std::memcpy(static_cast<double*>(observations[k]) + row * size, source, size * sizeof(double));
      source += size;
    };
    if constexpr (requires { Env::part_sizes(own); }) {
      std::size_t k = 0;
      for (const std::size_t size : Env::part_sizes(own)) copy_part(k++, size);
    } else {
      copy_part(0, Env::observation_size(own));
    }
  }
  static void observe(const LaneView& view, std::size_t count, LeafArrays observations) {
    for (std::size_t i = 0; i < count; ++i) observe_one(view, i, observations, i);
  }
  static void observe_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                            LeafArrays observations) {
    for (std::size_t i = 0; i < count; ++i) observe_one(view, lanes[i], observations, i);
  }

  static void inform_one(const LaneView& view, std::size_t lane, LeafArrays arrays, std::size_t row) {
    const double* source = Shape::row_of(view, lane) + Shape::layout(view.params).info();
    for (std::size_t k = 0; k < Env::info.infos.size(); ++k) {
      const std::size_t size = Shape::info_size(k, Shape::shared(view.params));
      for (std::size_t i = 0; i < size; ++i) {
        put(Shape::info_dtype(k, Shape::shared(view.params)), arrays[k], row * size + i, source[i]);
      }
      source += size;
    }
    if (Shape::shared(view.params).report_warnings) {
      put(DType::kInt64, arrays[Env::info.infos.size()], row, Shape::row_of(view, lane)[2]);
    }
  }
  static void put(DType dtype, void* array, std::size_t i, double value) {
    switch (dtype) {
      case DType::kFloat32:
        static_cast<float*>(array)[i] = static_cast<float>(value);
        break;
      case DType::kInt64:
        static_cast<std::int64_t*>(array)[i] = static_cast<std::int64_t>(value);
        break;
      default:
        static_cast<double*>(array)[i] = value;
    }
  }
  static void inform(const LaneView& view, std::size_t count, LeafArrays arrays) {
    for (std::size_t i = 0; i < count; ++i) inform_one(view, i, arrays, i);
  }
  static void inform_lanes(const LaneView& view, const LaneIndex* lanes, std::size_t count,
                           LeafArrays arrays) {
    for (std::size_t i = 0; i < count; ++i) inform_one(view, lanes[i], arrays, i);
  }
};

}  // namespace plyo
