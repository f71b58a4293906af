// Moves a lane's State between word planes (structure of arrays) and a local value.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "../core/environment.hpp"

namespace plyo {

// The words of one State. Wide members get wide words: planes of halves of doubles would not vectorise.
template <class State>
struct PlaneLayout {
  using Word = std::conditional_t<alignof(State) == 8, std::uint64_t, std::uint32_t>;
  static constexpr std::size_t kNumWords = sizeof(State) / sizeof(Word);
  struct Words {
    Word at[kNumWords];
  };

  static State load(const Word* planes, std::size_t stride, std::size_t lane) {
    return std::bit_cast<State>(load_words(planes + lane, stride, std::make_index_sequence<kNumWords>{}));
  }

  static void store(Word* planes, std::size_t stride, std::size_t lane, const State& state) {
    store_words(planes + lane, stride, std::bit_cast<Words>(state), std::make_index_sequence<kNumWords>{});
  }

 private:
  // not by loops, of which GCC unrolls sixteen rounds at most
  template <std::size_t... kIndex>
  static Words load_words(const Word* words, std::size_t stride, std::index_sequence<kIndex...>) {
    return {{words[kIndex * stride]...}};
  }
  template <std::size_t... kIndex>
  static void store_words(Word* words, std::size_t stride, const Words& given,
                          std::index_sequence<kIndex...>) {
    ((words[kIndex * stride] = given.at[kIndex]), ...);
  }
};

// A large State in one piece, the only word of its lane: no loop over it would become vector code, and
// moving hundreds of words for a step that changes a few costs more than the step.
template <class State>
struct WholeLayout {
  using Word = State;
  static constexpr std::size_t kNumWords = 1;

  static const State& load(const State* states, std::size_t, std::size_t lane) { return states[lane]; }
  static void store(State* states, std::size_t, std::size_t lane, const State& state) {
    states[lane] = state;
  }
};

inline constexpr std::size_t kLargestPlaneState = 128;  // bytes

namespace detail {

// The layout that a task declares, `static constexpr StateLayout layout = ...`, else one by the size of its
// State.
template <class Env>
constexpr StateLayout state_layout() {
  if constexpr (requires { Env::layout; }) {
    return Env::layout;
  } else {
    return sizeof(typename Env::State) <= kLargestPlaneState ? StateLayout::kPlanes : StateLayout::kWhole;
  }
}

}  // namespace detail

template <class Env>
using LayoutOf = std::conditional_t<detail::state_layout<Env>() == StateLayout::kPlanes,
                                    PlaneLayout<typename Env::State>, WholeLayout<typename Env::State>>;

}  // namespace plyo
