#include "lane_store.hpp"

#include <cstring>
#include <limits>
#include <new>

namespace plyo {
namespace {

// Lanes from one plane to the next. Planes a multiple of 4096 bytes apart would compete for the same cache
// sets.
std::size_t padded_stride(std::size_t num_lanes) {
  const std::size_t rounded = (num_lanes + kLaneUnit - 1) / kLaneUnit * kLaneUnit;
  return num_lanes < 256 ? rounded : rounded + 3 * kLaneUnit;
}

// The product; a batch beyond the address space is a batch beyond memory.
std::size_t product(std::size_t a, std::size_t b) {
  if (b != 0 && a > std::numeric_limits<std::size_t>::max() / 2 / b) throw std::bad_alloc();
  return a * b;
}

}  // namespace

LaneStore::LaneStore(const StateOps& ops, std::size_t num_lanes, std::size_t memory_bytes)
    : num_lanes_(num_lanes),
      word_bytes_(ops.word_bytes),
      num_words_(ops.num_words),
      stride_(padded_stride(num_lanes)),
      memory_bytes_(memory_bytes),
      words_(product(stride_, ops.bytes())),
      rngs_(num_lanes),
      status_(num_lanes),
      elapsed_(num_lanes),
      returns_(num_lanes),
      memory_(product(num_lanes, memory_bytes)) {
  std::memset(status_.data(), lane_status::kNeverReset, num_lanes);
}

void LaneStore::save_words(std::size_t lane, std::byte* words) const {
  for (std::size_t w = 0; w < num_words_; ++w) {
    std::memcpy(words + w * word_bytes_, words_.data() + (w * stride_ + lane) * word_bytes_, word_bytes_);
  }
}

void LaneStore::load_words(std::size_t lane, const std::byte* words) {
  for (std::size_t w = 0; w < num_words_; ++w) {
    std::memcpy(words_.data() + (w * stride_ + lane) * word_bytes_, words + w * word_bytes_, word_bytes_);
  }
}

void LaneStore::save(std::size_t lane, std::byte* record) const {
  save_words(lane, record);
  std::byte* next = record + num_words_ * word_bytes_;
  const auto put = [&next](const auto& value) {
    std::memcpy(next, &value, sizeof(value));
    next += sizeof(value);
  };
  put(rngs_[lane].state());
  put(returns_[lane]);
  put(elapsed_[lane]);
  put(static_cast<std::uint32_t>(status_[lane]));
  if (memory_bytes_ > 0) std::memcpy(next, memory_.data() + lane * memory_bytes_, memory_bytes_);
}

void LaneStore::load(std::size_t lane, const std::byte* record) {
  load_words(lane, record);
  const std::byte* next = record + num_words_ * word_bytes_;
  const auto get = [&next](auto& value) {
    std::memcpy(&value, next, sizeof(value));
    next += sizeof(value);
  };
  Rng::State stream{};
  std::uint32_t status = 0;
  get(stream);
  get(returns_[lane]);
  get(elapsed_[lane]);
  get(status);
  rngs_[lane].set_state(stream);
  status_[lane] = static_cast<std::uint8_t>(status & lane_status::kAll);
  if (memory_bytes_ > 0) std::memcpy(memory(lane), next, memory_bytes_);
}

}  // namespace plyo
