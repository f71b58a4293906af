// How the States of a batch lie in memory.
#pragma once

#include <cstddef>

namespace plyo {

// One table a task, whatever the instruction set.
struct StateOps {
  // The words of one lane's State; word w of all lanes is a plane (LaneView).
  std::size_t word_bytes = 0;
  std::size_t num_words = 0;

  // Whether bytes from outside, which need not be aligned, are a saved State that may be stepped. Null if all
  // are.
  bool (*is_record)(const void* params, const std::byte* record) = nullptr;

  constexpr std::size_t bytes() const { return num_words * word_bytes; }
};

}  // namespace plyo
