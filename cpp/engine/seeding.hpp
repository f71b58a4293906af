// The random streams that lanes start from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "../core/rng.hpp"

namespace plyo {

// A non-negative integer of any size as 32-bit words, least significant first.
using SeedWords = std::vector<std::uint32_t>;

// The sum of a seed and a lane's index.
SeedWords add(const SeedWords& seed, std::uint64_t increment);

// The stream of `numpy.random.default_rng(seed)`.
Rng seeded_rng(const SeedWords& seed);

// 128 bits from the operating system.
SeedWords entropy_seed();

// The seeds of a reset: lane i starts from `base + i`, or from its own entry of `each`, where an empty entry
// keeps the lane's stream; with neither every lane keeps its stream.
struct Seeds {
  std::optional<SeedWords> base;
  std::vector<std::optional<SeedWords>> each;
};

}  // namespace plyo
