// The memory layout of a batch's States.
#pragma once

#include <cstddef>

#include "lane_view.hpp"

namespace plyo {

// One table a task, for all instruction sets. The defaults are for States that are plain values:
// zeros are a State, and a saved State is a copy of its words.
struct StateOps {
  // The words of one lane's State; word w of all lanes is a plane (LaneView).
  std::size_t word_bytes = 0;
  std::size_t num_words = 0;

  // `create` makes the States of lanes [0, count), whose words are zeros, and may throw. `destroy` frees the
  // States whose words are not zeros. No other function gets a lane without a State, and a lane that was
  // never reset is not observed. Null: words of zeros are a State that may be observed.
  void (*create)(const LaneView& view, std::size_t count) = nullptr;
  void (*destroy)(const LaneView& view, std::size_t count) = nullptr;

  // Whether States that were created may be stepped under other Params which leave spaces, infos and file as
  // they are.
  bool outlives_params = false;

  // The bytes of a saved State under these Params. Null: the bytes of the words.
  std::size_t (*record_bytes)(const void* params) = nullptr;

  // Copies a lane's State to or from such bytes. `load` gets bytes that `save` wrote or `is_record` accepted.
  // It returns false if there is no memory for the State: the lane then has one that may be reset, loaded and
  // destroyed. Null: the words are copied.
  void (*save)(const LaneView& view, std::size_t lane, std::byte* record) = nullptr;
  bool (*load)(const LaneView& view, std::size_t lane, const std::byte* record) = nullptr;

  // Whether bytes from outside, which need not be aligned, are a saved State that may be stepped. Null if all
  // are.
  bool (*is_record)(const void* params, const std::byte* record) = nullptr;

  // The State of a lane for scenes, attributes and texts. Null: its words in one piece.
  const void* (*whole)(const LaneView& view, std::size_t lane) = nullptr;

  constexpr std::size_t bytes() const { return num_words * word_bytes; }
};

}  // namespace plyo
