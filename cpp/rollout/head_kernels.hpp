// From the outputs of a network to actions, for the lanes of a block, compiled for each instruction set: draws,
// their log-probabilities and entropies. Values are in planes as in network_kernels.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "network_kernels.hpp"

namespace plyo {

// The lanes of a block and where the results go. Planes hold a multiple of kLaneGroup lanes.
struct HeadBlock {
  std::size_t lanes = 0;           // at most kBlockLanes
  const float* outputs = nullptr;  // of the last layer: logits, or means, or means and log_std
  const std::uint64_t* words =
      nullptr;                 // of the lanes' streams: word w of lane i is at [w * kBlockLanes + i]
  float* scratch = nullptr;    // two planes an output
  float* log_probs = nullptr;  // one number a lane; null: not wanted
  float* entropies = nullptr;  // likewise
};

// Where the logarithms of standard deviations are cut off that a network gives.
struct LogStdRange {
  float low = -20;
  float high = 2;
};

struct HeadKernels {
  // The first of the largest outputs.
  void (*argmax)(const HeadBlock& block, std::size_t num_choices, std::int64_t* choices);
  // A choice with probabilities softmax(outputs), from the upper 23 bits of one word. Choices that are less
  // probable than 2^-24 may never be drawn.
  void (*categorical)(const HeadBlock& block, std::size_t num_choices, std::int64_t* choices);
  // draws = outputs + exp(log_std) * normals, in planes; one word gives two normals (Box & Muller 1958).
  void (*gaussian)(const HeadBlock& block, std::size_t size, const float* log_std, float* draws);
  // The same where log_std, one for each lane, are the second half of the outputs, limited to a range.
  void (*gaussian_of_outputs)(const HeadBlock& block, std::size_t size, const LogStdRange& range,
                              float* draws);
  // draws = tanh(draws); the log-probabilities become those of range * tanh(draw), given the sum of log(range)
  // over the elements.
  void (*squash)(const HeadBlock& block, std::size_t size, float log_ranges, float* draws);
};

// The words that a draw takes.
constexpr std::size_t words_of_gaussian(std::size_t size) { return (size + 1) / 2; }

// The kernels of one instruction set.
const HeadKernels& head_kernels(Isa isa);

}  // namespace plyo
