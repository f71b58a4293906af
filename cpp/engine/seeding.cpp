#include "seeding.hpp"

#include <random>

namespace plyo {

SeedWords add(const SeedWords& seed, std::uint64_t increment) {
  SeedWords sum = seed;
  std::uint64_t carry = increment;
  for (std::size_t i = 0; carry != 0; ++i) {
    if (i == sum.size()) sum.push_back(0);
    // 32 bits at a time: the low half of the carry, then the rest
    const std::uint64_t total = sum[i] + (carry & 0xFFFFFFFFU);
    sum[i] = static_cast<std::uint32_t>(total);
    carry = (carry >> 32) + (total >> 32);
  }
  return sum;
}

Rng seeded_rng(const SeedWords& seed) {
  // SeedSequence gets no leading zero words
  std::size_t length = seed.size();
  while (length > 1 && seed[length - 1] == 0) --length;
  if (length == 0) return seeded_rng(0);
  return SeedSequence(seed.data(), length).rng();
}

SeedWords entropy_seed() {
  std::random_device device;
  SeedWords seed(4);
  for (std::uint32_t& word : seed) word = device();
  return seed;
}

}  // namespace plyo
