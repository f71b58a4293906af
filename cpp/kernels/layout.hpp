// Moves a lane's State between word planes (structure of arrays) and a local value.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace plyo {

// The words of one State. Wide members get wide words: planes of halves of doubles would not vectorise.
template <class State>
struct Layout {
  using Word = std::conditional_t<alignof(State) == 8, std::uint64_t, std::uint32_t>;
  static constexpr std::size_t kNumWords = sizeof(State) / sizeof(Word);
  using Words = std::array<Word, kNumWords>;

  static State load(const Word* planes, std::size_t stride, std::size_t lane) {
    Words words;
    for (std::size_t w = 0; w < kNumWords; ++w) words[w] = planes[w * stride + lane];
    return std::bit_cast<State>(words);
  }

  static void store(Word* planes, std::size_t stride, std::size_t lane, const State& state) {
    const Words words = std::bit_cast<Words>(state);
    for (std::size_t w = 0; w < kNumWords; ++w) planes[w * stride + lane] = words[w];
  }
};

}  // namespace plyo
