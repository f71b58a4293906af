// Draws from the PCG64 streams of many lanes at once, compiled for each instruction set. The values are those
// that each stream's own functions return (core/rng.hpp).
#pragma once

#include <cstddef>
#include <cstdint>

#include "../core/isa.hpp"
#include "../core/rng.hpp"

namespace plyo {

struct RandomKernels {
  // As many `streams[i].integers(0, size)` for each of the first `count` streams, num of them, even, into
  // out[t * pitch + i]. No stream may hold half a word.
  void (*integers)(Rng* streams, std::size_t count, std::uint32_t size, std::size_t num, std::int64_t* out,
                   std::size_t pitch);
  // num times `streams[i].uniform(low, high)`, as float32, into out[t * pitch + i * step].
  void (*uniforms)(Rng* streams, std::size_t count, double low, double high, std::size_t num, float* out,
                   std::size_t pitch, std::size_t step);
};

// The kernels of one instruction set.
const RandomKernels& random_kernels(Isa isa);

}  // namespace plyo
